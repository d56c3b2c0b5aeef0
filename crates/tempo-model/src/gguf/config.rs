//! The decoder that the metadata of a GGUF file describe, with what llama.cpp takes for granted.

use std::collections::BTreeMap;

use tempo_gguf::{Architecture as Family, GgufError, Header, ModelFacts, RopeScaling as Scaling};

use crate::checkpoint::TensorEntry;
use crate::config::{Activation, Architecture, Biases, DecoderConfig};
use crate::error::LoadError;
use crate::rope::{RopeConfig, RopeScaling};

/// Base of the angles in Gemma's layers with a window, and how often one has none, where the file does not tell.
const LOCAL_THETA: f32 = 10_000.0;
const PATTERN: u64 = 6;
/// llama.cpp knows Gemma 3 of 27 B by its layers; it alone scales its queries by another size than that of a head.
const LAYERS_OF_27B: u64 = 62;

/// Checks what the file says and fills in what its family takes for granted. `factors` are the numbers of
/// `rope_freqs.weight`, where the file has them; `tensors` decide about biases.
pub(super) fn decoder(
    file: &str,
    header: &Header,
    facts: &ModelFacts,
    factors: Option<Vec<f32>>,
    tensors: &BTreeMap<String, TensorEntry>,
) -> Result<DecoderConfig, LoadError> {
    let refuse = |source| LoadError::Gguf { file: file.to_owned(), source };
    let unsupported = unsupported(header, facts).map_err(refuse)?;
    if !unsupported.is_empty() {
        return Err(LoadError::Unsupported { what: unsupported.join("; ") });
    }
    let size = |key, value, most| size(facts, key, value, most).map_err(refuse);
    let family = facts.architecture;
    let gemma3 = family == Family::Gemma3;
    let hidden = size("embedding_length", facts.hidden, 1 << 17)?;
    let layers = size("block_count", facts.layers, 1 << 10)?;
    let heads = size("attention.head_count", facts.heads, 1 << 12)?;
    let head_dim = size("attention.key_length", facts.head_dim, 1 << 12)?;
    let windows = windows(facts, layers).map_err(refuse)?;
    let rope = RopeConfig {
        theta: facts.rope_theta.into(),
        scaling: match (&facts.rope_scaling, factors) {
            (_, Some(factors)) => self::factors(factors, head_dim).map_err(refuse)?,
            (Scaling::Linear { factor }, None) => RopeScaling::Linear { factor: f64::from(*factor) },
            (_, None) => RopeScaling::Default,
        },
    };
    // Layers with a window have angles of their own, which are never scaled.
    let local = gemma3.then(|| RopeConfig {
        theta: facts.rope_theta_local.unwrap_or(LOCAL_THETA).into(),
        scaling: RopeScaling::Default,
    });
    let number = |name: &str| header.optional::<f32>(&key(facts, name)).map(|found| found.map(f64::from));
    let own_scale = number("attention.scale").map_err(refuse)?.filter(|scale| scale.is_finite() && *scale > 0.0);
    let scaled_by = if gemma3 && facts.layers == LAYERS_OF_27B { hidden / heads } else { head_dim };
    let biased = |part: &str| tensors.contains_key(&format!("model.layers.0.{part}.bias"));
    Ok(DecoderConfig {
        architecture: match family {
            Family::Llama => Architecture::Llama,
            Family::Qwen2 => Architecture::Qwen2,
            Family::Qwen3 => Architecture::Qwen3,
            Family::Gemma3 => Architecture::Gemma3,
        },
        hidden,
        intermediate: size("feed_forward_length", facts.intermediate, 1 << 20)?,
        layers,
        heads,
        kv_heads: size("attention.head_count_kv", facts.kv_heads, 1 << 12)?,
        head_dim,
        vocab: size("vocab_size", facts.vocab, 1 << 22)?,
        max_positions: size("context_length", facts.max_positions, 1 << 30)?,
        rms_norm_eps: facts.rms_norm_eps.into(),
        ropes: std::iter::once(rope.clone()).chain(local).collect(),
        rope,
        layer_ropes: windows.iter().map(|window| usize::from(gemma3 && window.is_some())).collect(),
        windows,
        activation: if gemma3 { Activation::GeluTanh } else { Activation::Silu },
        embedding_scale: if gemma3 { (hidden as f64).sqrt() } else { 1.0 },
        attention_scale: own_scale.unwrap_or_else(|| (scaled_by as f64).sqrt().recip()),
        attention_cap: number("attn_logit_softcapping").map_err(refuse)?.filter(|cap| gemma3 && *cap > 0.0),
        logit_cap: facts.final_logit_softcap.map(f64::from).filter(|_| gemma3),
        biases: Biases {
            qkv: biased("self_attn.q_proj"),
            output: biased("self_attn.o_proj"),
            mlp: biased("mlp.down_proj"),
        },
        qk_norm: matches!(family, Family::Qwen3 | Family::Gemma3),
        out_norms: gemma3,
        // Whoever wrote the file has added it where there is one.
        norm_offset: 0.0,
        tied: facts.tied,
        eos: facts.eos_ids.clone(),
    })
}

