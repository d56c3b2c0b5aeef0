//! GGUF files in memory: a small writer, and twins of the fixture models.

use std::collections::BTreeMap;
use std::ops::Range;

use half::{bf16, f16};
use pollster::block_on;
use tempo_gguf::{TensorType, dequantise, unpermuted_row};
use tempo_model::checkpoint::{Checkpoint, ElementType, TensorEntry};
use tempo_model::config::ConfigFile;
use tempo_model::{ByteRanges, DecoderConfig, LoadError, Numbers, Pending, RopeScaling, TensorSource};
use tempo_tests::models::folder;

/// A metadata value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    F32s(Vec<f32>),
    I32s(Vec<i32>),
}

/// A tensor as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The slowest dimension first.
    pub(crate) shape: Vec<usize>,
    /// How.
    pub(crate) kind: TensorType,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Stored {
    /// Its numbers.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        let mut numbers = Vec::new();
        dequantise(self.kind, &self.bytes, &mut numbers).unwrap();
        numbers
    }

    /// The same in f32.
    pub(crate) fn f32(shape: &[usize], numbers: &[f32]) -> Self {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Self { shape: shape.to_vec(), kind: TensorType::F32, bytes }
    }

    /// The same as a checkpoint has them.
    fn by_type(dtype: ElementType, shape: &[usize], numbers: &[f32]) -> Self {
        let (kind, bytes) = match dtype.to_string().as_str() {
            "f16" => (TensorType::F16, numbers.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect()),
            "bf16" => (TensorType::BF16, numbers.iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect()),
            _ => return Self::f32(shape, numbers),
        };
        Self { shape: shape.to_vec(), kind, bytes }
    }

    /// All queries, all keys, all values, of rows where those of a head lie together.
    fn joined(&self, heads: usize) -> Self {
        let part = self.bytes.len() / (3 * heads);
        let parts: Vec<&[u8]> = self.bytes.chunks(part).collect();
        let order = (0..3).flat_map(|kind| (0..heads).map(move |head| 3 * head + kind));
        Self { bytes: order.flat_map(|at| parts[at].to_vec()).collect(), ..self.clone() }
    }

    /// Rows as llama.cpp orders those of queries and keys.
    #[must_use]
    pub(crate) fn permuted(&self, heads: usize) -> Self {
        let rows = self.shape[0];
        let row_bytes = self.bytes.len() / rows;
        let mut bytes = vec![0; self.bytes.len()];
        for (row, from) in self.bytes.chunks(row_bytes).enumerate() {
            let to = unpermuted_row(row, heads, rows / heads);
            bytes[to * row_bytes..][..row_bytes].copy_from_slice(from);
        }
        Self { bytes, ..self.clone() }
    }
}

/// A GGUF file that is not written yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    /// Metadata by key.
    pub(crate) metadata: BTreeMap<String, Value>,
    /// Tensors by their names in GGUF files.
    pub(crate) tensors: BTreeMap<String, Stored>,
}

impl File {
    /// Sets a key.
    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.metadata.insert(key.to_owned(), value);
    }

    /// The file, version 3 with an alignment of 32.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        put_count(&mut out, self.tensors.len());
        put_count(&mut out, self.metadata.len());
        for (key, value) in &self.metadata {
            put_text(&mut out, key);
            value.put(&mut out);
        }
        let mut offset = 0;
        for (name, tensor) in &self.tensors {
            put_text(&mut out, name);
            out.extend(u32::try_from(tensor.shape.len()).unwrap().to_le_bytes());
            tensor.shape.iter().rev().for_each(|size| put_count(&mut out, *size));
            out.extend(tensor.kind.id().to_le_bytes());
            put_count(&mut out, offset);
            offset += tensor.bytes.len().next_multiple_of(32);
        }
        for tensor in self.tensors.values() {
            out.resize(out.len().next_multiple_of(32), 0);
            out.extend_from_slice(&tensor.bytes);
        }
        out.resize(out.len().next_multiple_of(32), 0);
        out
    }
}

