//! What a model is given for an answer, and what its answer is made of.

use crate::shield::ChatText;
use crate::thinking::{Answer, Tags, split_thinking};

/// The text that a template makes of a conversation, up to the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text, and what in it was typed.
    pub made: ChatText,
    tags: Option<Tags>,
    /// Where the template has begun the thinking: the opening tag and what stands behind it.
    opening: String,
}

impl Question {
    pub(crate) fn new(made: ChatText, tags: Option<Tags>) -> Self {
        let opens = |tags: &Tags| {
            let start = made.text.trim_end().strip_suffix(tags.open.as_str())?.len();
            Some(made.text[start..].to_owned())
        };
        let opening = tags.as_ref().and_then(opens).unwrap_or_default();
        Self { made, tags, opening }
    }

    /// The parts of what the model wrote.
    pub fn answer<'a>(&self, written: &'a str) -> Answer<'a> {
        match &self.tags {
            Some(tags) => split_thinking(written, tags, !self.opening.is_empty()),
            None => Answer { thinking: None, text: written },
        }
    }

    /// What the conversation keeps of what the model wrote: with the opening tag, also where the template has written that.
    pub fn said(&self, written: &str) -> String {
        format!("{}{written}", self.opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &str) -> Question {
        let tags = Tags { open: "<think>".into(), close: "</think>".into() };
        Question::new(ChatText { text: text.into(), typed: Vec::new() }, Some(tags))
    }

    #[test]
    fn thinking_that_the_template_began_is_kept_with_its_tag() {
        let opened = question("user: Hi\nassistant: <think>\n");
        let written = "Hm.\n</think>\n\nHello";
        assert_eq!(opened.answer(written), Answer { thinking: Some("Hm."), text: "Hello" });
        assert_eq!(opened.said(written), "<think>\nHm.\n</think>\n\nHello");
        let closed = question("user: <think> is a tag\nassistant: ");
        assert_eq!(closed.answer("Hello"), Answer { thinking: None, text: "Hello" });
        assert_eq!(closed.said("Hello"), "Hello");
    }
}
