//! Matrices from numbers, or from blocks that are quantised already.

use std::ops::RangeInclusive;

use half::f16;

use super::{Block, Matrix};
use crate::{BLOCK, WeightFormat};

/// A matrix that is filled from the top, piece by piece.
#[derive(Debug)]
pub struct MatrixBuilder {
    matrix: Matrix,
    /// Numbers of the block that is not complete.
    partial: Vec<f32>,
    /// Blocks that are complete.
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
        if self.partial.is_empty() && self.matrix.columns.is_multiple_of(BLOCK) {
            let (blocks, rest) = numbers.as_chunks();
            self.convert(blocks);
            numbers = rest;
        }
        while !numbers.is_empty() {
            let (part, rest) = numbers.split_at(numbers.len().min(self.block_size() - self.partial.len()));
            numbers = rest;
            if part.len() == BLOCK {
                self.convert(part.as_chunks().0);
                continue;
            }
            self.partial.extend_from_slice(part);
            if self.partial.len() == self.block_size() {
                let mut padded = [0.0; BLOCK];
                padded[..self.partial.len()].copy_from_slice(&self.partial);
                self.partial.clear();
                self.convert(&[padded]);
            }
        }
    }

    /// Appends the numbers of whole blocks. Where the format holds their scales and values they are kept to the bit.
    pub fn push_blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            let fits = match self.matrix.format {
                WeightFormat::Q8 => true,
                WeightFormat::Q4 => block.values.iter().all(|value| (-8..=7).contains(value)),
                WeightFormat::F32 | WeightFormat::F16 => false,
            };
            if fits && self.partial.is_empty() && self.block_size() == BLOCK {
                self.store(block);
            } else {
                self.push(&block.numbers());
            }
        }
    }

    /// Blocks of one row.
    fn per_row(&self) -> usize {
        self.matrix.columns.div_ceil(BLOCK).max(1)
    }

    /// Columns of the block that comes next; the last one of a row may have fewer than others.
    fn block_size(&self) -> usize {
        BLOCK.min(self.matrix.columns - self.blocks % self.per_row() * BLOCK)
    }

    fn convert(&mut self, blocks: &[[f32; BLOCK]]) {
        for numbers in blocks {
            match self.matrix.format {
                WeightFormat::F32 => {
                    self.matrix.words.extend(numbers.iter().map(|number| number.to_bits()));
                    self.blocks += 1;
                }
                WeightFormat::F16 => {
                    self.matrix.words.extend(numbers.as_chunks().0.iter().map(|[low, high]| {
                        let bits = |number: f32| u32::from(f16::from_f32(number).to_bits());
                        bits(*low) | bits(*high) << 16
                    }));
                    self.blocks += 1;
                }
                WeightFormat::Q8 => {
                    let scale = f16::from_f32(largest(numbers) / 127.0);
                    self.store(&Block { scale, values: quantise(numbers, scale.to_f32(), -127.0..=127.0) });
                }
                WeightFormat::Q4 => {
                    let scale = best_q4_scale(numbers);
                    self.store(&Block { scale, values: quantise(numbers, scale.to_f32(), Q4) });
                }
            }
        }
    }

    /// Appends a block whose values the format holds.
    fn store(&mut self, Block { scale, values }: &Block) {
        let words = &mut self.matrix.words;
        if self.matrix.format == WeightFormat::Q4 {
            words.extend(values.as_chunks::<8>().0.iter().map(|eight| {
                eight.iter().rev().fold(0, |word, value| word << 4 | u32::from((value + 8).cast_unsigned()))
            }));
        } else {
            words.extend(values.as_chunks().0.iter().map(|four| u32::from_le_bytes(four.map(i8::cast_unsigned))));
        }
        self.matrix.scales[self.blocks / 2] |= u32::from(scale.to_bits()) << (16 * (self.blocks % 2));
        self.blocks += 1;
    }

    /// Rows that are complete.
    pub fn rows(&self) -> usize {
        self.blocks / self.per_row()
    }

    /// The matrix.
    ///
    /// # Panics
    /// When numbers are missing or there were too many.
    pub fn finish(self) -> Matrix {
        let rest = self.blocks % self.per_row() * BLOCK + self.partial.len();
        assert!(
            rest == 0 && self.rows() == self.matrix.rows,
            "a matrix of {} rows got {} and {rest} numbers",
            self.matrix.rows,
            self.rows(),
        );
        self.matrix
    }
}

/// What four bits hold.
const Q4: RangeInclusive<f32> = -8.0..=7.0;

/// Added to a number and taken away again, this leaves it rounded, ties to even: a float so large has no fraction. Unlike
/// `round`, which is a call on many machines, it is vector code everywhere.
const WHOLE: f32 = 12_582_912.0;

/// The largest of these without their signs; 0 where there are none. Side by side: one after the other, every number
/// would wait for the one before. Compared by hand: `f32::max` is a call for each number on wasm.
pub fn largest(numbers: &[f32]) -> f32 {
    let larger = |most: f32, number: f32| if number.abs() > most { number.abs() } else { most };
    let (groups, rest) = numbers.as_chunks::<16>();
    let mut most = [0.0_f32; 16];
    for group in groups {
        for (most, number) in most.iter_mut().zip(group) {
            *most = larger(*most, *number);
        }
    }
    rest.iter().chain(&most).fold(0.0, |most, number| larger(most, *number))
}

/// The whole numbers within these bounds that stand for these.
fn round(numbers: &[f32; BLOCK], scale: f32, bounds: RangeInclusive<f32>) -> [f32; BLOCK] {
    let inverse = if scale == 0.0 { 0.0 } else { scale.recip() };
    numbers.map(|number| (number * inverse).clamp(*bounds.start(), *bounds.end()) + WHOLE - WHOLE)
}

/// The same as bytes. The lowest bits of a number so large are those of a whole number in two's complement.
#[expect(clippy::cast_possible_truncation, reason = "the bounds are those of a byte")]
fn quantise(numbers: &[f32; BLOCK], scale: f32, bounds: RangeInclusive<f32>) -> [i8; BLOCK] {
    round(numbers, scale, bounds).map(|value| ((value + WHOLE).to_bits() as u8).cast_signed())
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
        let values = round(numbers, -largest / (8.0 + 0.35 * f32::from(step)), Q4);
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
