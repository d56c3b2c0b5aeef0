//! Tensor names: llama.cpp's and Hugging Face's.

/// Names outside of the layers: in GGUF files, and in Hugging Face's checkpoints.
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

/// Hugging Face's name of a GGUF tensor; `None` for one that its checkpoints do not have, as `rope_freqs.weight`.
///
/// `own` are the names within a layer, of both kinds, in which a family differs: its norms but the first, joined matrices.
pub fn hugging_face_name(gguf: &str, own: &[(&str, &str)]) -> Option<String> {
    if let Some((_, name)) = OUTER.iter().find(|(each, _)| *each == gguf) {
        return Some((*name).to_owned());
    }
    let (digits, rest) = gguf.strip_prefix("blk.")?.split_once('.')?;
    let (part, ending) = rest.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "weight" | "bias"))?;
    // Only as programs write it, so that no two names mean the same.
    let layer = digits.parse::<u32>().ok().filter(|layer| layer.to_string() == digits)?;
    let (_, name) = own.iter().chain(&INNER).find(|(each, _)| *each == part)?;
    Some(format!("model.layers.{layer}.{name}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_meaning() {
        let name = |gguf| hugging_face_name(gguf, &[("ffn_norm", "post_attention_layernorm")]);
        assert_eq!(name("output.weight").unwrap(), "lm_head.weight");
        let joined = hugging_face_name("blk.7.ffn_up.weight", &[("ffn_up", "mlp.gate_up_proj")]);
        assert_eq!(joined.unwrap(), "model.layers.7.mlp.gate_up_proj.weight");
        assert_eq!(name("blk.12.attn_q.bias").unwrap(), "model.layers.12.self_attn.q_proj.bias");
        assert_eq!(name("blk.0.ffn_norm.weight").unwrap(), "model.layers.0.post_attention_layernorm.weight");
        let odd =
            ["rope_freqs.weight", "blk.0", "blk.x.attn_q.weight", "blk.00.attn_q.weight", "blk.0.attn_q.scale", ""];
        assert!(odd.iter().all(|gguf| name(gguf).is_none()));
    }
}
