//! Reading GGUF: sound files, wrong files, damaged files.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not the functions that they share")]

mod blocks;
mod damage;
mod facts;
mod fixtures;
mod header;
mod refused;
mod tokens;
mod writer;
