//! Text to tokens, and tokens back to exactly the bytes they stand for.
//!
//! The decoders of the `tokenizers` crate work on whole texts: they drop a first space and put a replacement character
//! where a token ends inside a multi-byte character. A set of parallel tokens needs every token's own bytes, so they are
//! read off the vocabulary here: byte-level alphabets, `SentencePiece` spaces and `<0xNN>` bytes.

mod gguf;
mod library;
mod pieces;
mod sound;
mod spelling;
mod turns;

use std::ops::Range;
use std::path::Path;

use tokenizers::PreTokenizerWrapper;

use crate::error::TokenizerError;
use crate::files::{self, Remark};
use library::{Found, Library};
use pieces::Pieces;
use spelling::{Spelling, byte_of, single_byte};
use turns::Stretch;

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
    /// Special tokens, as they stand in a text.
    specials: Vec<String>,
    /// What was left out of its file, or taken for granted.
    remarks: Vec<Remark>,
}

/// What makes tokens of a text.
#[derive(Debug)]
enum Splitter {
    /// The `tokenizers` crate.
    Library(Box<Library>),
    /// `SentencePiece` with scores, from a GGUF file.
    Pieces(Pieces),
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
        if let Some(what) = files::mistaken_text(json) {
            return Err(TokenizerError::Mistaken { file: FILE.into(), what });
        }
        let json = files::without_mark(json);
        let found = sound::check(json).and_then(|added| Library::look(library::read(json, &added)?, vocab));
        let found = found.map_err(|reason| TokenizerError::Unfit { file: FILE.into(), reason })?;
        let Found { library, entries, remarks } = found;
        let spelling = Spelling::of(library.inner());
        let size = entries.last_key_value().map_or(0, |(id, _)| *id as usize + 1);
        let mut bytes = vec![Vec::new(); size];
        for (id, (entry, literal)) in entries {
            bytes[id as usize] = if literal { entry.into_bytes() } else { spelling.bytes(&entry) };
        }
        let remarks = remarks.into_iter().map(|text| Remark::new(FILE, text)).collect();
        let specials = library.specials();
        let splitter = Splitter::Library(Box::new(library));
        Ok(Self { file: FILE.into(), splitter, prefix: Vec::new(), bytes, specials, remarks })
    }

    /// Token ids of a text, with whatever the tokenizer's post-processor adds (a begin-of-text token, where it has one).
    /// No chat template. What it cannot spell is left out, as other programs do; [`left_out`](Self::left_out) tells of it.
    ///
    /// # Errors
    /// When a token of the text has no embedding, or the tokenizer stumbles over the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let refuse = |reason| TokenizerError::Unfit { file: self.file.clone(), reason };
        let mut ids = self.prefix.clone();
        match &self.splitter {
            Splitter::Library(library) => library.encode(text, &mut ids).map_err(refuse)?,
            Splitter::Pieces(pieces) => pieces.encode(text, &mut ids).map_err(refuse)?,
        }
        Ok(ids)
    }

    /// The tokens of a prompt and those of the text after it, each tokenised by itself. What the tokenizer puts before a text
    /// stands before the prompt, or, where that is empty, before the text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_apart(&self, prompt: &str, text: &str) -> Result<(Vec<u32>, Vec<u32>), TokenizerError> {
        if prompt.is_empty() {
            return Ok((Vec::new(), self.encode(text)?));
        }
        Ok((self.encode(prompt)?, self.encode_conversation(text, &[])?))
    }

    /// Token ids of a text that a chat template made, which has its begin-of-text token where it wants one: nothing is put
    /// around it. In the byte ranges `typed`, in order, special tokens are text: somebody typed them.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_conversation(&self, text: &str, typed: &[Range<usize>]) -> Result<Vec<u32>, TokenizerError> {
        let refuse = |reason| TokenizerError::Unfit { file: self.file.clone(), reason };
        let mut ids = Vec::new();
        for Stretch { range, plain } in turns::stretches(text, typed, &self.specials) {
            match &self.splitter {
                Splitter::Library(library) => library.encode_part(text, range, plain, &mut ids).map_err(refuse)?,
                Splitter::Pieces(pieces) if plain => pieces.encode_plain(&text[range], &mut ids).map_err(refuse)?,
                Splitter::Pieces(pieces) => pieces.encode(&text[range], &mut ids).map_err(refuse)?,
            }
        }
        Ok(ids)
    }

    /// The special tokens as they stand in a text: those that mark a turn, the beginning, the end. Others that are found as
    /// they stand, such as runs of spaces, are no special ones.
    pub fn specials(&self) -> &[String] {
        &self.specials
    }

    /// The characters of a text that [`encode`](Self::encode) leaves out, in words, since no token stands for them.
    pub fn left_out(&self, text: &str) -> Option<String> {
        match &self.splitter {
            // A text that it stumbles over is an error of `encode`.
            Splitter::Library(library) => library.left_out(text).ok().flatten(),
            Splitter::Pieces(_) => None,
        }
    }

    /// The begin-of-text token, where these ids begin with it twice: a text that begins with it was given, and the
    /// tokenizer puts it before every text.
    pub fn doubled_begin(&self, ids: &[u32]) -> Option<u32> {
        let begin = match &self.splitter {
            Splitter::Library(library) => library.begin().or(self.prefix.first().copied()),
            Splitter::Pieces(_) => self.prefix.first().copied(),
        };
        begin.filter(|begin| ids.starts_with(&[*begin, *begin]))
    }

    /// What was left out of its file, or taken for granted.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
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

fn splits_bytes(pre_tokenizer: Option<&PreTokenizerWrapper>) -> bool {
    match pre_tokenizer {
        Some(PreTokenizerWrapper::ByteLevel(_)) => true,
        Some(PreTokenizerWrapper::Sequence(all)) => all.as_ref().iter().any(|one| splits_bytes(Some(one))),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