impl Value {
    fn put(&self, out: &mut Vec<u8>) {
        let kind = |out: &mut Vec<u8>, kind: u32| out.extend(kind.to_le_bytes());
        let array = |out: &mut Vec<u8>, of: u32, count| {
            kind(out, 9);
            kind(out, of);
            put_count(out, count);
        };
        match self {
            Self::U32(value) => {
                kind(out, 4);
                out.extend(value.to_le_bytes());
            }
            Self::F32(value) => {
                kind(out, 6);
                out.extend(value.to_le_bytes());
            }
            Self::Bool(value) => {
                kind(out, 7);
                out.push(u8::from(*value));
            }
            Self::Text(value) => {
                kind(out, 8);
                put_text(out, value);
            }
            Self::Texts(values) => {
                array(out, 8, values.len());
                values.iter().for_each(|value| put_text(out, value));
            }
            Self::F32s(values) => {
                array(out, 6, values.len());
                values.iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
            Self::I32s(values) => {
                array(out, 5, values.len());
                values.iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
        }
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend((count as u64).to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_count(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// A file in memory.
#[derive(Clone, Debug)]
pub(crate) struct Memory(pub(crate) Vec<u8>);

impl ByteRanges for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        Ok(self.0[index(bytes.start)..index(bytes.end)].to_vec())
    }
}

/// Tensors in memory, by their Hugging Face names.
#[derive(Clone, Debug)]
pub(crate) struct Tensors {
    /// What there is.
    pub(crate) entries: BTreeMap<String, TensorEntry>,
    /// Its numbers.
    pub(crate) numbers: BTreeMap<String, Vec<f32>>,
}

impl TensorSource for Tensors {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    fn file_bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.bytes).sum()
    }

    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        let numbers = self.numbers[name][index(elements.start)..index(elements.end)].to_vec();
        Box::pin(std::future::ready(Ok(Numbers::Plain(numbers))))
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

/// The configuration of a fixture model.
pub(crate) fn config(id: &str) -> DecoderConfig {
    let read = |name: &str| std::fs::read(folder(id).join(name));
    let generation = read("generation_config.json").ok();
    ConfigFile::parse(&read("config.json").unwrap()).unwrap().resolve(generation.as_deref()).unwrap()
}

/// A family's name in GGUF files.
fn architecture(config: &DecoderConfig) -> &'static str {
    match config.family.name {
        "gpt_neox" => "gptneox",
        name => name.trim_end_matches("_text"),
    }
}

fn is_gemma(config: &DecoderConfig) -> bool {
    architecture(config).starts_with("gemma")
}

/// Whether llama.cpp rotates neighbours in models of this family, so that its converter reorders rows.
fn is_permuted(config: &DecoderConfig) -> bool {
    matches!(architecture(config), "llama" | "granite" | "smollm3")
}

/// What llama.cpp's converter calls a tensor of a Hugging Face checkpoint.
pub(crate) fn gguf_name(config: &DecoderConfig, name: &str) -> String {
    let norms_after = is_gemma(config) || architecture(config) == "olmo2";
    let part = match name {
        "model.embed_tokens.weight" => return "token_embd.weight".into(),
        "model.norm.weight" => return "output_norm.weight".into(),
        "lm_head.weight" | "embed_out.weight" => return "output.weight".into(),
        "gpt_neox.embed_in.weight" => return "token_embd.weight".into(),
        "gpt_neox.final_layer_norm.weight" => return "output_norm.weight".into(),
        "gpt_neox.final_layer_norm.bias" => return "output_norm.bias".into(),
        _ => name.split_once(".layers.").unwrap().1,
    };
    let (layer, part) = part.split_once('.').unwrap();
    let (part, ending) = part.rsplit_once('.').unwrap();
    let part = match part {
        "input_layernorm" => "attn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "self_attn.q_norm" => "attn_q_norm",
        "self_attn.k_norm" => "attn_k_norm",
        "self_attn.qkv_proj" | "attention.query_key_value" => "attn_qkv",
        "attention.dense" => "attn_output",
        "mlp.dense_h_to_4h" => "ffn_up",
        "mlp.dense_4h_to_h" => "ffn_down",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" | "mlp.gate_up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        "post_attention_layernorm" if norms_after => "post_attention_norm",
        "post_attention_layernorm" | "pre_feedforward_layernorm" => "ffn_norm",
        "post_feedforward_layernorm" => "post_ffw_norm",
        other => panic!("{other} has no name in GGUF files"),
    };
    format!("blk.{layer}.{part}.{ending}")
}

/// The metadata of a model, as llama.cpp's converter writes them.
pub(crate) fn metadata(config: &DecoderConfig) -> File {
    let name = architecture(config);
    let mut file = File::default();
    let whole = |size: usize| Value::U32(u32::try_from(size).unwrap());
    file.set("general.architecture", Value::Text(name.into()));
    for (key, size) in [
        ("embedding_length", config.hidden),
        ("feed_forward_length", config.intermediate),
        ("block_count", config.layers),
        ("attention.head_count", config.heads),
        ("attention.head_count_kv", config.kv_heads),
        ("attention.key_length", config.head_dim),
        ("attention.value_length", config.head_dim),
        ("rope.dimension_count", config.ropes[0].rotated),
        ("context_length", config.max_positions),
    ] {
        file.set(&format!("{name}.{key}"), whole(size));
    }
    let mut set = |key: &str, value| file.set(&format!("{name}.{key}"), value);
    if name == "gptneox" {
        set("attention.layer_norm_epsilon", Value::F32(to_f32(config.rms_norm_eps)));
        set("use_parallel_residual", Value::Bool(config.parallel));
    } else {
        set("attention.layer_norm_rms_epsilon", Value::F32(to_f32(config.rms_norm_eps)));
    }
    set("rope.freq_base", Value::F32(to_f32(config.ropes[0].theta)));
    set("attention.scale", Value::F32(to_f32(config.attention_scale)));
    if let RopeScaling::Linear { factor } = config.ropes[0].scaling {
        set("rope.scaling.type", Value::Text("linear".into()));
        set("rope.scaling.factor", Value::F32(to_f32(factor)));
    }
    if let RopeScaling::LongRope { original, factor, .. } = config.ropes[0].scaling {
        set("rope.scaling.original_context_length", whole(original));
        set("rope.scaling.attn_factor", Value::F32(to_f32(factor)));
    }
    if let Some(window) = config.windows.iter().copied().flatten().next() {
        set("attention.sliding_window", whole(window));
        if let Some(first) = config.windows.iter().position(Option::is_none) {
            set("attention.sliding_window_pattern", whole(first + 1));
        }
    }
    for (key, cap) in [("attn_logit_softcapping", config.attention_cap), ("final_logit_softcapping", config.logit_cap)]
    {
        cap.into_iter().for_each(|cap| set(key, Value::F32(to_f32(cap))));
    }
    for (key, eos) in ["eos", "eot"].into_iter().zip(&config.eos) {
        file.set(&format!("tokenizer.ggml.{key}_token_id"), Value::U32(*eos));
    }
    file
}

/// A fixture model as a GGUF file of the same numbers.
pub(crate) fn twin(id: &str) -> File {
    let config = config(id);
    let mut file = metadata(&config);
    if let RopeScaling::LongRope { short, long, .. } = &config.ropes[0].scaling {
        for (name, factors) in [("short", short), ("long", long)] {
            file.tensors.insert(format!("rope_factors_{name}.weight"), Stored::f32(&[factors.len()], factors));
        }
    }
    if architecture(&config) == "granite" {
        factors(id, &mut file);
    }
    if let RopeScaling::Llama3 { .. } = config.ropes[0].scaling {
        file.tensors.insert("rope_freqs.weight".into(), llama3_factors(&config));
    }
    let mut checkpoint = block_on(Checkpoint::open_folder(&folder(id))).unwrap();
    for (name, entry) in checkpoint.tensors().clone() {
        let elements = entry.shape.iter().product::<usize>() as u64;
        let numbers = block_on(checkpoint.read(&name, 0..elements)).unwrap().into_f32();
        let mut stored = Stored::by_type(entry.dtype, &entry.shape, &numbers);
        if is_gemma(&config) && name.ends_with("norm.weight") {
            let numbers: Vec<f32> = stored.numbers().into_iter().map(|number| number + 1.0).collect();
            stored = Stored::f32(&stored.shape, &numbers);
        }
        let heads = if name.contains("q_proj") { config.heads } else { config.kv_heads };
        if is_permuted(&config) && (name.contains("q_proj") || name.contains("k_proj")) {
            stored = stored.permuted(heads);
        }
        if name.contains("query_key_value") {
            stored = stored.joined(config.heads);
        }
        file.tensors.insert(gguf_name(&config, &name), stored);
    }
    file
}

/// The factors of a Granite as its file has them; a configuration has folded them.
fn factors(id: &str, file: &mut File) {
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder(id).join("config.json")).unwrap()).unwrap();
    for (key, name) in [
        ("embedding_multiplier", "embedding_scale"),
        ("residual_multiplier", "residual_scale"),
        ("logits_scaling", "logit_scale"),
        ("rms_norm_eps", "attention.layer_norm_rms_epsilon"),
    ] {
        file.set(&format!("granite.{name}"), Value::F32(to_f32(json[key].as_f64().unwrap())));
    }
}

/// What the converter computes from the parameters of Llama 3.1.
fn llama3_factors(config: &DecoderConfig) -> Stored {
    let RopeScaling::Llama3 { factor, low, high, original } = config.ropes[0].scaling else {
        panic!("another scaling")
    };
    let factors = (0..config.head_dim / 2).map(|pair| {
        let frequency = config.ropes[0].theta.powf(-2.0 * pair as f64 / config.head_dim as f64);
        let turns = original * frequency / std::f64::consts::TAU;
        let fast = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        to_f32(1.0 / ((1.0 - fast) / factor + fast))
    });
    Stored::f32(&[config.head_dim / 2], &factors.collect::<Vec<f32>>())
}

#[expect(clippy::cast_possible_truncation, reason = "files have numbers in f32")]
fn to_f32(x: f64) -> f32 {
    x as f32
}
