//! Rows times a quantised matrix, in whole numbers.
//!
//! Rows are rounded to 16 bits, with a scale for every block: off by 2^-16 of the block's largest number at most, which is
//! a hundredth of what the weights' own rounding loses. Columns are then taken in pairs:
//!
//! ```text
//! for every panel
//!   for every group of 1 to 4 rows      2 vectors of outputs times 4 rows
//!     for every block
//!       for every word of the panel     3 shifts for 4 columns of q8, 7 for 8 columns of q4
//!         for every pair of columns     4 loads of x, 8 products of pairs, 8 additions
//!       the block's sums                to f32, times both scales, added up
//! ```
//!
//! Where a unit has 32 registers a group has up to 8 rows, whose vectors of outputs go through a block one after the other:
//! a set of 8 then takes its weights from memory as evenly as a set of 1 does, and decodes them once.

use super::decode::{Numbers, Pair, scale};
use super::lanes::{Lanes, NARROW, Op, Unit};
use super::product::{Panels, Target, sizes, store};
use crate::{BLOCK, WeightFormat};

/// Pairs of a block.
const PAIRS: usize = BLOCK / 2;
/// How far ahead of their use weights are asked for, in bytes: processors look ahead less far where rows are many, and not
/// across pages. Measured: 8 KiB are better than 2 and 4.
const AHEAD: usize = 8_192;
/// The largest number of 16 bits; 32 products of it and 127 are far from the end of 32.
const MOST: f32 = 32_767.0;

/// Rows in groups, rounded and interleaved.
#[derive(Debug, Default)]
pub(super) struct Rounded {
    rows: usize,
    /// Most rows of a group.
    most: usize,
    depth: usize,
    /// Group after group, two columns in a word: `[depth / 2, rows of the group]` each.
    pairs: Vec<u32>,
    /// Group after group: `[depth / 32, rows of the group]` each.
    scales: Vec<f32>,
}

impl Rounded {
    /// Takes rows, pads them to this depth with zeros and multiplies them. Columns are paired as the format has them.
    pub(super) fn fill<'a>(
        &mut self,
        unit: Unit,
        format: WeightFormat,
        depth: usize,
        factor: f32,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
    ) {
        (self.rows, self.most, self.depth) = (rows.len(), unit.rows(), depth);
        self.pairs.resize(self.rows * depth / 2, 0);
        self.scales.resize(self.rows * depth / BLOCK, 0.0);
        match format {
            WeightFormat::Q4 => unit.run(Round::<_, 4> { to: self, factor, rows }),
            _ => unit.run(Round::<_, 2> { to: self, factor, rows }),
        }
    }
}

/// Rounds rows. The columns of a pair are `APART` from each other.
struct Round<'t, I, const APART: usize> {
    to: &'t mut Rounded,
    factor: f32,
    rows: I,
}

impl<'a, I: Iterator<Item = &'a [f32]>, const APART: usize> Op for Round<'_, I, APART> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { to: Rounded { rows, most, depth, pairs, scales }, factor, rows: all } = self;
        let (mut pairs, mut scales) = (pairs.as_mut_slice(), scales.as_mut_slice());
        let mut groups = sizes(*rows, *most);
        let (mut size, mut row) = (groups.next().unwrap_or(1), 0);
        for numbers in all {
            let here = pairs.chunks_exact_mut(PAIRS * size).zip(scales.chunks_exact_mut(size));
            for (number, (pairs, scales)) in here.take(*depth / BLOCK).enumerate() {
                let block = &numbers[numbers.len().min(number * BLOCK)..numbers.len().min((number + 1) * BLOCK)];
                let mut padded = [0.0; BLOCK];
                padded[..block.len()].copy_from_slice(block);
                let (words, scale) = round::<APART>(&padded);
                for (to, word) in pairs.iter_mut().skip(row).step_by(size).zip(words) {
                    *to = word;
                }
                scales[row] = scale * factor;
            }
            row += 1;
            if row == size {
                pairs = &mut std::mem::take(&mut pairs)[size * *depth / 2..];
                scales = &mut std::mem::take(&mut scales)[size * *depth / BLOCK..];
                (size, row) = (groups.next().unwrap_or(1), 0);
            }
        }
    }
}

