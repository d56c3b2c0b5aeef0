//! How the words of a panel become numbers.

use super::lanes::Lanes;
use super::matrix::HALF_BITS;
use crate::WeightFormat;
use crate::format::UNIT;

/// A word of every row of a panel.
pub(super) type Pair<S> = [<S as pulp::Simd>::u32s; 2];

/// Numbers of every row of a panel.
pub(super) type Numbers<S> = [<S as pulp::Simd>::f32s; 2];

/// A way to keep weights.
pub(super) trait Format: Copy {
    /// What it decodes.
    const FORMAT: WeightFormat;
    /// Words of a unit in one row.
    const WORDS: usize = Self::FORMAT.words_per_unit();
    /// Whether decoding is any work.
    const PACKED: bool = true;

    /// Column `C` of a unit, or of the first words of one, as far as the format says it.
    fn column<S: Lanes, const C: usize>(simd: S, unit: &[Pair<S>]) -> Numbers<S>;

    /// All columns, in `room` where they are not numbers already.
    #[inline(always)]
    fn decode<'a, S: Lanes>(self, simd: S, words: &'a [Pair<S>], room: &'a mut [Numbers<S>]) -> &'a [Numbers<S>] {
        for (unit, to) in words.chunks_exact(Self::WORDS).zip(room.as_chunks_mut::<UNIT>().0) {
            *to = [
                Self::column::<S, 0>(simd, unit),
                Self::column::<S, 1>(simd, unit),
                Self::column::<S, 2>(simd, unit),
                Self::column::<S, 3>(simd, unit),
                Self::column::<S, 4>(simd, unit),
                Self::column::<S, 5>(simd, unit),
                Self::column::<S, 6>(simd, unit),
                Self::column::<S, 7>(simd, unit),
            ];
        }
        room
    }

    /// A panel's product with `R` rows, decoded on the way; `N` sums are kept for every output, so that an addition need
    /// not wait for the one before.
    ///
    /// A turn of the loop is a unit for one row and a word for several: more, and LLVM's backend for wasm computes sum
    /// after sum instead of column after column, and keeps all that takes in registers that no machine has.
    #[inline(always)]
    fn dot<S: Lanes, const R: usize, const N: usize>(
        self,
        simd: S,
        x: &[[f32; R]],
        words: &[Pair<S>],
    ) -> [Numbers<S>; R] {
        let turn = if R == 1 { Self::WORDS } else { 1 };
        let mut sums = [[[simd.splat_f32s(0.0); 2]; R]; N];
        for (x, words) in x.chunks_exact(turn * UNIT / Self::WORDS).zip(words.chunks_exact(turn)) {
            // Written out, so that every column's way to decode is known when this is compiled.
            step::<S, Self, 0, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 1, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 2, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 3, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 4, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 5, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 6, R, N>(simd, x, words, &mut sums);
            step::<S, Self, 7, R, N>(simd, x, words, &mut sums);
        }
        let mut total = sums[0];
        for sums in &sums[1..] {
            for (total, sum) in total.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                *total = simd.add_f32s(*total, *sum);
            }
        }
        total
    }
}

/// Column `C`, where the turn has so many.
#[inline(always)]
fn step<S: Lanes, F: Format, const C: usize, const R: usize, const N: usize>(
    simd: S,
    x: &[[f32; R]],
    words: &[Pair<S>],
    sums: &mut [[Numbers<S>; R]; N],
) {
    if let Some(x) = x.get(C) {
        let [a, b] = F::column::<S, C>(simd, words);
        for (x, sums) in x.iter().zip(&mut sums[C % N]) {
            let x = simd.splat_f32s(*x);
            *sums = [simd.mul_add_e_f32s(x, a, sums[0]), simd.mul_add_e_f32s(x, b, sums[1])];
        }
    }
}

/// Numbers as they are.
#[derive(Clone, Copy)]
pub(super) struct F32;

impl Format for F32 {
    const FORMAT: WeightFormat = WeightFormat::F32;
    const PACKED: bool = false;

    #[inline(always)]
    fn column<S: Lanes, const C: usize>(simd: S, unit: &[Pair<S>]) -> Numbers<S> {
        let [a, b] = unit[C];
        [simd.transmute_f32s_u32s(a), simd.transmute_f32s_u32s(b)]
    }

    #[inline(always)]
    fn decode<'a, S: Lanes>(self, _: S, words: &'a [Pair<S>], _: &'a mut [Numbers<S>]) -> &'a [Numbers<S>] {
        bytemuck::cast_slice(words)
    }
}

/// Two halves in a word.
#[derive(Clone, Copy)]
pub(super) struct F16;

impl Format for F16 {
    const FORMAT: WeightFormat = WeightFormat::F16;

    #[inline(always)]
    fn column<S: Lanes, const C: usize>(simd: S, unit: &[Pair<S>]) -> Numbers<S> {
        half::<S>(simd, unit[C / 2], C % 2)
    }
}

#[inline(always)]
fn half<S: Lanes>(simd: S, words: Pair<S>, which: usize) -> Numbers<S> {
    // No closure for an array's `map`, which need not be inlined.
    [one_half::<S>(simd, words[0], which), one_half::<S>(simd, words[1], which)]
}

#[inline(always)]
fn one_half<S: Lanes>(simd: S, word: S::u32s, which: usize) -> S::f32s {
    let top = if which == 0 { simd.left::<16>(word) } else { word };
    simd.transmute_f32s_u32s(simd.and_u32s(simd.right::<3>(top), simd.splat_u32s(HALF_BITS)))
}

/// The scales of a block of every row, as far as a half says them.
#[inline(always)]
pub(super) fn scale<S: Lanes>(simd: S, scales: &[Pair<S>], block: usize) -> Numbers<S> {
    half::<S>(simd, scales[block / 2], block % 2)
}
