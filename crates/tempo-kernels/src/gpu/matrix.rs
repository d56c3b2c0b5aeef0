//! Weight matrices in buffers, split where a buffer would be larger than the device can bind.

use crate::format::UNIT;
use crate::{BLOCK, Matrix, WeightFormat};

use super::GpuError;
use super::context::{Buffer, Gpu};

/// How the rows of a matrix belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLayout {
    /// Each is a result.
    Single,
    /// The first half and the second half are used in pairs: gate and up.
    Paired,
}

/// Some rows of a matrix.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) words: Buffer,
    pub(super) scales: Buffer,
    /// First result that it has.
    pub(super) first: usize,
    /// Results that it has: rows, or pairs of rows.
    pub(super) results: usize,
}

/// A matrix on the device.
#[derive(Debug)]
pub struct GpuMatrix {
    pub(super) parts: Vec<Part>,
    pub(super) format: WeightFormat,
    /// Rows, or pairs of rows.
    pub(super) results: usize,
    pub(super) columns: usize,
}

impl GpuMatrix {
    /// Sends a matrix to the device.
    ///
    /// # Errors
    /// When a single row is more than the device can bind, or the device has no room.
    pub async fn upload(gpu: &Gpu, matrix: &Matrix, rows: RowLayout) -> Result<Self, GpuError> {
        gpu.checked("a matrix", || Self::place(gpu, matrix, rows)).await
    }

    fn place(gpu: &Gpu, matrix: &Matrix, rows: RowLayout) -> Result<Self, GpuError> {
        let each = if rows == RowLayout::Paired { 2 } else { 1 };
        let results = matrix.rows / each;
        let bytes = matrix.format.bytes(each, matrix.columns);
        // Even, so that the scales of single rows need not be moved by half a word.
        let most = usize::try_from(gpu.most / bytes.max(1)).unwrap_or(usize::MAX) & !1;
        if most == 0 {
            return Err(GpuError::Limit { what: "one row of a matrix", needed: bytes, offered: gpu.most });
        }
        let mut parts = Vec::new();
        let mut first = 0;
        while first < results {
            let count = most.min(results - first);
            parts.push(upload_part(gpu, matrix, rows, first, count)?);
            first += count;
        }
        Ok(Self { parts, format: matrix.format, results, columns: matrix.columns })
    }

    /// Bytes that a product walks through.
    pub(super) fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.words.raw.size() + part.scales.raw.size()).sum()
    }

    /// Units of 8 columns of a row, padding included.
    pub(super) fn units(&self) -> usize {
        self.columns.next_multiple_of(BLOCK) / UNIT
    }
}

fn upload_part(gpu: &Gpu, matrix: &Matrix, rows: RowLayout, first: usize, count: usize) -> Result<Part, GpuError> {
    let blocks = matrix.blocks_per_row();
    let per_row = blocks * matrix.format.words_per_block();
    let half = matrix.rows / 2;
    let own = first..first + count;
    let paired = (rows == RowLayout::Paired).then(|| half + first..half + first + count);
    let ranges: Vec<_> = [Some(own), paired].into_iter().flatten().collect();
    let words = gpu.storage("weights", (ranges.len() * count * per_row * 4) as u64)?;
    let mut at = 0;
    for rows in &ranges {
        let part = &matrix.words[rows.start * per_row..rows.end * per_row];
        gpu.queue.write_buffer(&words.raw, at, bytemuck::cast_slice(part));
        at += size_of_val(part) as u64;
    }
    let scales = if matrix.format.is_scaled() {
        let all = ranges.iter().flat_map(|rows| rows.start * blocks..rows.end * blocks);
        gpu.filled("scales", bytemuck::cast_slice(&gather_scales(matrix, all)))?
    } else {
        gpu.storage("scales", 0)?
    };
    Ok(Part { words, scales, first, results: count })
}

/// The scales of these blocks, two in a word.
fn gather_scales(matrix: &Matrix, blocks: impl Iterator<Item = usize>) -> Vec<u32> {
    let halves: Vec<u32> = blocks.map(|block| matrix.scales[block / 2] >> (16 * (block % 2)) & 0xffff).collect();
    halves.chunks(2).map(|two| two[0] | two.get(1).copied().unwrap_or(0) << 16).collect()
}
