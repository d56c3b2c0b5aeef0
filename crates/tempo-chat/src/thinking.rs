//! Models that think before they answer: how a template is told, and what of a text is the thinking.

/// How a template is told whether the model shall think.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    /// By a variable of this name.
    Variable(String),
    /// By a sentence before the system message.
    Sentence(&'static str),
}

/// Names of the variable, the commonest first.
const VARIABLES: [&str; 2] = ["enable_thinking", "thinking"];

/// Of cogito, which thinks when its system message begins with it.
const SENTENCE: &str = "Enable deep thinking subroutine.";

impl Switch {
    /// The switch of a template with these variables and this source.
    pub(crate) fn of(variables: &std::collections::HashSet<String>, source: &str) -> Option<Self> {
        let variable = VARIABLES.into_iter().find(|name| variables.contains(*name));
        let sentence = source.contains(SENTENCE).then_some(Self::Sentence(SENTENCE));
        variable.map(|name| Self::Variable(name.to_owned())).or(sentence)
    }
}

/// What stands around the thinking in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// Before it.
    pub open: String,
    /// Behind it.
    pub close: String,
}

/// Tags that models use.
const TAGS: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<|START_THINKING|>", "<|END_THINKING|>")];

impl Tags {
    /// Those that a template speaks of.
    pub(crate) fn of(source: &str) -> Option<Self> {
        let found = TAGS.into_iter().find(|(_, close)| source.contains(close));
        found.map(|(open, close)| Self { open: open.to_owned(), close: close.to_owned() })
    }
}

/// An answer in its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What the model said to itself, without its tags. It may not have come to an end.
    pub thinking: Option<&'a str>,
    /// What it says.
    pub text: &'a str,
}

/// The two parts of what a model wrote. `open` says that the text before it has left the thinking open, so that no opening
/// tag is to be expected.
pub fn split_thinking<'a>(written: &'a str, tags: &Tags, open: bool) -> Answer<'a> {
    let begun = written.trim_start().strip_prefix(tags.open.as_str());
    match (begun, open) {
        (None, false) => Answer { thinking: None, text: written },
        (begun, _) => {
            let within = begun.unwrap_or(written);
            match within.split_once(tags.close.as_str()) {
                Some((thinking, text)) => Answer { thinking: Some(thinking.trim()), text: text.trim_start() },
                None => Answer { thinking: Some(within.trim()), text: "" },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        Tags::of("… </think> …").unwrap()
    }

    #[test]
    fn thinking_is_what_stands_between_the_tags() {
        let split = |written, open| {
            let Answer { thinking, text } = split_thinking(written, &tags(), open);
            (thinking, text)
        };
        assert_eq!(split("Hello", false), (None, "Hello"));
        assert_eq!(split("<think>\nHm.\n</think>\n\nHello", false), (Some("Hm."), "Hello"));
        assert_eq!(split("\n<think>Hm", false), (Some("Hm"), ""), "cut off");
        assert_eq!(split("Hm.\n</think>\n\nHello", true), (Some("Hm."), "Hello"), "opened by the template");
        assert_eq!(split("Say </think> to me", false), (None, "Say </think> to me"));
        assert_eq!(Tags::of("no such thing"), None);
    }

    #[test]
    fn a_template_is_told_in_its_own_way() {
        let of =
            |variables: &[&str], source| Switch::of(&variables.iter().map(|name| (*name).to_owned()).collect(), source);
        assert_eq!(
            of(&["messages", "thinking", "enable_thinking"], ""),
            Some(Switch::Variable("enable_thinking".into()))
        );
        assert_eq!(of(&["thinking"], ""), Some(Switch::Variable("thinking".into())));
        assert_eq!(of(&[], "{{ 'Enable deep thinking subroutine.' }}"), Some(Switch::Sentence(SENTENCE)));
        assert_eq!(of(&["messages"], "<think>"), None);
    }
}
