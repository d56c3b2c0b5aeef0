//! The decoder that a `config.json` describes.
//!
//! The families differ in defaults and in a few switches, not in the model: [`ConfigFile`] has an `Option` for
//! everything a file may say, [`DecoderConfig`] has none.

mod file;

pub use file::ConfigFile;

use crate::error::LoadError;
use crate::rope::RopeConfig;

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
    /// The text part of Gemma 3: four norms per layer, layers with a window and angles of their own.
    Gemma3,
}

impl Architecture {
    const ALL: [Self; 5] = [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3, Self::Gemma3];

    /// The name in `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gemma3 => "gemma3_text",
        }
    }
}

/// What bends the gate of the feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x * sigmoid(x)`
    Silu,
    /// The tanh approximation of GELU.
    GeluTanh,
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
    /// Angles of the layers that see everything: the first of `ropes`.
    pub rope: RopeConfig,
    /// Every kind of angles that some layers have.
    pub ropes: Vec<RopeConfig>,
    /// Which of `ropes` each layer has.
    pub layer_ropes: Vec<usize>,
    /// Sliding window of each layer, in sets; `None` sees everything.
    pub windows: Vec<Option<usize>>,
    /// In the feed-forward block.
    pub activation: Activation,
    /// Multiplies the embedding.
    pub embedding_scale: f64,
    /// Multiplies the queries.
    pub attention_scale: f64,
    /// Attention logits become `cap * tanh(x / cap)`, before the mask.
    pub attention_cap: Option<f64>,
    /// The model's logits become `cap * tanh(x / cap)`.
    pub logit_cap: Option<f64>,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Queries and keys are normalised per head before they are turned.
    pub qk_norm: bool,
    /// What attention and feed-forward block give is normalised before it is added.
    pub out_norms: bool,
    /// Added to the weights of norms as they are stored, when they are loaded.
    pub norm_offset: f64,
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

/// Refuses `found` unless `holds`.
pub(crate) fn demand(holds: bool, field: &'static str, allowed: &str, found: &impl ToString) -> Result<(), LoadError> {
    if holds { Ok(()) } else { Err(LoadError::Config { field, allowed: allowed.into(), found: found.to_string() }) }
}

#[cfg(test)]
mod tests;
