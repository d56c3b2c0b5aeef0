//! The rows of a product, as the format of the matrix wants them.

use super::decode::{F16, F32};
use super::integer::{self, Eight, Four, Rounded};
use super::lanes::Unit;
use super::product::{self, Groups, Panels, Target};
use crate::WeightFormat;

/// Rows in groups, interleaved: floats, or whole numbers.
#[derive(Debug, Default)]
pub(super) struct PackedRows {
    format: WeightFormat,
    groups: Groups,
    rounded: Rounded,
}

impl PackedRows {
    /// Packs rows for a unit and a matrix in this format, pads them to its depth with zeros and multiplies them.
    pub(super) fn fill<'a>(
        &mut self,
        unit: Unit,
        format: WeightFormat,
        depth: usize,
        factor: f32,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
    ) {
        self.format = format;
        if format.is_scaled() {
            self.rounded.fill(unit, format, depth, factor, rows);
        } else {
            self.groups.fill(depth, factor, rows);
        }
    }

    /// `y[r, o] = sum over k of x[r, k] * w[o, k]`. `room` is the caller's, so that it is allocated once.
    ///
    /// # Panics
    /// When the rows were packed for another format.
    pub(super) fn times(&self, unit: Unit, w: Panels, y: Target, room: &mut Vec<f32>) {
        assert!(self.format == w.format, "rows for {:?}, a matrix in {:?}", self.format, w.format);
        match w.format {
            WeightFormat::F32 => product::product(unit, F32, &self.groups, w, y, room),
            WeightFormat::F16 => product::product(unit, F16, &self.groups, w, y, room),
            WeightFormat::Q8 => integer::product(unit, Eight, &self.rounded, w, y),
            WeightFormat::Q4 => integer::product(unit, Four, &self.rounded, w, y),
        }
    }

    /// All there is to them but their number, to be copied to where the other half of a product is.
    pub(super) fn words(&self) -> [&[u32]; 2] {
        if self.format.is_scaled() { self.rounded.words() } else { [self.groups.words(), &[]] }
    }

    /// Room for as many words as so many rows of this depth have in this format: what [`words`](Self::words) gave
    /// elsewhere goes here.
    pub(super) fn room(&mut self, unit: Unit, format: WeightFormat, rows: usize, depth: usize) -> [&mut [u32]; 2] {
        self.format = format;
        if format.is_scaled() { self.rounded.room(unit, rows, depth) } else { [self.groups.room(rows, depth), &mut []] }
    }
}
