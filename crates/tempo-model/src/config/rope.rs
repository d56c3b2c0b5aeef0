//! How angles follow from positions, and the keys of `config.json` that say so.

use std::sync::Arc;

use serde::Deserialize;

use super::Family;
use super::check::{demand, positive};
use crate::error::LoadError;

/// The rotary keys of `config.json`: transformers 5 keeps them in `rope_parameters`, transformers 4 in `rope_scaling`
/// beside a `rope_theta` of its own.
///
/// Where layers with a sliding window have angles of their own, transformers 5 nests `full_attention` and
/// `sliding_attention`; transformers 4 has `rope_local_base_freq` for the latter, which are then never scaled.
#[derive(Clone, Debug, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the keys of the file")]
pub(super) struct RopeFile {
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
    pub(super) fn unsupported(&self, by_kind: bool) -> Vec<String> {
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

    /// Every kind of angles of a family: those of layers that see everything, then those of layers with a sliding window
    /// where they differ.
    ///
    /// # Errors
    /// When a scaling lacks a number or has one that cannot be.
    pub(super) fn resolve(&self, family: &Family) -> Result<Vec<RopeConfig>, LoadError> {
        let theta = family.defaults.theta;
        let Some(local) = family.local_theta else {
            return Ok(vec![self.parameters().resolve("rope_theta", self.rope_theta, theta)?]);
        };
        let [everything, window] = self.both();
        Ok(vec![
            everything.resolve("rope_theta", self.rope_theta, theta)?,
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
