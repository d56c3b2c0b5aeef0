//! Plain objects for JavaScript that are no events. `www/src/contract.ts` is generated from them.

use serde::{Deserialize, Serialize};
use tempo_core::compare::Outcome;
use tempo_core::{DecoderKind, ReadingKind, Simulation, Slot, TokenId};
use tempo_model::device::DeviceMemory;
use tempo_model::{Counts, DeviceChoice, DeviceReason, Preview, Progress};

/// The device that a model runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// What kind it is.
    pub kind: DeviceKind,
    /// The adapter's name, or `cpu`.
    pub name: String,
    /// Why it was chosen.
    pub chosen_for: DeviceReason,
    /// Why it was chosen, in words.
    pub reason: String,
    /// Whether the adapter is software: a program on the CPU.
    pub software: bool,
    /// Threads that share the work of a loaded model, where the fused kernels run on the CPU.
    pub threads: Option<usize>,
    /// Bytes of the largest buffer that a shader can be given; the CPU has no such limit.
    pub max_binding_bytes: Option<u64>,
    /// Bytes of the largest buffer; the CPU has no such limit.
    pub max_buffer_bytes: Option<u64>,
    /// Optional features that matter to kernels.
    pub features: Vec<String>,
}

/// Kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A graphics adapter through WebGPU.
    Gpu,
    /// The CPU, in the same wasm.
    Cpu,
}

impl DeviceReport {
    /// Of this device, where a loaded model has so many threads.
    pub fn new(device: &DeviceChoice, threads: Option<usize>) -> Self {
        let adapter = device.adapter.as_ref();
        Self {
            kind: if device.is_cpu() { DeviceKind::Cpu } else { DeviceKind::Gpu },
            name: adapter.map_or_else(|| "cpu".to_owned(), |adapter| adapter.name.clone()),
            chosen_for: device.chosen_for,
            reason: device.reason.clone(),
            software: adapter.is_some_and(|adapter| adapter.software),
            threads,
            max_binding_bytes: adapter.map(|adapter| adapter.max_binding_bytes),
            max_buffer_bytes: adapter.map(|adapter| adapter.max_buffer_bytes),
            features: adapter
                .map(|adapter| adapter.features.iter().map(|feature| (*feature).to_owned()).collect())
                .unwrap_or_default(),
        }
    }
}

/// What a model needs, told from its configuration alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelNeed {
    /// `model_type`.
    pub architecture: String,
    /// Numbers in its weights.
    pub parameters: u64,
    /// What its weights would be kept as.
    pub weights: String,
    /// Why they would be kept as that.
    pub weights_reason: String,
    /// Bytes of the weights on the device.
    pub weights_bytes: u64,
    /// Bytes of one row of the KV cache.
    pub cache_bytes_per_row: u64,
    /// Bytes of the largest single buffer.
    pub largest_buffer_bytes: u64,
    /// The longest text the model was made for.
    pub max_positions: usize,
    /// Why this device cannot hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
}

impl ModelNeed {
    /// What this model needs, compared with the device.
    pub fn new(model: Preview, device: &DeviceChoice) -> Self {
        let Preview { config, weights, requirements: needed } = model;
        Self {
            obstacle: needed.check(device).err().map(|error| error.to_string()),
            architecture: config.family.name.to_owned(),
            parameters: needed.parameters,
            weights: weights.format.name().to_owned(),
            weights_reason: weights.reason,
            weights_bytes: needed.weight_bytes,
            cache_bytes_per_row: needed.row_bytes,
            largest_buffer_bytes: needed.largest_buffer_bytes,
            max_positions: config.max_positions,
        }
    }
}

/// How long a prompt is for the loaded model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptLength {
    /// Tokens of the prompt, those that the tokenizer adds among them.
    pub tokens: usize,
    /// Tokens of the longest text that the model was made for.
    pub max_positions: usize,
}

/// Weights on their way to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadProgress {
    /// Bytes of the checkpoint that have arrived.
    pub done_bytes: u64,
    /// Bytes to arrive.
    pub total_bytes: u64,
    /// Programs that the graphics device has compiled.
    pub compiled: usize,
    /// Programs to compile; 0 while weights are on their way.
    pub programs: usize,
}

