//! GGUF files as models: configuration, tokenizer and weights from one file, which is read by byte ranges.

mod config;
mod source;

pub use source::GgufSource;
