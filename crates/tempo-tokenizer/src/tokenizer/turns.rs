//! Which parts of a conversation's text may hold special tokens, and which are what somebody typed.

use std::ops::Range;

/// A part of a text that is tokenised in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) range: Range<usize>,
    /// Special tokens in it are text.
    pub(super) plain: bool,
}

/// The parts of a text, in order and without gaps. It is cut at literals only, where a tokenizer cuts it itself: a part
/// with something typed in it is plain and ends with the literals around it, and all between two such parts is one part.
pub(super) fn stretches(text: &str, typed: &[Range<usize>], literals: &[String]) -> Vec<Stretch> {
    if typed.is_empty() {
        return vec![Stretch { range: 0..text.len(), plain: false }];
    }
    let mut literals: Vec<&str> = literals.iter().map(String::as_str).filter(|literal| !literal.is_empty()).collect();
    literals.sort_by_key(|literal| std::cmp::Reverse(literal.len()));
    let mut found: Vec<Stretch> = Vec::new();
    let mut push = |range: Range<usize>, plain: bool| match found.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if !last.plain && !plain => last.range.end = range.end,
        _ => found.push(Stretch { range, plain }),
    };
    let (mut start, mut at, mut next) = (0, 0, 0);
    let mut plain = false;
    while at < text.len() {
        if let Some(range) = typed.get(next).filter(|range| range.start <= at) {
            (at, plain, next) = (range.end.max(at), true, next + 1);
            continue;
        }
        let end = typed.get(next).map_or(text.len(), |range| range.start);
        match literals.iter().find(|literal| text[at..end].starts_with(**literal)) {
            Some(literal) => {
                push(start..at, plain);
                push(at..at + literal.len(), false);
                (at, plain) = (at + literal.len(), false);
                start = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    push(start..text.len(), plain);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, typed: &[Range<usize>]) -> Vec<(String, bool)> {
        let literals = ["<s>", "<", "</s>"].map(String::from);
        let parts = stretches(text, typed, &literals);
        assert_eq!(parts.iter().map(|part| part.range.len()).sum::<usize>(), text.len(), "no gaps");
        parts.into_iter().map(|Stretch { range, plain }| (text[range].to_owned(), plain)).collect()
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
    fn a_part_with_something_typed_ends_at_the_literals_around_it() {
        let want = |parts: &[(&str, bool)]| -> Vec<(String, bool)> {
            parts.iter().map(|(text, plain)| ((*text).to_owned(), *plain)).collect()
        };
        assert_eq!(cut("<s>a</s>", &[]), want(&[("<s>a</s>", false)]));
        assert_eq!(
            cut("<s>u</s><s>a <s> b</s><s>", &[13..16]),
            want(&[("<s>u</s><s>", false), ("a <s> b", true), ("</s><s>", false)])
        );
        assert_eq!(cut("<s><s></s>", &[3..6]), want(&[("<s>", false), ("<s>", true), ("</s>", false)]));
        assert_eq!(cut("<s>", &[0..3]), want(&[("<s>", true)]));
        assert_eq!(cut("\u{e9}<\u{e9}<s>\u{e9}", &[5..8]), want(&[("\u{e9}<", false), ("\u{e9}<s>\u{e9}", true)]));
        assert_eq!(cut("a<s>b<s>c", &[1..4, 5..8]), want(&[("a<s>b<s>c", true)]));
    }
}
