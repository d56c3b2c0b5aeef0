#![doc = include_str!("../README.md")]

mod error;
mod tokenizer;

pub use error::TokenizerError;
pub use tokenizer::Tokenizer;
