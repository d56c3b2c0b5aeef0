//! `SentencePiece` byte pairs as llama.cpp joins them: of all neighbours that make a token together, those with the
//! highest score first.
//!
//! The `tokenizers` crate wants an order of all pairs instead, and tokens of equal score (some converters give them all
//! the same) would then come in another order than from left to right.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

use super::single_byte;

/// `SentencePiece` writes it for a space.
const SPACE: &str = "\u{2581}";

/// A vocabulary of pieces with scores.
#[derive(Debug)]
pub(super) struct Pieces {
    /// What text is joined to, with its score.
    joined: HashMap<String, (u32, f32)>,
    /// Tokens that are found as they stand in a text, the longest first.
    literals: Vec<(String, u32)>,
    /// The token of each byte that no piece spells.
    bytes: Vec<Option<u32>>,
    unknown: Option<u32>,
    space_before: bool,
}

/// A part of a text.
enum Part {
    Text(Range<usize>),
    Token(u32),
}

/// A run of characters, and its neighbours that are left.
#[derive(Clone, Debug)]
struct Symbol {
    text: Range<usize>,
    left: Option<usize>,
    right: Option<usize>,
}

/// Two neighbours that make a token.
#[derive(Debug)]
struct Pair {
    score: f32,
    left: Reverse<usize>,
    right: usize,
    /// As they were when they were found; one of them may have been joined since.
    text: Range<usize>,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(self.left.cmp(&other.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Pair {}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Pieces {
    /// A vocabulary without tokens; `space_before` puts a space before every stretch of text.
    pub(super) fn new(unknown: Option<u32>, space_before: bool) -> Self {
        Self { joined: HashMap::new(), literals: Vec::new(), bytes: vec![None; 256], unknown, space_before }
    }

    /// Adds a piece. Of two with the same text the last one counts, as in llama.cpp.
    pub(super) fn add_piece(&mut self, text: &str, id: u32, score: f32) {
        // Both zeros are one score.
        self.joined.insert(text.to_owned(), (id, score + 0.0));
    }

    /// Adds `<0xNN>`; whether it was one.
    pub(super) fn add_byte(&mut self, text: &str, id: u32) -> bool {
        let byte = single_byte(text);
        if let Some(byte) = byte {
            self.bytes[usize::from(byte)] = Some(id);
        }
        byte.is_some()
    }

    /// Adds a token that stands for itself, wherever it stands; [`sort`](Self::sort) when all are there.
    pub(super) fn add_literal(&mut self, text: &str, id: u32) {
        if !text.is_empty() {
            self.literals.push((text.to_owned(), id));
        }
    }

    /// Puts the longest literals first.
    pub(super) fn sort(&mut self) {
        self.literals.sort_by_key(|(text, _)| Reverse(text.len()));
    }

    /// Appends the tokens of a text; where it cannot be spelt, the reason.
    pub(super) fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), String> {
        for part in self.parts(text) {
            match part {
                Part::Token(id) => ids.push(id),
                Part::Text(range) => self.encode_plain(&text[range], ids)?,
            }
        }
        Ok(())
    }

    /// Appends the tokens of a text in which no literal counts; where it cannot be spelt, the reason.
    pub(super) fn encode_plain(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), String> {
        let before = if self.space_before { SPACE } else { "" };
        self.join(&format!("{before}{}", text.replace(' ', SPACE)), ids)
    }

    /// Finds the literals: the longest ones everywhere, then shorter ones in what is left.
    fn parts(&self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        if !text.is_empty() {
            parts.push(Part::Text(0..text.len()));
        }
        for (literal, id) in self.literals.iter().filter(|(literal, _)| text.contains(literal)) {
            let mut split = Vec::new();
            for part in parts {
                let Part::Text(Range { mut start, end }) = part else {
                    split.push(part);
                    continue;
                };
                while let Some(at) = text[start..end].find(literal) {
                    split.extend((at > 0).then(|| Part::Text(start..start + at)));
                    split.push(Part::Token(*id));
                    start += at + literal.len();
                }
                split.extend((start < end).then_some(Part::Text(start..end)));
            }
            parts = split;
        }
        parts
    }

    /// Joins characters to pieces.
    fn join(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), String> {
        let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).chain([text.len()]).collect();
        let count = starts.len() - 1;
        let mut symbols: Vec<Symbol> = (0..count)
            .map(|i| Symbol {
                text: starts[i]..starts[i + 1],
                left: i.checked_sub(1),
                right: Some(i + 1).filter(|right| *right < count),
            })
            .collect();
        let mut pairs = BinaryHeap::new();
        for left in 0..count {
            pairs.extend(self.pair(text, &symbols, left));
        }
        while let Some(Pair { left: Reverse(left), right, text: joined, .. }) = pairs.pop() {
            // What was joined to its left neighbour is empty.
            let (a, b) = (&symbols[left].text, &symbols[right].text);
            if a.is_empty() || b.is_empty() || (a.start..b.end) != joined {
                continue;
            }
            let beyond = symbols[right].right;
            symbols[right].text = joined.end..joined.end;
            symbols[left].text = joined;
            symbols[left].right = beyond;
            if let Some(beyond) = beyond {
                symbols[beyond].left = Some(left);
            }
            pairs.extend(symbols[left].left.and_then(|before| self.pair(text, &symbols, before)));
            pairs.extend(self.pair(text, &symbols, left));
        }
        let mut next = (count > 0).then_some(0);
        while let Some(symbol) = next.map(|at| &symbols[at]) {
            self.spell(&text[symbol.text.clone()], ids)?;
            next = symbol.right;
        }
        Ok(())
    }

    /// A symbol and its right neighbour, if they make a piece.
    fn pair(&self, text: &str, symbols: &[Symbol], left: usize) -> Option<Pair> {
        let right = symbols[left].right?;
        let both = symbols[left].text.start..symbols[right].text.end;
        let (_, score) = *self.joined.get(&text[both.clone()])?;
        Some(Pair { score, left: Reverse(left), right, text: both })
    }

    /// A piece, or the bytes of what is none.
    fn spell(&self, symbol: &str, ids: &mut Vec<u32>) -> Result<(), String> {
        if let Some((id, _)) = self.joined.get(symbol) {
            ids.push(*id);
            return Ok(());
        }
        let bytes: Option<Vec<u32>> = symbol.bytes().map(|byte| self.bytes[usize::from(byte)]).collect();
        match (bytes, self.unknown) {
            (Some(bytes), _) => ids.extend(bytes),
            (None, Some(unknown)) => ids.push(unknown),
            (None, None) => return Err(format!("it has no token for {symbol:?}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        let mut pieces = Pieces::new(Some(0), true);
        let words = ["\u{2581}", "a", "b", "c", "ab", "bc", "abc", "\u{2581}a", "aa"];
        for ((text, score), id) in
            words.into_iter().zip([-9.0, -9.0, -9.0, -9.0, -2.0, -1.0, -3.0, -4.0, -5.0]).zip(10..)
        {
            pieces.add_piece(text, id, score);
        }
        pieces.add_literal("<x>", 3);
        pieces.add_literal("<x>y", 4);
        pieces.sort();
        assert!(pieces.add_byte("<0xC3>", 5) && pieces.add_byte("<0xA9>", 6) && !pieces.add_byte("a", 7));
        pieces
    }

    fn encode(text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        pieces().encode(text, &mut ids).unwrap();
        ids
    }

    #[test]
    fn the_highest_score_is_joined_first() {
        assert_eq!(encode("abc"), [10, 16], "bc before ab, and then abc before the space and a");
        assert_eq!(encode("ab"), [10, 14]);
        assert_eq!(encode(""), [0; 0]);
    }

    #[test]
    fn equal_scores_are_joined_from_left_to_right() {
        assert_eq!(encode("c aaa"), [10, 13, 17, 18]);
    }

    #[test]
    fn literals_come_first_and_the_longest_of_them() {
        assert_eq!(encode("<x>y<x>b"), [4, 3, 10, 12]);
    }

    #[test]
    fn what_no_piece_spells_is_bytes_or_unknown() {
        assert_eq!(encode("\u{e9}z"), [10, 5, 6, 0]);
        let mut ids = Vec::new();
        let error = Pieces::new(None, false).encode("a", &mut ids).unwrap_err();
        assert_eq!(error, "it has no token for \"a\"");
    }
}
