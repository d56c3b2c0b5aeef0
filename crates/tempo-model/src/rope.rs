//! Rotary position embedding: which angle each position turns each pair of numbers by.
//!
//! The angles of a pass are computed on the CPU in f64 and travel with its other small arrays: positions are data
//! (several tokens may share one, and a gap may push them past `max_position_embeddings`), and a few sines per token
//! cost less than a table for every position there might be.

use burn::tensor::Tensor;
use tempo_kernels::{Rope, Turn};

use crate::config::{DecoderConfig, RopeConfig, RopeScaling};

/// What turns the heads of some layers: `head_dim / 2` pairs. Those that are not turned have the frequency zero.
pub(crate) fn rope(config: &RopeConfig, head_dim: usize) -> Rope {
    let turns = |factors: Option<&[f32]>| -> Vec<Turn> {
        let scale = if let RopeScaling::LongRope { factor, .. } = config.scaling { factor } else { 1.0 };
        let turned = (0..config.rotated / 2).map(|pair| {
            let plain = config.theta.powf(-2.0 * pair as f64 / config.rotated as f64);
            Turn { frequency: scaled(&config.scaling, factors, pair, plain), scale }
        });
        turned.chain(std::iter::repeat(Turn { frequency: 0.0, scale: 1.0 })).take(head_dim / 2).collect()
    };
    match &config.scaling {
        RopeScaling::LongRope { short, long, original, .. } => {
            Rope::new(turns(Some(short))).above(*original, turns(Some(long)))
        }
        RopeScaling::Factors(factors) => Rope::new(turns(Some(factors))),
        _ => Rope::new(turns(None)),
    }
}

/// Every kind of rotation of a model.
pub(crate) fn ropes(config: &DecoderConfig) -> Vec<Rope> {
    config.ropes.iter().map(|kind| rope(kind, config.head_dim)).collect()
}

/// Cosines and signed sines of the given positions, `[positions, head_dim]` each.
///
/// A rotation is `x * cos + swap(x) * sin`, where `swap` exchanges the halves of a head: both halves share their
/// angles, and the sine of the first half is negative.
pub(crate) fn rows(rope: &Rope, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
    let (mut cos, mut sin) = (Vec::new(), Vec::new());
    for &position in positions {
        let (cosines, sines): (Vec<f32>, Vec<f32>) = rope.at(position).unzip();
        cos.extend_from_slice(&cosines);
        cos.extend_from_slice(&cosines);
        sin.extend(sines.iter().map(|sine| -sine));
        sin.extend_from_slice(&sines);
    }
    (cos, sin)
}

/// As `modeling_rope_utils` of transformers does it; `factors` are those of every pair.
fn scaled(scaling: &RopeScaling, factors: Option<&[f32]>, pair: usize, frequency: f64) -> f64 {
    match *scaling {
        RopeScaling::Default => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Llama3 { factor, low, high, original } => {
            let turns = original * frequency / std::f64::consts::TAU;
            let fast = ((turns - low) / (high - low)).clamp(0.0, 1.0);
            (1.0 - fast) * frequency / factor + fast * frequency
        }
        RopeScaling::Factors(_) | RopeScaling::LongRope { .. } => {
            frequency / factors.and_then(|factors| factors.get(pair)).copied().map_or(1.0, f64::from)
        }
    }
}

/// The turn of each query of a pass.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    /// `[queries, 1, head_dim]`
    pub(crate) cos: Tensor<3>,
    /// `[queries, 1, head_dim]`, negative in the first half.
    pub(crate) sin: Tensor<3>,
}

impl Rotation {
    /// Turns every head of every query by its position.
    ///
    /// # Shapes
    /// `x` and the result: `[queries, heads, head_dim]`
    pub(crate) fn apply(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, head_dim] = x.dims();
        let half = head_dim / 2;
        let swapped = Tensor::cat(vec![x.clone().narrow(2, half, half), x.clone().narrow(2, 0, half)], 2);
        x * self.cos.clone() + swapped * self.sin.clone()
    }
}

#[cfg(test)]
mod tests;
