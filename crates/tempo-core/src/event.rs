//! The wire format (ALGORITHM.md §11): a run is a stream of events, the same for a file, a page and a test.

use serde::{Deserialize, Serialize};

use crate::ids::{Position, Slot, TokenId};
use crate::model::ModelDescription;
use crate::options::{GenerationOptions, RemovalMode};

/// Version of the wire format; it changes when a key is renamed or removed.
pub const TRACE_VERSION: u32 = 1;

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    /// What is about to run; always first.
    Run(RunEvent),
    /// One generated set.
    Step(StepEvent),
    /// Why the run ended; always last.
    End(EndEvent),
}

/// What is about to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEvent {
    /// [`TRACE_VERSION`].
    pub version: u32,
    /// The model.
    pub model: ModelEvent,
    /// Every option, resolved.
    pub options: GenerationOptions,
    /// What the model was given.
    pub prompt: PromptEvent,
}

/// The model of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEvent {
    /// Name of the folder or repository.
    pub id: String,
    /// `model_type`.
    pub architecture: String,
    /// Decoder layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Size of one head.
    pub head_dim: usize,
    /// Vocabulary size.
    pub vocab: usize,
    /// Base of the rotary angles.
    pub rope_theta: f64,
}

impl From<&ModelDescription> for ModelEvent {
    fn from(model: &ModelDescription) -> Self {
        Self {
            id: model.id.clone(),
            architecture: model.architecture.clone(),
            layers: model.layers,
            heads: model.heads,
            kv_heads: model.kv_heads,
            head_dim: model.head_dim,
            vocab: model.vocab,
            rope_theta: model.rope_theta,
        }
    }
}

/// The prompt of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptEvent {
    /// As typed.
    pub text: String,
    /// As tokenised, special tokens included.
    pub tokens: Vec<PromptToken>,
}

/// One token of the prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptToken {
    /// Its identity.
    pub slot: Slot,
    /// Its RoPE position.
    pub position: Position,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
}

/// One step: the set it chose and what the pass over that set brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepEvent {
    /// Counted from 0.
    pub step: usize,
    /// The selection threshold of this step.
    pub threshold: f64,
    /// Of the distribution, in nats.
    pub entropy: f64,
    /// How many tokens reached the threshold.
    pub above: usize,
    /// No token did, so the most probable one was taken.
    pub fallback: bool,
    /// The most probable tokens, those below the line too.
    pub candidates: Vec<Candidate>,
    /// The appended set, in order.
    pub set: Vec<Member>,
    /// End-of-text tokens that left the set.
    pub ended: Vec<Candidate>,
    /// Attention received by every slot made so far; sums to 1.
    pub received: Vec<f64>,
    /// One verdict for each member on trial, in slot order.
    pub verdicts: Vec<Verdict>,
    /// Slots that the budget evicted at the end of this step, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over_budget: Vec<Slot>,
    /// Cache rows held after this step.
    pub slots: usize,
    /// Rows still visible to later queries.
    pub live: usize,
    /// Measured by a caller that has a clock; the algorithm has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// A token and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// In the combined distribution.
    pub probability: f64,
}

/// A member of an appended set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its identity.
    pub slot: Slot,
    /// Its RoPE position.
    pub position: Position,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// In the combined distribution; never renormalised.
    pub probability: f64,
}

/// The judgement over one member on trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Who was judged.
    pub slot: Slot,
    /// Its score.
    pub score: f64,
    /// The number that the score was compared with.
    pub limit: f64,
    /// Whether it stays.
    pub keep: bool,
    /// What a verdict does in this run.
    pub effect: RemovalMode,
    /// It failed and stays only because one member has to (`keep-unattended`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
}

impl Verdict {
    /// Whether this takes its member out; under `report` and `fade` no member ever goes.
    pub fn removes(&self) -> bool {
        !self.keep && matches!(self.effect, RemovalMode::Mask | RemovalMode::Evict | RemovalMode::Rebuild)
    }
}

/// Wall-clock times of a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// The model's forward passes, in milliseconds.
    pub forward_ms: f64,
    /// The whole step, in milliseconds.
    pub total_ms: f64,
}

/// Why a run ended and what it said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndEvent {
    /// Why.
    pub reason: StopReason,
    /// The most probable live reading of the generated part.
    pub text: String,
    /// The generated part with parallel members as `[a/b/c]`.
    pub brackets: String,
    /// Totals.
    pub stats: Stats,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// All steps were made.
    MaxSteps,
    /// The end-of-text policy stopped it.
    Eos,
    /// The next set does not fit into the capacity.
    ContextFull,
    /// The caller stopped it.
    Stopped,
}

/// Totals of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// Step events.
    pub steps: usize,
    /// Members appended.
    pub tokens: usize,
    /// Members per step; 0 without a step.
    pub mean_set: f64,
    /// Members taken out by verdicts; the budget's evictions are apart.
    pub removed: usize,
    /// Wall-clock time of the run in seconds, by a caller that has a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}
