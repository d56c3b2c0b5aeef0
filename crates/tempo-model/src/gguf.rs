//! GGUF files as models: configuration, tokenizer and weights from one file, which is read by byte ranges.

mod bytes;
mod config;
mod source;

pub use bytes::{ByteRanges, FileRanges};
pub use source::GgufSource;
