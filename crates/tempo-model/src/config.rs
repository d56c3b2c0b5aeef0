//! `config.json` as it is written, and the decoder it describes.
//!
//! The families differ in defaults and in a few switches, not in the model: [`ConfigFile`] has an `Option` for
//! everything a file may say, [`DecoderConfig`] has none.

use serde::Deserialize;

use crate::error::LoadError;
use crate::rope::{RopeConfig, RopeFile};

/// A decoder family, `model_type` in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Llama 1 to 3, `SmolLM`, `TinyLlama` and many more.
    Llama,
    /// Mistral, with its sliding window.
    Mistral,
    /// Qwen 2 and 2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen 3: queries and keys are normalised per head.
    Qwen3,
}

impl Architecture {
    const ALL: [Self; 4] = [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3];

    /// The name in `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }
}

/// One token id, several, or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum TokenIds {
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
pub(crate) struct GenerationFile {
    eos_token_id: Option<TokenIds>,
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
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    #[serde(default)]
    sliding_window: WindowFile,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<u64>,
    layer_types: Option<Vec<String>>,
    partial_rotary_factor: Option<f64>,
    eos_token_id: Option<TokenIds>,
    quantization_config: Option<serde_json::Value>,
    #[serde(flatten)]
    rope: RopeFile,
}

/// `sliding_window`, where absent and `null` differ: the default is a window of 4096, `null` turns it off.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(from = "Option<u64>")]
enum WindowFile {
    #[default]
    Absent,
    Null,
    Sets(u64),
}

impl From<Option<u64>> for WindowFile {
    fn from(value: Option<u64>) -> Self {
        value.map_or(Self::Null, Self::Sets)
    }
}

impl WindowFile {
    fn sets(self) -> Option<u64> {
        match self {
            Self::Absent => Some(4096),
            Self::Null => None,
            Self::Sets(sets) => Some(sets),
        }
    }
}

/// A decoder, resolved: nothing is optional that the model needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// The family.
    pub architecture: Architecture,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward block.
    pub intermediate: usize,
    /// Decoder layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Size of one head; even.
    pub head_dim: usize,
    /// Logits per row.
    pub vocab: usize,
    /// The longest text the model was made for.
    pub max_positions: usize,
    /// Added to the mean square before its root is taken.
    pub rms_norm_eps: f64,
    /// Angles.
    pub rope: RopeConfig,
    /// Sliding window of each layer, in sets; `None` sees everything.
    pub windows: Vec<Option<usize>>,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Queries and keys are normalised per head before they are turned.
    pub qk_norm: bool,
    /// The embedding is the output matrix, too.
    pub tied: bool,
    /// Tokens that end a text.
    pub eos: Vec<u32>,
}

/// Which projections have a bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Biases {
    /// Queries, keys and values.
    pub qkv: bool,
    /// The attention's output.
    pub output: bool,
    /// The feed-forward block.
    pub mlp: bool,
}

