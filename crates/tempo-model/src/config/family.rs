//! Families of decoders: one row each, with everything that sets it apart from the others.
//!
//! Both readers of configurations, of `config.json` and of GGUF files, and the list of tensors read these rows; nothing
//! else in this project asks for a family by name.

use tempo_kernels::Activation;

use super::RopeConfig;
use super::rope::SHARE;
use super::traits::{
    ActivationKey, AttentionBias, Caps, Defaults, Family, GgufFamily, GgufWindow, Names, Norms, QkNorm, Windows,
};

const SILU: ActivationKey = ActivationKey { key: "hidden_act", value: "silu", activation: Activation::Silu };

/// Llama 1 to 3, `SmolLM`, `TinyLlama` and many more.
const LLAMA: Family = Family {
    name: "llama",
    part_of: None,
    gguf: Some(LLAMA_GGUF),
    defaults: Defaults {
        hidden: None,
        intermediate: None,
        layers: None,
        heads: None,
        kv_heads: None,
        head_dim: None,
        vocab: None,
        max_positions: 2048,
        theta: 10_000.0,
        tied: false,
        eos: None,
        rms_norm_eps: 1e-6,
        window: Some(4096),
    },
    activation: SILU,
    norms: Norms::Before,
    names: Names::Llama,
    neox: false,
    norm_offset: 0.0,
    qk_norm: QkNorm::None,
    windows: Windows::Never,
    partial_rotation: None,
    local_theta: None,
    unturned: None,
    attention_bias: AttentionBias::ByKey,
    mlp_bias: true,
    scaled_embedding: false,
    query_scalar: None,
    caps: None,
    multipliers: false,
};

const LLAMA_GGUF: GgufFamily =
    GgufFamily { name: "llama", permuted: true, layers_scaled_by_width: None, window: GgufWindow::Unread };

/// Mistral, with its sliding window. Its GGUF files say `llama`.
const MISTRAL: Family = Family {
    name: "mistral",
    gguf: None,
    defaults: Defaults { kv_heads: Some(8), max_positions: 131_072, ..LLAMA.defaults },
    windows: Windows::Always,
    attention_bias: AttentionBias::Never,
    mlp_bias: false,
    ..LLAMA
};

/// Qwen 2 and 2.5: biases on queries, keys and values.
const QWEN2: Family = Family {
    name: "qwen2",
    gguf: Some(GgufFamily { name: "qwen2", permuted: false, ..LLAMA_GGUF }),
    defaults: Defaults { max_positions: 32_768, ..LLAMA.defaults },
    windows: Windows::Switched,
    attention_bias: AttentionBias::Qkv,
    mlp_bias: false,
    ..LLAMA
};

/// Qwen 3: queries and keys are normalised per head.
const QWEN3: Family = Family {
    name: "qwen3",
    gguf: Some(GgufFamily { name: "qwen3", permuted: false, ..LLAMA_GGUF }),
    defaults: Defaults { head_dim: Some(128), ..QWEN2.defaults },
    qk_norm: QkNorm::PerHead,
    attention_bias: AttentionBias::ByKey,
    ..QWEN2
};

/// The text part of Gemma 3: four norms per layer, layers with a window and angles of their own.
const GEMMA3: Family = Family {
    name: "gemma3_text",
    part_of: Some("gemma3"),
    gguf: Some(GgufFamily {
        name: "gemma3",
        permuted: false,
        layers_scaled_by_width: Some(62),
        window: GgufWindow::Read(None),
    }),
    defaults: Defaults {
        hidden: Some(2304),
        intermediate: Some(9216),
        layers: Some(26),
        heads: Some(8),
        kv_heads: Some(4),
        head_dim: Some(256),
        vocab: Some(262_208),
        max_positions: 131_072,
        theta: 1_000_000.0,
        tied: true,
        eos: Some(1),
        ..LLAMA.defaults
    },
    activation: ActivationKey {
        key: "hidden_activation",
        value: "gelu_pytorch_tanh",
        activation: Activation::GeluTanh,
    },
    norms: Norms::Around,
    norm_offset: 1.0,
    qk_norm: QkNorm::PerHead,
    windows: Windows::Pattern(6),
    local_theta: Some(10_000.0),
    attention_bias: AttentionBias::ByKey,
    mlp_bias: false,
    scaled_embedding: true,
    query_scalar: Some(256.0),
    caps: Some(Caps { attention: None, logits: None }),
    ..LLAMA
};

