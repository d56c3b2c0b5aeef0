//! All continuations of a prompt by given tokens, each computed as ordinary text, in one cache.
//!
//! Core's meter enumerates, too, but says only how far the run's own distribution is from the exact one. Here the exact
//! distribution itself is needed: it is computed once for a window's sets, and every other way to run on these sets is held
//! against it. What a study says of a run on its own sets comes from core's meter.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    Key, Lane, Lanes, LanguageModel, Position, Query, Row, SetIndex, Slot, StepPlan, TokenId, Visibility,
};

use crate::log_softmax;

/// One continuation.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its tokens, the prompt's left out.
    pub ids: Vec<TokenId>,
    /// Sum of the logarithms of their probabilities, in nats.
    pub log_probability: f64,
    /// Logarithms of the probabilities of the next token, `[vocab]`.
    pub next: Vec<f32>,
    /// Cache rows of its tokens.
    rows: Vec<usize>,
    /// Its place from left to right among the leaves of the tree.
    lane: u32,
}

/// A tree of continuations. A node is computed once, however many leaves are below it.
#[derive(Debug)]
pub struct Paths<'a, M> {
    engine: &'a mut M,
    /// Tokens of the prompt; they hold the first rows.
    prompt: usize,
    /// What the rows in use hold.
    keys: Vec<Key>,
    /// Rows that the engine has room for.
    room: usize,
    leaves: Vec<Leaf>,
}

