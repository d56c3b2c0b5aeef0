//! Text to tokens, and tokens back to exactly the bytes they stand for.
//!
//! The decoders of the `tokenizers` crate work on whole texts: they drop a first space and put a replacement character
//! where a token ends inside a multi-byte character. A set of parallel tokens needs every token's own bytes, so they are
//! read off the vocabulary here: byte-level alphabets, `SentencePiece` spaces and `<0xNN>` bytes.

mod gguf;
mod pieces;
mod sound;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tokenizers::tokenizer::Tokenizer as Inner;
use tokenizers::{DecoderWrapper, PreTokenizerWrapper};

use crate::error::TokenizerError;
use pieces::Pieces;

const FILE: &str = "tokenizer.json";

/// A tokenizer, checked against the vocabulary of its model.
#[derive(Debug)]
pub struct Tokenizer {
    /// Where it came from, for messages.
    file: String,
    splitter: Splitter,
    /// Stands before every text.
    prefix: Vec<u32>,
    /// Bytes of each token as they stand within a text, by id.
    bytes: Vec<Vec<u8>>,
}

/// What makes tokens of a text.
#[derive(Debug)]
enum Splitter {
    /// The `tokenizers` crate.
    Library(Box<Inner>),
    /// `SentencePiece` with scores, from a GGUF file.
    Pieces(Pieces),
}

/// How vocabulary entries spell bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// One character per byte, as GPT-2 does.
    ByteLevel,
    /// Text, with this character for a space, and `<0xNN>` for single bytes.
    Pieces(char),
    /// Text.
    Plain,
}

impl Tokenizer {
    /// Reads `tokenizer.json` from a model folder.
    ///
    /// # Errors
    /// When it is missing, cannot be read, or has tokens that the model's vocabulary of `vocab` has not.
    pub fn load(folder: &Path, vocab: usize) -> Result<Self, TokenizerError> {
        let path = folder.join(FILE);
        let json = std::fs::read(&path).map_err(|source| TokenizerError::Read { path, source })?;
        Self::parse(&json, vocab)
    }

    /// Reads the content of a `tokenizer.json`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(json: &[u8], vocab: usize) -> Result<Self, TokenizerError> {
        let refuse = |reason: String| TokenizerError::Unfit { file: FILE.into(), reason };
        sound::check(json).map_err(refuse)?;
        let mut inner = Inner::from_bytes(json).map_err(|error| refuse(error.to_string()))?;
        // Settings for training in batches; a prompt is neither cut nor filled up.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| refuse(error.to_string()))?;
        let entries: BTreeMap<String, u32> = inner.get_vocab(true).into_iter().collect();
        let size = entries.values().max().map_or(0, |&id| id as usize + 1);
        if size == 0 {
            return Err(refuse("its vocabulary is empty".into()));
        }
        if size > vocab {
            let reason = format!("its largest token id is {}, the model has logits for {vocab} tokens", size - 1);
            return Err(refuse(reason));
        }
        let spelling = Spelling::of(&inner);
        let added: BTreeSet<u32> = inner.get_added_tokens_decoder().keys().copied().collect();
        let mut bytes = vec![Vec::new(); size];
        for (entry, id) in entries {
            let literal = added.contains(&id);
            bytes[id as usize] = if literal { entry.into_bytes() } else { spelling.bytes(&entry) };
        }
        Ok(Self { file: FILE.into(), splitter: Splitter::Library(Box::new(inner)), prefix: Vec::new(), bytes })
    }

    /// Token ids of a text, with whatever the tokenizer's post-processor adds (a begin-of-text token, where it has one).
    /// No chat template.
    ///
    /// # Errors
    /// When the tokenizer has no way to spell the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let refuse = |reason| TokenizerError::Unfit { file: self.file.clone(), reason };
        let mut ids = self.prefix.clone();
        match &self.splitter {
            Splitter::Library(inner) => {
                let encoded = inner.encode_fast(text, true).map_err(|error| refuse(error.to_string()))?;
                ids.extend_from_slice(encoded.get_ids());
            }
            Splitter::Pieces(pieces) => pieces.encode(text, &mut ids).map_err(refuse)?,
        }
        Ok(ids)
    }

    /// Largest token id plus one; the model's vocabulary may be larger.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes of a token as they stand within a text: a word piece keeps its leading space, a special token is its
    /// literal content. Empty for ids that the tokenizer does not have.
    pub fn bytes_of(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], Vec::as_slice)
    }
}

impl Spelling {
    fn of(inner: &Inner) -> Self {
        let decoders = flatten_decoder(inner.get_decoder());
        let byte_level = decoders.iter().any(|decoder| matches!(decoder, DecoderWrapper::ByteLevel(_)));
        if byte_level || (decoders.is_empty() && splits_bytes(inner.get_pre_tokenizer())) {
            return Self::ByteLevel;
        }
        let space = decoders.iter().find_map(|decoder| match decoder {
            DecoderWrapper::Metaspace(metaspace) => Some(metaspace.get_replacement()),
            DecoderWrapper::Replace(_) | DecoderWrapper::ByteFallback(_) => Some('\u{2581}'),
            _ => None,
        });
        space.map_or(Self::Plain, Self::Pieces)
    }

    fn bytes(self, entry: &str) -> Vec<u8> {
        match self {
            Self::ByteLevel => {
                let spelt: Option<Vec<u8>> = entry.chars().map(byte_of).collect();
                spelt.unwrap_or_else(|| entry.as_bytes().to_vec())
            }
            Self::Pieces(space) => match single_byte(entry) {
                Some(byte) => vec![byte],
                None => entry.replace(space, " ").into_bytes(),
            },
            Self::Plain => entry.as_bytes().to_vec(),
        }
    }
}

fn flatten_decoder(decoder: Option<&DecoderWrapper>) -> Vec<DecoderWrapper> {
    match decoder {
        None => Vec::new(),
        Some(DecoderWrapper::Sequence(sequence)) => {
            sequence.get_decoders().iter().flat_map(|decoder| flatten_decoder(Some(decoder))).collect()
        }
        Some(decoder) => vec![decoder.clone()],
    }
}

fn splits_bytes(pre_tokenizer: Option<&PreTokenizerWrapper>) -> bool {
    match pre_tokenizer {
        Some(PreTokenizerWrapper::ByteLevel(_)) => true,
        Some(PreTokenizerWrapper::Sequence(all)) => all.as_ref().iter().any(|one| splits_bytes(Some(one))),
        _ => false,
    }
}

/// `<0xNN>`, the byte that no piece spells.
fn single_byte(entry: &str) -> Option<u8> {
    let digits = entry.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() == 2 { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// The byte that a character of the byte-level alphabet stands for: printable Latin-1 characters are themselves, the
/// other bytes follow from U+0100 on, in order.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if let Ok(byte) = u8::try_from(code) {
        return Some(byte).filter(|&byte| printable(byte));
    }
    let nth = usize::try_from(code - 0x100).ok()?;
    (0..=u8::MAX).filter(|&byte| !printable(byte)).nth(nth)
}

#[cfg(test)]
mod tests;
