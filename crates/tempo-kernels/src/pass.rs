//! One forward pass as plain numbers, and what comes back.

use std::ops::Range;

/// What hides a row: far below any logit, far above overflow.
pub const HIDDEN: f32 = -1e30;

/// A token to compute.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// The token that is embedded.
    pub token: u32,
    /// The position that its heads are rotated by.
    pub position: u32,
    /// Its identity: it always sees the key with its own slot.
    pub slot: u32,
    /// The set it belongs to.
    pub set: u32,
    /// Cache row that its key and value are written to.
    pub row: usize,
    /// The continuation that it looks from.
    pub lane: u32,
}

/// What a cache row holds.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The slot that the row holds.
    pub slot: u32,
    /// Its set.
    pub set: u32,
    /// Added to the attention logit of every other slot's query.
    pub bias: f32,
    /// False: no query sees it.
    pub live: bool,
    /// The continuations that it is part of: only queries in one of these lanes see it.
    pub lanes: Lanes,
}

/// Lanes that lie side by side: `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// The first.
    pub from: u32,
    /// The one after the last.
    pub to: u32,
}

impl Lanes {
    /// All there are.
    pub const ALL: Self = Self { from: 0, to: u32::MAX };

    /// Whether this lane is one of them.
    pub fn contains(self, lane: u32) -> bool {
        self.from <= lane && lane < self.to
    }
}

/// Who sees whom among the members of one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InSet {
    /// Each member only itself.
    Isolated,
    /// All members all others.
    Visible,
    /// Members those with a lower slot.
    Ordered,
}

/// How rows of logits become one distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombineRule {
    /// The softmax of the first row.
    First,
    /// The softmax of the last row.
    Last,
    /// The weighted mean of the rows' softmaxes.
    Mixture,
    /// The softmax of the weighted mean of the rows.
    LogitMean,
    /// The largest of the rows' softmaxes, token by token.
    Max,
}

/// Rows that a digest can be made of.
pub const MOST_DIGEST_ROWS: usize = 16;
/// Rows that a digest can tell of, those that only follow included.
pub const MOST_TOLD_ROWS: usize = 48;
/// Tokens that a digest can leave out.
pub const MOST_SUPPRESSED: usize = 16;
/// Tokens that a digest lists at most.
pub const MOST_LISTED: usize = 96;
/// Rows that can have lists of their own.
pub const MOST_LISTS: usize = 64;
/// Tokens that may be asked of a digest or of a row's list. Fewer than it can list: its list ends with a whole bin of the histogram, so some of
/// the room stays empty.
pub const MOST_CANDIDATES: usize = 80;

/// A wish for a few numbers in place of whole rows of logits.
#[derive(Clone, Debug, PartialEq)]
pub enum LogitsRequest {
    /// One distribution of the first rows, with what all rows say of its tokens.
    Combined(DigestRequest),
    /// A list of every row by itself.
    EachRow {
        /// Divides the logits in [`RowFacts::sum_at_temperature`].
        temperature: f32,
    },
}

/// How rows become one distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestRequest {
    /// How the rows become one distribution.
    pub rule: CombineRule,
    /// Of the rows that it is made of, which come first; they sum to 1. Others only follow.
    pub weights: Vec<f32>,
    /// Divides the logits.
    pub temperature: f32,
    /// Tokens that are left out of the distribution.
    pub suppressed: Vec<u32>,
}

/// Facts of one row of logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowFacts {
    /// Largest raw logit.
    pub max: f32,
    /// Sum of `exp(z - max)`; NaN when a logit is not finite.
    pub sum: f32,
    /// Sum of `exp((z - max) / temperature)`.
    pub sum_at_temperature: f32,
}

/// A distribution in a few numbers. `u` is a token's share by the rule, before shares are made to sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Facts of each row, those that only follow included.
    pub rows: Vec<RowFacts>,
    /// Largest weighted mean at temperature, of the rule [`CombineRule::LogitMean`]; 0 for others.
    pub peak: f32,
    /// Sum of `u` over the vocabulary.
    pub total: f64,
    /// Sum of `u` over the tokens that are not suppressed.
    pub left: f64,
    /// Sum of `u ln u` over the tokens that are not suppressed.
    pub log_sum: f64,
    /// The tokens with the largest `u`, in any order.
    pub tokens: Vec<u32>,
    /// Raw logits of each row at these tokens: `[rows, tokens]`.
    pub logits: Vec<f32>,
    /// Every token whose `u` is at least this is listed.
    pub complete_to: f32,
}

