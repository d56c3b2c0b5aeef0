#![doc = include_str!("../README.md")]

pub mod cpu;
mod decoder;
pub mod gpu;
mod matrix;
mod pass;
pub mod plain;
#[cfg(test)]
mod testing;
mod weights;

pub use decoder::{Activation, Decoder, LayerKind};
pub use matrix::{BLOCK, Matrix, MatrixBuilder, WeightFormat};
pub use pass::{Digest, DigestRequest, HIDDEN, InSet, Key, Outputs, Pass, Query, RowFacts, Rule};
pub use weights::{LayerWeights, Linear, Weights};
