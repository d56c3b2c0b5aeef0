//! `config.json` as it is written, and what its family takes for granted.

use serde::Deserialize;

use super::check::{demand, positive, size};
use super::family::{ActivationKey, AttentionBias};
use super::rope::RopeFile;
use super::{Biases, DecoderConfig, Family, Windows, sliding_by_pattern};
use crate::error::LoadError;

/// One token id, several, or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum TokenIds {
    One(u32),
    Many(Vec<u32>),
}

impl TokenIds {
    fn into_vec(self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

/// `generation_config.json`, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize)]
struct GenerationFile {
    eos_token_id: Option<TokenIds>,
}

/// A key where absent and `null` differ: absent is the family's default, `null` is none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(from = "Option<T>")]
enum Nullable<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Clone> Nullable<T> {
    fn or(&self, default: Option<T>) -> Option<T> {
        match self {
            Self::Absent => default,
            Self::Null => None,
            Self::Value(value) => Some(value.clone()),
        }
    }
}

/// `config.json` as transformers 4 and 5 write it. Keys that change nothing here are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ConfigFile {
    model_type: Option<String>,
    hidden_size: Option<u64>,
    intermediate_size: Option<u64>,
    num_hidden_layers: Option<u64>,
    num_attention_heads: Option<u64>,
    num_key_value_heads: Option<u64>,
    head_dim: Option<u64>,
    vocab_size: Option<u64>,
    max_position_embeddings: Option<u64>,
    rms_norm_eps: Option<f64>,
    hidden_act: Option<String>,
    /// What some families call `hidden_act`.
    hidden_activation: Option<String>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    #[serde(default)]
    sliding_window: Nullable<u64>,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<u64>,
    /// Every so many layers one sees everything.
    sliding_window_pattern: Option<u64>,
    layer_types: Option<Vec<String>>,
    query_pre_attn_scalar: Option<f64>,
    attn_logit_softcapping: Option<f64>,
    final_logit_softcapping: Option<f64>,
    use_bidirectional_attention: Option<serde_json::Value>,
    partial_rotary_factor: Option<f64>,
    #[serde(default)]
    eos_token_id: Nullable<TokenIds>,
    quantization_config: Option<serde_json::Value>,
    #[serde(flatten)]
    rope: RopeFile,
    /// The decoder of a model that reads images, too.
    text_config: Option<Box<ConfigFile>>,
}

impl ConfigFile {
    /// Reads `config.json`. Of a model that reads images, too, only the text part is taken.
    ///
    /// # Errors
    /// When it is not JSON or a key has the wrong type.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        let mut file: Self =
            serde_json::from_slice(json).map_err(|source| LoadError::Json { file: "config.json".into(), source })?;
        let family =
            Family::ALL.into_iter().find(|family| family.part_of.is_some_and(|whole| whole == file.model_type()));
        match (file.text_config.take(), family) {
            (Some(mut text), Some(family)) => {
                // The whole says these, and the part may repeat them.
                text.model_type.get_or_insert_with(|| family.name.into());
                text.quantization_config = text.quantization_config.or(file.quantization_config);
                text.tie_word_embeddings = text.tie_word_embeddings.or(file.tie_word_embeddings);
                if matches!(text.eos_token_id, Nullable::Absent) {
                    text.eos_token_id = file.eos_token_id;
                }
                Ok(*text)
            }
            _ => Ok(file),
        }
    }

    /// `model_type` as written.
    pub fn model_type(&self) -> &str {
        self.model_type.as_deref().unwrap_or("(no model_type)")
    }

    /// Everything the file asks for that this crate does not do, in words; empty when the model can be loaded.
    pub fn unsupported(&self) -> Vec<String> {
        let mut found = Vec::new();
        let family = Family::named(self.model_type());
        if family.is_none() {
            let names = Family::ALL.map(|family| family.name).join(", ");
            found.push(format!("model_type {} (supported: {names})", self.model_type()));
        }
        let ActivationKey { key, value, .. } = family.unwrap_or(Family::ALL[0]).activation;
        let act = if key == "hidden_act" { &self.hidden_act } else { &self.hidden_activation };
        if let Some(act) = act.as_deref().filter(|act| *act != value) {
            found.push(format!("{key} {act} (supported: {value})"));
        }
        if let Some(value) = self.use_bidirectional_attention.as_ref()
            && !matches!(value, serde_json::Value::Null | serde_json::Value::Bool(false))
        {
            found.push(format!("use_bidirectional_attention {value} (supported: false)"));
        }
        if let Some(value) = self.quantization_config.as_ref().filter(|value| !value.is_null()) {
            let method = value.get("quant_method").and_then(serde_json::Value::as_str).unwrap_or("of unknown method");
            found.push(format!("quantization_config {method} (supported: f32, f16 and bf16 weights)"));
        }
        if let Some(factor) = self.partial_rotary_factor.filter(|factor| (factor - 1.0).abs() > f64::EPSILON) {
            found.push(format!("partial_rotary_factor {factor} (supported: 1)"));
        }
        for kind in self.layer_types.iter().flatten() {
            if !matches!(kind.as_str(), "full_attention" | "sliding_attention") {
                found.push(format!("layer type {kind} (supported: full_attention, sliding_attention)"));
            }
        }
        found.extend(self.rope.unsupported(family.is_some_and(|family| family.local_theta.is_some())));
        found.dedup();
        found
    }

