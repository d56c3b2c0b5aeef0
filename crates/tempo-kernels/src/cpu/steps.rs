//! What a layer does to rows apart from attention: norms and products.

use super::integer::{self, Rounded};
use super::lanes::Unit;
use super::math::{self, Activate};
use super::matrix::CpuMatrix;
use super::product::{Groups, Panels, Target, product};
use crate::{Decoder, LayerWeights, Linear};

/// Memory that is kept from pass to pass.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Normalised rows, or a branch that will be: `[block, hidden]`
    x: Vec<f32>,
    /// Gate, then up: `[block, 2 * intermediate]`
    both: Vec<f32>,
    room: Room,
}

/// The rows of a product as it takes them.
#[derive(Debug, Default)]
struct Room {
    groups: Groups,
    rounded: Rounded,
    starts: Vec<usize>,
}

impl Steps {
    /// `norm(h) * matrix`, `[block, rows of the matrix]`.
    pub(super) fn normed(
        &mut self,
        unit: Unit,
        d: &Decoder,
        h: &[f32],
        weight: &[f32],
        matrix: &CpuMatrix,
        to: &mut [f32],
    ) {
        self.x.resize(h.len(), 0.0);
        for (x, h) in self.x.chunks_exact_mut(d.hidden).zip(h.chunks_exact(d.hidden)) {
            math::norm(h, weight, d.rms_norm_eps, x);
        }
        let rows = self.x.chunks_exact(d.hidden);
        self.room.multiply(unit, rows, matrix, to, false);
    }

    /// Adds a product of rows, normalised where there is a norm for it: `[block, hidden]`.
    pub(super) fn add<'a>(
        &mut self,
        unit: Unit,
        d: &Decoder,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        linear: &Linear<CpuMatrix>,
        norm: Option<&[f32]>,
        h: &mut [f32],
    ) {
        let Self { x, room, .. } = self;
        let Some(norm) = norm else {
            room.multiply(unit, rows, &linear.weight, h, true);
            return bias(linear, h);
        };
        x.resize(h.len(), 0.0);
        room.multiply(unit, rows, &linear.weight, x, false);
        bias(linear, x);
        for (x, h) in x.chunks_exact_mut(d.hidden).zip(h.chunks_exact_mut(d.hidden)) {
            math::norm_in_place(x, norm, d.rms_norm_eps);
            math::add(h, x, 1.0);
        }
    }

    /// The feed-forward block, added to `h`: `[block, hidden]`.
    pub(super) fn feed_forward(&mut self, unit: Unit, d: &Decoder, layer: &LayerWeights<CpuMatrix>, h: &mut [f32]) {
        let mut both = std::mem::take(&mut self.both);
        both.resize(h.len() / d.hidden * 2 * d.intermediate, 0.0);
        self.normed(unit, d, h, &layer.mlp_norm, &layer.gate_up.weight, &mut both);
        bias(&layer.gate_up, &mut both);
        for row in both.chunks_exact_mut(2 * d.intermediate) {
            let (gate, up) = row.split_at_mut(d.intermediate);
            unit.run(Activate { gate, up, activation: d.activation });
        }
        let rows = both.chunks_exact(2 * d.intermediate).map(|row| &row[..d.intermediate]);
        self.add(unit, d, rows, &layer.down, layer.mlp_out_norm.as_deref(), h);
        self.both = both;
    }
}

/// Adds the bias, where there is one, to rows.
pub(super) fn bias(linear: &Linear<CpuMatrix>, rows: &mut [f32]) {
    if let Some(bias) = &linear.bias {
        rows.chunks_exact_mut(bias.len()).for_each(|row| math::add(row, bias, 1.0));
    }
}

impl Room {
    fn multiply<'a>(
        &mut self,
        unit: Unit,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        matrix: &CpuMatrix,
        to: &mut [f32],
        add: bool,
    ) {
        let Self { groups, rounded, starts } = self;
        starts.clear();
        starts.extend((0..rows.len()).map(|row| row * matrix.rows));
        let target = Target { numbers: to, starts, add };
        if matrix.format.is_scaled() {
            rounded.fill(matrix.format, matrix.depth, matrix.factor, rows);
            integer::product(unit, rounded, Panels::from(matrix), target);
        } else {
            groups.fill(matrix.depth, matrix.factor, rows);
            product(unit, groups, Panels::from(matrix), target);
        }
    }
}
