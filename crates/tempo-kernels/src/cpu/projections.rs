//! What a layer does to rows apart from attention: norms, products, the feed-forward block.

use super::math::{self, Activate};
use super::matrix::CpuMatrix;
use super::multiply::{Executor, Multiplier};
use crate::{Decoder, LayerWeights, Linear};

/// Memory that lasts from pass to pass.
#[derive(Debug, Default)]
pub(super) struct Projections {
    /// Normalised rows, or a branch that will be: `[block, hidden]`
    x: Vec<f32>,
    /// Gate, then up where there is one: `[block, 2 * intermediate]`
    gate_up: Vec<f32>,
    multiplier: Multiplier,
}

impl Projections {
    /// `norm(h) * matrix`, `[block, rows of the matrix]`, or `h * matrix` where there is no norm.
    pub(super) fn normed(
        &mut self,
        on: Executor,
        d: &Decoder,
        h: &[f32],
        weight: Option<&[f32]>,
        matrix: &CpuMatrix,
        to: &mut [f32],
    ) {
        let Some(weight) = weight else {
            return self.multiplier.multiply(on, h.chunks_exact(d.hidden), matrix, to, false);
        };
        self.x.resize(h.len(), 0.0);
        for (x, h) in self.x.chunks_exact_mut(d.hidden).zip(h.chunks_exact(d.hidden)) {
            math::norm(h, weight, d.rms_norm_eps, x);
        }
        let rows = self.x.chunks_exact(d.hidden);
        self.multiplier.multiply(on, rows, matrix, to, false);
    }

    /// Adds a product of rows, normalised where there is a norm for it: `[block, hidden]`.
    pub(super) fn add<'a>(
        &mut self,
        on: Executor,
        d: &Decoder,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        linear: &Linear<CpuMatrix>,
        norm: Option<&[f32]>,
        h: &mut [f32],
    ) {
        let Self { x, multiplier, .. } = self;
        let Some(norm) = norm else {
            multiplier.multiply(on, rows, &linear.weight, h, true);
            return bias(linear, h);
        };
        x.resize(h.len(), 0.0);
        multiplier.multiply(on, rows, &linear.weight, x, false);
        bias(linear, x);
        for (x, h) in x.chunks_exact_mut(d.hidden).zip(h.chunks_exact_mut(d.hidden)) {
            math::norm_in_place(x, norm, d.rms_norm_eps);
            math::add(h, x, 1.0);
        }
    }

    /// The first half of the feed-forward block, of `h`: `[block, hidden]`.
    pub(super) fn open(&mut self, on: Executor, d: &Decoder, layer: &LayerWeights<CpuMatrix>, h: &[f32]) {
        let mut gate_up = std::mem::take(&mut self.gate_up);
        gate_up.resize(h.len() / d.hidden * d.gate_up_width(), 0.0);
        self.normed(on, d, h, layer.mlp_norm.as_deref(), &layer.gate_up.weight, &mut gate_up);
        bias(&layer.gate_up, &mut gate_up);
        for row in gate_up.chunks_exact_mut(d.gate_up_width()) {
            let (gate, up) = row.split_at_mut(d.intermediate);
            on.unit.run(Activate { gate, up: d.gated.then_some(&*up), activation: d.activation });
        }
        self.gate_up = gate_up;
    }

    /// The second half, added to `h`: `[block, hidden]`.
    pub(super) fn close(&mut self, on: Executor, d: &Decoder, layer: &LayerWeights<CpuMatrix>, h: &mut [f32]) {
        let gate_up = std::mem::take(&mut self.gate_up);
        let rows = gate_up.chunks_exact(d.gate_up_width()).map(|row| &row[..d.intermediate]);
        self.add(on, d, rows, &layer.down, layer.mlp_out_norm.as_deref(), h);
        self.gate_up = gate_up;
    }
}

/// Adds the bias, where there is one, to rows.
pub(super) fn bias(linear: &Linear<CpuMatrix>, rows: &mut [f32]) {
    add_to_all(linear.bias.as_deref(), rows);
}

/// Adds it, where it is there, to rows as long as it.
pub(super) fn add_to_all(bias: Option<&[f32]>, rows: &mut [f32]) {
    if let Some(bias) = bias {
        rows.chunks_exact_mut(bias.len()).for_each(|row| math::add(row, bias, 1.0));
    }
}