/// Words of rows, where they are to be elsewhere as they are here.
impl Rounded {
    pub(super) fn words(&self) -> [&[u32]; 2] {
        [&self.pairs, bytemuck::cast_slice(&self.scales)]
    }

    pub(super) fn room(&mut self, unit: Unit, rows: usize, depth: usize) -> [&mut [u32]; 2] {
        (self.rows, self.most, self.depth) = (rows, unit.rows(), depth);
        self.pairs.resize(rows * depth / 2, 0);
        self.scales.resize(rows * depth / BLOCK, 0.0);
        [&mut self.pairs, bytemuck::cast_slice_mut(&mut self.scales)]
    }
}

/// A block in whole numbers and their scale.
#[inline(always)]
fn round<const APART: usize>(block: &[f32; BLOCK]) -> ([u32; PAIRS], f32) {
    // Without their signs, bits have the order of the numbers; what is no number is above all that are.
    let most = f32::from_bits(block.iter().fold(0, |most, x| most.max(x.to_bits() & 0x7fff_ffff)));
    let inverse = if most > 0.0 { MOST / most } else { 0.0 };
    let mut whole = [0; BLOCK];
    for (whole, x) in whole.iter_mut().zip(block) {
        // The lowest bits of a number so large are those of a whole number, rounded, in two's complement.
        *whole = (x * inverse + 12_582_912.0).to_bits() & 0xffff;
    }
    let mut pairs = [0; PAIRS];
    for (p, pair) in pairs.iter_mut().enumerate() {
        let first = p / APART * 2 * APART + p % APART;
        *pair = whole[first] | whole[first + APART] << 16;
    }
    (pairs, if most.is_finite() { most / MOST } else { f32::NAN })
}

/// A way to keep small whole numbers in words.
pub(super) trait Bits: Copy {
    /// What it decodes.
    const FORMAT: WeightFormat;
    /// Pairs of columns in a word.
    const PAIRS: usize = Self::FORMAT.columns_per_word() / 2;

    /// Pair `P`, 16 bits each.
    fn pair<S: Lanes, const P: usize>(simd: S, word: S::u32s) -> S::u32s;

    /// A panel's product with `R` rows.
    #[inline(always)]
    fn dot<S: Lanes, const R: usize>(
        self,
        simd: S,
        (x, factors): (&[u32], &[f32]),
        (words, scales): (&[Pair<S>], &[Pair<S>]),
    ) -> [Numbers<S>; R] {
        let mut totals = [[simd.splat_f32s(0.0); 2]; R];
        let words = words.chunks_exact(PAIRS / Self::PAIRS);
        let blocks = x.as_chunks::<R>().0.chunks_exact(PAIRS).zip(words).zip(factors.as_chunks::<R>().0).enumerate();
        let mut blocks = blocks.map(|(block, ((x, words), factors))| (block, x, words, factors));
        while let Some(first) = blocks.next() {
            if R > NARROW {
                // Vector after vector: the sums of both would need more registers than there are.
                let (block, x, words, factors) = first;
                let scale = scale::<S>(simd, scales, block);
                add::<S, R, 1>(simd, sum::<S, Self, R, 1>(simd, x, words, 0), factors, scale, &mut totals, 0);
                add::<S, R, 1>(simd, sum::<S, Self, R, 1>(simd, x, words, 1), factors, scale, &mut totals, 1);
                continue;
            }
            // One or two rows wait for the weights: two blocks of them are on their way at a time. More rows need the registers.
            let second = if R <= 2 { blocks.next() } else { None };
            let sums = sum::<S, Self, R, 2>(simd, first.1, first.2, 0);
            if let Some((block, x, words, factors)) = second {
                let more = sum::<S, Self, R, 2>(simd, x, words, 0);
                add::<S, R, 2>(simd, sums, first.3, scale::<S>(simd, scales, first.0), &mut totals, 0);
                add::<S, R, 2>(simd, more, factors, scale::<S>(simd, scales, block), &mut totals, 0);
            } else {
                add::<S, R, 2>(simd, sums, first.3, scale::<S>(simd, scales, first.0), &mut totals, 0);
            }
        }
        totals
    }
}

#[derive(Clone, Copy)]
pub(super) struct Eight;

