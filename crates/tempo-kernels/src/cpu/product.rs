//! Rows times a matrix in panels, in floats: the kernel that everything runs through, attention included, but for quantised
//! matrices (`integer`).
//!
//! ```text
//! for every panel                       read once from memory, decoded once where several groups need it
//!   for every group of 1 to 4 rows      2 vectors of outputs times 4 rows: 8 registers that only add up
//!     for every column                  2 loads (or decodings) of weights, 4 of x, 8 multiply-adds
//! ```
//!
//! The rows of a group are interleaved, so that all of a column is one place in memory.

use std::ops::Range;

use super::decode::{F32, Format, Numbers, Pair};
use super::lanes::{Lanes, NARROW, Op, Unit};
use super::matrix::CpuMatrix;
use crate::WeightFormat;
use crate::format::UNIT;

/// Rows in groups, interleaved.
#[derive(Debug, Default)]
pub(super) struct Groups {
    rows: usize,
    depth: usize,
    /// Group after group, `[depth, rows of the group]` each.
    numbers: Vec<f32>,
}

impl Groups {
    /// Takes rows, pads them to this depth with zeros and multiplies them.
    pub(super) fn fill<'a>(&mut self, depth: usize, factor: f32, rows: impl ExactSizeIterator<Item = &'a [f32]>) {
        (self.rows, self.depth) = (rows.len(), depth);
        self.numbers.resize(self.rows * depth, 0.0);
        let mut rest = self.numbers.as_mut_slice();
        let (mut group, mut row) = ([[].as_slice(); NARROW], 0);
        let mut sizes = sizes(self.rows, NARROW);
        let mut size = sizes.next().unwrap_or(0);
        for numbers in rows {
            group[row] = numbers;
            row += 1;
            if row == size {
                let (here, after) = rest.split_at_mut(size * depth);
                match size {
                    1 => interleave::<1>([group[0]], factor, here),
                    2 => interleave::<2>([group[0], group[1]], factor, here),
                    3 => interleave::<3>([group[0], group[1], group[2]], factor, here),
                    _ => interleave::<4>(group, factor, here),
                }
                (rest, row) = (after, 0);
                size = sizes.next().unwrap_or(0);
            }
        }
    }
}

/// Words of rows, where they are to be elsewhere as they are here.
impl Groups {
    pub(super) fn words(&self) -> &[u32] {
        bytemuck::cast_slice(&self.numbers)
    }

    pub(super) fn room(&mut self, rows: usize, depth: usize) -> &mut [u32] {
        (self.rows, self.depth) = (rows, depth);
        self.numbers.resize(rows * depth, 0.0);
        bytemuck::cast_slice_mut(&mut self.numbers)
    }
}

/// Sizes of the groups of at most so many that rows make: as few as can be, and as equal.
#[inline(always)]
pub(super) fn sizes(rows: usize, most: usize) -> impl Iterator<Item = usize> {
    let groups = rows.div_ceil(most);
    let (size, more) = (rows.checked_div(groups).unwrap_or(0), rows.checked_rem(groups).unwrap_or(0));
    (0..groups).map(move |group| size + usize::from(group < more))
}

fn interleave<const R: usize>(rows: [&[f32]; R], factor: f32, to: &mut [f32]) {
    let columns = rows[0].len();
    let rows = rows.map(|row| &row[..columns]);
    let (to, padding) = to.split_at_mut(columns * R);
    for (column, to) in to.as_chunks_mut::<R>().0.iter_mut().enumerate() {
        for (to, row) in to.iter_mut().zip(rows) {
            *to = row[column] * factor;
        }
    }
    padding.fill(0.0);
}

/// The other side of a product: panels of outputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels<'a> {
    pub(super) format: WeightFormat,
    pub(super) outputs: usize,
    /// Panel after panel.
    pub(super) words: &'a [u32],
    /// From the start of a panel to the next.
    pub(super) stride: usize,
    pub(super) scales: &'a [u32],
}

impl<'a> From<&'a CpuMatrix> for Panels<'a> {
    fn from(matrix: &'a CpuMatrix) -> Self {
        let CpuMatrix { format, words, scales, .. } = matrix;
        Self {
            format: *format,
            outputs: matrix.rows_here(),
            words,
            stride: words.len() / matrix.panels().max(1),
            scales,
        }
    }
}

impl<'a> Panels<'a> {
    /// The outputs of every panel.
    #[inline(always)]
    pub(super) fn panels<S: Lanes>(&self) -> impl Iterator<Item = Range<usize>> {
        let (outputs, width) = (self.outputs, 2 * S::F32_LANES);
        (0..outputs).step_by(width).map(move |start| start..outputs.min(start + width))
    }

    /// Some of the panels, which are so wide.
    pub(super) fn part(&self, panels: Range<usize>, width: usize) -> Self {
        let scales = self.scales.len() / self.outputs.div_ceil(width).max(1);
        Self {
            outputs: self.outputs.min(panels.end * width) - panels.start * width,
            words: &self.words[panels.start * self.stride..panels.end * self.stride],
            scales: &self.scales[panels.start * scales..panels.end * scales],
            ..*self
        }
    }

    /// One panel: words, so many of every row, and scales.
    #[inline(always)]
    pub(super) fn panel<S: Lanes>(&self, panel: usize, words: usize) -> (&'a [Pair<S>], &'a [Pair<S>]) {
        let width = 2 * S::F32_LANES;
        let words = &self.words[panel * self.stride..][..words * width];
        let scales = self.scales.len() / self.outputs.div_ceil(width).max(1);
        let scales = &self.scales[panel * scales..][..scales];
        (bytemuck::cast_slice(words), bytemuck::cast_slice(scales))
    }
}

