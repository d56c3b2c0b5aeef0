//! Weight matrices in one of four formats.

use half::f16;

use crate::{BLOCK, WeightFormat};

/// A matrix, row-major in blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Format of `words`.
    pub format: WeightFormat,
    /// Rows, which are a product's outputs.
    pub rows: usize,
    /// Columns, which are a product's inputs; padding excluded.
    pub columns: usize,
    /// The numbers.
    pub words: Vec<u32>,
    /// One f16 per block, two in a word, the lower half first; empty for f32 and f16.
    pub scales: Vec<u32>,
}

impl Matrix {
    /// Converts numbers, `[rows, columns]`.
    pub fn from_f32(format: WeightFormat, rows: usize, columns: usize, numbers: &[f32]) -> Self {
        let mut builder = MatrixBuilder::new(format, rows, columns);
        builder.push(numbers);
        builder.finish()
    }

    /// Blocks of one row.
    pub fn blocks_per_row(&self) -> usize {
        self.columns.div_ceil(BLOCK)
    }

    /// One row, as the numbers that the format stands for: `[columns]`.
    pub fn row(&self, row: usize) -> Vec<f32> {
        let per_row = self.blocks_per_row();
        let mut numbers = Vec::with_capacity(per_row * BLOCK);
        for block in row * per_row..(row + 1) * per_row {
            self.block(block, &mut numbers);
        }
        numbers.truncate(self.columns);
        numbers
    }

    /// The scale of a block; 1 for formats without.
    pub fn scale(&self, block: usize) -> f32 {
        if !self.format.is_scaled() {
            return 1.0;
        }
        half(self.scales[block / 2], block % 2)
    }

    fn block(&self, block: usize, numbers: &mut Vec<f32>) {
        let size = self.format.words_per_block();
        let words = &self.words[block * size..(block + 1) * size];
        let scale = self.scale(block);
        for word in words {
            match self.format {
                WeightFormat::F32 => numbers.push(f32::from_bits(*word)),
                WeightFormat::F16 => numbers.extend([half(*word, 0), half(*word, 1)]),
                WeightFormat::Q8 => {
                    numbers.extend(word.to_le_bytes().map(|byte| f32::from(byte.cast_signed()) * scale));
                }
                WeightFormat::Q4 => {
                    numbers.extend((0..8).map(|i| ((word >> (4 * i) & 15) as f32 - 8.0) * scale));
                }
            }
        }
    }
}

/// The f16 in one half of a word.
#[expect(clippy::cast_possible_truncation, reason = "one half is meant")]
fn half(word: u32, which: usize) -> f32 {
    f16::from_bits((word >> (16 * which)) as u16).to_f32()
}

/// A matrix that is filled from the top, piece by piece.
#[derive(Debug)]
pub struct MatrixBuilder {
    matrix: Matrix,
    /// Numbers of the row that is not complete.
    partial: Vec<f32>,
    blocks: usize,
}

impl MatrixBuilder {
    /// A matrix of this shape without numbers.
    pub fn new(format: WeightFormat, rows: usize, columns: usize) -> Self {
        let blocks = rows * columns.div_ceil(BLOCK);
        let matrix = Matrix {
            format,
            rows,
            columns,
            words: Vec::with_capacity(blocks * format.words_per_block()),
            scales: vec![0; if format.is_scaled() { blocks.div_ceil(2) } else { 0 }],
        };
        Self { matrix, partial: Vec::new(), blocks: 0 }
    }

    /// Appends numbers, row-major; pieces may end anywhere.
    pub fn push(&mut self, mut numbers: &[f32]) {
        let columns = self.matrix.columns;
        while !numbers.is_empty() {
            if self.partial.is_empty() && numbers.len() >= columns {
                let (row, rest) = numbers.split_at(columns);
                self.push_row(row);
                numbers = rest;
            } else {
                let (part, rest) = numbers.split_at(numbers.len().min(columns - self.partial.len()));
                self.partial.extend_from_slice(part);
                numbers = rest;
                if self.partial.len() == columns {
                    let row = std::mem::take(&mut self.partial);
                    self.push_row(&row);
                }
            }
        }
    }

    fn push_row(&mut self, row: &[f32]) {
        for block in row.chunks(BLOCK) {
            let mut padded = [0.0; BLOCK];
            padded[..block.len()].copy_from_slice(block);
            self.push_block(&padded);
        }
    }

    fn push_block(&mut self, numbers: &[f32; BLOCK]) {
        let words = &mut self.matrix.words;
        let scale = match self.matrix.format {
            WeightFormat::F32 => {
                words.extend(numbers.iter().map(|number| number.to_bits()));
                None
            }
            WeightFormat::F16 => {
                words.extend(numbers.as_chunks().0.iter().map(|[low, high]| {
                    let bits = |number: f32| u32::from(f16::from_f32(number).to_bits());
                    bits(*low) | bits(*high) << 16
                }));
                None
            }
            WeightFormat::Q8 => {
                let most = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
                let scale = f16::from_f32(most / 127.0);
                let values = quantise(numbers, scale.to_f32(), 127.0);
                words.extend(values.as_chunks().0.iter().map(|four| u32::from_le_bytes(four.map(i8::cast_unsigned))));
                Some(scale)
            }
            WeightFormat::Q4 => {
                let scale = best_q4_scale(numbers);
                let values = quantise_q4(numbers, scale.to_f32());
                words.extend(
                    values
                        .as_chunks::<8>()
                        .0
                        .iter()
                        .map(|eight| eight.iter().rev().fold(0, |word, value| word << 4 | u32::from(*value))),
                );
                Some(scale)
            }
        };
        if let Some(scale) = scale {
            self.matrix.scales[self.blocks / 2] |= u32::from(scale.to_bits()) << (16 * (self.blocks % 2));
        }
        self.blocks += 1;
    }

