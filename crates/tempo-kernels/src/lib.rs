//! The fast path: one pass of a decoder-only transformer with explicit positions, rows and visibility, without a tensor
//! library in between.
//!
//! [`gpu`] records WGSL kernels that do several steps of a layer each, [`cpu`] is vector code that reads every weight
//! once for all rows. Both take the same [`Pass`], hold the same [`Weights`] in one of four [formats](WeightFormat) and
//! answer with [`Outputs`]. What a pass is for, they do not know.

#![cfg_attr(not(test), warn(missing_docs))]

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
pub use pass::{HIDDEN, InSet, Key, Outputs, Pass, Query};
pub use weights::{LayerWeights, Linear, Weights};
