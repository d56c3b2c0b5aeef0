//! `config.json` as it is written, and what its family takes for granted.

use serde::Deserialize;

use super::{Activation, Architecture, Biases, DecoderConfig, demand};
use crate::error::LoadError;
use crate::rope::{RopeConfig, RopeFile, positive};

/// One token id, several, or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum TokenIds {
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
struct GenerationFile {
    eos_token_id: Option<TokenIds>,
}

/// A key where absent and `null` differ: absent is the family's default, `null` is none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(from = "Option<T>")]
enum Given<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Clone> Given<T> {
    fn or(&self, default: Option<T>) -> Option<T> {
        match self {
            Self::Absent => default,
            Self::Null => None,
            Self::Value(value) => Some(value.clone()),
        }
    }
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
    /// What Gemma calls `hidden_act`.
    hidden_activation: Option<String>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    #[serde(default)]
    sliding_window: Given<u64>,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<u64>,
    /// Every so many layers one sees everything.
    sliding_window_pattern: Option<u64>,
    layer_types: Option<Vec<String>>,
    query_pre_attn_scalar: Option<f64>,
    attn_logit_softcapping: Option<f64>,
    final_logit_softcapping: Option<f64>,
    use_bidirectional_attention: Option<serde_json::Value>,
    partial_rotary_factor: Option<f64>,
    #[serde(default)]
    eos_token_id: Given<TokenIds>,
    quantization_config: Option<serde_json::Value>,
    #[serde(flatten)]
    rope: RopeFile,
    /// The decoder of a model that reads images, too.
    text_config: Option<Box<ConfigFile>>,
}

impl ConfigFile {
    /// Reads `config.json`. Of a Gemma 3 that reads images, only the text part is taken.
    ///
    /// # Errors
    /// When it is not JSON or a key has the wrong type.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        let mut file: Self =
            serde_json::from_slice(json).map_err(|source| LoadError::Json { file: "config.json".into(), source })?;
        match file.text_config.take() {
            Some(mut text) if file.model_type.as_deref() == Some("gemma3") => {
                // The whole says these, and the part may repeat them.
                text.model_type.get_or_insert_with(|| Architecture::Gemma3.name().into());
                text.quantization_config = text.quantization_config.or(file.quantization_config);
                text.tie_word_embeddings = text.tie_word_embeddings.or(file.tie_word_embeddings);
                if matches!(text.eos_token_id, Given::Absent) {
                    text.eos_token_id = file.eos_token_id;
                }
                Ok(*text)
            }
            _ => Ok(file),
        }
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
        let family = self.architecture();
        if family.is_none() {
            let names = Architecture::ALL.map(Architecture::name).join(", ");
            found.push(format!("model_type {} (supported: {names})", self.model_type()));
        }
        let gemma3 = family == Some(Architecture::Gemma3);
        let (key, act, done) = if gemma3 {
            ("hidden_activation", &self.hidden_activation, "gelu_pytorch_tanh")
        } else {
            ("hidden_act", &self.hidden_act, "silu")
        };
        if let Some(act) = act.as_deref().filter(|act| *act != done) {
            found.push(format!("{key} {act} (supported: {done})"));
        }
        if let Some(value) = self.use_bidirectional_attention.as_ref()
            && gemma3
            && !matches!(value, serde_json::Value::Null | serde_json::Value::Bool(false))
        {
            found.push(format!("use_bidirectional_attention {value} (supported: false)"));
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
        found.extend(self.rope.unsupported(gemma3));
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
        let (true, Some(family)) = (unsupported.is_empty(), self.architecture()) else {
            return Err(LoadError::Unsupported { what: unsupported.join("; ") });
        };
        let gemma3 = family == Architecture::Gemma3;
        // Files of Gemma 3 leave out what transformers has as a default; those of the others name their sizes.
        let or = |given: Option<u64>, default: u64| given.or(gemma3.then_some(default));
        let hidden = size("hidden_size", or(self.hidden_size, 2304), 1 << 17)?;
        let layers = size("num_hidden_layers", or(self.num_hidden_layers, 26), 1 << 10)?;
        let heads = size("num_attention_heads", or(self.num_attention_heads, 8), 1 << 12)?;
        let kv_heads = match (self.num_key_value_heads, family) {
            (None, Architecture::Mistral) => 8,
            (None, Architecture::Gemma3) => 4,
            (None, _) => heads,
            (given, _) => size("num_key_value_heads", given, 1 << 12)?,
        };
        let head_dim = match (self.head_dim, family) {
            (None, Architecture::Qwen3) => 128,
            (None, Architecture::Gemma3) => 256,
            (None, _) => hidden / heads,
            (given, _) => size("head_dim", given, 1 << 12)?,
        };
        demand(heads.is_multiple_of(kv_heads), "num_key_value_heads", "a divisor of num_attention_heads", &kv_heads)?;
        demand(head_dim > 0 && head_dim.is_multiple_of(2), "head_dim", "even and at least 2", &head_dim)?;
        let rms_norm_eps = self.rms_norm_eps.unwrap_or(1e-6);
        demand(rms_norm_eps > 0.0 && rms_norm_eps < 1.0, "rms_norm_eps", "between 0 and 1", &rms_norm_eps)?;
        let default_positions = match family {
            Architecture::Llama => 2048,
            Architecture::Mistral | Architecture::Gemma3 => 131_072,
            Architecture::Qwen2 | Architecture::Qwen3 => 32_768,
        };
        let positions = self.max_position_embeddings.or(Some(default_positions));
        let biased = self.attention_bias.unwrap_or(false)
            && matches!(family, Architecture::Llama | Architecture::Qwen3 | Architecture::Gemma3);
        let sliding = self.sliding(family, layers)?;
        let (ropes, layer_ropes) = self.ropes(family, &sliding)?;
        let own =
            |field, given: Option<f64>| given.filter(|_| gemma3).map(|given| positive(field, Some(given))).transpose();
        let scalar = own("query_pre_attn_scalar", self.query_pre_attn_scalar)?;
        let scalar = scalar.unwrap_or(if gemma3 { 256.0 } else { head_dim as f64 });
        Ok(DecoderConfig {
            architecture: family,
            hidden,
            intermediate: size("intermediate_size", or(self.intermediate_size, 9216), 1 << 20)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            vocab: size("vocab_size", or(self.vocab_size, 262_208), 1 << 22)?,
            max_positions: size("max_position_embeddings", positions, 1 << 30)?,
            rms_norm_eps,
            rope: ropes[0].clone(),
            ropes,
            layer_ropes,
            windows: self.windows(&sliding)?,
            activation: if gemma3 { Activation::GeluTanh } else { Activation::Silu },
            embedding_scale: if gemma3 { (hidden as f64).sqrt() } else { 1.0 },
            attention_scale: scalar.sqrt().recip(),
            attention_cap: own("attn_logit_softcapping", self.attn_logit_softcapping)?,
            logit_cap: own("final_logit_softcapping", self.final_logit_softcapping)?,
            biases: Biases {
                qkv: biased || family == Architecture::Qwen2,
                output: biased,
                mlp: self.mlp_bias.unwrap_or(false) && family == Architecture::Llama,
            },
            qk_norm: matches!(family, Architecture::Qwen3 | Architecture::Gemma3),
            out_norms: gemma3,
            norm_offset: if gemma3 { 1.0 } else { 0.0 },
            tied: self.tie_word_embeddings.unwrap_or(gemma3),
            eos: self.eos(generation, gemma3)?,
        })
    }

