//! What families differ in.

use tempo_kernels::Activation;

/// A family of decoders.
#[derive(Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Family {
    /// `model_type` in `config.json`, and the name in reports.
    pub name: &'static str,
    /// Whether queries and keys are normalised before they are turned.
    pub qk_norm: QkNorm,
    /// `model_type` of models that have a decoder of this family beside other parts, as their `text_config`.
    pub(crate) part_of: Option<&'static str>,
    /// How its GGUF files differ; `None` where they come under the name of another family.
    pub(crate) gguf: Option<GgufFamily>,
    /// What its files may leave out.
    pub(crate) defaults: Defaults,
    /// Between the halves of the feed-forward block.
    pub(crate) activation: ActivationKey,
    /// Where a layer normalises.
    pub(crate) norms: Norms,
    /// How its files name and join matrices.
    pub(crate) names: Names,
    /// Its blocks are those of GPT-NeoX: no gate, norms that subtract a mean and have biases, biases of all projections
    /// (of the attention unless `attention_bias` says no), and blocks that read the same rows unless
    /// `use_parallel_residual` says no.
    pub(crate) neox: bool,
    /// Added to the norms' weights of a Hugging Face checkpoint when they are loaded.
    pub(crate) norm_offset: f64,
    /// Which layers have a sliding window.
    pub(crate) windows: Windows,
    /// Another key of its files than `partial_rotary_factor` for the share of a head's numbers that is turned, and what it is
    /// where none is there; `None` where all are turned and neither is a key.
    pub(crate) partial_rotation: Option<(&'static str, f64)>,
    /// Base of the angles of layers with a window, where those have angles of their own, which are never scaled.
    pub(crate) local_theta: Option<f64>,
    /// Every so many layers one turns nothing, where `no_rope_layer_interval` or `no_rope_layers` does not say otherwise.
    pub(crate) unturned: Option<u64>,
    /// Biases of the attention.
    pub(crate) attention_bias: AttentionBias,
    /// `mlp_bias` is a key of its files.
    pub(crate) mlp_bias: bool,
    /// The embedding is multiplied by the root of the width.
    pub(crate) scaled_embedding: bool,
    /// The default of `query_pre_attn_scalar`, whose inverse root multiplies the queries; `None` where that is the size of
    /// a head and no key.
    pub(crate) query_scalar: Option<f64>,
    /// What caps on logits are where its files do not say; `None` where they are no keys of its files.
    pub(crate) caps: Option<Caps>,
    /// Factors of the embedding, of what blocks give, of queries and of logits are keys of its files.
    pub(crate) multipliers: bool,
}

/// What files of a family may leave out; `None` is a size that they have to name, or that follows from others.
#[derive(Debug, PartialEq)]
pub(crate) struct Defaults {
    pub(crate) hidden: Option<u64>,
    pub(crate) intermediate: Option<u64>,
    pub(crate) layers: Option<u64>,
    pub(crate) heads: Option<u64>,
    pub(crate) kv_heads: Option<u64>,
    pub(crate) head_dim: Option<u64>,
    pub(crate) vocab: Option<u64>,
    pub(crate) max_positions: u64,
    pub(crate) theta: f64,
    pub(crate) tied: bool,
    pub(crate) eos: Option<u32>,
    pub(crate) rms_norm_eps: f64,
    /// Of layers that have a sliding window.
    pub(crate) window: Option<u64>,
}

/// Bounds of logits; `None` bounds nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Caps {
    pub(crate) attention: Option<f64>,
    pub(crate) logits: Option<f64>,
}

/// How GGUF files of a family differ.
#[derive(Debug, PartialEq)]
pub(crate) struct GgufFamily {
    /// `general.architecture`
    pub(crate) name: &'static str,
    /// Rows of queries and keys are in llama.cpp's order: see [`tempo_gguf::unpermuted_row`].
    pub(crate) permuted: bool,
    /// llama.cpp knows one size of model by its layers and scales its queries by the width that a head would have if heads
    /// filled the residual stream.
    pub(crate) layers_scaled_by_width: Option<u64>,
    /// What llama.cpp makes of a sliding window.
    pub(crate) window: GgufWindow,
}

/// What llama.cpp makes of a sliding window that a file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GgufWindow {
    /// It computes without it.
    Unread,
    /// Layers have it by the family's rule; this one where the file names none.
    Read(Option<u64>),
    /// It is the mark of another family under the same name.
    Refused,
}

/// The activation and its name in `config.json`. Others are refused.
#[derive(Debug, PartialEq)]
pub(crate) struct ActivationKey {
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
    pub(crate) activation: Activation,
}

/// What matrices are called, and which of them are one in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// As Llama has them.
    Llama,
    /// Queries, keys and values are one, and so are the halves of the feed-forward block.
    Joined,
    /// As GPT-NeoX has them: queries, keys and values are one.
    NeoX,
}

/// Where a layer normalises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Norms {
    /// What each of its two blocks is given.
    Before,
    /// That, and what each of them gives.
    Around,
    /// What each of them gives.
    After,
}

/// How queries and keys are normalised before they are turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QkNorm {
    /// Not at all.
    None,
    /// Each head by itself, with one vector of weights for all heads.
    PerHead,
    /// All heads together.
    AllHeads,
}

/// Which layers have a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// None.
    Never,
    /// All.
    Always,
    /// Where `use_sliding_window` says so, the layers from `max_window_layers` on or those in `layer_types`.
    Switched,
    /// All but every so many, or those in `layer_types`.
    Pattern(u64),
}

/// Biases of the attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttentionBias {
    /// None.
    Never,
    /// Queries, keys and values.
    Qkv,
    /// Those and the output, where `attention_bias` says so.
    ByKey,
}