/// The most probable tokens of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowList {
    /// Facts of the whole row.
    pub facts: RowFacts,
    /// The tokens with the largest logits, in any order.
    pub tokens: Vec<u32>,
    /// Their raw logits.
    pub logits: Vec<f32>,
    /// Every token whose raw logit is at least this is listed.
    pub complete_to: f64,
}

/// What a pass shows of the model's inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Observe {
    /// Nothing: the queries are computed, and their keys and values go to the cache.
    #[default]
    Nothing,
    /// Every layer's attention. The queries' rows are in the cache already and stay as they are; the pass asks for no logits
    /// and measures nothing.
    Attention,
}

/// One forward pass.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Tokens to compute. All keys and values are written before any of them looks.
    pub queries: Vec<Query>,
    /// The rows from 0 on; the context is as long as this.
    pub keys: Vec<Key>,
    /// Who sees whom inside a set.
    pub in_set: InSet,
    /// The queries whose logits are wanted.
    pub logits: Range<usize>,
    /// Weight of each layer in the attention received by the rows; empty where nothing is measured.
    pub layer_weights: Vec<f32>,
    /// What is shown of the model's inside.
    pub observe: Observe,
    /// A digest or lists are enough. The answer has whole rows where they cannot be made: a processor makes no digest, a graphics
    /// device no lists of more than [`MOST_LISTS`] rows.
    pub digest: Option<LogitsRequest>,
    /// What every query adds to the attention logit of every key beside [`Key::bias`]: `[queries, keys]`, row-major and
    /// finite. It never counts for a query's own slot. Empty: nothing, for any of them.
    pub biases: Vec<f32>,
}

impl Pass {
    /// Whether attention received is wanted.
    pub fn measures(&self) -> bool {
        !self.layer_weights.is_empty() && !self.measured().is_empty()
    }

    /// The queries whose attention is measured: those of `logits` in lane 0, up to the first of another lane.
    pub fn measured(&self) -> Range<usize> {
        let start = self.logits.start;
        start..start + self.queries[self.logits.clone()].iter().take_while(|query| query.lane == 0).count()
    }

    /// Whether the queries' keys and values are written to the cache.
    pub fn writes(&self) -> bool {
        self.observe == Observe::Nothing
    }

    /// The biases of one query; empty where queries have none.
    pub fn biases_of(&self, query: usize) -> &[f32] {
        let keys = self.keys.len();
        self.biases.get(query * keys..(query + 1) * keys).unwrap_or_default()
    }

    /// # Panics
    /// When there are more keys than these cache rows, or not one bias for each query and key.
    pub(crate) fn check(&self, rows: usize) {
        let (queries, keys, biases) = (self.queries.len(), self.keys.len(), self.biases.len());
        assert!(keys <= rows, "{keys} rows in a cache of {rows}");
        assert!(biases == 0 || biases == queries * keys, "{biases} biases of {queries} queries and {keys} keys");
    }

    /// Whether some key is not part of every lane.
    pub fn has_lanes(&self) -> bool {
        self.keys.iter().any(|key| key.lanes != Lanes::ALL)
    }

    /// What a query adds to the attention logit of a key in a layer with this window; `None`: it does not see it.
    ///
    /// The rule in words that every kernel repeats.
    pub fn bias(&self, query: usize, key: usize, window: Option<u32>) -> Option<f32> {
        let own = self.biases.get(query * self.keys.len() + key).copied().unwrap_or(0.0);
        let (query, key) = (&self.queries[query], &self.keys[key]);
        if !key.live {
            return None;
        }
        if key.slot == query.slot {
            return Some(0.0);
        }
        let visible = match self.in_set {
            InSet::Isolated => key.set < query.set,
            InSet::Visible => key.set <= query.set,
            // Slots count upwards over sets.
            InSet::Ordered => key.slot < query.slot,
        };
        let near = window.is_none_or(|window| i64::from(key.set) > i64::from(query.set) - i64::from(window));
        (visible && near && key.lanes.contains(query.lane)).then_some(key.bias + own)
    }
}

/// What comes back from a pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    /// Raw logits of the queries in `pass.logits`: `[pass.logits.len(), vocab]`; empty where there is a digest or lists.
    pub logits: Vec<f32>,
    /// In place of logits, where the pass asks for it and the device can make it.
    pub digest: Option<Digest>,
    /// As the digest: a list for each query in `pass.logits`; empty where there are none.
    pub lists: Vec<RowList>,
    /// Attention received by every row in `0..pass.keys.len()`: mean over the queries in `pass.measured()` and over heads,
    /// weighted sum over layers. Empty where nothing is measured.
    pub received: Vec<f32>,
    /// `[layers, heads, queries, keys]` with [`Observe::Attention`]; empty otherwise.
    pub attention: Vec<f32>,
}
