//! Weight matrices in panels.
//!
//! A panel holds as many rows as two vectors have lanes, interleaved: what one word of a row is to [`Matrix`], two
//! vectors with that word of every row are here. A product then walks a panel once, from front to back, keeps an
//! output in every lane and never has to add lanes up.
//!
//! Halves are stored with another exponent: where all numbers of a matrix are below 128, as weights are, the smallest
//! ones can be written as normal numbers, and a shift and a mask make an f32 that is wrong by a power of two only. The
//! product's other side makes that good. (Without it, every number below 6e-5 would cost some hundred cycles.)
//!
//! For example 1.0 has the exponent 127 as an f32 and 15 as a half, and is stored with 127 - 102 = 25. The shift moves that to
//! where an f32 has its exponent: 2^(25 - 127) = 2^-102, and `factor` is 2^102. The smallest half, 2^-24, is stored with 1;
//! 128.0 would need 32, for which five bits are too few. A matrix with such a number is stored as halves are: 1.0 with 15,
//! which becomes 2^(15 - 127), and `factor` is 2^112.

use std::ops::Range;

use half::f16;

use super::lanes::Unit;
use super::memory::{WeightMemory, Words};
use crate::format::UNIT;
use crate::{BLOCK, Matrix, WeightFormat};

/// Bits of a half, put where an f32 has them and with three more bits of exponent.
pub(super) const HALF_BITS: u32 = 0x8fff_e000;

/// A weight matrix, laid out for the CPU.
#[derive(Clone, Debug)]
pub struct CpuMatrix {
    pub(super) format: WeightFormat,
    /// All of them, those of workers included.
    pub(super) rows: usize,
    /// Columns with padding: whole units, or whole blocks where there are scales.
    pub(super) depth: usize,
    /// Rows of a panel.
    pub(super) width: usize,
    /// `[panels, depth / 8, words of a unit, width]`
    pub(super) words: Words,
    /// Two blocks' scales in a word, the lower half first: `[panels, blocks / 2, width]`
    pub(super) scales: Words,
    /// What the numbers as decoded are to be multiplied with.
    pub(super) factor: f32,
    /// The last rows, where workers store them.
    pub(super) remote: Option<RemoteRows>,
}

/// Rows that workers store.
#[derive(Clone, Debug)]
pub(super) struct RemoteRows {
    /// The number of the part.
    pub(super) part: usize,
    /// By worker.
    pub(super) outputs: Vec<Range<usize>>,
    /// Bytes of them all.
    pub(super) bytes: u64,
}

impl CpuMatrix {
    /// A matrix in memory that goes on to be filled.
    pub fn placed(matrix: &Matrix, memory: &mut WeightMemory) -> Self {
        Self::within(matrix, Unit::new(), |count, fill| memory.place(count, fill))
    }

    /// A matrix in memory of its own.
    pub fn alone(matrix: &Matrix) -> Self {
        Self::new(matrix, Unit::new())
    }

    pub(super) fn new(matrix: &Matrix, unit: Unit) -> Self {
        Self::within(matrix, unit, |count, fill| {
            let mut words = vec![0; count];
            fill(&mut words);
            words.into()
        })
    }

