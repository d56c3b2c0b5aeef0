//! What the algorithm needs from a language model: positions, slots and visibility come in as data with every pass.

use std::ops::Range;

use crate::digest::{Digest, DigestRequest};
use crate::ids::{Lane, Position, Row, SetIndex, Slot, TokenId};
use crate::lists::{ListRequest, RowList};
use crate::options::Visibility;

/// A causal RoPE language model whose cache is written by row and read under an explicit visibility rule.
///
/// The trait is async because a browser cannot wait for its GPU. Native callers drive it with any executor.
#[expect(async_fn_in_trait, reason = "one thread owns the device, so no caller needs the futures to be Send")]
pub trait LanguageModel {
    /// What can go wrong inside the model.
    type Error: std::error::Error + 'static;

    /// Sizes and names that do not change.
    fn description(&self) -> &ModelDescription;

    /// Forgets everything and makes room for at least `rows` cache rows.
    ///
    /// # Errors
    /// When the device cannot hold that many rows.
    async fn begin(&mut self, rows: usize) -> Result<(), Self::Error>;

    /// Makes room for a run of at least `rows` cache rows that goes on with what rows hold from the run before. False where
    /// a run of so many rows would compute them otherwise, or where this cannot be done: then nothing has changed.
    ///
    /// # Errors
    /// When the device cannot hold that many rows.
    async fn resume(&mut self, rows: usize) -> Result<bool, Self::Error> {
        let _ = rows;
        Ok(false)
    }

    /// Makes room for at least `rows` cache rows in all and keeps what they hold.
    ///
    /// # Errors
    /// When the device cannot hold that many rows.
    async fn grow(&mut self, rows: usize) -> Result<(), Self::Error>;

    /// One forward pass: computes `plan.queries`, writes their keys and values at their rows, and reads back once.
    ///
    /// # Errors
    /// When the device fails or the plan names a row that neither [`begin`](Self::begin) nor [`grow`](Self::grow) made room for.
    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, Self::Error>;

    /// Raw logits of the last forward pass, `[plan.logits.len(), vocab]`, row-major. A model that returns a [`Digest`] or lists
    /// keeps them until the next forward pass; [`grow`](Self::grow) does not touch them. Never asked of a model that
    /// returned them as rows.
    ///
    /// # Errors
    /// When the device fails.
    async fn logits(&mut self) -> Result<Vec<f32>, Self::Error>;
}

/// What a model says of itself; it becomes the `model` object of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDescription {
    /// Name of the folder or repository that the weights came from.
    pub id: String,
    /// `model_type` of the configuration.
    pub architecture: String,
    /// How its weights are kept, as `q8`; where it tells.
    pub weights: Option<String>,
    /// Decoder layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Size of one head.
    pub head_dim: usize,
    /// Logits per row.
    pub vocab: usize,
    /// Base of the rotary angles.
    pub rope_theta: f64,
    /// `max_position_embeddings`: the default capacity.
    pub max_positions: usize,
    /// Tokens that end a text; may be empty.
    pub eos: Vec<TokenId>,
}

/// One forward pass, as plain data. The whole `queries` x `keys` visibility follows from a few numbers for each of them, so a
/// model builds its mask on the device and never uploads one. Only weightings that ask who speaks say something of every
/// query and key, in `biases`.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPlan {
    /// Tokens to compute, in slot order. Their keys and values are written before any query attends.
    pub queries: Vec<Query>,
    /// One entry per cache row in `0..context`, the queries' own rows included; the context is `keys.len()`.
    pub keys: Vec<Key>,
    /// Who sees whom inside a set.
    pub visibility: Visibility,
    /// The queries whose logits are read back.
    pub logits: Range<usize>,
    /// Weight of each layer in the attention received by the rows, from the queries in `logits` that are in lane 0, which
    /// come before those of other lanes; sums to 1.
    /// Empty: attention received is not wanted. A weight of 0: the layer need not be measured.
    pub layer_weights: Vec<f32>,
    /// What is enough in place of whole rows of logits. A model may return all rows nevertheless; `None`: it must.
    pub digest: Option<LogitsRequest>,
    /// What every query adds to the attention logit of every key beside [`Key::bias`], row-major: `[queries, context]`.
    /// Like that, it is finite and never counts for a query's own slot. Empty: nothing, for any of them.
    pub biases: Vec<f32>,
}

/// What a plan may ask for in place of whole rows of logits.
#[derive(Clone, Debug, PartialEq)]
pub enum LogitsRequest {
    /// One distribution that TEMPO's rows make together; the answer is [`Logits::Digest`].
    Combined(DigestRequest),
    /// The most probable tokens of every row by itself, which is what lanes go by; the answer is [`Logits::Lists`].
    EachRow(ListRequest),
}

impl LogitsRequest {
    /// The request for one distribution of all rows, if this is one.
    pub fn combined(&self) -> Option<&DigestRequest> {
        match self {
            Self::Combined(request) => Some(request),
            Self::EachRow(_) => None,
        }
    }
}

impl From<DigestRequest> for LogitsRequest {
    fn from(request: DigestRequest) -> Self {
        Self::Combined(request)
    }
}

impl From<ListRequest> for LogitsRequest {
    fn from(request: ListRequest) -> Self {
        Self::EachRow(request)
    }
}

/// A token to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// What is embedded.
    pub token: TokenId,
    /// Where RoPE turns it to.
    pub position: Position,
    /// Who it is: a query always sees the key with its own slot.
    pub slot: Slot,
    /// The parallel set it belongs to.
    pub set: SetIndex,
    /// Where its key and value are written.
    pub row: Row,
    /// The continuation that it looks from: a node that several share looks from any of theirs, for it sees the same.
    pub lane: Lane,
}

