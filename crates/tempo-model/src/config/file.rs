//! `config.json` as it is written, and what its family takes for granted.

use serde_json::{Map, Value};
use tempo_files::{CONFIG, GENERATION};
use tempo_tokenizer::{Remark, files};

use super::check::{demand, positive, size};
use super::keys::{Keys, brief};
use super::rope::RopeKeys;
use super::traits::{ActivationKey, AttentionBias};
use super::{Biases, DecoderConfig, Family, Multipliers, Windows, every};
use crate::error::LoadError;

const EOS: &str = "eos_token_id";

/// `config.json` as transformers 4 and 5 write it. Keys that change nothing here are never read.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    keys: Map<String, Value>,
}

impl ConfigFile {
    /// Reads `config.json`. Of a model that reads images, too, only the text part is taken.
    ///
    /// # Errors
    /// When it is not JSON, or no object.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        let mut whole = match files::json(json).map_err(|error| LoadError::json(CONFIG, error))? {
            Value::Object(keys) => Self { keys },
            other => {
                let found = brief(&other);
                return Err(LoadError::Config { field: "the file", allowed: "an object".into(), found });
            }
        };
        let families = Family::ALL.into_iter();
        let family = families.clone().find(|family| family.part_of.is_some_and(|name| name == whole.model_type()));
        let (Some(family), Some(Value::Object(mut text))) = (family, whole.keys.remove("text_config")) else {
            return Ok(whole);
        };
        // The whole says these, and the part may repeat them.
        for key in ["quantization_config", "quantization", "tie_word_embeddings"] {
            if let Some(value) = whole.keys.remove(key).filter(|_| text.get(key).is_none_or(Value::is_null)) {
                text.insert(key.into(), value);
            }
        }
        if let (None, Some(eos)) = (text.get(EOS), whole.keys.remove(EOS)) {
            text.insert(EOS.into(), eos);
        }
        if text.get("model_type").is_none_or(Value::is_null) {
            text.insert("model_type".into(), family.name.into());
        }
        Ok(Self { keys: text })
    }

    fn keys(&self) -> Keys<'_> {
        Keys(&self.keys)
    }

    /// `model_type` as written.
    pub fn model_type(&self) -> &str {
        self.keys.get("model_type").and_then(Value::as_str).unwrap_or("(no model_type)")
    }

    /// Everything the file asks for that this crate does not do, in words; empty when the model can be loaded.
    ///
    /// # Errors
    /// When a key that is needed to tell has a value of another type.
    pub fn unsupported(&self) -> Result<Vec<String>, LoadError> {
        let mut found = Vec::new();
        let keys = self.keys();
        let family = Family::named(self.model_type());
        if family.is_none() {
            let names = Family::ALL.map(|family| family.name).join(", ");
            found.push(format!("model_type {} (supported: {names})", self.model_type()));
        }
        let ActivationKey { key, value, .. } = family.unwrap_or(Family::ALL[0]).activation;
        if let Some(act) = keys.get::<&str>(key)?.filter(|act| *act != value) {
            found.push(format!("{key} {act} (supported: {value})"));
        }
        if let Some(value) = keys.value("use_bidirectional_attention").filter(|value| **value != Value::Bool(false)) {
            found.push(format!("use_bidirectional_attention {value} (supported: false)"));
        }
        found.extend(self.packing());
        // Of families without windows nobody needs it.
        let asked = family.is_none_or(|family| !matches!(family.windows, Windows::Never | Windows::Always));
        let kinds = keys.get::<Vec<&str>>("layer_types");
        let kinds = if asked { kinds? } else { kinds.unwrap_or_default() };
        for kind in kinds.into_iter().flatten() {
            if !matches!(kind, "full_attention" | "sliding_attention") {
                found.push(format!("layer type {kind} (supported: full_attention, sliding_attention)"));
            }
        }
        found.extend(RopeKeys::new(keys)?.unsupported(family.unwrap_or(Family::ALL[0]))?);
        found.dedup();
        Ok(found)
    }

    /// How another library has packed the weights, in words.
    fn packing(&self) -> Option<String> {
        const SUPPORTED: &str = "(supported: f32, f16 and bf16 weights, or a GGUF file)";
        let empty = |value: &&Value| value.as_object().is_some_and(Map::is_empty);
        if let Some(value) = self.keys().value("quantization_config").filter(|value| !empty(value)) {
            let method = value.get("quant_method").and_then(Value::as_str).unwrap_or("of unknown method");
            return Some(format!("quantization_config {method} {SUPPORTED}"));
        }
        let value = self.keys().value("quantization")?;
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let words = match (number("bits"), number("group_size")) {
            (Some(bits), Some(group)) => format!("of {bits} bits in groups of {group}, as MLX packs them"),
            _ => brief(value),
        };
        Some(format!("quantization {words} {SUPPORTED}"))
    }

    /// What is to be said of this file and `generation_config.json`: what cannot be used of them and is not needed, and
    /// what was taken for granted.
    pub fn remarks(&self, generation: Option<&[u8]>) -> Vec<Remark> {
        let (keys, family) = (self.keys(), Family::named(self.model_type()));
        let (eos, mut remarks) = self.ends(generation, family.and_then(|family| family.defaults.eos));
        if eos.is_empty() && remarks.is_empty() {
            remarks.push(Remark::new(CONFIG, format!("no {EOS}: nothing ends a text but its length")));
        }
        let Some(family) = family else { return remarks };
        let vocab = keys.get::<u64>("vocab_size").ok().flatten().or(family.defaults.vocab);
        for id in eos.iter().filter(|id| vocab.is_some_and(|vocab| u64::from(**id) >= vocab)) {
            let text = format!("{EOS} {id} is no token of the {} there are: it ends no text", vocab.unwrap_or(0));
            remarks.push(Remark::altering(CONFIG, text));
        }
        remarks.extend(
            self.taken(family)
                .into_iter()
                .map(|(key, value)| Remark::new(CONFIG, format!("no {key}: {value} is taken, as transformers does"))),
        );
        remarks
    }

    /// Keys that the family asks for and the file has not, and what is taken instead.
    fn taken(&self, family: &Family) -> Vec<(&'static str, String)> {
        let (keys, defaults) = (self.keys(), &family.defaults);
        let mut taken = Vec::new();
        let sizes = [
            ("hidden_size", defaults.hidden),
            ("intermediate_size", defaults.intermediate),
            ("num_hidden_layers", defaults.layers),
            ("num_attention_heads", defaults.heads),
            ("num_key_value_heads", defaults.kv_heads),
            ("head_dim", defaults.head_dim),
            ("vocab_size", defaults.vocab),
            ("max_position_embeddings", Some(defaults.max_positions)),
        ];
        let sizes = sizes.into_iter().filter(|(key, _)| keys.value(key).is_none());
        taken.extend(sizes.filter_map(|(key, value)| Some((key, value?.to_string()))));
        let epsilon = epsilon_key(family);
        if keys.value(epsilon).is_none() {
            taken.push((epsilon, format!("{:e}", defaults.rms_norm_eps)));
        }
        if RopeKeys::new(keys).is_ok_and(|rope| !rope.tells_theta()) {
            taken.push(("rope_theta", defaults.theta.to_string()));
        }
        // Where `null` is a value of its own, the key is there.
        let caps = family.caps.into_iter();
        let caps = caps
            .flat_map(|caps| [("attn_logit_softcapping", caps.attention), ("final_logit_softcapping", caps.logits)]);
        let numbers = caps.chain([("query_pre_attn_scalar", family.query_scalar)]);
        taken.extend(
            numbers
                .filter(|(key, _)| !self.keys.contains_key(*key))
                .filter_map(|(key, value)| Some((key, value?.to_string()))),
        );
        taken
    }

    /// Tokens that end a text, and what cannot be used of what should tell them.
    fn ends(&self, generation: Option<&[u8]>, default: Option<u32>) -> (Vec<u32>, Vec<Remark>) {
        let mut remarks = Vec::new();
        let mut read = |file: &str, value: &Value| {
            let ids = token_ids(value);
            if ids.is_none() {
                let text = format!("{EOS} is {}, no token id; it is left out", brief(value));
                remarks.push(Remark::altering(file, text));
            }
            ids
        };
        let found = generation.map(files::json);
        let given = found.as_ref().and_then(|found| found.as_ref().ok()?.get(EOS));
        let given = given.filter(|value| !value.is_null()).and_then(|value| read(GENERATION, value));
        let ids = given.filter(|ids| !ids.is_empty()).or_else(|| match self.keys.get(EOS) {
            None => default.map(|id| vec![id]),
            Some(Value::Null) => None,
            Some(value) => read(CONFIG, value),
        });
        if let Some(Err(error)) = found {
            remarks.push(Remark::altering(GENERATION, format!("{error}; the file is left out")));
        }
        (ids.unwrap_or_default(), remarks)
    }

    /// Checks the file and fills in what its family takes for granted.
    ///
    /// `generation` is the content of `generation_config.json`, whose end-of-text tokens win over the file's own.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] by name, or [`LoadError::Config`] with the value that cannot be.
    pub fn resolve(&self, generation: Option<&[u8]>) -> Result<DecoderConfig, LoadError> {
        let unsupported = self.unsupported()?;
        let (true, Some(family)) = (unsupported.is_empty(), Family::named(self.model_type())) else {
            return Err(LoadError::Unsupported { what: unsupported });
        };
        let (keys, defaults) = (self.keys(), &family.defaults);
        let sized = |key, default: Option<u64>, most| size(key, keys.get(key)?.or(default), most);
        let sized_or = |key, default: Option<u64>, most, otherwise| match keys.get(key)?.or(default) {
            None => Ok(otherwise),
            given => size(key, given, most),
        };
        let switch = |key| Ok::<_, LoadError>(keys.get(key)?.unwrap_or(false));
        let hidden = sized("hidden_size", defaults.hidden, 1 << 17)?;
        let layers = sized("num_hidden_layers", defaults.layers, 1 << 10)?;
        let heads = sized("num_attention_heads", defaults.heads, 1 << 12)?;
        let kv_heads =
            if family.neox { heads } else { sized_or("num_key_value_heads", defaults.kv_heads, 1 << 12, heads)? };
        let head_dim = sized_or("head_dim", defaults.head_dim, 1 << 12, hidden / heads)?;
        demand(heads.is_multiple_of(kv_heads), "num_key_value_heads", "a divisor of num_attention_heads", &kv_heads)?;
        demand(head_dim > 0 && head_dim.is_multiple_of(2), "head_dim", "even and at least 2", &head_dim)?;
        let epsilon = epsilon_key(family);
        let rms_norm_eps = keys.get(epsilon)?.unwrap_or(defaults.rms_norm_eps);
        demand(rms_norm_eps > 0.0 && rms_norm_eps < 1.0, epsilon, "between 0 and 1", &rms_norm_eps)?;
        let by_key =
            family.attention_bias == AttentionBias::ByKey && keys.get("attention_bias")?.unwrap_or(family.neox);
        let unturned = self.unturned(family, layers)?;
        let sliding = self.sliding(family, &unturned)?;
        let own = |has_key: bool, field| {
            let given = if has_key { keys.get(field)? } else { None };
            given.map(|given| positive(field, Some(given))).transpose()
        };
        let scalar = own(family.query_scalar.is_some(), "query_pre_attn_scalar")?;
        let scalar = scalar.or(family.query_scalar).unwrap_or(head_dim as f64);
        let cap = |field, default: Option<f64>| {
            Ok::<_, LoadError>(own(family.caps.is_some(), field)?.or(default.filter(|_| !keys.is_null(field))))
        };
        let factor = |field| Ok::<_, LoadError>(own(family.multipliers, field)?.unwrap_or(1.0));
        let multipliers = Multipliers {
            embedding: factor("embedding_multiplier")?,
            residual: factor("residual_multiplier")?,
            logits: factor("logits_scaling")?,
        };
        let (embedding_scale, rms_norm_eps, logit_scale) =
            multipliers.fold(family.embedding_scale(hidden), rms_norm_eps);
        let attention_scale = if family.multipliers { factor("attention_multiplier")? } else { scalar.sqrt().recip() };
        let max_positions = sized("max_position_embeddings", Some(defaults.max_positions), 1 << 30)?;
        let (most, of_windows) = RopeKeys::new(keys)?.resolve(family, head_dim, max_positions)?;
        Ok(DecoderConfig {
            family,
            hidden,
            intermediate: sized("intermediate_size", defaults.intermediate, 1 << 20)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            vocab: sized("vocab_size", defaults.vocab, 1 << 22)?,
            max_positions,
            rms_norm_eps,
            ropes: Family::ropes(most, of_windows, &unturned),
            layer_ropes: family.layer_ropes(&sliding, &unturned),
            windows: self.windows(defaults.window, &sliding)?,
            embedding_scale,
            logit_scale,
            attention_scale,
            attention_cap: cap("attn_logit_softcapping", family.caps.and_then(|caps| caps.attention))?,
            logit_cap: cap("final_logit_softcapping", family.caps.and_then(|caps| caps.logits))?,
            biases: Biases {
                qkv: by_key || family.attention_bias == AttentionBias::Qkv,
                output: by_key,
                mlp: family.neox || family.mlp_bias && switch("mlp_bias")?,
            },
            parallel: family.neox && keys.get("use_parallel_residual")?.unwrap_or(true),
            by_head: family.neox,
            norm_offset: family.norm_offset,
            tied: keys.get("tie_word_embeddings")?.unwrap_or(defaults.tied),
            eos: self.ends(generation, defaults.eos).0,
        })
    }

    /// Which layers turn nothing.
    fn unturned(&self, family: &Family, layers: usize) -> Result<Vec<bool>, LoadError> {
        const LISTED: &str = "no_rope_layers";
        let Some(default) = family.unturned else { return Ok(vec![false; layers]) };
        let Some(turned) = self.keys().get::<Vec<u64>>(LISTED)? else {
            let interval = self.keys().get("no_rope_layer_interval")?.or(Some(default));
            return Ok(every(size("no_rope_layer_interval", interval, 1 << 30)?, layers));
        };
        demand(turned.len() >= layers, LISTED, "one entry per layer", &turned.len())?;
        // A 0 says that a layer turns nothing.
        Ok(turned[..layers].iter().map(|turns| *turns == 0).collect())
    }

    /// Which layers have a sliding window.
    fn sliding(&self, family: &Family, unturned: &[bool]) -> Result<Vec<bool>, LoadError> {
        let (keys, layers) = (self.keys(), unturned.len());
        let pattern = match family.windows {
            Windows::Always => return Ok(vec![true; layers]),
            Windows::Switched if keys.get("use_sliding_window")?.unwrap_or(false) => None,
            Windows::Never | Windows::Switched => return Ok(vec![false; layers]),
            Windows::Pattern(interval) => Some(interval),
        };
        if let Some(kinds) = keys.get::<Vec<&str>>("layer_types")? {
            demand(kinds.len() == layers, "layer_types", "one entry per layer", &kinds.len())?;
            return Ok(kinds.iter().map(|kind| *kind == "sliding_attention").collect());
        }
        if pattern.is_some() {
            let interval = keys.get("sliding_window_pattern")?.or(pattern);
            let full = every(size("sliding_window_pattern", interval, 1 << 30)?, layers);
            return Ok(full.into_iter().map(|full| !full).collect());
        }
        if family.unturned.is_some() {
            return Ok(unturned.to_vec());
        }
        let first = usize::try_from(keys.get::<u64>("max_window_layers")?.unwrap_or(28)).unwrap_or(usize::MAX);
        Ok((0..layers).map(|layer| layer >= first).collect())
    }

    fn windows(&self, default: Option<u64>, sliding: &[bool]) -> Result<Vec<Option<usize>>, LoadError> {
        const WINDOW: &str = "sliding_window";
        if !sliding.contains(&true) || self.keys().is_null(WINDOW) {
            return Ok(vec![None; sliding.len()]);
        }
        let Some(given) = self.keys().get(WINDOW)?.or(default) else { return Ok(vec![None; sliding.len()]) };
        let window = size(WINDOW, Some(given), 1 << 30)?;
        Ok(sliding.iter().map(|&slides| slides.then_some(window)).collect())
    }
}

/// What is added to a mean square is called after the norm.
fn epsilon_key(family: &Family) -> &'static str {
    if family.neox { "layer_norm_eps" } else { "rms_norm_eps" }
}

/// One token id, or several.
fn token_ids(value: &Value) -> Option<Vec<u32>> {
    let id = |value: &Value| u32::try_from(value.as_u64()?).ok();
    match value {
        Value::Array(ids) => ids.iter().map(id).collect(),
        one => Some(vec![id(one)?]),
    }
}