impl Bits for Eight {
    const FORMAT: WeightFormat = WeightFormat::Q8;

    #[inline(always)]
    fn pair<S: Lanes, const P: usize>(simd: S, word: S::u32s) -> S::u32s {
        simd.right_halves::<8>(if P == 0 { simd.left_halves::<8>(word) } else { word })
    }
}

#[derive(Clone, Copy)]
pub(super) struct Four;

impl Bits for Four {
    const FORMAT: WeightFormat = WeightFormat::Q4;

    #[inline(always)]
    fn pair<S: Lanes, const P: usize>(simd: S, word: S::u32s) -> S::u32s {
        simd.right_halves::<12>(match P {
            0 => simd.left_halves::<12>(word),
            1 => simd.left_halves::<8>(word),
            2 => simd.left_halves::<4>(word),
            _ => word,
        })
    }
}

/// `y[r, o] = sum over k of x[r, k] * w[o, k]`
///
/// Every size of groups is a function of its own: compilers of wasm share registers out badly in very large ones.
pub(super) fn product<B: Bits>(unit: Unit, bits: B, x: &Rounded, w: Panels, y: Target) {
    assert!(y.starts.len() == x.rows, "{} rows for {}", x.rows, y.starts.len());
    match sizes(x.rows, x.most).next() {
        Some(1) => unit.run(Whole::<B, 1, 1> { bits, x, w, y }),
        Some(2) => unit.run(Whole::<B, 2, 1> { bits, x, w, y }),
        Some(3) => unit.run(Whole::<B, 3, 2> { bits, x, w, y }),
        Some(4) => unit.run(Whole::<B, 4, 3> { bits, x, w, y }),
        Some(5) => unit.run_wide(Whole::<B, 5, 4> { bits, x, w, y }),
        Some(6) => unit.run_wide(Whole::<B, 6, 5> { bits, x, w, y }),
        Some(7) => unit.run_wide(Whole::<B, 7, 6> { bits, x, w, y }),
        Some(_) => unit.run_wide(Whole::<B, 8, 7> { bits, x, w, y }),
        None => {}
    }
}

/// Groups of `R` rows, or of `L`, which is one less.
struct Whole<'a, B, const R: usize, const L: usize> {
    bits: B,
    x: &'a Rounded,
    w: Panels<'a>,
    y: Target<'a>,
}

impl<B: Bits, const R: usize, const L: usize> Op for Whole<'_, B, R, L> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { bits, x: Rounded { rows, most, depth, pairs, scales }, w, y } = self;
        for (panel, outputs) in w.panels::<S>().enumerate() {
            let weights = w.panel::<S>(panel, PAIRS / B::PAIRS * depth / BLOCK);
            let (mut pairs, mut scales, mut starts) = (pairs.as_slice(), scales.as_slice(), y.starts);
            for size in sizes(*rows, *most) {
                let x = (&pairs[..size * depth / 2], &scales[..size * depth / BLOCK]);
                let answers = starts[..size].iter().map(|start| start + outputs.start..start + outputs.end);
                if size == R {
                    let sums = bits.dot::<S, R>(simd, x, weights);
                    answers.zip(sums).for_each(|(to, sums)| store::<S>(simd, sums, &mut y.numbers[to], y.add));
                } else {
                    let sums = bits.dot::<S, L>(simd, x, weights);
                    answers.zip(sums).for_each(|(to, sums)| store::<S>(simd, sums, &mut y.numbers[to], y.add));
                }
                pairs = &pairs[size * depth / 2..];
                scales = &scales[size * depth / BLOCK..];
                starts = &starts[size..];
            }
        }
    }
}

/// The products of a block in whole numbers, of `V` vectors of outputs from this one on.
#[inline(always)]
fn sum<S: Lanes, B: Bits, const R: usize, const V: usize>(
    simd: S,
    x: &[[u32; R]],
    words: &[Pair<S>],
    vector: usize,
) -> [[S::u32s; V]; R] {
    let mut sums = [[simd.splat_u32s(0); V]; R];
    for (x, pair) in x.chunks_exact(B::PAIRS).zip(words) {
        if vector == 0 {
            simd.prefetch::<AHEAD>(&pair[0]);
            simd.prefetch::<AHEAD>(&pair[1]);
        }
        let mut word = [pair[0]; V];
        word.copy_from_slice(&pair[vector..vector + V]);
        // Written out, so that every pair's way to decode is known when this is compiled.
        step::<S, B, 0, R, V>(simd, x, word, &mut sums);
        step::<S, B, 1, R, V>(simd, x, word, &mut sums);
        step::<S, B, 2, R, V>(simd, x, word, &mut sums);
        step::<S, B, 3, R, V>(simd, x, word, &mut sums);
    }
    sums
}

