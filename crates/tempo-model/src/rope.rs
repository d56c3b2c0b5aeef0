//! Rotary position embedding: which angle each position turns each pair of numbers by.
//!
//! The angles of a pass are computed on the CPU in f64 and travel with its other small arrays: positions are data
//! (several tokens may share one, and a gap may push them past `max_position_embeddings`), and a few sines per token
//! cost less than a table for every position there might be.

use burn::tensor::Tensor;

use crate::config::{RopeConfig, RopeScaling};
use crate::float::to_f32;

/// The angle per position of every pair of a head.
#[derive(Clone, Debug)]
pub(crate) struct Frequencies(Vec<f64>);

impl Frequencies {
    /// One frequency per pair: `head_dim / 2` of them. Pairs that are not turned have zero.
    pub(crate) fn new(config: &RopeConfig, head_dim: usize) -> Self {
        let turned = config.rotated / 2;
        let plain = (0..turned).map(|pair| config.theta.powf(-2.0 * pair as f64 / config.rotated as f64));
        let turned = plain.enumerate().map(|(pair, frequency)| scaled(&config.scaling, pair, frequency));
        Self(turned.chain(std::iter::repeat(0.0)).take(head_dim / 2).collect())
    }

    /// Turns per position, a number for each pair of a head.
    pub(crate) fn into_inner(self) -> Vec<f64> {
        self.0
    }

    /// Cosines and signed sines of the given positions, `[positions, head_dim]` each.
    ///
    /// A rotation is `x * cos + swap(x) * sin`, where `swap` exchanges the halves of a head: both halves share their
    /// angles, and the sine of the first half is negative.
    pub(crate) fn rows(&self, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let size = positions.len() * 2 * self.0.len();
        let (mut cos, mut sin) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for &position in positions {
            let turns = self.0.iter().map(|frequency| (f64::from(position) * frequency).sin_cos());
            let (sines, cosines): (Vec<f32>, Vec<f32>) = turns.map(|(s, c)| (to_f32(s), to_f32(c))).unzip();
            cos.extend_from_slice(&cosines);
            cos.extend_from_slice(&cosines);
            sin.extend(sines.iter().map(|sine| -sine));
            sin.extend_from_slice(&sines);
        }
        (cos, sin)
    }
}

/// As `modeling_rope_utils` of transformers does it.
fn scaled(scaling: &RopeScaling, pair: usize, frequency: f64) -> f64 {
    match *scaling {
        RopeScaling::Default => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Llama3 { factor, low, high, original } => {
            let turns = original * frequency / std::f64::consts::TAU;
            let fast = ((turns - low) / (high - low)).clamp(0.0, 1.0);
            (1.0 - fast) * frequency / factor + fast * frequency
        }
        RopeScaling::Factors(ref factors) => frequency / factors.get(pair).copied().map_or(1.0, f64::from),
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
