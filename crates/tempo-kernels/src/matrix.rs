//! Weight matrices in one of four formats.

mod build;

use half::f16;

pub use build::{MatrixBuilder, largest};

use crate::{BLOCK, WeightFormat};

/// Numbers that share a scale: `scale * value` each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The scale.
    pub scale: f16,
    /// What it multiplies.
    pub values: [i8; BLOCK],
}

impl Block {
    /// The numbers.
    pub fn numbers(&self) -> [f32; BLOCK] {
        let scale = self.scale.to_f32();
        self.values.map(|value| f32::from(value) * scale)
    }
}

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

    #[test]
    fn blocks_are_held_to_the_bit() {
        let scales = [0.5, -3.25e-3, 6e-8, 0.0];
        let block = |least: i8, most: i8, number: usize| Block {
            scale: f16::from_f32(scales[number % 4]),
            values: std::array::from_fn(
                |i| if i == 0 { least } else { most.wrapping_sub(i8::try_from(i % 16).unwrap()) },
            ),
        };
        // Values of four bits fit both formats, the others one.
        let small: Vec<Block> = (0..6).map(|number| block(-8, 7, number)).collect();
        let large: Vec<Block> = (0..6).map(|number| block(-128, 127, number)).collect();
        for (format, blocks) in [(WeightFormat::Q4, &small), (WeightFormat::Q8, &small), (WeightFormat::Q8, &large)] {
            let mut builder = MatrixBuilder::new(format, 2, 3 * BLOCK);
            blocks.chunks(4).for_each(|piece| builder.push_blocks(piece));
            let matrix = builder.finish();
            for (number, block) in blocks.iter().enumerate() {
                let scale = matrix.scales[number / 2] >> (16 * (number % 2)) & 0xffff;
                assert_eq!(scale, u32::from(block.scale.to_bits()), "{format:?}");
            }
            let found = [matrix.row(0), matrix.row(1)].concat();
            let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&blocks.iter().flat_map(Block::numbers).collect::<Vec<_>>()), "{format:?}");
        }
    }

    #[test]
    fn blocks_that_a_format_does_not_hold_are_numbers() {
        let blocks =
            [Block { scale: f16::from_f32(0.25), values: std::array::from_fn(|i| i8::try_from(4 * i).unwrap()) }; 2];
        let numbers = blocks.iter().flat_map(Block::numbers).collect::<Vec<_>>();
        // Columns of whole blocks, and rows that end within one.
        for (format, rows, columns) in [
            (WeightFormat::F32, 1, 64),
            (WeightFormat::F16, 1, 64),
            (WeightFormat::Q4, 1, 64),
            (WeightFormat::Q8, 4, 16),
            (WeightFormat::Q4, 4, 16),
        ] {
            let mut builder = MatrixBuilder::new(format, rows, columns);
            builder.push_blocks(&blocks);
            assert_eq!(builder.finish(), Matrix::from_f32(format, rows, columns, &numbers), "{format:?}");
        }
    }
}
