//! How angles follow from positions, and the keys of `config.json` that say so.

use std::sync::Arc;

use super::Family;
use super::check::{demand, positive};
use super::keys::Keys;
use crate::error::LoadError;

/// The rotary keys of `config.json`: transformers 5 keeps them in `rope_parameters`, transformers 4 in `rope_scaling`
/// beside a `rope_theta` of its own.
///
/// Where layers with a sliding window have angles of their own, transformers 5 nests `full_attention` and
/// `sliding_attention`; transformers 4 has `rope_local_base_freq` for the latter, which are then never scaled.
#[derive(Clone, Copy, Debug)]
pub(super) struct RopeKeys<'a> {
    file: Keys<'a>,
    scaling: Option<Keys<'a>>,
    parameters: Option<Keys<'a>>,
}

/// One object of them, or none.
#[derive(Clone, Copy, Debug)]
struct RopeParameters<'a>(Option<Keys<'a>>);

/// How angles follow from positions.
#[derive(Clone, Debug, PartialEq)]
pub struct RopeConfig {
    /// Base of the angles' geometric series.
    pub theta: f64,
    /// Numbers of a head that are turned: all of them, or none.
    pub rotated: usize,
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

impl<'a> RopeKeys<'a> {
    /// Finds them in a file.
    ///
    /// # Errors
    /// When a key that should have an object has something else.
    pub(super) fn new(file: Keys<'a>) -> Result<Self, LoadError> {
        Ok(Self { file, scaling: file.get("rope_scaling")?, parameters: file.get("rope_parameters")? })
    }

    fn one(self) -> RopeParameters<'a> {
        RopeParameters(self.parameters.or(self.scaling))
    }

    /// Parameters of the layers that see everything, and of those with a sliding window.
    fn both(self) -> Result<[RopeParameters<'a>; 2], LoadError> {
        Ok(match self.parameters {
            Some(given) => {
                [RopeParameters(given.get("full_attention")?), RopeParameters(given.get("sliding_attention")?)]
            }
            None => [RopeParameters(self.scaling), RopeParameters(None)],
        })
    }

    fn is_nested(self) -> bool {
        let kinds = ["full_attention", "sliding_attention"];
        self.one().0.is_some_and(|given| kinds.into_iter().any(|kind| given.value(kind).is_some()))
    }

    /// What is asked for and not done, in words; `by_kind` where a family has angles for each kind of layer.
    ///
    /// # Errors
    /// When a key has a value of another type.
    pub(super) fn unsupported(self, by_kind: bool) -> Result<Vec<String>, LoadError> {
        let nested = self.is_nested();
        let mut found = Vec::new();
        if nested && !by_kind {
            found.push("rope_parameters per layer type (supported: one for all layers)".into());
        }
        if by_kind && !nested && self.parameters.is_some() {
            found.push("rope_parameters for all layers (supported: one per layer type)".into());
        }
        for given in if by_kind { self.both()?.to_vec() } else { vec![self.one()] } {
            let kind = given.kind()?;
            if !matches!(kind, "default" | "linear" | "llama3") {
                found.push(format!("rope scaling {kind} (supported: default, linear, llama3)"));
            }
            if let Some(factor) =
                given.number("partial_rotary_factor")?.filter(|factor| (factor - 1.0).abs() > f64::EPSILON)
            {
                found.push(format!("partial_rotary_factor {factor} (supported: 1)"));
            }
        }
        Ok(found)
    }

    /// Angles of the layers that see everything, and of those with a sliding window where they differ.
    ///
    /// # Errors
    /// When a scaling lacks a number or has one that cannot be.
    pub(super) fn resolve(
        self,
        family: &Family,
        head_dim: usize,
    ) -> Result<(RopeConfig, Option<RopeConfig>), LoadError> {
        let theta = family.defaults.theta;
        let Some(local) = family.local_theta else {
            return Ok((self.one().resolve(self.file, "rope_theta", theta, head_dim)?, None));
        };
        let [everything, window] = self.both()?;
        Ok((
            everything.resolve(self.file, "rope_theta", theta, head_dim)?,
            Some(window.resolve(self.file, "rope_local_base_freq", local, head_dim)?),
        ))
    }

    /// Whether the file tells the base of the angles, wherever.
    pub(super) fn tells_theta(self) -> bool {
        let everything = if self.is_nested() { self.both().map(|[first, _]| first) } else { Ok(self.one()) };
        let within = everything.is_ok_and(|given| given.0.is_some_and(|keys| keys.value("rope_theta").is_some()));
        within || self.file.value("rope_theta").is_some()
    }
}

impl RopeParameters<'_> {
    /// `type` is what older files call it; newer ones may have both.
    fn kind(&self) -> Result<&str, LoadError> {
        let Some(keys) = self.0 else { return Ok("default") };
        Ok(keys.get("rope_type")?.or(keys.get("type")?).unwrap_or("default"))
    }

    fn number(self, key: &'static str) -> Result<Option<f64>, LoadError> {
        self.0.map_or(Ok(None), |keys| keys.get(key))
    }

    /// `file` has the base that older files keep beside, under the name `key`.
    fn resolve(self, file: Keys, key: &'static str, default: f64, head_dim: usize) -> Result<RopeConfig, LoadError> {
        let theta = match self.number("rope_theta")? {
            None => file.get(key)?.unwrap_or(default),
            Some(theta) => theta,
        };
        demand(theta.is_finite() && theta > 1.0, key, "a finite number above 1", &theta)?;
        let needed = |key| positive(key, self.number(key)?);
        let scaling = match self.kind()? {
            "linear" => RopeScaling::Linear { factor: needed("factor")? },
            "llama3" => {
                let (low, high) = (needed("low_freq_factor")?, needed("high_freq_factor")?);
                demand(high > low, "high_freq_factor", "above low_freq_factor", &high)?;
                let original = needed("original_max_position_embeddings")?;
                RopeScaling::Llama3 { factor: needed("factor")?, low, high, original }
            }
            _ => RopeScaling::Default,
        };
        Ok(RopeConfig { theta, rotated: head_dim, scaling })
    }
}
