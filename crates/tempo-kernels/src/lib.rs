#![doc = include_str!("../README.md")]

mod chunk;
pub mod cpu;
mod decoder;
mod format;
pub mod gpu;
mod matrix;
mod pass;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod testing;
mod weights;

pub use chunk::{Chunk, chunks};
pub use decoder::{Activation, Decoder, LayerKind, Rope, Turn};
pub use format::{BLOCK, WeightFormat};
pub use matrix::{Block, Matrix, MatrixBuilder, largest};
pub use pass::{
    CombineRule, Digest, DigestRequest, HIDDEN, InSet, Key, Lanes, LogitsRequest, MOST_CANDIDATES, MOST_DIGEST_ROWS,
    MOST_LISTED, MOST_LISTS, MOST_SUPPRESSED, MOST_TOLD_ROWS, Observe, Outputs, Pass, Query, RowFacts, RowList,
};
pub use weights::{LayerWeights, Linear, Weights};