impl<'a, M: LanguageModel> Paths<'a, M>
where
    M::Error: Send + Sync,
{
    /// Computes the prompt, which is the only leaf. Whatever the engine held is forgotten.
    ///
    /// # Errors
    /// When the prompt is empty, or a pass fails.
    pub fn new(engine: &'a mut M, prompt: &[TokenId]) -> anyhow::Result<Self> {
        ensure!(!prompt.is_empty(), "there is nothing to continue");
        let room = prompt.len().next_power_of_two();
        block_on(engine.begin(room))?;
        let mut paths = Self { engine, prompt: prompt.len(), keys: Vec::new(), room, leaves: Vec::new() };
        let queries: Vec<Query> = prompt.iter().zip(0..).map(|(id, index)| query(*id, index, index)).collect();
        paths.keys.extend(queries.iter().map(key));
        let logits = paths.forward(queries, prompt.len() - 1)?;
        let next = logits.into_iter().next().context("the prompt has a last row")?;
        paths.leaves.push(Leaf { ids: Vec::new(), log_probability: 0.0, next, rows: Vec::new(), lane: 0 });
        Ok(paths)
    }

    /// The continuations.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Continues every leaf by every one of these tokens.
    ///
    /// # Errors
    /// When a pass fails.
    pub fn extend(&mut self, ids: &[TokenId]) -> anyhow::Result<()> {
        let leaves = 0..self.leaves.len();
        self.grow(&leaves.flat_map(|leaf| ids.iter().map(move |id| (leaf, *id))).collect::<Vec<_>>())
    }

    /// Continues these leaves by these tokens; all other leaves end. One pass.
    ///
    /// # Errors
    /// When there is no such leaf, or the pass fails.
    pub fn grow(&mut self, children: &[(usize, TokenId)]) -> anyhow::Result<()> {
        ensure!(!children.is_empty(), "at least one path goes on");
        let first = self.keys.len();
        let depth = self.leaves.first().map_or(0, |leaf| leaf.ids.len());
        let mut leaves = Vec::with_capacity(children.len());
        for (row, (leaf, id)) in (first..).zip(children) {
            let leaf = self.leaves.get(*leaf).context("there is no such path")?;
            leaves.push(Leaf {
                ids: leaf.ids.iter().copied().chain([*id]).collect(),
                log_probability: leaf.log_probability + f64::from(leaf.next[id.index()]),
                next: Vec::new(),
                rows: leaf.rows.iter().copied().chain([row]).collect(),
                lane: leaf.lane,
            });
        }
        // Children of one leaf lie side by side where it lay.
        let mut order: Vec<usize> = (0..leaves.len()).collect();
        order.sort_by_key(|index| leaves[*index].lane);
        (0..).zip(order).for_each(|(lane, index)| leaves[index].lane = lane);
        let queries: Vec<Query> = leaves
            .iter()
            .zip(children)
            .zip(first..)
            .map(|((leaf, (_, id)), row)| Query { lane: Lane(leaf.lane), ..query(*id, self.prompt + depth, row) })
            .collect();
        self.keys.extend(queries.iter().map(key));
        self.span(&leaves);
        let next = self.forward(queries, 0)?;
        leaves.iter_mut().zip(next).for_each(|(leaf, next)| leaf.next = next);
        self.leaves = leaves;
        Ok(())
    }

    /// Has every row of the tree span the leaves below it; rows with none are seen by nobody.
    fn span(&mut self, leaves: &[Leaf]) {
        for key in &mut self.keys[self.prompt..] {
            key.live = false;
        }
        for leaf in leaves {
            let own = Lanes::only(Lane(leaf.lane));
            for row in &leaf.rows {
                let key = &mut self.keys[*row];
                let (from, to) = (key.lanes.from.min(own.from), key.lanes.to.max(own.to));
                key.lanes = if key.live { Lanes { from, to } } else { own };
                key.live = true;
            }
        }
    }

    /// Ends the paths that have one of these tokens at that place; place 0 is the first after the prompt.
    pub fn end(&mut self, place: usize, ids: &[TokenId]) {
        self.leaves.retain(|leaf| !ids.contains(&leaf.ids[place]));
    }

    /// The leaves' own probabilities, of 1 in all.
    fn weights(&self) -> Vec<f64> {
        let most = self.leaves.iter().map(|leaf| leaf.log_probability).fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = self.leaves.iter().map(|leaf| (leaf.log_probability - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / total).collect()
    }

    /// Probabilities of the next token, averaged over all leaves by their own probabilities: `[vocab]`.
    pub fn average(&self) -> Vec<f64> {
        let mut average = vec![0.0; self.leaves.first().map_or(0, |leaf| leaf.next.len())];
        for (leaf, share) in self.leaves.iter().zip(self.weights()) {
            // Nothing that the sum could hold.
            if share > 1e-12 {
                average.iter_mut().zip(&leaf.next).for_each(|(sum, log)| *sum += share * f64::from(log.exp()));
            }
        }
        average
    }

    /// Computes queries, which the last rows are for, and returns what follows those from `first` on.
    fn forward(&mut self, queries: Vec<Query>, first: usize) -> anyhow::Result<Vec<Vec<f32>>> {
        let vocab = self.engine.description().vocab;
        if self.keys.len() > self.room {
            self.room = self.keys.len().next_power_of_two();
            block_on(self.engine.grow(self.room))?;
        }
        let plan = StepPlan {
            keys: self.keys.clone(),
            visibility: Visibility::Isolated,
            logits: first..queries.len(),
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
            queries,
        };
        let readout = block_on(self.engine.forward(&plan))?;
        let rows = readout.logits.rows().context("whole rows, for no digest was asked for")?;
        Ok(rows.chunks_exact(vocab).map(log_softmax).collect())
    }
}

/// What the row of a query holds: every lane sees it.
fn key(query: &Query) -> Key {
    Key { slot: query.slot, set: query.set, bias: 0.0, live: true, lanes: Lanes::ALL }
}

/// A token at a position, in a row of the same number as its slot. Its set is its position: all nodes of one depth are one
/// set.
fn query(id: TokenId, position: usize, row: usize) -> Query {
    Query {
        token: id,
        position: Position(to_u32(position)),
        slot: Slot(to_u32(row)),
        set: SetIndex(to_u32(position)),
        row: Row(to_u32(row)),
        lane: Lane::TEMPO,
    }
}

fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("a cache has fewer than 2^32 rows")
}
