//! The entry of one tensor.

use std::ops::Range;

use crate::dequantise::dequantise;
use crate::error::GgufError;
use crate::kind::TensorType;

/// A tensor of a file, whose place was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    name: String,
    dimensions: Vec<u64>,
    kind: TensorType,
    range: Range<u64>,
    part: usize,
}

impl Tensor {
    pub(crate) fn new(name: String, dimensions: Vec<u64>, kind: TensorType, range: Range<u64>) -> Self {
        Self { name, dimensions, kind, range, part: 0 }
    }

    /// Its name in the file, as `blk.0.attn_q.weight`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its dimensions as the file has them: the fastest first. One to four, none of them 0.
    ///
    /// # Shapes
    /// A matrix that Hugging Face calls `[rows, columns]` has the dimensions `[columns, rows]`; the bytes are the same.
    pub fn dimensions(&self) -> &[u64] {
        &self.dimensions
    }

    /// Its dimensions as Hugging Face has them: the slowest first.
    pub fn shape(&self) -> Vec<u64> {
        self.dimensions.iter().rev().copied().collect()
    }

    /// How it is stored.
    pub fn kind(&self) -> TensorType {
        self.kind
    }

    /// The file that it is in, of a model in several: from 0 on.
    pub fn part(&self) -> usize {
        self.part
    }

    /// The same tensor in that file of a model.
    pub(crate) fn in_part(self, part: usize) -> Self {
        Self { part, ..self }
    }

    /// Its bytes, counted from the beginning of its file; never beyond its end.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Number of its elements.
    pub fn elements(&self) -> u64 {
        self.dimensions.iter().product()
    }

    /// Bytes of one row (its first dimension), which are whole blocks.
    pub fn row_bytes(&self) -> u64 {
        self.dimensions[0] / self.kind.block_elements() * self.kind.block_bytes()
    }

    /// Appends all its numbers to `out`. `bytes` are those of [`Tensor::range`]. To read it piece by piece, give whole
    /// rows to [`dequantise`].
    ///
    /// # Errors
    /// When the type is not read, or the bytes are too few or too many.
    pub fn dequantise(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), GgufError> {
        let expected = self.range.end - self.range.start;
        if bytes.len() as u64 != expected {
            let expected = expected.to_string();
            return Err(GgufError::Length { kind: self.kind, expected, found: bytes.len() });
        }
        dequantise(self.kind, bytes, out)
    }
}
