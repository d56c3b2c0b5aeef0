//! Tree search by PUCT: simulations before each token.

use crate::digest::NotInDigest;
use crate::event::{ChosenToken, Event, ReadingEvent, ReadingKind, SearchEvent, Simulation, TreeNode};
use crate::ids::{Slot, TokenId};
use crate::lists::ListRequest;
use crate::options::GenerationOptions;
use crate::text::Vocabulary;

use super::branching::{Next, State, Strategy};
use super::row::top;

/// The search.
#[derive(Debug)]
pub(super) struct Search {
    simulations: usize,
    exploration: f64,
    branching: usize,
    depth: usize,
    /// The root first; children of a node in the order of their rank, after their parent.
    tree: Vec<Node>,
    chosen: Vec<TokenId>,
    log_probability: f64,
    ended: bool,
    /// Simulations of this step that are done.
    done: Vec<Simulation>,
    /// The one under way, while it waits for a pass.
    current: Option<Current>,
}

#[derive(Clone, Debug)]
struct Node {
    id: TokenId,
    parent: Option<usize>,
    /// `ln p` of the whole vocabulary.
    log_probability: f64,
    prior: f64,
    visits: usize,
    /// Sum of the values of the simulations that came by.
    total: f64,
    /// Indices in the tree; empty while it is not expanded.
    children: Vec<usize>,
    /// Its row, once it was computed; the first root is the prompt and has none of its own.
    slot: Option<Slot>,
}

/// A simulation under way.
#[derive(Debug)]
struct Current {
    /// The node that was reached.
    node: usize,
    path: Vec<TokenId>,
    rollout: Vec<TokenId>,
    /// Sum of `ln p` of all these tokens.
    sum: f64,
    /// The first node of the roll-out, and the newest.
    rows: Option<(Slot, Slot)>,
}

impl Node {
    fn value(&self) -> f64 {
        if self.visits == 0 { 0.0 } else { self.total / self.visits as f64 }
    }
}

impl Search {
    pub(super) fn new(options: &GenerationOptions) -> Self {
        Self {
            simulations: options.simulations,
            exploration: options.exploration,
            branching: options.branching,
            depth: options.depth,
            tree: Vec::new(),
            chosen: Vec::new(),
            log_probability: 0.0,
            ended: false,
            done: Vec::new(),
            current: None,
        }
    }

    /// Makes the most probable tokens after a node its children.
    fn expand(&mut self, node: usize, best: Vec<(TokenId, f64)>) {
        let sum: f64 = best.iter().map(|(_, log)| log.exp()).sum();
        for (id, log_probability) in best {
            let prior = log_probability.exp() / sum;
            let child = self.tree.len();
            self.tree[node].children.push(child);
            let (children, slot) = (Vec::new(), None);
            self.tree.push(Node {
                id,
                parent: Some(node),
                log_probability,
                prior,
                visits: 0,
                total: 0.0,
                children,
                slot,
            });
        }
    }

    /// The child with the greatest value and interest together; ties by rank.
    fn best_child(&self, node: usize) -> usize {
        let above = &self.tree[node];
        let reach = self.exploration * (1.0 + above.visits as f64).sqrt();
        let score = |child: usize| {
            let child = &self.tree[child];
            let value = if child.visits == 0 { above.value() } else { child.value() };
            value + reach * child.prior / (1.0 + child.visits as f64)
        };
        let mut children = above.children.iter().copied();
        let first = children.next().expect("an expanded node has children");
        children
            .fold((first, score(first)), |best, child| {
                let score = score(child);
                if score > best.1 { (child, score) } else { best }
            })
            .0
    }

    /// From the root to the node where a simulation leaves the tree.
    fn select(&self) -> Current {
        let (mut node, mut path, mut sum) = (0, Vec::new(), 0.0);
        while !self.tree[node].children.is_empty() {
            node = self.best_child(node);
            path.push(self.tree[node].id);
            sum += self.tree[node].log_probability;
        }
        Current { node, path, rollout: Vec::new(), sum, rows: None }
    }

    /// Tokens after the prompt at the end of a simulation so far.
    fn length(&self, current: &Current) -> usize {
        self.chosen.len() + current.path.len() + current.rollout.len()
    }

    /// Makes simulations until one needs a pass, or until they are enough.
    fn simulate(&mut self, state: &mut State, words: &dyn Vocabulary) -> Next {
        while self.done.len() < self.simulations {
            let current = self.select();
            let ended = current.path.last().is_some_and(|id| state.is_eos(*id));
            if ended || self.length(&current) == state.config.max_steps {
                self.back_up(current, state);
                continue;
            }
            if state.branches.left() == 0 {
                return Next::Full;
            }
            let node = &self.tree[current.node];
            let above = node.parent.and_then(|parent| self.tree[parent].slot);
            let slot = state.branches.append(above, node.id);
            self.tree[current.node].slot = Some(slot);
            self.current = Some(current);
            return Next::Compute(vec![slot]);
        }
        self.choose_child(state, words)
    }

    /// Ends a simulation.
    fn back_up(&mut self, current: Current, state: &mut State) {
        if let Some((first, _)) = current.rows {
            state.branches.free(first);
        }
        let count = current.path.len() + current.rollout.len();
        let value = (current.sum / count as f64).exp();
        for node in std::iter::successors(Some(current.node), |node| self.tree[*node].parent).collect::<Vec<_>>() {
            self.tree[node].visits += 1;
            self.tree[node].total += value;
        }
        self.done.push(Simulation { path: current.path, rollout: current.rollout, value });
    }

