//! Many continuations of one prompt in one cache (LAB.md L1): a tree of tokens, a row each.

use std::collections::BTreeMap;

use crate::ids::{Lane, Position, SetIndex, Slot, TokenId};
use crate::model::{Key, Lanes, Query};
use crate::rows::Rows;

/// A token of a tree.
#[derive(Clone, Debug)]
struct Node {
    query: Query,
    parent: Option<Slot>,
    /// In the order in which they were appended.
    children: Vec<Slot>,
}

/// Continuations of a prompt that share what they begin with. A node's slot is its name: it counts upwards and never
/// comes twice. The rows are the caller's, so that a tree can stand in the cache of something else.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Of depth 0, the first token after the prompt.
    first: (Position, SetIndex),
    next_slot: u32,
    nodes: BTreeMap<Slot, Node>,
    /// The nodes of depth 0.
    tops: Vec<Slot>,
}

/// The lanes of a tree: its leaves, numbered from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Numbering {
    spans: BTreeMap<Slot, Lanes>,
}

impl Tree {
    /// No continuation yet of a prompt that ends before this position and this set. `first_slot` is the name of the first node.
    pub(crate) fn new(position: Position, set: SetIndex, first_slot: Slot) -> Self {
        Self { first: (position, set), next_slot: first_slot.0, nodes: BTreeMap::new(), tops: Vec::new() }
    }

    /// Appends a token to a node, or to the prompt, and takes a row for it.
    ///
    /// # Panics
    /// When no row is left or there is no such node; the caller has checked both.
    pub(crate) fn append(&mut self, parent: Option<Slot>, token: TokenId, rows: &mut Rows) -> Slot {
        let slot = Slot(self.next_slot);
        self.next_slot += 1;
        let (position, set) = match parent {
            None => self.first,
            Some(parent) => {
                let above = &self.node(parent).query;
                (Position(above.position.0 + 1), SetIndex(above.set.0 + 1))
            }
        };
        match parent {
            None => self.tops.push(slot),
            Some(parent) => self.nodes.get_mut(&parent).expect("a node of this tree").children.push(slot),
        }
        let query = Query { token, position, slot, set, row: rows.take(slot), lane: Lane::TEMPO };
        self.nodes.insert(slot, Node { query, parent, children: Vec::new() });
        slot
    }

    /// Takes out a node with all that is below it, and gives their rows back.
    ///
    /// # Panics
    /// When there is no such node.
    pub(crate) fn free(&mut self, slot: Slot, rows: &mut Rows) {
        let siblings = match self.node(slot).parent {
            None => &mut self.tops,
            Some(parent) => &mut self.nodes.get_mut(&parent).expect("a node of this tree").children,
        };
        siblings.retain(|sibling| *sibling != slot);
        let mut below = vec![slot];
        while let Some(slot) = below.pop() {
            let node = self.nodes.remove(&slot).expect("a node of this tree");
            rows.give_back(node.query.row);
            below.extend(node.children);
        }
    }

    /// As [`free`](Self::free), and whatever is above it that has no other children: the branch that dies with this leaf.
    /// It stops at a node for which `keep` holds.
    ///
    /// # Panics
    /// When there is no such node.
    pub(crate) fn free_branch(&mut self, slot: Slot, rows: &mut Rows, keep: impl Fn(Slot) -> bool) {
        let mut top = slot;
        while let Some(parent) = self.node(top).parent
            && self.node(parent).children.len() == 1
            && !keep(parent)
        {
            top = parent;
        }
        self.free(top, rows);
    }

    /// The node and what is above it, from depth 0 down.
    ///
    /// # Panics
    /// When there is no such node.
    pub(crate) fn path(&self, slot: Slot) -> Vec<Slot> {
        let mut path: Vec<Slot> = std::iter::successors(Some(slot), |slot| self.node(*slot).parent).collect();
        path.reverse();
        path
    }

    /// Its token.
    ///
    /// # Panics
    /// When there is no such node.
    #[cfg(test)]
    pub(crate) fn token(&self, slot: Slot) -> TokenId {
        self.node(slot).query.token
    }

    /// How many nodes are above it.
    ///
    /// # Panics
    /// When there is no such node.
    pub(crate) fn depth(&self, slot: Slot) -> usize {
        (self.node(slot).query.position.0 - self.first.0.0) as usize
    }

    /// Whether there is such a node.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.nodes.contains_key(&slot)
    }

    /// The nodes that nothing follows, from left to right.
    pub(crate) fn leaves(&self) -> Vec<Slot> {
        let mut leaves = Vec::new();
        let mut left: Vec<Slot> = self.tops.iter().rev().copied().collect();
        while let Some(slot) = left.pop() {
            let children = &self.node(slot).children;
            if children.is_empty() {
                leaves.push(slot);
            }
            left.extend(children.iter().rev());
        }
        leaves
    }

    /// Numbers the leaves from left to right, beginning with `first`; a node spans those below it.
    pub(crate) fn number(&self, first: Lane) -> Numbering {
        let mut spans = BTreeMap::new();
        let mut lane = first;
        for leaf in self.leaves() {
            let after = Lane(lane.0 + 1);
            for slot in std::iter::successors(Some(leaf), |slot| self.node(*slot).parent) {
                let span = spans.entry(slot).or_insert(Lanes::only(lane));
                span.to = after;
            }
            lane = after;
        }
        Numbering { spans }
    }

    /// What computes these nodes, in their order.
    ///
    /// # Panics
    /// When there is no such node, or when it came after the numbering.
    pub(crate) fn queries(&self, slots: &[Slot], numbering: &Numbering) -> Vec<Query> {
        slots.iter().map(|slot| Query { lane: numbering.spans[slot].from, ..self.node(*slot).query }).collect()
    }

    /// Writes what the rows of the tree hold over the keys of a context, one for each row.
    ///
    /// # Panics
    /// When the context is too short for a row of the tree, or a node came after the numbering.
    pub(crate) fn mark(&self, keys: &mut [Key], numbering: &Numbering) {
        for (slot, node) in &self.nodes {
            let lanes = numbering.spans[slot];
            keys[node.query.row.index()] = Key { slot: *slot, set: node.query.set, bias: 0.0, live: true, lanes };
        }
    }

    /// How many nodes there are, each in a row.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, slot: Slot) -> &Node {
        self.nodes.get(&slot).expect("a node of this tree")
    }
}

#[cfg(test)]
mod tests;
