//! How angles follow from positions, and the keys of `config.json` that say so.

use std::sync::Arc;

use super::Family;
use super::check::{demand, positive, size};
use super::keys::Keys;
use crate::error::LoadError;
use crate::float::to_f32;

pub(super) const SHARE: &str = "partial_rotary_factor";
/// What GPT-NeoX calls the base of the angles.
const NEOX_THETA: &str = "rotary_emb_base";

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
    /// Numbers of a head that are turned: all of them, none, or the first of them. Even.
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
    /// The same with two lists of numbers, and both numbers of a pair multiplied.
    LongRope {
        /// Of runs that fit into the original context.
        short: Arc<[f32]>,
        /// Of longer ones.
        long: Arc<[f32]>,
        /// The context that the model was first trained on.
        original: usize,
        /// Multiplies queries and keys.
        factor: f64,
    },
}

impl RopeConfig {
    /// Whether a run of so many rows turns its keys as long ones.
    pub(crate) fn is_long(&self, rows: usize) -> bool {
        matches!(self.scaling, RopeScaling::LongRope { original, .. } if rows > original)
    }
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

    /// Which part of a head's numbers is turned, where the file says so.
    fn share(self, family: &Family) -> Result<Option<f64>, LoadError> {
        let beside = family.partial_rotation.map_or(SHARE, |(key, _)| key);
        match self.one().number(SHARE)? {
            None => Ok(self.file.get(beside)?.or(family.partial_rotation.map(|(_, default)| default))),
            within => Ok(within),
        }
    }

    /// What is asked for and not done, in words.
    ///
    /// # Errors
    /// When a key has a value of another type.
    pub(super) fn unsupported(self, family: &Family) -> Result<Vec<String>, LoadError> {
        let (nested, by_kind) = (self.is_nested(), family.local_theta.is_some());
        let mut found = Vec::new();
        if nested && !by_kind {
            found.push("rope_parameters per layer type (supported: one for all layers)".into());
        }
        if by_kind && !nested && self.parameters.is_some() {
            found.push("rope_parameters for all layers (supported: one per layer type)".into());
        }
        for given in if by_kind { self.both()?.to_vec() } else { vec![self.one()] } {
            let kind = given.kind()?;
            if !matches!(kind, "default" | "linear" | "llama3" | "longrope" | "su") {
                found.push(format!("rope scaling {kind} (supported: default, linear, llama3, longrope)"));
            }
        }
        if let Some(factor) = self
            .share(family)?
            .filter(|factor| family.partial_rotation.is_none() && (factor - 1.0).abs() > f64::EPSILON)
        {
            found.push(format!("{SHARE} {factor} (supported: 1)"));
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
        max_positions: usize,
    ) -> Result<(RopeConfig, Option<RopeConfig>), LoadError> {
        let theta = family.defaults.theta;
        let rotated = match self.share(family)?.filter(|_| family.partial_rotation.is_some()) {
            None => head_dim,
            Some(share) => rotated(share, head_dim)?,
        };
        let all = Resolution { file: self.file, rotated, max_positions };
        let Some(local) = family.local_theta else {
            let key = if family.neox { NEOX_THETA } else { "rope_theta" };
            return Ok((self.one().resolve(all, key, theta)?, None));
        };
        let [everything, window] = self.both()?;
        let window = window.resolve(all, "rope_local_base_freq", local)?;
        Ok((everything.resolve(all, "rope_theta", theta)?, Some(window)))
    }

    /// Whether the file tells the base of the angles, wherever.
    pub(super) fn tells_theta(self) -> bool {
        let everything = if self.is_nested() { self.both().map(|[first, _]| first) } else { Ok(self.one()) };
        let within = everything.is_ok_and(|given| given.0.is_some_and(|keys| keys.value("rope_theta").is_some()));
        within || ["rope_theta", NEOX_THETA].into_iter().any(|key| self.file.value(key).is_some())
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

    /// The file has the base that older ones keep beside, under the name `key`.
    fn resolve(self, all: Resolution, key: &'static str, default: f64) -> Result<RopeConfig, LoadError> {
        let Resolution { file, rotated, max_positions } = all;
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
            "longrope" | "su" => self.long(file, rotated, max_positions)?,
            _ => RopeScaling::Default,
        };
        Ok(RopeConfig { theta, rotated, scaling })
    }

    /// As transformers resolves `longrope`: the original context that stands beside wins.
    fn long(self, file: Keys, rotated: usize, max_positions: usize) -> Result<RopeScaling, LoadError> {
        const ORIGINAL: &str = "original_max_position_embeddings";
        let list = |key| {
            let numbers = self.0.map_or(Ok(None), |keys| keys.get::<Vec<f64>>(key))?.unwrap_or_default();
            let allowed = format!("{} numbers, one for each pair that is turned", rotated / 2);
            demand(numbers.len() == rotated / 2, key, &allowed, &numbers.len())?;
            for number in &numbers {
                positive(key, Some(*number))?;
            }
            Ok::<Arc<[f32]>, LoadError>(numbers.into_iter().map(to_f32).collect())
        };
        let original = match file.get::<u64>(ORIGINAL)? {
            None => self.0.map_or(Ok(None), |keys| keys.get(ORIGINAL))?,
            beside => beside,
        };
        let original = size(ORIGINAL, original.or(Some(max_positions as u64)), 1 << 30)?;
        let stretched = self.number("factor")?.unwrap_or(max_positions as f64 / original as f64);
        let by_length = || if stretched > 1.0 { (1.0 + stretched.ln() / (original as f64).ln()).sqrt() } else { 1.0 };
        let factor = self.number("attention_factor")?.unwrap_or_else(by_length);
        let factor = positive("attention_factor", Some(factor))?;
        Ok(RopeScaling::LongRope { short: list("short_factor")?, long: list("long_factor")?, original, factor })
    }
}

/// What every kind of angles of a file is resolved with.
#[derive(Clone, Copy)]
struct Resolution<'a> {
    file: Keys<'a>,
    rotated: usize,
    max_positions: usize,
}

/// How many numbers of a head this part of it is, cut as transformers cuts it.
fn rotated(share: f64, head_dim: usize) -> Result<usize, LoadError> {
    let allowed = format!("above 0 and at most 1, and an even part of the {head_dim} numbers of a head");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to a head's size")]
    let rotated = (share.clamp(0.0, 1.0) * head_dim as f64) as usize;
    let holds = share <= 1.0 && rotated > 0 && rotated.is_multiple_of(2);
    demand(holds, SHARE, &allowed, &share)?;
    Ok(rotated)
}