/// Gemma 2: four norms per layer and capped logits; every other layer has a window.
const GEMMA2: Family = Family {
    name: "gemma2",
    part_of: None,
    gguf: Some(GgufFamily {
        name: "gemma2",
        permuted: false,
        layers_scaled_by_width: Some(46),
        window: GgufWindow::Read(Some(4096)),
    }),
    defaults: Defaults { vocab: Some(256_000), max_positions: 8192, theta: 10_000.0, ..GEMMA3.defaults },
    qk_norm: QkNorm::None,
    windows: Windows::Pattern(2),
    local_theta: None,
    caps: Some(Caps { attention: Some(50.0), logits: Some(30.0) }),
    ..GEMMA3
};

/// Granite 3: a llama with factors.
const GRANITE: Family = Family {
    name: "granite",
    gguf: Some(GgufFamily { name: "granite", ..LLAMA_GGUF }),
    defaults: Defaults { eos: Some(2), ..LLAMA.defaults },
    multipliers: true,
    ..LLAMA
};

/// `SmolLM3`: a llama whose every fourth layer turns nothing.
const SMOLLM3: Family = Family {
    name: "smollm3",
    gguf: Some(GgufFamily { name: "smollm3", ..LLAMA_GGUF }),
    defaults: Defaults {
        kv_heads: Some(4),
        max_positions: 32_768,
        theta: 2_000_000.0,
        tied: true,
        eos: Some(128_001),
        window: None,
        ..LLAMA.defaults
    },
    windows: Windows::Switched,
    unturned: Some(4),
    ..LLAMA
};

/// Phi 3 and 4: joined matrices, a window on all layers or none, and angles of its own for long texts.
const PHI3: Family = Family {
    name: "phi3",
    gguf: Some(GgufFamily {
        name: "phi3",
        permuted: false,
        layers_scaled_by_width: None,
        window: GgufWindow::Read(None),
    }),
    defaults: Defaults { max_positions: 4096, eos: Some(32_000), rms_norm_eps: 1e-5, window: None, ..LLAMA.defaults },
    names: Names::Joined,
    windows: Windows::Always,
    partial_rotation: Some((SHARE, 1.0)),
    attention_bias: AttentionBias::Never,
    mlp_bias: false,
    ..LLAMA
};

/// `OLMo` 2: it normalises what its blocks give only, and queries and keys over all heads.
const OLMO2: Family = Family {
    name: "olmo2",
    gguf: Some(GgufFamily {
        name: "olmo2",
        permuted: false,
        layers_scaled_by_width: None,
        window: GgufWindow::Refused,
    }),
    defaults: Defaults { eos: Some(50_279), rms_norm_eps: 1e-5, ..LLAMA.defaults },
    norms: Norms::After,
    qk_norm: QkNorm::AllHeads,
    mlp_bias: false,
    ..LLAMA
};

/// GPT-NeoX, as Pythia: blocks side by side, a quarter of each head turned.
const GPT_NEOX: Family = Family {
    name: "gpt_neox",
    gguf: Some(GgufFamily { name: "gptneox", permuted: false, ..LLAMA_GGUF }),
    defaults: Defaults { eos: Some(2), rms_norm_eps: 1e-5, ..LLAMA.defaults },
    activation: ActivationKey { key: "hidden_act", value: "gelu", activation: Activation::Gelu },
    names: Names::NeoX,
    neox: true,
    partial_rotation: Some(("rotary_pct", 0.25)),
    ..LLAMA
};

impl Family {
    /// All that are known.
    pub const ALL: [&Self; 11] =
        [&LLAMA, &MISTRAL, &QWEN2, &QWEN3, &GEMMA2, &GEMMA3, &GPT_NEOX, &GRANITE, &OLMO2, &PHI3, &SMOLLM3];

