//! The decoder that the metadata of a GGUF file describe, with what llama.cpp takes for granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use tempo_gguf::{GgufError, Header, ModelFacts, RopeScaling as Scaling, WindowPattern};
use tempo_tokenizer::Remark;

use crate::checkpoint::TensorEntry;
use crate::config::{
    Biases, Caps, DecoderConfig, Family, GgufFamily, GgufWindow, Multipliers, RopeConfig, RopeScaling, Windows, every,
};
use crate::error::LoadError;
use crate::inventory::{LONG_ROPE_FACTORS, ROPE_FACTORS};

/// Numbers that frequencies of the rotation are divided by, where a file has such tensors.
#[derive(Debug, Default)]
pub(super) struct RopeTensors {
    /// [`ROPE_FACTORS`]
    pub(super) plain: Option<Vec<f32>>,
    /// [`LONG_ROPE_FACTORS`]
    pub(super) by_length: Option<[Vec<f32>; 2]>,
}

/// Checks what the file says and fills in what its family takes for granted. `tensors` decide about biases.
pub(super) fn decoder(
    file: &str,
    header: &Header,
    facts: &ModelFacts,
    (family, traits): (&'static Family, &GgufFamily),
    factors: RopeTensors,
    tensors: &BTreeMap<String, TensorEntry>,
) -> Result<DecoderConfig, LoadError> {
    let refuse = |source| LoadError::Gguf { file: file.to_owned(), source };
    let unsupported = unsupported(header, facts, family, traits).map_err(refuse)?;
    if !unsupported.is_empty() {
        return Err(LoadError::Unsupported { what: unsupported });
    }
    let size = |key, value, most| size(facts, key, value, most).map_err(refuse);
    let hidden = size("embedding_length", facts.hidden, 1 << 17)?;
    let layers = size("block_count", facts.layers, 1 << 10)?;
    let heads = size("attention.head_count", facts.heads, 1 << 12)?;
    let head_dim = size("attention.key_length", facts.head_dim, 1 << 12)?;
    let windows = windows(header, facts, family, traits.window, layers).map_err(refuse)?;
    let number = |name: &str| header.optional::<f32>(&key(facts, name)).map(|found| found.map(f64::from));
    let unturned = unturned(header, facts, family, layers).map_err(refuse)?;
    let sliding: Vec<bool> = windows.iter().map(Option::is_some).collect();
    let rope = RopeConfig {
        theta: facts.rope_theta.map_or(family.defaults.theta, f64::from),
        rotated: size("rope.dimension_count", facts.rotated, 1 << 12)?,
        scaling: scaling(header, facts, factors).map_err(refuse)?,
    };
    let local = match family.local_theta {
        None => None,
        Some(theta) => Some(RopeConfig {
            theta: facts.rope_theta_local(header).map_err(refuse)?.map_or(theta, f64::from),
            rotated: rope.rotated,
            scaling: RopeScaling::Default,
        }),
    };
    // llama.cpp takes 0 for a number that is not there.
    let own =
        |name| number(name).map(|found| found.filter(|number| number.is_finite() && *number > 0.0)).map_err(refuse);
    let own_scale = own("attention.scale")?;
    let factor = |name| Ok::<_, LoadError>(if family.multipliers { own(name)? } else { None }.unwrap_or(1.0));
    let multipliers = Multipliers {
        embedding: factor("embedding_scale")?,
        residual: factor("residual_scale")?,
        logits: factor("logit_scale")?,
    };
    let (embedding_scale, rms_norm_eps, logit_scale) =
        multipliers.fold(family.embedding_scale(hidden), facts.rms_norm_eps.into());
    let caps = match family.caps {
        None => Caps { attention: None, logits: None },
        Some(default) => Caps {
            attention: number("attn_logit_softcapping").map_err(refuse)?.or(default.attention),
            logits: facts.final_logit_softcap(header).map_err(refuse)?.map(f64::from).or(default.logits),
        },
    };
    let cap = |cap: Option<f64>| cap.filter(|cap| cap.is_finite() && *cap > 0.0);
    let scaled_by = if traits.layers_scaled_by_width == Some(facts.layers) { hidden / heads } else { head_dim };
    let parallel =
        family.neox && header.optional(&key(facts, "use_parallel_residual")).map_err(refuse)?.unwrap_or(true);
    let first = if family.neox { "gpt_neox.layers.0" } else { "model.layers.0" };
    let biased = |part: &str| {
        let part = if family.neox { "attention.dense" } else { part };
        tensors.contains_key(&format!("{first}.{part}.bias"))
    };
    Ok(DecoderConfig {
        family,
        hidden,
        intermediate: size("feed_forward_length", facts.intermediate, 1 << 20)?,
        layers,
        heads,
        kv_heads: size("attention.head_count_kv", facts.kv_heads, 1 << 12)?,
        head_dim,
        vocab: size("vocab_size", facts.vocab, 1 << 22)?,
        max_positions: size("context_length", facts.max_positions, 1 << 30)?,
        rms_norm_eps,
        ropes: Family::ropes(rope, local, &unturned),
        layer_ropes: family.layer_ropes(&sliding, &unturned),
        windows,
        embedding_scale,
        logit_scale,
        attention_scale: own_scale.unwrap_or_else(|| (scaled_by as f64).sqrt().recip()),
        attention_cap: cap(caps.attention),
        logit_cap: cap(caps.logits),
        biases: Biases {
            qkv: biased("self_attn.q_proj"),
            output: biased("self_attn.o_proj"),
            mlp: family.neox || biased("mlp.down_proj"),
        },
        parallel,
        by_head: false,
        // The converter has added it to the weights where there is one.
        norm_offset: 0.0,
        tied: facts.tied,
        eos: facts.eos_ids.clone(),
    })
}

/// What was left out of the metadata or taken for granted.
pub(super) fn remarks(
    file: &str,
    header: &Header,
    facts: &ModelFacts,
    (family, traits): (&Family, &GgufFamily),
) -> Vec<Remark> {
    let left_out = facts.left_out.iter().map(|error| Remark::altering(file, format!("{error}; it is left out")));
    let mut remarks: Vec<Remark> = left_out.collect();
    if facts.rope_theta.is_none() {
        let (key, theta) = (key(facts, "rope.freq_base"), family.defaults.theta);
        remarks.push(Remark::altering(file, format!("no {key}: {theta} is taken")));
    }
    for (names, value) in defaults(facts, family, traits) {
        if names.iter().all(|name| header.value(&key(facts, name)).is_none()) {
            let name = key(facts, names[0]);
            remarks.push(Remark::new(file, format!("no {name}: {value} is taken, as llama.cpp does")));
        }
    }
    if !facts.eos_by_name.is_empty() {
        let names = facts.eos_by_name.join(", ");
        remarks.push(Remark::new(file, format!("no key names {names} as an end; a text ends there for its name")));
    }
    if facts.eos_ids.is_empty() {
        let text = "no tokenizer.ggml.eos_token_id: nothing ends a text but its length";
        remarks.push(Remark::new(file, text));
    }
    remarks
}

/// Keys that this family asks for and can do without, by all their names, and what is taken instead.
fn defaults(facts: &ModelFacts, family: &Family, traits: &GgufFamily) -> Vec<(Vec<&'static str>, String)> {
    let mut found = vec![
        (vec!["attention.head_count_kv"], facts.heads.to_string()),
        (vec!["rope.dimension_count"], facts.head_dim.to_string()),
    ];
    if let Some(theta) = family.local_theta {
        found.push((vec!["rope.freq_base_swa", "rope.local.freq_base"], theta.to_string()));
    }
    if let GgufWindow::Read(window) = traits.window {
        let none = || "none".to_owned();
        found.push((vec!["attention.sliding_window"], window.map_or_else(none, |window| window.to_string())));
        if let Windows::Pattern(interval) = family.windows {
            found.push((vec!["attention.sliding_window_pattern"], interval.to_string()));
        }
    }
    for (name, cap) in family
        .caps
        .into_iter()
        .flat_map(|caps| [("attn_logit_softcapping", caps.attention), ("final_logit_softcapping", caps.logits)])
    {
        found.extend(cap.map(|cap| (vec![name], cap.to_string())));
    }
    found
}

fn key(facts: &ModelFacts, name: &str) -> String {
    format!("{}.{name}", facts.architecture)
}

/// Everything the file asks for that this crate does not do, in words.
fn unsupported(
    header: &Header,
    facts: &ModelFacts,
    family: &Family,
    traits: &GgufFamily,
) -> Result<Vec<String>, GgufError> {
    let mut found = Vec::new();
    let by_length = LONG_ROPE_FACTORS.iter().all(|name| header.find_tensor(name).is_some());
    if let Scaling::Other { name } = &facts.rope_scaling
        && !(name == "longrope" && by_length)
    {
        let [short, long] = LONG_ROPE_FACTORS;
        let supported = format!("none, linear, llama3 by {ROPE_FACTORS}, longrope by {short} and {long}");
        found.push(format!("rope scaling {name} (supported: {supported})"));
    }
    if traits.window == GgufWindow::Refused && facts.sliding_window(header)?.is_some() {
        found.push("a sliding window (supported: none in this family)".into());
    }
    if facts.rope_factors && (!traits.permuted || facts.rope_scaling != Scaling::None) {
        found.push(format!("{ROPE_FACTORS} beside other angles (supported: llama without another scaling)"));
    }
    if facts.rotated != facts.head_dim && family.partial_rotation.is_none() {
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

/// Only where the family's rule says so: files of other families may name a window, and llama.cpp computes without it.
fn windows(
    header: &Header,
    facts: &ModelFacts,
    family: &Family,
    rule: GgufWindow,
    layers: usize,
) -> Result<Vec<Option<usize>>, GgufError> {
    let GgufWindow::Read(default) = rule else { return Ok(vec![None; layers]) };
    let Some(window) = facts.sliding_window(header)?.or(default) else { return Ok(vec![None; layers]) };
    let window = size(facts, "attention.sliding_window", window, 1 << 30)?;
    let Windows::Pattern(pattern) = family.windows else { return Ok(vec![Some(window); layers]) };
    let slides: Vec<bool> = match facts.sliding_window_pattern(header)?.unwrap_or(WindowPattern::Every(pattern)) {
        WindowPattern::Layers(slides) => slides,
        WindowPattern::Every(interval) => {
            let interval = size(facts, "attention.sliding_window_pattern", interval, 1 << 30)?;
            every(interval, layers).into_iter().map(|full| !full).collect()
        }
    };
    Ok(slides.into_iter().take(layers).map(|slides| slides.then_some(window)).collect())
}

/// Layers that turn nothing: those of the family's interval, which no key names, and all where a file of a family with
/// factors says so by a key that is about something else in others.
fn unturned(header: &Header, facts: &ModelFacts, family: &Family, layers: usize) -> Result<Vec<bool>, GgufError> {
    let turns = !family.multipliers || header.optional(&key(facts, "rope.scaling.finetuned"))?.unwrap_or(true);
    let interval = if turns { family.unturned } else { Some(1) };
    let interval = interval.and_then(|interval| usize::try_from(interval).ok());
    Ok(interval.map_or_else(|| vec![false; layers], |interval| every(interval, layers)))
}

/// How angles are changed. Files with two lists of factors name no kind of scaling.
fn scaling(header: &Header, facts: &ModelFacts, tensors: RopeTensors) -> Result<RopeScaling, GgufError> {
    if let Some([short, long]) = tensors.by_length {
        let original = header.optional(&key(facts, "rope.scaling.original_context_length"))?;
        let original =
            size(facts, "rope.scaling.original_context_length", original.unwrap_or(facts.max_positions), 1 << 30)?;
        let name = key(facts, "rope.scaling.attn_factor");
        let factor = header.optional::<f32>(&name)?.unwrap_or(1.0);
        if !(factor.is_finite() && factor > 0.0) {
            return Err(GgufError::KeyValue {
                key: name,
                allowed: "finite and above 0".into(),
                found: factor.to_string(),
            });
        }
        let [short_name, long_name] = LONG_ROPE_FACTORS;
        return Ok(RopeScaling::LongRope {
            short: factors(facts, short_name, short)?,
            long: factors(facts, long_name, long)?,
            original,
            factor: factor.into(),
        });
    }
    Ok(match (&facts.rope_scaling, tensors.plain) {
        (_, Some(plain)) => RopeScaling::Factors(factors(facts, ROPE_FACTORS, plain)?),
        (Scaling::Linear { factor }, None) => RopeScaling::Linear { factor: f64::from(*factor) },
        (_, None) => RopeScaling::Default,
    })
}

/// One for each pair that is turned.
fn factors(facts: &ModelFacts, name: &str, factors: Vec<f32>) -> Result<Arc<[f32]>, GgufError> {
    let pairs = facts.rotated / 2;
    if factors.len() as u64 != pairs {
        return Err(GgufError::Dimensions {
            name: name.into(),
            expected: format!("[{pairs}]"),
            found: vec![factors.len() as u64],
        });
    }
    match factors.iter().find(|factor| !(factor.is_finite() && **factor > 0.0)) {
        None => Ok(factors.into()),
        Some(factor) => Err(GgufError::KeyValue {
            key: name.into(),
            allowed: "finite and above 0".into(),
            found: factor.to_string(),
        }),
    }
}
