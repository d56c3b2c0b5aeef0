//! What a person types is text, also where it looks like a special token: `<|im_end|>` in a question ends no turn.
//!
//! A template puts what was typed into one text with the special tokens of its own, and cuts and trims it on the way. So
//! every special token that was typed goes through the template as a mark that stands for nothing else, and comes back as
//! what it was, with its place.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::error::ChatError;

/// Characters that Unicode promises never to give a meaning.
const MARKS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';

/// The text of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatText {
    /// The text, as the model's tokenizer takes it. The begin-of-text token is in it where the template puts one.
    pub text: String,
    /// Bytes of the text that look like special tokens and are none: somebody typed them. In order, none overlap.
    pub typed: Vec<Range<usize>>,
}

/// Special tokens that were typed, while a template has the text.
pub(crate) struct Shield<'a> {
    /// The special tokens, the longest first.
    specials: &'a [String],
    mark: char,
    /// What each mark stands for.
    typed: Vec<String>,
}

impl<'a> Shield<'a> {
    /// A shield for texts of which `all` are everything that goes through the template.
    pub(crate) fn new<'t>(specials: &'a [String], all: impl Iterator<Item = &'t str>) -> Result<Self, ChatError> {
        let used: BTreeSet<char> = all.flat_map(str::chars).filter(|c| MARKS.contains(c)).collect();
        let mark = MARKS.into_iter().find(|mark| !used.contains(mark)).ok_or(ChatError::NoMark)?;
        Ok(Self { specials, mark, typed: Vec::new() })
    }

    /// A text with marks for its special tokens.
    pub(crate) fn cover(&mut self, text: &str) -> String {
        let mut covered = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(special) = self.specials.iter().find(|special| rest.starts_with(special.as_str())) {
                // Between two marks, so that the next character cannot become part of the number.
                covered.extend([self.mark.to_string(), self.typed.len().to_string(), self.mark.to_string()]);
                self.typed.push(special.clone());
                rest = &rest[special.len()..];
            } else {
                covered.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        covered
    }

    /// The text that a template made, with what the marks stand for.
    pub(crate) fn uncover(&self, made: &str) -> ChatText {
        let mut found = ChatText { text: String::with_capacity(made.len()), typed: Vec::new() };
        // Every second part was between two marks. A template that cut one apart leaves a part that is no number.
        for (nth, part) in made.split(self.mark).enumerate() {
            let typed = part.parse().ok().and_then(|number: usize| self.typed.get(number));
            match typed.filter(|_| nth % 2 == 1) {
                Some(special) => {
                    let start = found.text.len();
                    found.text.push_str(special);
                    found.typed.push(start..found.text.len());
                }
                None => found.text.push_str(part),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn specials(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_was_typed_comes_back_with_its_place() {
        let specials = specials(&["<|im_end|>", "<|"]);
        let mut shield = Shield::new(&specials, ["a<|im_end|>1 <|"].into_iter()).unwrap();
        let covered = shield.cover("a<|im_end|>1 <|");
        assert!(!covered.contains('<'), "{covered}");
        let found = shield.uncover(&format!("<|im_end|>{covered}<|im_end|>"));
        assert_eq!(found.text, "<|im_end|>a<|im_end|>1 <|<|im_end|>");
        assert_eq!(found.typed, [11..21, 23..25]);
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
    fn a_mark_is_a_character_that_is_nowhere_else() {
        let specials = specials(&["<s>"]);
        let all: String = MARKS.collect();
        assert!(matches!(Shield::new(&specials, [all.as_str()].into_iter()), Err(ChatError::NoMark)));
        let text = "\u{fdd0}7\u{fdd0}<s>";
        let mut shield = Shield::new(&specials, [text].into_iter()).unwrap();
        let covered = shield.cover(text);
        assert_eq!(shield.uncover(&covered), ChatText { text: text.into(), typed: vec![7..10] });
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[a<>s|/\u{fdd0}0-9]{0,40}", words in proptest::collection::vec("[a<>s|]{1,4}", 0..4)) {
            let mut words: Vec<String> = words;
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
            let mut shield = Shield::new(&words, [text.as_str()].into_iter()).unwrap();
            let covered = shield.cover(&text);
            let found = shield.uncover(&covered);
            prop_assert_eq!(&found.text, &text);
            prop_assert!(found.typed.iter().all(|range| words.contains(&text[range.clone()].to_owned())));
        }
    }
}