/// What a cache row holds, as far as visibility goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// The slot that the row holds.
    pub slot: Slot,
    /// Its parallel set.
    pub set: SetIndex,
    /// Added to the attention logit of every other slot's query (never to the slot's own); 0 for plain TEMPO.
    pub bias: f32,
    /// False for removed members and for rows that hold nothing: no query sees them.
    pub live: bool,
    /// The continuations that it is part of.
    pub lanes: Lanes,
}

impl Key {
    /// A row that holds nothing.
    pub const FREE: Self =
        Self { slot: Slot(u32::MAX), set: SetIndex(u32::MAX), bias: 0.0, live: false, lanes: Lanes::ALL };
}

/// Lanes that lie side by side, `from..to`. A tree is drawn by numbering its leaves from left to right: a node spans the
/// leaves below it, so ancestors are seen and cousins are not (LAB.md L1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// The first.
    pub from: Lane,
    /// The one after the last.
    pub to: Lane,
}

impl Lanes {
    /// All there are: what TEMPO's keys span where nothing else shares its cache.
    pub const ALL: Self = Self { from: Lane(0), to: Lane(u32::MAX) };

    /// One lane.
    pub const fn only(lane: Lane) -> Self {
        Self { from: lane, to: Lane(lane.0 + 1) }
    }

    /// Whether this lane is one of them.
    pub fn contains(self, lane: Lane) -> bool {
        self.from <= lane && lane < self.to
    }
}

impl StepPlan {
    /// The queries whose attention is measured: those in `logits` that are TEMPO's own. Queries of other lanes come after them.
    pub fn measured(&self) -> Range<usize> {
        let of_tempo = self.queries[self.logits.clone()].iter().take_while(|query| query.lane == Lane::TEMPO);
        self.logits.start..self.logits.start + of_tempo.count()
    }

    /// The plan without the queries of other lanes, which come last; their rows are part of the context still.
    #[must_use]
    pub fn of_tempo(&self) -> Self {
        let mut plan = self.clone();
        plan.queries.retain(|query| query.lane == Lane::TEMPO);
        plan.logits = self.measured();
        plan.biases.truncate(plan.queries.len() * plan.keys.len());
        plan
    }

    /// Whether query `i` may attend to key `j` (ALGORITHM.md §7, LAB.md L1), the model's sliding window aside.
    ///
    /// Sets are numbered in order of appearance, so a lower set is an earlier one, and slots count upwards inside it.
    /// This is the rule in words that a model's mask has to repeat; the reference for its tests.
    pub fn sees(&self, query: &Query, key: &Key) -> bool {
        key.live
            && (key.slot == query.slot
                || key.lanes.contains(query.lane)
                    && (key.set < query.set
                        || (key.set == query.set
                            && match self.visibility {
                                Visibility::Isolated => false,
                                Visibility::Visible => true,
                                Visibility::Ordered => key.slot < query.slot,
                            })))
    }
}

/// What comes back from one forward pass, in one read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Of the queries in `plan.logits`.
    pub logits: Logits,
    /// Attention received by each cache row in `0..context`: mean over those of lane 0 and over heads, weighted mean
    /// over layers; sums to 1. Empty when the plan's `layer_weights` are.
    pub received: Vec<f32>,
}

/// The logits of a pass, or what the algorithm needs of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Logits {
    /// All raw logits, row-major: `[plan.logits.len(), vocab]`.
    Rows(Vec<f32>),
    /// The answer to [`LogitsRequest::Combined`].
    Digest(Digest),
    /// The answer to [`LogitsRequest::EachRow`]: one for each row.
    Lists(Vec<RowList>),
}

impl Logits {
    /// All raw logits, unless this is a digest or lists: `[plan.logits.len(), vocab]`, row-major.
    pub fn rows(&self) -> Option<&[f32]> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::Digest(_) | Self::Lists(_) => None,
        }
    }

    /// As [`rows`](Self::rows), without a copy.
    pub fn into_rows(self) -> Option<Vec<f32>> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::Digest(_) | Self::Lists(_) => None,
        }
    }
}

impl Default for Logits {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

impl From<Vec<f32>> for Logits {
    fn from(rows: Vec<f32>) -> Self {
        Self::Rows(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_sees_keys_of_its_own_lane_and_always_itself() {
        let plan = StepPlan {
            queries: Vec::new(),
            keys: Vec::new(),
            visibility: Visibility::Isolated,
            logits: 0..0,
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
        };
        let query = Query {
            token: TokenId(0),
            position: Position(2),
            slot: Slot(7),
            set: SetIndex(2),
            row: Row(7),
            lane: Lane(4),
        };
        let key = |slot: u32, set: u32, lanes: Lanes| Key {
            slot: Slot(slot),
            set: SetIndex(set),
            bias: 0.0,
            live: true,
            lanes,
        };
        let lanes = |from, to| Lanes { from: Lane(from), to: Lane(to) };
        for (lanes, want) in [
            (Lanes::ALL, true),
            (Lanes::only(Lane(4)), true),
            (Lanes::only(Lane::TEMPO), false),
            (lanes(0, 4), false),
            (lanes(4, 9), true),
            (lanes(5, 9), false),
            (lanes(4, 4), false),
        ] {
            assert_eq!(plan.sees(&query, &key(3, 1, lanes)), want, "{lanes:?}");
            assert!(!plan.sees(&query, &key(3, 2, lanes)), "a sibling in {lanes:?}");
            assert!(plan.sees(&query, &key(7, 2, lanes)), "itself in {lanes:?}");
        }
        assert!(!plan.sees(&query, &Key::FREE));
    }
}