    fn within(matrix: &Matrix, unit: Unit, mut place: impl FnMut(usize, &mut dyn FnMut(&mut [u32])) -> Words) -> Self {
        let (format, width) = (matrix.format, 2 * unit.lanes());
        let scaled = format.is_scaled();
        let depth = matrix.columns.next_multiple_of(if scaled { BLOCK } else { UNIT });
        let below_128 = match format {
            WeightFormat::F32 => true,
            WeightFormat::F16 => all_below_128(&matrix.words),
            WeightFormat::Q8 | WeightFormat::Q4 => all_below_128(&matrix.scales),
        };
        let word = |word: u32| match format {
            WeightFormat::F32 | WeightFormat::Q8 => word,
            WeightFormat::F16 => encode(word, below_128),
            // From value + 8 to two's complement.
            WeightFormat::Q4 => word ^ 0x8888_8888,
        };
        let (per_unit, blocks) = (format.words_per_unit(), matrix.blocks_per_row());
        let words_per_row = depth / UNIT * per_unit;
        let panels = matrix.rows.div_ceil(width);
        // Panel after panel and word after word, as they are stored: memory that is new is written once, in its order.
        let words = place(panels * words_per_row * width, &mut |words| {
            let stride = blocks * format.words_per_block();
            for (panel, to) in words.chunks_exact_mut((words_per_row * width).max(1)).enumerate() {
                let first = panel * width;
                let rows = first..matrix.rows.min(first + width);
                let from = &matrix.words[rows.start * stride..rows.end * stride];
                for (index, to) in to.chunks_exact_mut(width).enumerate() {
                    let column = from.chunks_exact(stride).map(|row| row[index]);
                    to.iter_mut().zip(column).for_each(|(to, from)| *to = word(from));
                }
            }
        });
        let pairs = if scaled { blocks.div_ceil(2) } else { 0 };
        let scales = place(panels * pairs * width, &mut |scales| {
            let scale = |row: usize, block: usize| {
                let index = row * blocks + block;
                let there = row < matrix.rows && block < blocks;
                if there { matrix.scales[index / 2] >> (16 * (index % 2)) & 0xffff } else { 0 }
            };
            for (place, to) in scales.iter_mut().enumerate() {
                let (pair, row) = (place / width % pairs, place / width / pairs * width + place % width);
                *to = encode(scale(row, 2 * pair) | scale(row, 2 * pair + 1) << 16, below_128);
            }
        });
        let half = if below_128 { power(102) } else { power(112) };
        let factor = match format {
            WeightFormat::F32 => 1.0,
            WeightFormat::F16 | WeightFormat::Q8 | WeightFormat::Q4 => half,
        };
        Self { format, rows: matrix.rows, depth, width, words, scales, factor, remote: None }
    }

    /// Rows that are here.
    pub(super) fn rows_here(&self) -> usize {
        self.remote.as_ref().and_then(|remote| remote.outputs.first()).map_or(self.rows, |first| first.start)
    }

    /// Panels that are here.
    pub(super) fn panels(&self) -> usize {
        self.rows_here().div_ceil(self.width)
    }

    /// What a product with so many rows takes: weights that are here, times groups of four.
    pub(super) fn work(&self, rows: usize) -> usize {
        self.rows_here() * self.depth * rows.div_ceil(4)
    }

    /// The number of a row that is not here: of its worker, of the part, and in there.
    pub(super) fn remote_row(&self, row: usize) -> Option<(usize, usize, usize)> {
        let remote = self.remote.as_ref().filter(|_| row >= self.rows_here())?;
        let worker = remote.outputs.iter().position(|outputs| outputs.contains(&row))?;
        Some((worker, remote.part, row - remote.outputs[worker].start))
    }

    /// Splits whole panels into so many shares: the first stays, the others are given in words, for [`Self::from_words`].
    pub(super) fn split(mut self, part: usize, shares: usize) -> (Self, Vec<Vec<u32>>) {
        let (panels, width) = (self.panels(), self.width);
        let (words_each, scales_each) = (self.words.len() / panels, self.scales.len() / panels);
        let (mut words, mut scales) = (self.words.into_vec(), self.scales.into_vec());
        let (mut parts, mut outputs, mut bytes) = (Vec::new(), Vec::new(), 0);
        for share in (1..shares).rev() {
            let first = super::threads::panels(panels, shares, share).start;
            let rows = first * width..outputs.last().map_or(self.rows, |after: &Range<usize>| after.start);
            let mut part = words.split_off(first * words_each);
            part.extend(scales.split_off(first * scales_each));
            bytes += part.len() as u64 * 4;
            let sizes = [rows.len(), self.depth, width].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
            part.extend([self.format as u32, self.factor.to_bits()].into_iter().chain(sizes));
            parts.push(part);
            outputs.push(rows);
        }
        words.shrink_to_fit();
        scales.shrink_to_fit();
        (self.words, self.scales) = (words.into(), scales.into());
        outputs.reverse();
        parts.reverse();
        self.remote = Some(RemoteRows { part, outputs, bytes });
        (self, parts)
    }

