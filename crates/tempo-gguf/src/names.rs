//! Tensor names: llama.cpp's and Hugging Face's.

use crate::model::Architecture;

/// Names outside of the layers.
const OUTER: [(&str, &str); 3] = [
    ("token_embd.weight", "model.embed_tokens.weight"),
    ("output_norm.weight", "model.norm.weight"),
    ("output.weight", "lm_head.weight"),
];

/// Names within a layer, without `.weight` and `.bias`, that mean the same everywhere.
const INNER: [(&str, &str); 10] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// Two norms in a layer: Hugging Face names the second after what it follows, llama.cpp after what it precedes.
const TWO_NORMS: &[(&str, &str)] = &[("ffn_norm", "post_attention_layernorm")];

/// Gemma's four norms in a layer; the word `post_attention` means something else there.
const FOUR_NORMS: &[(&str, &str)] = &[
    ("post_attention_norm", "post_attention_layernorm"),
    ("ffn_norm", "pre_feedforward_layernorm"),
    ("post_ffw_norm", "post_feedforward_layernorm"),
];

impl Architecture {
    fn inner(self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let norms = match self {
            Self::Llama | Self::Qwen2 | Self::Qwen3 => TWO_NORMS,
            Self::Gemma3 => FOUR_NORMS,
        };
        INNER.iter().chain(norms)
    }

    /// Hugging Face's name of a GGUF tensor; `None` for one that Hugging Face's checkpoints do not have, as
    /// `rope_freqs.weight`.
    pub fn hugging_face_name(self, gguf: &str) -> Option<String> {
        if let Some((_, name)) = OUTER.iter().find(|(each, _)| *each == gguf) {
            return Some((*name).to_owned());
        }
        let (layer, rest) = layer_of(gguf.strip_prefix("blk.")?)?;
        let (part, ending) = ending_of(rest)?;
        let (_, name) = self.inner().find(|(each, _)| *each == part)?;
        Some(format!("model.layers.{layer}.{name}.{ending}"))
    }

    /// The GGUF name of a tensor of a Hugging Face checkpoint, the inverse of [`Architecture::hugging_face_name`].
    pub fn gguf_name(self, hugging_face: &str) -> Option<String> {
        if let Some((name, _)) = OUTER.iter().find(|(_, each)| *each == hugging_face) {
            return Some((*name).to_owned());
        }
        let (layer, rest) = layer_of(hugging_face.strip_prefix("model.layers.")?)?;
        let (part, ending) = ending_of(rest)?;
        let (name, _) = self.inner().find(|(_, each)| *each == part)?;
        Some(format!("blk.{layer}.{name}.{ending}"))
    }
}

/// The number of a layer, and what follows its dot. Only as programs write it, so that names have one form.
fn layer_of(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_once('.')?;
    let layer: u32 = digits.parse().ok()?;
    (layer.to_string() == digits).then_some((layer, rest))
}

/// What stands before `.weight` or `.bias`, and which.
fn ending_of(text: &str) -> Option<(&str, &str)> {
    let (part, ending) = text.rsplit_once('.')?;
    matches!(ending, "weight" | "bias").then_some((part, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_norm_of_a_layer_depends_on_the_family() {
        let name = |family: Architecture, part: &str| family.hugging_face_name(&format!("blk.3.{part}.weight"));
        for family in [Architecture::Llama, Architecture::Qwen2, Architecture::Qwen3] {
            assert_eq!(name(family, "ffn_norm").unwrap(), "model.layers.3.post_attention_layernorm.weight");
            assert_eq!(name(family, "post_attention_norm"), None);
        }
        let gemma = |part| name(Architecture::Gemma3, part).unwrap();
        assert_eq!(gemma("attn_norm"), "model.layers.3.input_layernorm.weight");
        assert_eq!(gemma("post_attention_norm"), "model.layers.3.post_attention_layernorm.weight");
        assert_eq!(gemma("ffn_norm"), "model.layers.3.pre_feedforward_layernorm.weight");
        assert_eq!(gemma("post_ffw_norm"), "model.layers.3.post_feedforward_layernorm.weight");
    }

    #[test]
    fn both_directions_agree() {
        for family in Architecture::ALL {
            let inner =
                family.inner().flat_map(|(part, _)| [format!("blk.12.{part}.weight"), format!("blk.0.{part}.bias")]);
            for name in inner.chain(OUTER.map(|(name, _)| name.to_owned())) {
                let there = family.hugging_face_name(&name).unwrap();
                assert_eq!(family.gguf_name(&there), Some(name));
            }
        }
    }

    #[test]
    fn other_names_have_no_counterpart() {
        let odd =
            ["rope_freqs.weight", "blk.0", "blk.x.attn_q.weight", "blk.00.attn_q.weight", "blk.0.attn_q.scale", ""];
        assert!(odd.iter().all(|name| Architecture::Llama.hugging_face_name(name).is_none()));
        assert_eq!(Architecture::Llama.gguf_name("model.layers.+1.mlp.up_proj.weight"), None);
    }
}
