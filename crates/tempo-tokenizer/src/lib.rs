#![doc = include_str!("../README.md")]

mod error;
pub mod files;
mod tokenizer;

pub use error::TokenizerError;
pub use files::Remark;
pub use tokenizer::Tokenizer;