/// Adds the products of a block, each times the scales of its weights and its row.
#[inline(always)]
fn add<S: Lanes, const R: usize, const V: usize>(
    simd: S,
    sums: [[S::u32s; V]; R],
    factors: &[f32; R],
    scale: Numbers<S>,
    totals: &mut [Numbers<S>; R],
    vector: usize,
) {
    for ((totals, sums), factor) in totals.iter_mut().zip(sums).zip(factors) {
        let factor = simd.splat_f32s(*factor);
        for ((total, sum), scale) in totals[vector..vector + V].iter_mut().zip(sums).zip(&scale[vector..vector + V]) {
            // The weights' scales first: they are far below 1, the row's far above.
            *total = simd.mul_add_e_f32s(simd.mul_f32s(simd.float(sum), *scale), factor, *total);
        }
    }
}

/// Pair `P`, where a word has so many.
#[inline(always)]
fn step<S: Lanes, B: Bits, const P: usize, const R: usize, const V: usize>(
    simd: S,
    x: &[[u32; R]],
    mut weights: [S::u32s; V],
    sums: &mut [[S::u32s; V]; R],
) {
    if let Some(x) = x.get(P) {
        // No closure for an array's `map`, which need not be inlined.
        for weights in &mut weights {
            *weights = B::pair::<S, P>(simd, *weights);
        }
        for (x, sums) in x.iter().zip(sums) {
            let x = simd.splat_u32s(*x);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = simd.add_u32s(*sum, simd.dot_halves(x, weights));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Matrix;
    use crate::cpu::matrix::CpuMatrix;
    use crate::cpu::rows::PackedRows;
    use crate::cpu::tests::check_product;

    fn check(unit: Unit, format: WeightFormat, size: [usize; 3], spread: f32) {
        // Rounding may be off by 2^-16 in every column, either way.
        let bound = (size[2] as f32).sqrt() * 2e-5;
        check_product((unit, format), size, spread, bound);
    }

    #[test]
    fn products_equal_plain_loops_within_sixteen_bits() {
        for unit in crate::cpu::tests::units() {
            for format in [WeightFormat::Q8, WeightFormat::Q4] {
                for rows in [1, 2, 3, 4, 5, 7, 8, 11, 16] {
                    check(unit, format, [rows, 37, 70], 0.2);
                }
                for columns in [1, 8, 31, 32, 33, 64, 96, 100] {
                    check(unit, format, [3, 16, columns], 1.0);
                }
                for spread in [1e-6, 1e-4, 100.0, 127.0, 128.0, 3e4] {
                    check(unit, format, [2, 9, 40], spread);
                }
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow_and_what_is_no_number_stays_none() {
        for unit in crate::cpu::tests::units() {
            for format in [WeightFormat::Q8, WeightFormat::Q4] {
                let w = CpuMatrix::new(&Matrix::from_f32(format, 1, 64, &[-1.0; 64]), unit);
                for (x, want) in [(3e5, -64.0 * 3e5), (f32::NAN, f32::NAN), (f32::INFINITY, f32::NAN)] {
                    let mut row = [3e5_f32; 64];
                    row[40] = x;
                    let mut rows = PackedRows::default();
                    rows.fill(unit, format, w.depth, w.factor, [row.as_slice()].into_iter());
                    let mut found = [0.0];
                    let y = Target { numbers: &mut found, starts: &[0], add: false };
                    rows.times(unit, Panels::from(&w), y, &mut Vec::new());
                    let same = (found[0] - want).abs() <= 1e-3 * want.abs() || found[0].is_nan() && want.is_nan();
                    assert!(same, "{format:?}: {} for {want}", found[0]);
                }
            }
        }
    }
}