    /// The family of this `model_type`.
    pub(crate) fn named(model_type: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|family| family.name == model_type)
    }

    /// Those with GGUF files of their own.
    pub(crate) fn in_gguf() -> impl Iterator<Item = (&'static Self, &'static GgufFamily)> {
        Self::ALL.into_iter().filter_map(|family| Some((family, family.gguf.as_ref()?)))
    }

    /// Which of its kinds of angles each layer has: the second where it has a window and those have angles of their own, or
    /// where it turns nothing.
    pub(crate) fn layer_ropes(&self, sliding: &[bool], unturned: &[bool]) -> Vec<usize> {
        let second = |(&slides, &still): (&bool, &bool)| still || slides && self.local_theta.is_some();
        sliding.iter().zip(unturned).map(|layer| usize::from(second(layer))).collect()
    }

    /// Its kinds of angles: those of most layers; those of layers with a window, where they differ; those of layers that
    /// turn nothing, where there are some.
    pub(crate) fn ropes(most: RopeConfig, window: Option<RopeConfig>, unturned: &[bool]) -> Vec<RopeConfig> {
        let still = unturned.contains(&true).then(|| RopeConfig { rotated: 0, ..most.clone() });
        std::iter::once(most).chain(window).chain(still).collect()
    }

    /// What the embedding of a model this wide is multiplied with.
    pub(crate) fn embedding_scale(&self, hidden: usize) -> f64 {
        if self.scaled_embedding { (hidden as f64).sqrt() } else { 1.0 }
    }

    /// Hugging Face's name of a GGUF tensor; `None` for one that Hugging Face's checkpoints do not have.
    pub(crate) fn hugging_face_name(&self, gguf: &str) -> Option<String> {
        if self.names != Names::NeoX {
            return tempo_gguf::hugging_face_name(gguf, self.own_names());
        }
        Some(match gguf {
            "token_embd.weight" => "gpt_neox.embed_in.weight".into(),
            "output_norm.weight" => "gpt_neox.final_layer_norm.weight".into(),
            "output_norm.bias" => "gpt_neox.final_layer_norm.bias".into(),
            "output.weight" => "embed_out.weight".into(),
            _ => tempo_gguf::hugging_face_name(gguf, self.own_names())?.replacen("model.", "gpt_neox.", 1),
        })
    }

    /// Names in a layer in which it differs. Hugging Face calls the second of two norms after what it follows, llama.cpp
    /// after what it precedes; where there are others, both say which is which. Joined halves have the second's name in
    /// llama.cpp.
    fn own_names(&self) -> &'static [(&'static str, &'static str)] {
        match (self.norms, self.names) {
            (Norms::Before, Names::Llama) => &[("ffn_norm", "post_attention_layernorm")],
            (Norms::Before, Names::NeoX) => &[
                ("ffn_norm", "post_attention_layernorm"),
                ("attn_qkv", "attention.query_key_value"),
                ("attn_output", "attention.dense"),
                ("ffn_up", "mlp.dense_h_to_4h"),
                ("ffn_down", "mlp.dense_4h_to_h"),
            ],
            (Norms::Before, Names::Joined) => &[
                ("ffn_norm", "post_attention_layernorm"),
                ("attn_qkv", "self_attn.qkv_proj"),
                ("ffn_up", "mlp.gate_up_proj"),
            ],
            (Norms::Around | Norms::After, _) => &[
                ("post_attention_norm", "post_attention_layernorm"),
                ("ffn_norm", "pre_feedforward_layernorm"),
                ("post_ffw_norm", "post_feedforward_layernorm"),
            ],
        }
    }
}

/// The last of every so many layers.
pub(crate) fn every(interval: usize, layers: usize) -> Vec<bool> {
    (1..=layers).map(|layer| layer.is_multiple_of(interval)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_norm_of_a_layer_depends_on_the_family() {
        let name = |family: &Family, part: &str| family.hugging_face_name(&format!("blk.3.{part}.weight"));
        for family in [&LLAMA, &MISTRAL, &QWEN2, &QWEN3] {
            assert_eq!(name(family, "ffn_norm").unwrap(), "model.layers.3.post_attention_layernorm.weight");
            assert_eq!(name(family, "post_attention_norm"), None);
        }
        let gemma = |part| name(&GEMMA3, part).unwrap();
        assert_eq!(gemma("attn_norm"), "model.layers.3.input_layernorm.weight");
        assert_eq!(gemma("post_attention_norm"), "model.layers.3.post_attention_layernorm.weight");
        assert_eq!(gemma("ffn_norm"), "model.layers.3.pre_feedforward_layernorm.weight");
        assert_eq!(gemma("post_ffw_norm"), "model.layers.3.post_feedforward_layernorm.weight");
    }
}