    /// Checks the file and fills in what its family takes for granted.
    ///
    /// `generation` is the content of `generation_config.json`, whose end-of-text tokens win over the file's own.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] by name, or [`LoadError::Config`] with the value that cannot be.
    pub fn resolve(&self, generation: Option<&[u8]>) -> Result<DecoderConfig, LoadError> {
        let unsupported = self.unsupported();
        let (true, Some(family)) = (unsupported.is_empty(), Family::named(self.model_type())) else {
            return Err(LoadError::Unsupported { what: unsupported });
        };
        let defaults = &family.defaults;
        let hidden = size("hidden_size", self.hidden_size.or(defaults.hidden), 1 << 17)?;
        let layers = size("num_hidden_layers", self.num_hidden_layers.or(defaults.layers), 1 << 10)?;
        let heads = size("num_attention_heads", self.num_attention_heads.or(defaults.heads), 1 << 12)?;
        let kv_heads = match self.num_key_value_heads.or(defaults.kv_heads) {
            None => heads,
            given => size("num_key_value_heads", given, 1 << 12)?,
        };
        let head_dim = match self.head_dim.or(defaults.head_dim) {
            None => hidden / heads,
            given => size("head_dim", given, 1 << 12)?,
        };
        demand(heads.is_multiple_of(kv_heads), "num_key_value_heads", "a divisor of num_attention_heads", &kv_heads)?;
        demand(head_dim > 0 && head_dim.is_multiple_of(2), "head_dim", "even and at least 2", &head_dim)?;
        let rms_norm_eps = self.rms_norm_eps.unwrap_or(1e-6);
        demand(rms_norm_eps > 0.0 && rms_norm_eps < 1.0, "rms_norm_eps", "between 0 and 1", &rms_norm_eps)?;
        let positions = self.max_position_embeddings.or(Some(defaults.max_positions));
        let by_key = family.attention_bias == AttentionBias::ByKey && self.attention_bias.unwrap_or(false);
        let sliding = self.sliding(family, layers)?;
        let own = |has_key: bool, field, given: Option<f64>| {
            given.filter(|_| has_key).map(|given| positive(field, Some(given))).transpose()
        };
        let scalar = own(family.query_scalar.is_some(), "query_pre_attn_scalar", self.query_pre_attn_scalar)?;
        let scalar = scalar.or(family.query_scalar).unwrap_or(head_dim as f64);
        Ok(DecoderConfig {
            family,
            hidden,
            intermediate: size("intermediate_size", self.intermediate_size.or(defaults.intermediate), 1 << 20)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            vocab: size("vocab_size", self.vocab_size.or(defaults.vocab), 1 << 22)?,
            max_positions: size("max_position_embeddings", positions, 1 << 30)?,
            rms_norm_eps,
            ropes: self.rope.resolve(family)?,
            layer_ropes: family.layer_ropes(&sliding),
            windows: self.windows(&sliding)?,
            embedding_scale: family.embedding_scale(hidden),
            attention_scale: scalar.sqrt().recip(),
            attention_cap: own(family.caps, "attn_logit_softcapping", self.attn_logit_softcapping)?,
            logit_cap: own(family.caps, "final_logit_softcapping", self.final_logit_softcapping)?,
            biases: Biases {
                qkv: by_key || family.attention_bias == AttentionBias::Qkv,
                output: by_key,
                mlp: family.mlp_bias && self.mlp_bias.unwrap_or(false),
            },
            norm_offset: family.norm_offset,
            tied: self.tie_word_embeddings.unwrap_or(defaults.tied),
            eos: self.eos(generation, defaults.eos)?,
        })
    }

    /// Which layers have a sliding window.
    fn sliding(&self, family: &Family, layers: usize) -> Result<Vec<bool>, LoadError> {
        let pattern = match family.windows {
            Windows::Always => return Ok(vec![true; layers]),
            Windows::Switched if self.use_sliding_window.unwrap_or(false) => None,
            Windows::Never | Windows::Switched => return Ok(vec![false; layers]),
            Windows::Pattern(every) => Some(every),
        };
        if let Some(kinds) = &self.layer_types {
            demand(kinds.len() == layers, "layer_types", "one entry per layer", &kinds.len())?;
            return Ok(kinds.iter().map(|kind| kind == "sliding_attention").collect());
        }
        if pattern.is_some() {
            let every = size("sliding_window_pattern", self.sliding_window_pattern.or(pattern), 1 << 30)?;
            return Ok(sliding_by_pattern(every, layers));
        }
        let first = usize::try_from(self.max_window_layers.unwrap_or(28)).unwrap_or(usize::MAX);
        Ok((0..layers).map(|layer| layer >= first).collect())
    }

    fn windows(&self, sliding: &[bool]) -> Result<Vec<Option<usize>>, LoadError> {
        let window = self.sliding_window.or(Some(4096)).filter(|_| sliding.contains(&true));
        let window = window.map(|window| size("sliding_window", Some(window), 1 << 30)).transpose()?;
        Ok(sliding.iter().map(|&slides| window.filter(|_| slides)).collect())
    }

    fn eos(&self, generation: Option<&[u8]>, default: Option<u32>) -> Result<Vec<u32>, LoadError> {
        let generation: GenerationFile = match generation {
            None => GenerationFile::default(),
            Some(json) => serde_json::from_slice(json)
                .map_err(|source| LoadError::Json { file: "generation_config.json".into(), source })?,
        };
        let ids = generation.eos_token_id.map(TokenIds::into_vec).filter(|ids| !ids.is_empty());
        let own = || self.eos_token_id.or(default.map(TokenIds::One));
        Ok(ids.or_else(|| own().map(TokenIds::into_vec)).unwrap_or_default())
    }
}
