//! Rotary position embedding: which angle each position turns each pair of numbers by.
//!
//! The angles of a pass are computed on the CPU in f64 and travel with its other small arrays: positions are data
//! (several tokens may share one, and a gap may push them past `max_position_embeddings`), and a few sines per token
//! cost less than a table for every position there might be.

use std::sync::Arc;

use burn::tensor::Tensor;
use serde::Deserialize;

use crate::config::demand;
use crate::error::LoadError;

/// The rotary keys of `config.json`: transformers 5 keeps them in `rope_parameters`, transformers 4 in `rope_scaling`
/// beside a `rope_theta` of its own.
///
/// Where layers with a sliding window have angles of their own, transformers 5 nests `full_attention` and
/// `sliding_attention`; transformers 4 has `rope_local_base_freq` for the latter, which are then never scaled.
#[derive(Clone, Debug, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the keys of the file")]
pub(crate) struct RopeFile {
    rope_theta: Option<f64>,
    rope_local_base_freq: Option<f64>,
    rope_scaling: Option<RopeParameters>,
    rope_parameters: Option<RopeParameters>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct RopeParameters {
    /// `type` is what older files call it.
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
    partial_rotary_factor: Option<f64>,
    /// Set where each layer type has parameters of its own.
    full_attention: Option<Box<RopeParameters>>,
    sliding_attention: Option<Box<RopeParameters>>,
}

/// How angles follow from positions.
#[derive(Clone, Debug, PartialEq)]
pub struct RopeConfig {
    /// Base of the angles' geometric series.
    pub theta: f64,
    /// How a longer context was made of a shorter one.
    pub scaling: RopeScaling,
}

/// Context extension by changed angles.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// None.
    Default,
    /// Positions are divided by a factor.
    Linear {
        /// The divisor.
        factor: f64,
    },
    /// Llama 3.1: slow angles are divided, fast ones kept, those between blended.
    Llama3 {
        /// The divisor of slow angles.
        factor: f64,
        /// Where slow ends, in turns over the original context.
        low: f64,
        /// Where fast begins, in turns over the original context.
        high: f64,
        /// The context that the model was first trained on.
        original: f64,
    },
    /// Every angle is divided by a number of its own, one for each pair of a head: what GGUF files have for Llama 3.1.
    Factors(Arc<[f32]>),
}

impl RopeFile {
    fn parameters(&self) -> RopeParameters {
        self.rope_parameters.clone().or_else(|| self.rope_scaling.clone()).unwrap_or_default()
    }

    /// Parameters of the layers that see everything, and of those with a sliding window.
    fn both(&self) -> [RopeParameters; 2] {
        match &self.rope_parameters {
            Some(given) => [&given.full_attention, &given.sliding_attention]
                .map(|given| given.as_deref().cloned().unwrap_or_default()),
            None => [self.rope_scaling.clone().unwrap_or_default(), RopeParameters::default()],
        }
    }

    /// What is asked for and not done, in words; `by_kind` where a family has angles for each kind of layer.
    pub(crate) fn unsupported(&self, by_kind: bool) -> Vec<String> {
        let given = self.parameters();
        let nested = given.full_attention.is_some() || given.sliding_attention.is_some();
        let mut found = Vec::new();
        if nested && !by_kind {
            found.push("rope_parameters per layer type (supported: one for all layers)".into());
        }
        if by_kind && !nested && self.rope_parameters.is_some() {
            found.push("rope_parameters for all layers (supported: one per layer type)".into());
        }
        for given in if by_kind { self.both().to_vec() } else { vec![given] } {
            let kind = given.rope_type.as_deref().unwrap_or("default");
            if !matches!(kind, "default" | "linear" | "llama3") {
                found.push(format!("rope scaling {kind} (supported: default, linear, llama3)"));
            }
            if let Some(factor) = given.partial_rotary_factor.filter(|factor| (factor - 1.0).abs() > f64::EPSILON) {
                found.push(format!("partial_rotary_factor {factor} (supported: 1)"));
            }
        }
        found
    }