    /// The most visited child of the root becomes the root.
    fn choose_child(&mut self, state: &mut State, words: &dyn Vocabulary) -> Next {
        let children = self.tree[0].children.iter().copied();
        let best = children.reduce(|best, child| {
            let (a, b) = (&self.tree[best], &self.tree[child]);
            if (b.visits, b.value()) > (a.visits, a.value()) { child } else { best }
        });
        let best = best.expect("the root is expanded");
        let tree = self.tree.iter().enumerate().map(|(index, node)| TreeNode {
            node: index,
            parent: node.parent,
            id: node.id,
            text: words.text(node.id),
            prior: node.prior,
            visits: node.visits,
            value: node.value(),
        });
        let tree = tree.collect();
        let node = &self.tree[best];
        let (id, position) = (node.id, state.position());
        self.ended = state.is_eos(id);
        self.chosen.push(id);
        self.log_probability += node.log_probability;
        let slot = (!self.ended).then_some(Slot(position.0));
        let chosen = ChosenToken { slot, position, id, text: words.text(id), probability: node.log_probability.exp() };
        for child in self.tree[0].children.iter().filter(|child| **child != best) {
            if let Some(slot) = self.tree[*child].slot {
                state.branches.free(slot);
            }
        }
        self.move_root(best);
        let held = state.branches.prompt_len() + self.chosen.len() - usize::from(self.ended);
        let simulations = std::mem::take(&mut self.done);
        let event = SearchEvent { step: state.step, simulations, tree, chosen, slots: held, live: held, timing: None };
        Next::Step(Event::Search(event), usize::from(slot.is_some()))
    }

    /// Keeps what is below a node, in its order.
    fn move_root(&mut self, root: usize) {
        // A parent stands before its children.
        let mut index = vec![None; self.tree.len()];
        let mut kept: Vec<Node> = Vec::new();
        for (old, node) in std::mem::take(&mut self.tree).into_iter().enumerate() {
            let parent = node.parent.and_then(|parent| index[parent]);
            if old == root || parent.is_some() {
                index[old] = Some(kept.len());
                kept.push(Node { parent, children: Vec::new(), ..node });
            }
        }
        for child in 1..kept.len() {
            let parent = kept[child].parent.expect("all but the root have a parent");
            kept[parent].children.push(child);
        }
        self.tree = kept;
    }
}

impl Strategy for Search {
    fn request(&self, state: &State, _step: usize) -> Option<ListRequest> {
        Some(ListRequest { candidates: self.branching.clamp(1, state.vocab), temperature: 1.0 })
    }

    fn begin(&mut self, state: &mut State) -> Result<(), NotInDigest> {
        let best = top(&state.next, 0, self.branching)?;
        let id = state.branches.prompt().last().expect("a prompt has a token");
        self.tree.push(Node {
            id,
            parent: None,
            log_probability: 0.0,
            prior: 1.0,
            visits: 0,
            total: 0.0,
            children: Vec::new(),
            slot: None,
        });
        self.expand(0, best);
        Ok(())
    }

    fn choose(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        Ok(self.simulate(state, words))
    }

    fn hear(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        // Of a node all that may follow it, of a roll-out's token the best.
        let is_node = self.current.as_ref().is_some_and(|current| current.rows.is_none());
        let best = top(&state.next, 0, if is_node { self.branching } else { 1 })?;
        let mut current = self.current.take().expect("a simulation waits for this pass");
        let first = best.first().copied().expect("a vocabulary has a token");
        if is_node {
            self.expand(current.node, best);
        }
        let ended = current.rollout.last().is_some_and(|id| state.is_eos(*id));
        debug_assert!(!ended, "nothing is computed after the end of a text");
        if current.rollout.len() < self.depth {
            let (id, log_probability) = first;
            current.rollout.push(id);
            current.sum += log_probability;
            let goes_on = !state.is_eos(id)
                && current.rollout.len() < self.depth
                && self.length(&current) < state.config.max_steps;
            if goes_on {
                if state.branches.left() == 0 {
                    return Ok(Next::Full);
                }
                let above = current.rows.map_or(self.tree[current.node].slot, |(_, newest)| Some(newest));
                let slot = state.branches.append(above, id);
                current.rows = Some((current.rows.map_or(slot, |(first, _)| first), slot));
                self.current = Some(current);
                return Ok(Next::Compute(vec![slot]));
            }
        }
        self.back_up(current, state);
        Ok(self.simulate(state, words))
    }

    fn is_over(&self) -> bool {
        self.ended
    }

    fn can_break_off(&self) -> bool {
        true
    }

    fn simulations(&self) -> &[Simulation] {
        &self.done
    }

    fn readings(&self, state: &State, words: &dyn Vocabulary) -> Vec<ReadingEvent> {
        vec![ReadingEvent {
            kind: ReadingKind::Search,
            text: state.text(&self.chosen, words),
            ids: self.chosen.clone(),
            log_probability: self.log_probability,
            score: None,
            exact: None,
        }]
    }
}

#[cfg(test)]
mod tests;