fn key(facts: &ModelFacts, name: &str) -> String {
    format!("{}.{name}", facts.architecture.name())
}

/// Everything the file asks for that this crate does not do, in words.
fn unsupported(header: &Header, facts: &ModelFacts) -> Result<Vec<String>, GgufError> {
    let mut found = Vec::new();
    if let Scaling::Other { name, .. } = &facts.rope_scaling {
        found.push(format!("rope scaling {name} (supported: none, linear, llama3 by {})", super::source::ROPE_FACTORS));
    }
    if facts.rope_factors && (facts.architecture != Family::Llama || facts.rope_scaling != Scaling::None) {
        let name = super::source::ROPE_FACTORS;
        found.push(format!("{name} beside other angles (supported: llama without another scaling)"));
    }
    if facts.rotated != facts.head_dim {
        let ModelFacts { rotated, head_dim, .. } = facts;
        found.push(format!("a rotation of {rotated} elements in heads of {head_dim} (supported: of all of them)"));
    }
    let experts = header.optional::<u64>(&key(facts, "expert_count"))?.unwrap_or(0);
    if experts > 0 {
        found.push(format!("a mixture of {experts} experts (supported: none)"));
    }
    Ok(found)
}

/// Numbers that lie must not allocate, and products of two must not overflow.
fn size(facts: &ModelFacts, name: &str, value: u64, most: u64) -> Result<usize, GgufError> {
    match usize::try_from(value) {
        Ok(size) if (1..=most).contains(&value) => Ok(size),
        _ => Err(GgufError::KeyValue {
            key: key(facts, name),
            allowed: format!("from 1 to {most}"),
            found: value.to_string(),
        }),
    }
}

/// Only Gemma's layers have one: files of the other families may name a window, and llama.cpp computes without it.
fn windows(facts: &ModelFacts, layers: usize) -> Result<Vec<Option<usize>>, GgufError> {
    let Some(window) = facts.sliding_window.filter(|_| facts.architecture == Family::Gemma3) else {
        return Ok(vec![None; layers]);
    };
    let window = size(facts, "attention.sliding_window", window, 1 << 30)?;
    let pattern = facts.sliding_window_pattern.unwrap_or(PATTERN);
    let pattern = size(facts, "attention.sliding_window_pattern", pattern, 1 << 30)?;
    Ok((1..=layers).map(|layer| Some(window).filter(|_| !layer.is_multiple_of(pattern))).collect())
}

/// One for each pair of a head.
fn factors(factors: Vec<f32>, head_dim: usize) -> Result<RopeScaling, GgufError> {
    let name = super::source::ROPE_FACTORS;
    if factors.len() != head_dim / 2 {
        return Err(GgufError::Dimensions {
            name: name.into(),
            expected: format!("[{}]", head_dim / 2),
            found: vec![factors.len() as u64],
        });
    }
    match factors.iter().find(|factor| !(factor.is_finite() && **factor > 0.0)) {
        None => Ok(RopeScaling::Factors(factors.into())),
        Some(factor) => Err(GgufError::KeyValue {
            key: name.into(),
            allowed: "finite and above 0".into(),
            found: factor.to_string(),
        }),
    }
}
