//! Bytes of tokens become text: valid UTF-8 as it is, everything else as `\xNN`.

use std::fmt::Write as _;

use crate::ids::TokenId;
use crate::sequence::Sequence;

/// What a tokenizer knows that the algorithm needs for its events.
pub trait Vocabulary {
    /// The bytes that a token stands for inside a text; special tokens by their literal content.
    fn bytes(&self, id: TokenId) -> Vec<u8>;

    /// A token decoded alone; bytes that are only part of a character are escaped.
    fn text(&self, id: TokenId) -> String {
        escape_invalid(&self.bytes(id))
    }

    /// Tokens decoded together, as one byte sequence.
    fn decode(&self, ids: &[TokenId]) -> String {
        escape_invalid(&ids.iter().flat_map(|id| self.bytes(*id)).collect::<Vec<u8>>())
    }
}

impl<V: Vocabulary + ?Sized> Vocabulary for &V {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        (**self).bytes(id)
    }
}

impl<V: Vocabulary + ?Sized> Vocabulary for std::rc::Rc<V> {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        (**self).bytes(id)
    }
}

/// Bytes as text, those that are no UTF-8 one by one as lower-case `\xNN`.
pub fn escape_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _infallible = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The generated part with parallel members as `[a/b/c]`, removed ones left out.
pub(crate) fn brackets<V: Vocabulary>(sequence: &Sequence, vocabulary: &V) -> String {
    let mut bytes = Vec::new();
    for set in sequence.generated() {
        match sequence.live(set).as_slice() {
            [] => {}
            [one] => bytes.extend(vocabulary.bytes(one.id)),
            several => {
                for (index, token) in several.iter().enumerate() {
                    bytes.push(if index == 0 { b'[' } else { b'/' });
                    bytes.extend(vocabulary.bytes(token.id));
                }
                bytes.push(b']');
            }
        }
    }
    escape_invalid(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Positions, Slot};

    /// Token n is the letter n after `a`; two tokens are the halves of a two-byte character.
    struct Letters;

    impl Vocabulary for Letters {
        fn bytes(&self, id: TokenId) -> Vec<u8> {
            match id.0 {
                100 => vec![0xc3],
                101 => vec![0xa9],
                n => vec![b'a' + u8::try_from(n).unwrap()],
            }
        }
    }

    #[test]
    fn half_characters_are_escaped_alone_and_whole_together() {
        assert_eq!(Letters.text(TokenId(100)), "\\xc3");
        assert_eq!(Letters.decode(&[TokenId(0), TokenId(100), TokenId(101)]), "a\u{e9}");
        assert_eq!(Letters.decode(&[TokenId(101), TokenId(0)]), "\\xa9a");
    }

    #[test]
    fn brackets_show_live_members() {
        let mut sequence = Sequence::new(&[TokenId(0)], 16, Positions::Shared, 0);
        sequence.append(&[(TokenId(1), 0.5), (TokenId(2), 0.3), (TokenId(3), 0.2)]);
        sequence.append(&[(TokenId(100), 1.0)]);
        sequence.append(&[(TokenId(101), 1.0)]);
        sequence.append(&[(TokenId(4), 0.6), (TokenId(5), 0.4)]);
        assert_eq!(brackets(&sequence, &Letters), "[b/c/d]\u{e9}[e/f]");
        sequence.remove(Slot(1));
        sequence.remove(Slot(6));
        sequence.remove(Slot(7));
        assert_eq!(brackets(&sequence, &Letters), "[c/d]\u{e9}");
    }
}

#[cfg(test)]
mod properties {
    use super::escape_invalid;

    proptest::proptest! {
        #[test]
        fn escaping_loses_nothing(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            let text = escape_invalid(&bytes);
            match std::str::from_utf8(&bytes) {
                Ok(whole) => proptest::prop_assert_eq!(text, whole),
                Err(_) => proptest::prop_assert!(text.contains("\\x")),
            }
        }
    }
}
