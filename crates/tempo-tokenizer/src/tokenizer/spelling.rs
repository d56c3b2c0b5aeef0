//! How entries of a vocabulary spell bytes.

use tokenizers::DecoderWrapper;
use tokenizers::tokenizer::{Decoder as _, Tokenizer as Inner};

use super::splits_bytes;

/// How entries of a vocabulary spell bytes.
#[derive(Clone, Debug)]
pub(super) enum Spelling {
    /// One character per byte, as GPT-2 does.
    ByteLevel,
    /// Text, with this character for a space, and `<0xNN>` for single bytes.
    Pieces(char),
    /// As these decoders have them between other tokens, one after the other; with `<0xNN>` for single bytes, if they say so.
    Decoded(Vec<DecoderWrapper>, bool),
    /// Text.
    Plain,
}

/// Stands before and behind an entry that is decoded.
const NEIGHBOUR: &str = "a";

impl Spelling {
    pub(super) fn of(inner: &Inner) -> Self {
        let decoders = flatten(inner.get_decoder());
        let has = |wanted: fn(&DecoderWrapper) -> bool| decoders.iter().any(wanted);
        if has(|decoder| matches!(decoder, DecoderWrapper::ByteLevel(_)))
            || (decoders.is_empty() && splits_bytes(inner.get_pre_tokenizer()))
        {
            return Self::ByteLevel;
        }
        let bytes = has(|decoder| matches!(decoder, DecoderWrapper::ByteFallback(_)));
        // What most have is spelt here, which is faster than by the library.
        let space = decoders.iter().find_map(|decoder| match decoder {
            DecoderWrapper::Metaspace(metaspace) => Some(metaspace.get_replacement()),
            DecoderWrapper::Replace(_) if replaces_pieces(decoder) => Some('\u{2581}'),
            _ => None,
        });
        let known = decoders.iter().all(|decoder| match decoder {
            DecoderWrapper::Replace(_) => replaces_pieces(decoder),
            DecoderWrapper::Metaspace(_)
            | DecoderWrapper::ByteFallback(_)
            | DecoderWrapper::Fuse(_)
            | DecoderWrapper::Strip(_) => true,
            _ => false,
        });
        match space {
            Some(space) if known && (bytes || decoders.len() == 1) => Self::Pieces(space),
            _ if decoders.is_empty() => Self::Plain,
            // What is taken from the ends of a text is taken from no token between others.
            _ => {
                let within = decoders.into_iter().filter(|decoder| !matches!(decoder, DecoderWrapper::Strip(_)));
                Self::Decoded(within.collect(), bytes)
            }
        }
    }

    pub(super) fn bytes(&self, entry: &str) -> Vec<u8> {
        match self {
            Self::ByteLevel => {
                let spelt: Option<Vec<u8>> = entry.chars().map(byte_of).collect();
                spelt.unwrap_or_else(|| entry.as_bytes().to_vec())
            }
            Self::Pieces(space) => match single_byte(entry) {
                Some(byte) => vec![byte],
                None => entry.replace(*space, " ").into_bytes(),
            },
            Self::Decoded(decoders, bytes) => match single_byte(entry).filter(|_| *bytes) {
                Some(byte) => vec![byte],
                None => between(decoders, entry).unwrap_or_else(|| entry.to_owned()).into_bytes(),
            },
            Self::Plain => entry.as_bytes().to_vec(),
        }
    }
}

/// What decoders make of an entry between others; nothing where that cannot be told from its neighbours.
fn between(decoders: &[DecoderWrapper], entry: &str) -> Option<String> {
    let decode = |entries: &[&str]| {
        let mut entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        for decoder in decoders {
            // Some decoders want at least one.
            entries = decoder.decode_chain(entries).ok().filter(|entries| !entries.is_empty())?;
        }
        Some(entries.concat())
    };
    let before = decode(&[NEIGHBOUR])?;
    let around = decode(&[NEIGHBOUR, NEIGHBOUR])?;
    let behind = around.strip_prefix(&before)?;
    let all = decode(&[NEIGHBOUR, entry, NEIGHBOUR])?;
    Some(all.strip_prefix(&before)?.strip_suffix(behind)?.to_owned())
}

/// Replaces the mark of `SentencePiece` by a space and nothing else. The pattern is private to the library, but for its
/// JSON.
fn replaces_pieces(decoder: &DecoderWrapper) -> bool {
    let json = serde_json::to_value(decoder).unwrap_or_default();
    json["pattern"]["String"] == "\u{2581}" && json["content"] == " "
}

fn flatten(decoder: Option<&DecoderWrapper>) -> Vec<DecoderWrapper> {
    match decoder {
        None => Vec::new(),
        Some(DecoderWrapper::Sequence(sequence)) => {
            sequence.get_decoders().iter().flat_map(|decoder| flatten(Some(decoder))).collect()
        }
        Some(decoder) => vec![decoder.clone()],
    }
}

/// `<0xNN>`, the byte that no piece spells.
pub(super) fn single_byte(entry: &str) -> Option<u8> {
    let digits = entry.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() == 2 { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// The byte that a character of the byte-level alphabet stands for: printable Latin-1 characters are themselves, the
/// other bytes follow from U+0100 on, in order.
pub(super) fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if let Ok(byte) = u8::try_from(code) {
        return Some(byte).filter(|&byte| printable(byte));
    }
    let nth = usize::try_from(code - 0x100).ok()?;
    (0..=u8::MAX).filter(|&byte| !printable(byte)).nth(nth)
}