    /// Rows that are complete.
    pub fn rows(&self) -> usize {
        self.blocks / self.matrix.columns.div_ceil(BLOCK).max(1)
    }

    /// The matrix.
    ///
    /// # Panics
    /// When numbers are missing or there were too many.
    pub fn finish(self) -> Matrix {
        assert!(
            self.partial.is_empty() && self.rows() == self.matrix.rows,
            "a matrix of {} rows got {} and {} numbers",
            self.matrix.rows,
            self.rows(),
            self.partial.len(),
        );
        self.matrix
    }
}

/// Added to a number and taken away again, this leaves it rounded, ties to even: a float so large has no fraction. Unlike
/// `round`, which is a call on many machines, it is vector code everywhere.
const WHOLE: f32 = 12_582_912.0;

#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn quantise(numbers: &[f32; BLOCK], scale: f32, most: f32) -> [i8; BLOCK] {
    let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
    numbers.map(|number| ((number * inverse).clamp(-most, most) + WHOLE - WHOLE) as i8)
}

/// The whole numbers from -8 to 7 that stand for these.
fn round_q4(numbers: &[f32; BLOCK], scale: f32) -> [f32; BLOCK] {
    let inverse = if scale == 0.0 { 0.0 } else { scale.recip() };
    numbers.map(|number| (number * inverse).clamp(-8.0, 7.0) + WHOLE - WHOLE)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 15")]
fn quantise_q4(numbers: &[f32; BLOCK], scale: f32) -> [u8; BLOCK] {
    round_q4(numbers, scale).map(|value| (value + 8.0) as u8)
}

/// The scale with the least squared error of some. What four bits reach furthest is -8: scales that take the largest
/// number there or somewhat beyond or short of it (a little clipping of one number may help all others) round the numbers
/// in different ways, and each way has a best scale. The sign of the largest number is the scale's, so that it lands on
/// that side.
fn best_q4_scale(numbers: &[f32; BLOCK]) -> f16 {
    let largest = numbers.iter().copied().fold(0.0_f32, |most, n| if n.abs() > most.abs() { n } else { most });
    if largest == 0.0 {
        return f16::ZERO;
    }
    let fit = |step: i16| {
        let values = round_q4(numbers, -largest / (8.0 + 0.35 * f32::from(step)));
        // Eight sums of each, side by side.
        let (mut dot, mut squares) = ([0.0_f32; 8], [0.0_f32; 8]);
        for (numbers, values) in numbers.as_chunks::<8>().0.iter().zip(values.as_chunks::<8>().0) {
            for i in 0..8 {
                dot[i] += numbers[i] * values[i];
                squares[i] += values[i] * values[i];
            }
        }
        let (dot, squares): (f32, f32) = (dot.iter().sum(), squares.iter().sum());
        // With the best scale the error is the numbers' squares less this.
        (dot * dot / squares, dot / squares)
    };
    let best = (-4..=4).map(fit).filter(|(gain, _)| gain.is_finite()).max_by(|a, b| a.0.total_cmp(&b.0));
    f16::from_f32(best.map_or(-largest / 8.0, |(_, scale)| scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    fn numbers(count: usize) -> Vec<f32> {
        let mut random = Random(5);
        (0..count).map(|_| random.signed()).collect()
    }

    #[test]
    fn every_format_gives_its_numbers_back_within_its_precision() {
        for columns in [1, 7, 32, 33, 100] {
            let given = numbers(6 * columns);
            for (format, most) in [
                (WeightFormat::F32, 0.0),
                (WeightFormat::F16, 6e-4),
                (WeightFormat::Q8, 0.0045),
                (WeightFormat::Q4, 0.16),
            ] {
                let matrix = Matrix::from_f32(format, 6, columns, &given);
                for row in 0..6 {
                    let want = &given[row * columns..(row + 1) * columns];
                    let found = matrix.row(row);
                    assert_eq!(found.len(), columns);
                    let worst = found.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(worst <= most, "{format:?} {columns}: {worst}");
                }
                let bytes = (matrix.words.len() + matrix.scales.len()) * 4;
                assert_eq!(bytes as u64, format.bytes(6, columns), "{format:?}");
            }
        }
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let given = numbers(5 * 37);
        let whole = Matrix::from_f32(WeightFormat::Q8, 5, 37, &given);
        for size in [1, 3, 36, 37, 38, 80] {
            let mut builder = MatrixBuilder::new(WeightFormat::Q8, 5, 37);
            given.chunks(size).for_each(|piece| builder.push(piece));
            assert_eq!(builder.finish(), whole);
        }
    }

    #[test]
    #[should_panic(expected = "a matrix of 2 rows got 1 and 3 numbers")]
    fn a_short_matrix_is_a_bug() {
        let mut builder = MatrixBuilder::new(WeightFormat::F32, 2, 4);
        builder.push(&[0.0; 7]);
        builder.finish();
    }

    #[test]
    fn what_four_bits_can_hold_is_held_exactly() {
        let mut given = [0.0; 32];
        for (i, number) in given.iter_mut().enumerate() {
            *number = (i % 16) as f32 - 8.0;
        }
        let matrix = Matrix::from_f32(WeightFormat::Q4, 1, 32, &given);
        assert_eq!(matrix.row(0), given);
        let zeros = Matrix::from_f32(WeightFormat::Q4, 1, 32, &[0.0; 32]);
        assert_eq!(zeros.row(0), [0.0; 32]);
        assert!(zeros.row(0).iter().all(|zero| zero.is_sign_positive() || *zero == 0.0));
    }
}