impl ConfigFile {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// When it is not JSON or a key has the wrong type.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        serde_json::from_slice(json).map_err(|source| LoadError::Json { file: "config.json".into(), source })
    }

    /// `model_type` as written.
    pub fn model_type(&self) -> &str {
        self.model_type.as_deref().unwrap_or("(no model_type)")
    }

    fn architecture(&self) -> Option<Architecture> {
        Architecture::ALL.into_iter().find(|a| Some(a.name()) == self.model_type.as_deref())
    }

    /// Everything the file asks for that this crate does not do, in words; empty when the model can be loaded.
    pub fn unsupported(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.architecture().is_none() {
            let names = Architecture::ALL.map(Architecture::name).join(", ");
            found.push(format!("model_type {} (supported: {names})", self.model_type()));
        }
        if let Some(act) = self.hidden_act.as_deref().filter(|act| *act != "silu") {
            found.push(format!("hidden_act {act} (supported: silu)"));
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
        found.extend(self.rope.unsupported());
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
        let (true, Some(architecture)) = (unsupported.is_empty(), self.architecture()) else {
            return Err(LoadError::Unsupported { what: unsupported.join("; ") });
        };
        let hidden = size("hidden_size", self.hidden_size, 1 << 17)?;
        let layers = size("num_hidden_layers", self.num_hidden_layers, 1 << 10)?;
        let heads = size("num_attention_heads", self.num_attention_heads, 1 << 12)?;
        let kv_heads = match (self.num_key_value_heads, architecture) {
            (None, Architecture::Mistral) => 8,
            (None, _) => heads,
            (given, _) => size("num_key_value_heads", given, 1 << 12)?,
        };
        let head_dim = match (self.head_dim, architecture) {
            (None, Architecture::Qwen3) => 128,
            (None, _) => hidden / heads,
            (given, _) => size("head_dim", given, 1 << 12)?,
        };
        demand(heads.is_multiple_of(kv_heads), "num_key_value_heads", "a divisor of num_attention_heads", &kv_heads)?;
        demand(head_dim > 0 && head_dim.is_multiple_of(2), "head_dim", "even and at least 2", &head_dim)?;
        let rms_norm_eps = self.rms_norm_eps.unwrap_or(1e-6);
        demand(rms_norm_eps > 0.0 && rms_norm_eps < 1.0, "rms_norm_eps", "between 0 and 1", &rms_norm_eps)?;
        let default_positions = match architecture {
            Architecture::Llama => 2048,
            Architecture::Mistral => 131_072,
            Architecture::Qwen2 | Architecture::Qwen3 => 32_768,
        };
        let positions = self.max_position_embeddings.or(Some(default_positions));
        let (bias, family) = (self.attention_bias.unwrap_or(false), architecture);
        let biased = bias && matches!(family, Architecture::Llama | Architecture::Qwen3);
        Ok(DecoderConfig {
            architecture,
            hidden,
            intermediate: size("intermediate_size", self.intermediate_size, 1 << 20)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            vocab: size("vocab_size", self.vocab_size, 1 << 22)?,
            max_positions: size("max_position_embeddings", positions, 1 << 30)?,
            rms_norm_eps,
            rope: self.rope.resolve()?,
            windows: self.windows(architecture, layers)?,
            biases: Biases {
                qkv: biased || family == Architecture::Qwen2,
                output: biased,
                mlp: self.mlp_bias.unwrap_or(false) && family == Architecture::Llama,
            },
            qk_norm: family == Architecture::Qwen3,
            tied: self.tie_word_embeddings.unwrap_or(false),
            eos: self.eos(generation)?,
        })
    }

    fn windows(&self, architecture: Architecture, layers: usize) -> Result<Vec<Option<usize>>, LoadError> {
        let window = match architecture {
            Architecture::Llama => None,
            Architecture::Mistral => self.sliding_window.sets(),
            Architecture::Qwen2 | Architecture::Qwen3 => {
                self.sliding_window.sets().filter(|_| self.use_sliding_window.unwrap_or(false))
            }
        };
        let Some(window) = window else { return Ok(vec![None; layers]) };
        let window = Some(size("sliding_window", Some(window), 1 << 30)?);
        if architecture == Architecture::Mistral {
            return Ok(vec![window; layers]);
        }
        if let Some(kinds) = &self.layer_types {
            demand(kinds.len() == layers, "layer_types", "one entry per layer", &kinds.len())?;
            return Ok(kinds.iter().map(|kind| window.filter(|_| kind == "sliding_attention")).collect());
        }
        let first = usize::try_from(self.max_window_layers.unwrap_or(28)).unwrap_or(usize::MAX);
        Ok((0..layers).map(|layer| window.filter(|_| layer >= first)).collect())
    }

    fn eos(&self, generation: Option<&[u8]>) -> Result<Vec<u32>, LoadError> {
        let generation: GenerationFile = match generation {
            None => GenerationFile::default(),
            Some(json) => serde_json::from_slice(json)
                .map_err(|source| LoadError::Json { file: "generation_config.json".into(), source })?,
        };
        let ids = generation.eos_token_id.map(TokenIds::into_vec).filter(|ids| !ids.is_empty());
        Ok(ids.or_else(|| self.eos_token_id.clone().map(TokenIds::into_vec)).unwrap_or_default())
    }
}

/// A size that has to be there, is not zero and stays below what any model has: numbers that lie must not allocate.
fn size(field: &'static str, value: Option<u64>, most: u64) -> Result<usize, LoadError> {
    let allowed = || format!("from 1 to {most}");
    let Some(value) = value else {
        return Err(LoadError::Config { field, allowed: allowed(), found: "nothing".into() });
    };
    match usize::try_from(value) {
        Ok(size) if value >= 1 && value <= most => Ok(size),
        _ => Err(LoadError::Config { field, allowed: allowed(), found: value.to_string() }),
    }
}

/// Refuses `found` unless `holds`.
pub(crate) fn demand(holds: bool, field: &'static str, allowed: &str, found: &impl ToString) -> Result<(), LoadError> {
    if holds { Ok(()) } else { Err(LoadError::Config { field, allowed: allowed.into(), found: found.to_string() }) }
}

#[cfg(test)]
mod tests;