    /// Which layers have a sliding window.
    fn sliding(&self, family: Architecture, layers: usize) -> Result<Vec<bool>, LoadError> {
        let used = match family {
            Architecture::Llama => false,
            Architecture::Mistral => return Ok(vec![true; layers]),
            Architecture::Qwen2 | Architecture::Qwen3 => self.use_sliding_window.unwrap_or(false),
            Architecture::Gemma3 => true,
        };
        if !used {
            return Ok(vec![false; layers]);
        }
        if let Some(kinds) = &self.layer_types {
            demand(kinds.len() == layers, "layer_types", "one entry per layer", &kinds.len())?;
            return Ok(kinds.iter().map(|kind| kind == "sliding_attention").collect());
        }
        if family == Architecture::Gemma3 {
            let pattern = size("sliding_window_pattern", self.sliding_window_pattern.or(Some(6)), 1 << 30)?;
            return Ok((1..=layers).map(|layer| !layer.is_multiple_of(pattern)).collect());
        }
        let first = usize::try_from(self.max_window_layers.unwrap_or(28)).unwrap_or(usize::MAX);
        Ok((0..layers).map(|layer| layer >= first).collect())
    }

    fn windows(&self, sliding: &[bool]) -> Result<Vec<Option<usize>>, LoadError> {
        let window = self.sliding_window.or(Some(4096)).filter(|_| sliding.contains(&true));
        let window = window.map(|window| size("sliding_window", Some(window), 1 << 30)).transpose()?;
        Ok(sliding.iter().map(|&slides| window.filter(|_| slides)).collect())
    }

    /// The kinds of angles, and which of them each layer has.
    fn ropes(&self, family: Architecture, sliding: &[bool]) -> Result<(Vec<RopeConfig>, Vec<usize>), LoadError> {
        if family == Architecture::Gemma3 {
            let [full, local] = self.rope.resolve_both(1_000_000.0, 10_000.0)?;
            return Ok((vec![full, local], sliding.iter().map(|&slides| usize::from(slides)).collect()));
        }
        Ok((vec![self.rope.resolve()?], vec![0; sliding.len()]))
    }

    fn eos(&self, generation: Option<&[u8]>, gemma3: bool) -> Result<Vec<u32>, LoadError> {
        let generation: GenerationFile = match generation {
            None => GenerationFile::default(),
            Some(json) => serde_json::from_slice(json)
                .map_err(|source| LoadError::Json { file: "generation_config.json".into(), source })?,
        };
        let ids = generation.eos_token_id.map(TokenIds::into_vec).filter(|ids| !ids.is_empty());
        let own = || self.eos_token_id.or(gemma3.then_some(TokenIds::One(1)));
        Ok(ids.or_else(|| own().map(TokenIds::into_vec)).unwrap_or_default())
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