impl From<Progress> for LoadProgress {
    fn from(progress: Progress) -> Self {
        let (compiled, programs) = progress.kernels.unwrap_or_default();
        Self { done_bytes: progress.done, total_bytes: progress.total, compiled, programs }
    }
}

/// Whether a model takes part in conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatReport {
    /// It has a chat template that can be used.
    pub usable: bool,
    /// Why the template that it has cannot be used; null where it has none.
    pub reason: Option<String>,
    /// The template can be told to let the model think, or not.
    pub thinking: bool,
    /// What stands around the thinking in an answer, where the template speaks of it.
    pub tags: Option<ThinkingTags>,
}

/// What stands around the thinking in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThinkingTags {
    /// Before it.
    pub open: String,
    /// Behind it.
    pub close: String,
}

/// A simulation of a tree search, while its step is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationReport {
    /// Counted from 0 in its step.
    pub number: usize,
    /// Tokens from the root, exclusive, to the node that was reached.
    pub path: Vec<TokenId>,
    /// The most probable tokens from there.
    pub rollout: Vec<TokenId>,
    /// Geometric mean of the probabilities of all these tokens.
    pub value: f64,
    /// Each of them decoded alone: the path's, then those of the roll-out.
    pub texts: Vec<String>,
}

impl SimulationReport {
    /// Of the simulation of this number.
    pub fn new(number: usize, made: &Simulation, text: impl Fn(TokenId) -> String) -> Self {
        let (path, rollout) = (made.path.clone(), made.rollout.clone());
        let texts = path.iter().chain(&rollout).map(|id| text(*id)).collect();
        Self { number, path, rollout, value: made.value, texts }
    }
}

/// How a lane of a comparison stands (LAB.md L6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaneReport {
    /// Counted from 0.
    pub lane: usize,
    /// As it was written.
    pub words: String,
    /// Its decoder.
    pub decoder: DecoderKind,
    /// What it says so far; once it is judged, the best reading.
    pub reading: String,
    /// How that was found; null before the first step.
    pub kind: Option<ReadingKind>,
    /// Mean `ln p` a token of the best reading as ordinary text, in nats; null before it is judged, and without a token.
    pub mean_log_probability: Option<f64>,
    /// Readings that differ in their tokens.
    pub distinct_readings: usize,
    /// Paths through the live members of the lattice; null where there is no lattice.
    pub paths: Option<f64>,
    /// Whole steps.
    pub steps: usize,
    /// Forward passes, the prompt's included.
    pub passes: usize,
    /// Rows that these have computed.
    pub rows: usize,
    /// Most cache rows held at once.
    pub peak_rows: usize,
    /// Bytes of keys and values in so many rows.
    pub cache_bytes: usize,
    /// Time of its passes and choices; the scores are not in it.
    pub milliseconds: f64,
    /// Share of its budget that is used.
    pub used: f64,
    /// Why it has ended; null while it runs.
    pub reason: Option<Outcome>,
    /// Its readings have been scored.
    pub judged: bool,
}

/// Attention of one step, per layer and head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionMaps {
    /// The step.
    pub step: usize,
    /// Decoder layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Slots that looked, in the order of the third axis.
    pub queries: Vec<Slot>,
    /// Slots that were looked at, in the order of the fourth axis.
    pub keys: Vec<Slot>,
    /// `[layers, heads, queries, keys]`, row-major.
    pub weights: Vec<f32>,
}

/// What the engine has done since the model was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkCounts {
    /// Passes through the layers.
    pub passes: u64,
    /// Reads from the device.
    pub readbacks: u64,
    /// Bytes read from it.
    pub bytes_read: u64,
    /// Bytes that live tensors use on the device, where it tells.
    pub device_bytes: Option<u64>,
    /// Bytes that the device's memory pools hold, where it tells.
    pub device_reserved_bytes: Option<u64>,
    /// Bytes of the wasm heap.
    pub heap_bytes: u64,
}

impl WorkCounts {
    /// From what the engine counted and what the memories hold.
    pub fn new(counts: Counts, memory: Option<DeviceMemory>, heap_bytes: u64) -> Self {
        Self {
            passes: counts.passes,
            readbacks: counts.readbacks,
            bytes_read: counts.bytes_read,
            device_bytes: memory.map(|memory| memory.in_use),
            device_reserved_bytes: memory.map(|memory| memory.reserved),
            heap_bytes,
        }
    }
}
