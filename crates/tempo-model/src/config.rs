//! The decoder that a `config.json` describes.
//!
//! The families differ in defaults and in a few switches, not in the model: a [`Family`] is a row of a table.
//! [`ConfigFile`] has an `Option` for everything a file may say, [`DecoderConfig`] has none.

mod check;
mod family;
mod file;
mod keys;
mod multipliers;
mod rope;
mod traits;

pub(crate) use family::every;
pub use file::ConfigFile;
pub(crate) use multipliers::Multipliers;
pub use rope::{RopeConfig, RopeScaling};
pub(crate) use traits::{Caps, GgufFamily, GgufWindow, Names, Norms, Windows};
pub use traits::{Family, QkNorm};

/// A decoder, resolved: nothing is optional that the model needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// The family.
    pub family: &'static Family,
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
    /// Added to the mean square before its root is taken, with the factor of what blocks give folded in.
    pub rms_norm_eps: f64,
    /// Every kind of angles that some layers have; the first are those of layers that see everything.
    pub ropes: Vec<RopeConfig>,
    /// Which of `ropes` each layer has.
    pub layer_ropes: Vec<usize>,
    /// Sliding window of each layer, in sets; `None` sees everything.
    pub windows: Vec<Option<usize>>,
    /// Multiplies the embedding, with the factor of what blocks give folded in.
    pub embedding_scale: f64,
    /// Multiplies the logits: part of the last norm once that is loaded.
    pub logit_scale: f64,
    /// Multiplies the queries.
    pub attention_scale: f64,
    /// Attention logits become `cap * tanh(x / cap)`, before the mask.
    pub attention_cap: Option<f64>,
    /// The model's logits become `cap * tanh(x / cap)`.
    pub logit_cap: Option<f64>,
    /// Which projections have a bias.
    pub biases: Biases,
    /// The feed-forward block is given what the attention is given.
    pub parallel: bool,
    /// Where queries, keys and values are one matrix, those of a head lie together.
    pub by_head: bool,
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

#[cfg(test)]
mod tests;