    /// # Errors
    /// When a scaling lacks a number or has one that cannot be.
    pub(crate) fn resolve(&self) -> Result<RopeConfig, LoadError> {
        self.parameters().resolve("rope_theta", self.rope_theta, 10_000.0)
    }

    /// The layers that see everything, then those with a sliding window; `full` and `local` are the default bases.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub(crate) fn resolve_both(&self, full: f64, local: f64) -> Result<[RopeConfig; 2], LoadError> {
        let [everything, window] = self.both();
        Ok([
            everything.resolve("rope_theta", self.rope_theta, full)?,
            window.resolve("rope_local_base_freq", self.rope_local_base_freq, local)?,
        ])
    }
}

impl RopeParameters {
    /// `beside` is the base that older files keep elsewhere, under the name `key`.
    fn resolve(&self, key: &'static str, beside: Option<f64>, default: f64) -> Result<RopeConfig, LoadError> {
        let theta = self.rope_theta.or(beside).unwrap_or(default);
        demand(theta.is_finite() && theta > 1.0, key, "a finite number above 1", &theta)?;
        let scaling = match self.rope_type.as_deref() {
            Some("linear") => RopeScaling::Linear { factor: positive("factor", self.factor)? },
            Some("llama3") => {
                let low = positive("low_freq_factor", self.low_freq_factor)?;
                let high = positive("high_freq_factor", self.high_freq_factor)?;
                demand(high > low, "high_freq_factor", "above low_freq_factor", &high)?;
                let original = self.original_max_position_embeddings;
                let original = positive("original_max_position_embeddings", original)?;
                RopeScaling::Llama3 { factor: positive("factor", self.factor)?, low, high, original }
            }
            _ => RopeScaling::Default,
        };
        Ok(RopeConfig { theta, scaling })
    }
}

/// A number that has to be there and above zero.
///
/// # Errors
/// [`LoadError::Config`] otherwise.
pub(crate) fn positive(field: &'static str, value: Option<f64>) -> Result<f64, LoadError> {
    let found = value.map_or_else(|| "nothing".into(), |value| value.to_string());
    demand(value.is_some_and(|v| v.is_finite() && v > 0.0), field, "a positive number", &found)?;
    Ok(value.unwrap_or_default())
}

/// The angle per position of every pair of a head.
#[derive(Clone, Debug)]
pub(crate) struct Frequencies(Vec<f64>);

impl Frequencies {
    /// One frequency per pair: `head_dim / 2` of them.
    pub(crate) fn new(config: &RopeConfig, head_dim: usize) -> Self {
        let plain = (0..head_dim / 2).map(|pair| config.theta.powf(-2.0 * pair as f64 / head_dim as f64));
        Self(plain.enumerate().map(|(pair, frequency)| config.scaling.apply(pair, frequency)).collect())
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
            let (sines, cosines): (Vec<f32>, Vec<f32>) = turns.map(|(s, c)| (single(s), single(c))).unzip();
            cos.extend_from_slice(&cosines);
            cos.extend_from_slice(&cosines);
            sin.extend(sines.iter().map(|sine| -sine));
            sin.extend_from_slice(&sines);
        }
        (cos, sin)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the device is the purpose")]
pub(crate) fn single(x: f64) -> f32 {
    x as f32
}

impl RopeScaling {
    /// As `modeling_rope_utils` of transformers does it.
    fn apply(&self, pair: usize, frequency: f64) -> f64 {
        match *self {
            Self::Default => frequency,
            Self::Linear { factor } => frequency / factor,
            Self::Llama3 { factor, low, high, original } => {
                let turns = original * frequency / std::f64::consts::TAU;
                let fast = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                (1.0 - fast) * frequency / factor + fast * frequency
            }
            Self::Factors(ref factors) => frequency / factors.get(pair).copied().map_or(1.0, f64::from),
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
