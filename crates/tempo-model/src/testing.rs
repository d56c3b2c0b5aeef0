//! Tiny random models for tests: no files, no downloads.

use std::collections::BTreeMap;
use std::ops::Range;

use safetensors::Dtype;

use crate::checkpoint::{ElementType, Numbers, Pending, TensorEntry, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::device::{self, DeviceChoice, DevicePreference};
use crate::engine::Engine;
use crate::inventory::Inventory;
use crate::options::{Kernels, LoadOptions};
use crate::source::{Folder, SmallFiles};

/// Two layers, grouped queries, an explicit head size.
pub(crate) const LLAMA: &str = r#"{"model_type": "llama", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 48,
    "max_position_embeddings": 64, "tie_word_embeddings": true, "eos_token_id": 0}"#;

/// A sliding window of three on every layer.
pub(crate) const MISTRAL: &str = r#"{"model_type": "mistral", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 48,
    "max_position_embeddings": 64, "sliding_window": 3}"#;

/// Normalised heads, one full layer, one with a window.
pub(crate) const QWEN3: &str = r#"{"model_type": "qwen3", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 8, "vocab_size": 48,
    "max_position_embeddings": 64, "use_sliding_window": true, "sliding_window": 3,
    "layer_types": ["full_attention", "sliding_attention"], "attention_bias": true}"#;

/// Four norms per layer; the third layer sees everything, and turns its heads by other angles.
pub(crate) const GEMMA3: &str = r#"{"model_type": "gemma3_text", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 48,
    "max_position_embeddings": 64, "sliding_window": 3, "sliding_window_pattern": 3, "query_pre_attn_scalar": 10,
    "attn_logit_softcapping": 5.0, "final_logit_softcapping": 9.0, "rope_scaling": {"type": "linear", "factor": 8}}"#;

/// The third layer has a window and turns nothing.
pub(crate) const SMOLLM3: &str = r#"{"model_type": "smollm3", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 48,
    "max_position_embeddings": 64, "no_rope_layer_interval": 3, "use_sliding_window": true, "sliding_window": 3}"#;

/// Factors of everything.
pub(crate) const GRANITE: &str = r#"{"model_type": "granite", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 48,
    "max_position_embeddings": 64, "embedding_multiplier": 3, "residual_multiplier": 0.4, "attention_multiplier": 0.5,
    "logits_scaling": 2}"#;

/// Norms on what blocks give, and over all heads.
pub(crate) const OLMO2: &str = r#"{"model_type": "olmo2", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 48,
    "max_position_embeddings": 64}"#;

/// Joined matrices; four of the six numbers of a head are turned.
pub(crate) const PHI3: &str = r#"{"model_type": "phi3", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 48,
    "max_position_embeddings": 64, "original_max_position_embeddings": 4096, "partial_rotary_factor": 0.75,
    "rope_scaling": {"type": "longrope", "attention_factor": 1.3, "short_factor": [1.0, 1.2], "long_factor": [2.0, 8.0]}}"#;

/// Blocks side by side, norms with means and biases; two of the eight numbers of a head are turned.
pub(crate) const GPT_NEOX: &str = r#"{"model_type": "gpt_neox", "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 3, "vocab_size": 48, "max_position_embeddings": 64}"#;

/// Every way in which families differ.
pub(crate) const KINDS: [&str; 9] = [LLAMA, MISTRAL, QWEN3, GEMMA3, SMOLLM3, GRANITE, OLMO2, PHI3, GPT_NEOX];

/// Those that differ in what a graphics device computes.
pub(crate) const KERNELS: [&str; 6] = [LLAMA, MISTRAL, QWEN3, GEMMA3, OLMO2, GPT_NEOX];

/// A checkpoint in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) entries: BTreeMap<String, TensorEntry>,
    pub(crate) bytes: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// Adds a tensor in f32.
    pub(crate) fn put(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.put_bytes(name, shape, Dtype::F32, bytes);
    }

    pub(crate) fn put_bytes(&mut self, name: &str, shape: &[usize], dtype: Dtype, bytes: Vec<u8>) {
        let entry =
            TensorEntry { shape: shape.to_vec(), dtype: ElementType::Safetensors(dtype), bytes: bytes.len() as u64 };
        self.entries.insert(name.into(), entry);
        self.bytes.insert(name.into(), bytes);
    }

    /// Weights for this configuration.
    pub(crate) fn random(config: &DecoderConfig, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut memory = Self::default();
        for tensor in Inventory::new(config, &BTreeMap::new()).tensors() {
            let elements: usize = tensor.shape.iter().product();
            let centre = if tensor.name.contains("norm") { 1.0 } else { 0.0 };
            let numbers: Vec<f32> = (0..elements).map(|_| centre + 0.3 * random.signed()).collect();
            memory.put(&tensor.name, &tensor.shape, &numbers);
        }
        memory
    }
}

impl TensorSource for Memory {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    fn file_bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.bytes).sum()
    }

    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        let ElementType::Safetensors(dtype) = self.entries[name].dtype else { panic!("put there by a test") };
        let byte = |element: u64| usize::try_from(element).unwrap() * dtype.bitsize() / 8;
        let numbers = Numbers::widened(dtype, &self.bytes[name][byte(elements.start)..byte(elements.end)]).unwrap();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}

/// Numbers that look random and are the same every time (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// From -1 to 1.
    pub(crate) fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

/// The configuration in this text.
pub(crate) fn resolve(json: &str) -> DecoderConfig {
    ConfigFile::parse(json.as_bytes()).unwrap().resolve(None).unwrap()
}

/// Both ways to compute.
pub(crate) fn kernels() -> [LoadOptions; 2] {
    [Kernels::Fused, Kernels::Tensor].map(|kernels| LoadOptions { kernels, ..LoadOptions::default() })
}

/// A model of this configuration and these weights.
pub(crate) fn folder(json: &str, weights: Memory) -> Folder<Memory> {
    let files = [("config.json", json.as_bytes().to_vec())].into();
    Folder::new("random", SmallFiles::Memory(files), weights).unwrap()
}

/// A model with random weights.
pub(crate) fn engine(json: &str, device: &DeviceChoice) -> Engine {
    engine_by(LoadOptions::default(), json, device)
}

/// The same, computed in this way.
pub(crate) fn engine_by(options: LoadOptions, json: &str, device: &DeviceChoice) -> Engine {
    let mut source = folder(json, Memory::random(&resolve(json), 7));
    pollster::block_on(Engine::open(&mut source, device, options, |_| ())).unwrap()
}

pub(crate) fn cpu() -> DeviceChoice {
    DeviceChoice::cpu("a test")
}

/// Opened once, like in a program.
pub(crate) fn gpu() -> DeviceChoice {
    thread_local! {
        static GPU: DeviceChoice = pollster::block_on(device::open(DevicePreference::Gpu)).unwrap();
    }
    GPU.with(DeviceChoice::clone)
}