    /// A part of a matrix.
    ///
    /// # Panics
    /// When the words are not those of a part.
    pub(super) fn from_words(mut words: Vec<u32>) -> Self {
        let sizes = words.split_off(words.len() - 5);
        let format = WeightFormat::ALL.into_iter().find(|format| *format as u32 == sizes[0]).expect("a format");
        let [rows, depth, width] = [sizes[2] as usize, sizes[3] as usize, sizes[4] as usize];
        let scales = if format.is_scaled() { rows.div_ceil(width) * (depth / BLOCK).div_ceil(2) * width } else { 0 };
        let scales = words.split_off(words.len() - scales).into();
        Self { format, rows, depth, width, words: words.into(), scales, factor: f32::from_bits(sizes[1]), remote: None }
    }

    /// One row times a number: `[columns]`.
    pub(super) fn row(&self, row: usize, times: f32, to: &mut [f32]) {
        let (panel, lane) = (row / self.width, row % self.width);
        let per_word = self.format.columns_per_word();
        let words = &self.words[panel * self.depth / per_word * self.width..];
        let bits = 32 / per_word;
        let pairs = self.depth.div_ceil(2 * BLOCK);
        for (column, to) in to.iter_mut().enumerate() {
            let word = words[column / per_word * self.width + lane];
            // The number's bits, moved to the top.
            let top = word << (32 - bits - bits * (column % per_word));
            let number = match self.format {
                WeightFormat::F32 => f32::from_bits(top),
                WeightFormat::F16 => decode(top),
                WeightFormat::Q8 | WeightFormat::Q4 => {
                    let block = column / BLOCK;
                    let scale = self.scales[(panel * pairs + block / 2) * self.width + lane];
                    decode(scale << (16 - 16 * (block % 2))) * self.factor * (top.cast_signed() >> (32 - bits)) as f32
                }
            };
            let factor = if self.format.is_scaled() { 1.0 } else { self.factor };
            *to = number * factor * times;
        }
    }

    /// Bytes of all rows, those of workers included.
    pub(super) fn bytes(&self) -> u64 {
        (self.words.len() + self.scales.len()) as u64 * 4 + self.remote.as_ref().map_or(0, |remote| remote.bytes)
    }
}

/// `2^n`, for a normal number.
fn power(n: i32) -> f32 {
    f32::from_bits((n + 127).unsigned_abs() << 23)
}

/// Two halves with their exponents moved, or as they are.
fn encode(word: u32, below_128: bool) -> u32 {
    if !below_128 {
        return word;
    }
    halves(word)
        .map(|number| {
            let bits = number.to_bits();
            let sign = bits >> 16 & 0x8000;
            // The exponent of 2^-25, which is below every half, becomes none.
            if number == 0.0 { sign } else { sign | ((bits & 0x7fff_ffff) - (102 << 23)) >> 13 }
        })
        .into_iter()
        .rev()
        .fold(0, |word, half| word << 16 | half)
}

/// The half in the upper bits, without the factor.
fn decode(word: u32) -> f32 {
    f32::from_bits((word.cast_signed() >> 3).cast_unsigned() & HALF_BITS)
}

fn all_below_128(words: &[u32]) -> bool {
    words.iter().flat_map(|word| halves(*word)).all(|number| number.abs() < 128.0)
}

#[expect(clippy::cast_possible_truncation, reason = "one half is meant")]
fn halves(word: u32) -> [f32; 2] {
    [word as u16, (word >> 16) as u16].map(|bits| f16::from_bits(bits).to_f32())
}
