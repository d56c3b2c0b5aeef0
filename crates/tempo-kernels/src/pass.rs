//! One forward pass as plain numbers, and what comes back.

use std::ops::Range;

/// What hides a row: far below any logit, far above overflow.
pub const HIDDEN: f32 = -1e30;

/// A token to compute.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// What is embedded.
    pub token: u32,
    /// Where the rotation turns it to.
    pub position: u32,
    /// Who it is: it always sees the key with its own slot.
    pub slot: u32,
    /// The set it belongs to.
    pub set: u32,
    /// Cache row that its key and value are written to.
    pub row: usize,
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
}

/// Who sees whom among the members of one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InSet {
    /// Nobody but oneself.
    Isolated,
    /// Everybody.
    Visible,
    /// Those with a lower slot.
    Ordered,
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
    /// The queries whose logits are wanted, and whose attention is measured.
    pub logits: Range<usize>,
    /// Weight of each layer in the attention received by the rows; empty where nothing is measured.
    pub layer_weights: Vec<f32>,
    /// Only look: the queries' rows are in the cache already and stay as they are, and every layer's attention is kept.
    pub look: bool,
}

impl Pass {
    /// Whether attention received is wanted.
    pub fn measures(&self) -> bool {
        !self.layer_weights.is_empty() && !self.logits.is_empty()
    }

    /// What query adds to the attention logit of a key in a layer with this window; `None`: it does not see it.
    ///
    /// The rule in words that every kernel repeats.
    pub fn bias(&self, query: &Query, key: &Key, window: Option<u32>) -> Option<f32> {
        if !key.live {
            return None;
        }
        if key.slot == query.slot {
            return Some(0.0);
        }
        let seen = match self.in_set {
            InSet::Isolated => key.set < query.set,
            InSet::Visible => key.set <= query.set,
            // Slots count upwards over sets.
            InSet::Ordered => key.slot < query.slot,
        };
        let near = window.is_none_or(|window| i64::from(key.set) > i64::from(query.set) - i64::from(window));
        (seen && near).then_some(key.bias)
    }
}

/// What comes back from a pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    /// Raw logits of the queries in `pass.logits`: `[pass.logits.len(), vocab]`.
    pub logits: Vec<f32>,
    /// Attention received by every row in `0..pass.keys.len()`: mean over the queries in `pass.logits` and over heads,
    /// weighted sum over layers. Empty where nothing is measured.
    pub received: Vec<f32>,
    /// `[layers, heads, queries, keys]` where a pass only looks; empty otherwise.
    pub attention: Vec<f32>,
}
