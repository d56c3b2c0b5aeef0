//! A prompt and many continuations of it, alone in a cache: what a decoder beside TEMPO keeps.

use std::ops::Range;

use crate::ids::{Lane, Position, SetIndex, Slot, TokenId};
use crate::model::{Key, Lanes, LogitsRequest, Query, StepPlan};
use crate::options::Visibility;
use crate::rows::Rows;
use crate::tree::{Numbering, Tree};

/// A prompt in the first rows of a cache, and a tree of continuations in the others.
#[derive(Clone, Debug)]
pub(crate) struct Branches {
    prompt: Vec<Query>,
    rows: Rows,
    tree: Tree,
}

impl Branches {
    /// A prompt that nothing follows yet.
    ///
    /// # Panics
    /// When the prompt does not fit; the caller has refused that.
    pub(crate) fn new(prompt: &[TokenId], capacity: usize) -> Self {
        let mut rows = Rows::new(capacity);
        let prompt: Vec<Query> = prompt
            .iter()
            .zip(0..)
            .map(|(token, index)| {
                let slot = Slot(index);
                let (position, set) = (Position(index), SetIndex(index));
                Query { token: *token, position, slot, set, row: rows.take(slot), lane: Lane::TEMPO }
            })
            .collect();
        let after = u32::try_from(prompt.len()).expect("a prompt has fewer than 2^32 tokens");
        Self { prompt, rows, tree: Tree::new(Position(after), SetIndex(after), Slot(after)) }
    }

    /// The continuations.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tokens of the prompt.
    pub(crate) fn prompt(&self) -> impl Iterator<Item = TokenId> + '_ {
        self.prompt.iter().map(|query| query.token)
    }

    /// Tokens in the prompt.
    pub(crate) fn prompt_len(&self) -> usize {
        self.prompt.len()
    }

    /// Rows in use.
    pub(crate) fn held(&self) -> usize {
        self.rows.held()
    }

    /// Rows that are in use or lie between those that are.
    pub(crate) fn context(&self) -> usize {
        self.rows.context().len()
    }

    /// Rows that can still be taken.
    pub(crate) fn left(&self) -> usize {
        self.rows.left()
    }

    /// Appends a token to a node, or to the prompt.
    ///
    /// # Panics
    /// When no row is left; the caller has checked that.
    pub(crate) fn append(&mut self, parent: Option<Slot>, token: TokenId) -> Slot {
        self.tree.append(parent, token, &mut self.rows)
    }

    /// Takes out a node with all that is below it.
    pub(crate) fn free(&mut self, slot: Slot) {
        self.tree.free(slot, &mut self.rows);
    }

    /// Takes out the branches that end in none of these nodes.
    pub(crate) fn keep(&mut self, ends: &[Slot]) {
        for leaf in self.tree.leaves().into_iter().filter(|leaf| !ends.contains(leaf)) {
            self.tree.free_branch(leaf, &mut self.rows, |slot| ends.contains(&slot));
        }
    }

    /// Computes the prompt; the logits are those of its last token.
    pub(crate) fn prefill(&self, digest: Option<LogitsRequest>) -> StepPlan {
        let logits = self.prompt.len() - 1..self.prompt.len();
        self.plan_of(self.prompt.clone(), &self.tree.number(Lane::TEMPO), logits, digest)
    }

    /// Computes these nodes, whose parents have been computed; the logits are those of all of them, in this order.
    pub(crate) fn plan(&self, slots: &[Slot], digest: Option<LogitsRequest>) -> StepPlan {
        let numbering = self.tree.number(Lane::TEMPO);
        self.plan_of(self.tree.queries(slots, &numbering), &numbering, 0..slots.len(), digest)
    }

    fn plan_of(
        &self,
        queries: Vec<Query>,
        numbering: &Numbering,
        logits: Range<usize>,
        digest: Option<LogitsRequest>,
    ) -> StepPlan {
        let mut keys = vec![Key::FREE; self.rows.context().len()];
        for query in &self.prompt {
            keys[query.row.index()] =
                Key { slot: query.slot, set: query.set, bias: 0.0, live: true, lanes: Lanes::ALL };
        }
        self.tree.mark(&mut keys, numbering);
        StepPlan {
            queries,
            keys,
            visibility: Visibility::Isolated,
            logits,
            layer_weights: Vec::new(),
            digest,
            biases: Vec::new(),
        }
    }
}