/// Where the answers go.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) numbers: &'a mut [f32],
    /// Where every row starts.
    pub(super) starts: &'a [usize],
    /// Whether answers are added to what is there.
    pub(super) add: bool,
}

/// `y[r, o] = sum over k of x[r, k] * w[o, k]`. `room` is for a panel of weights, decoded: `[depth, width]`
///
/// Every size of groups is a function of its own: compilers of wasm share registers out badly in very large ones.
pub(super) fn product<F: Format>(unit: Unit, format: F, x: &Groups, w: Panels, y: Target, room: &mut Vec<f32>) {
    assert!(y.starts.len() == x.rows, "{} rows for {}", x.rows, y.starts.len());
    match (x.rows, sizes(x.rows, NARROW).next()) {
        (1, _) => unit.run(Few::<F, 1, 4> { format, x, w, y }),
        (2, _) if F::PACKED => unit.run(Few::<F, 2, 2> { format, x, w, y }),
        (3, _) if F::PACKED => unit.run(Few::<F, 3, 1> { format, x, w, y }),
        (4, _) if F::PACKED => unit.run(Few::<F, 4, 1> { format, x, w, y }),
        (_, Some(2)) => unit.run(Several::<F, 2, 1> { format, x, w, y, room }),
        (_, Some(3)) => unit.run(Several::<F, 3, 2> { format, x, w, y, room }),
        (_, Some(_)) => unit.run(Several::<F, 4, 3> { format, x, w, y, room }),
        (_, None) => {}
    }
}

/// A single group of `R` rows: weights are used where they are decoded.
struct Few<'a, F, const R: usize, const N: usize> {
    format: F,
    x: &'a Groups,
    w: Panels<'a>,
    y: Target<'a>,
}

impl<F: Format, const R: usize, const N: usize> Op for Few<'_, F, R, N> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { format, x, w, y } = self;
        let numbers = x.numbers.as_chunks::<R>().0;
        for (panel, outputs) in w.panels::<S>().enumerate() {
            let (words, _) = w.panel::<S>(panel, x.depth / UNIT * F::WORDS);
            let sums = format.dot::<S, R, N>(simd, numbers, words);
            for (start, sums) in y.starts.iter().zip(sums) {
                store::<S>(simd, sums, &mut y.numbers[start + outputs.start..][..outputs.len()], y.add);
            }
        }
    }
}

/// Groups of `R` rows, or of `L`, which is one less. A panel is decoded once for all of them.
struct Several<'a, F, const R: usize, const L: usize> {
    format: F,
    x: &'a Groups,
    w: Panels<'a>,
    y: Target<'a>,
    room: &'a mut Vec<f32>,
}

impl<F: Format, const R: usize, const L: usize> Op for Several<'_, F, R, L> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { format, x: Groups { rows, depth, numbers }, w, y, room } = self;
        room.resize(if F::PACKED { *depth * 2 * S::F32_LANES } else { 0 }, 0.0);
        for (panel, outputs) in w.panels::<S>().enumerate() {
            let (words, _) = w.panel::<S>(panel, *depth / UNIT * F::WORDS);
            let weights: &[Pair<S>] = bytemuck::cast_slice(format.decode(simd, words, bytemuck::cast_slice_mut(room)));
            let (mut rest, mut starts) = (numbers.as_slice(), y.starts);
            for size in sizes(*rows, NARROW) {
                let (here, after) = rest.split_at(size * *depth);
                let (to, later) = starts.split_at(size);
                let answers = to.iter().map(|start| start + outputs.start..start + outputs.end);
                if size == R {
                    let sums = F32.dot::<S, R, 1>(simd, here.as_chunks().0, weights);
                    answers.zip(sums).for_each(|(to, sums)| store::<S>(simd, sums, &mut y.numbers[to], y.add));
                } else {
                    let sums = F32.dot::<S, L, 1>(simd, here.as_chunks().0, weights);
                    answers.zip(sums).for_each(|(to, sums)| store::<S>(simd, sums, &mut y.numbers[to], y.add));
                }
                (rest, starts) = (after, later);
            }
        }
    }
}

#[inline(always)]
pub(super) fn store<S: Lanes>(simd: S, sums: Numbers<S>, to: &mut [f32], add: bool) {
    if let Ok([to]) = bytemuck::try_cast_slice_mut::<f32, [S::f32s; 2]>(to) {
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = if add { simd.add_f32s(*to, sum) } else { sum };
        }
    } else {
        // The last panel, where it has fewer outputs.
        let sums = [sums];
        for (to, sum) in to.iter_mut().zip(bytemuck::cast_slice::<[S::f32s; 2], f32>(&sums)) {
            *to = if add { *to + sum } else { *sum };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::check_product;

    fn check(unit: Unit, format: WeightFormat, size: [usize; 3], spread: f32) {
        let bound = 1e-6 * size[2] as f32;
        check_product((unit, format), size, spread, bound);
    }

    #[test]
    fn products_equal_plain_loops() {
        for unit in crate::cpu::tests::units() {
            for format in [WeightFormat::F32, WeightFormat::F16] {
                for rows in [1, 2, 3, 4, 5, 7, 8, 11, 16] {
                    check(unit, format, [rows, 37, 70], 0.2);
                }
                for columns in [1, 8, 31, 32, 33, 64, 96, 100] {
                    check(unit, format, [3, 16, columns], 1.0);
                }
            }
        }
    }

    #[test]
    fn halves_may_be_large_or_tiny() {
        for unit in crate::cpu::tests::units() {
            for format in [WeightFormat::F32, WeightFormat::F16] {
                for spread in [1e-6, 1e-4, 100.0, 127.0, 128.0, 3e4] {
                    check(unit, format, [2, 9, 40], spread);
                }
            }
        }
    }
}
