//! What can be wrong with a tokenizer, with the facts in it: which file, and why.

use std::path::PathBuf;

use tempo_gguf::GgufError;

/// A tokenizer that cannot be used, or a text that it cannot spell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// The file does not exist, or cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        #[source]
        source: std::io::Error,
    },
    /// Another kind of file than its name says.
    #[error("{file} is {what}")]
    Mistaken {
        /// The file.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// The tables in the header of a GGUF file are missing or contradict each other.
    #[error("cannot use {file}")]
    Gguf {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: GgufError,
    },
    /// The file is damaged, of a kind that is not known, or another model's; or it stumbles over a text.
    #[error("{file} is not a tokenizer for this model: {reason}")]
    Unfit {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}
