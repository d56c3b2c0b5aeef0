//! The wire format (ALGORITHM.md §11): a run is a stream of events, the same for a file, a page and a test.

mod decoders;
mod meter;
mod scored;

use serde::{Deserialize, Serialize};

pub use decoders::{
    BeamsEvent, ChosenToken, FinishedBeam, Hypothesis, SampleToken, SamplesEvent, SearchEvent, Simulation, TreeNode,
};
pub use meter::MeterEvent;
pub use scored::{ScoredText, ScoredToken};

use crate::ids::{Position, Slot, TokenId};
use crate::model::ModelDescription;
use crate::options::{DecoderKind, GenerationOptions, Reading, RemovalMode};

/// Version of the wire format; it changes when a key is renamed or removed, or gets another meaning. Files of version 1 are
/// read too: they have no `decoder`, `chain`, `readings` and `work`, and their `text` is the probable reading.
pub const TRACE_VERSION: u32 = 2;

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    /// What is about to run; always first.
    Run(RunEvent),
    /// One generated set.
    Step(StepEvent),
    /// One token of each sample.
    Samples(SamplesEvent),
    /// One token of each beam.
    Beams(BeamsEvent),
    /// One token of a tree search.
    Search(SearchEvent),
    /// Why the run ended; always last.
    End(EndEvent),
}

/// What is about to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEvent {
    /// [`TRACE_VERSION`].
    pub version: u32,
    /// How tokens are chosen.
    #[serde(default)]
    pub decoder: DecoderKind,
    /// The model.
    pub model: ModelEvent,
    /// Every option, resolved.
    pub options: GenerationOptions,
    /// What the model was given.
    pub prompt: PromptEvent,
    /// The conversation that the prompt is the text of, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatEvent>,
}

/// A conversation that a model answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatEvent {
    /// What was said so far, the oldest first.
    pub messages: Vec<ChatMessage>,
    /// Whether the model was told to think before it answers; null leaves it to its template.
    pub thinking: Option<bool>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What.
    pub content: String,
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
    /// How its weights were kept, as `q8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
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
            weights: model.weights.clone(),
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
    /// `T` of ALGORITHM.md §7a: a row for each member of the set, a column for each member of the set before, all of them live
    /// when this set was chosen. Empty in the first step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Vec<f64>>,
    /// How far the distribution after this step is from the exact one, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meter: Option<MeterEvent>,
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
    /// The end-of-text tokens that ended it, as they would have been members, with their probabilities: empty for
    /// other reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Candidate>,
    /// The generated part as one text: the reading that the option `reading` names.
    pub text: String,
    /// The generated part with parallel members as `[a/b/c]`.
    pub brackets: String,
    /// Totals.
    pub stats: Stats,
    /// The generated part as texts of one live member a set (LAB.md L3): probable, viterbi, scored where a beam was asked for, and the
    /// drawn ones in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingEvent>,
    /// What the run cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// The two parts of `text`, where it answers a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerEvent>,
}

/// An answer in its two parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerEvent {
    /// What the model said to itself, without its tags; null where it did not.
    pub thinking: Option<String>,
    /// What it says.
    pub text: String,
}

/// A text of one live member of every set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingEvent {
    /// How the members were chosen.
    pub kind: ReadingKind,
    /// Decoded as one byte sequence.
    pub text: String,
    /// The members' vocabulary entries.
    pub ids: Vec<TokenId>,
    /// What the chain says of the path, in nats; of a scored one, what the model says of it as ordinary text.
    pub log_probability: f64,
    /// By which readings of its kind are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Whether no path was left out of the search for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<bool>,
}

/// How the members of a reading were chosen (LAB.md L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadingKind {
    /// The most probable member of each set.
    Probable,
    /// The path that the chain says most of.
    Viterbi,
    /// The most probable one as ordinary text that a beam found.
    Scored,
    /// Drawn with the probability that the chain gives it.
    Drawn,
    /// Drawn token by token.
    Sample,
    /// What beam search found.
    Beam,
    /// What a tree search chose, token by token.
    Search,
}

impl From<Reading> for ReadingKind {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Probable => Self::Probable,
            Reading::Viterbi => Self::Viterbi,
            Reading::Scored => Self::Scored,
        }
    }
}

/// What a run cost the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Forward passes: the prompt's, the steps' and the rebuilds'.
    pub passes: usize,
    /// Rows that these have computed, the prompt's included.
    pub rows: usize,
    /// Most cache rows that were held at once.
    pub peak_rows: usize,
    /// Bytes of the keys and values in so many rows, as 32-bit floats.
    pub cache_bytes: usize,
}

impl Work {
    /// With the bytes that the rows take in a model of this description.
    pub(crate) fn with_bytes(self, model: &ModelDescription) -> Self {
        let row = model.layers * 2 * model.kv_heads * model.head_dim * size_of::<f32>();
        Self { cache_bytes: self.peak_rows * row, ..self }
    }
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
