//! Paths through the sets of a run, computed as ordinary text in lanes beside TEMPO (LAB.md L1, L4).

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{Lane, Position, SetIndex, Slot, TokenId};
use crate::meter::ScoredPath;
use crate::model::{Key, Query};
use crate::next_logits::sum_of_exp;
use crate::rows::Rows;
use crate::tree::Tree;

/// The live members of a set.
pub(crate) type Members = Vec<(Slot, TokenId)>;

/// A tree of paths. What paths share is computed once, and what a later step asks for again stays where it is.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    tree: Tree,
    /// What was computed after each node; a node that has none is being computed.
    said: BTreeMap<Slot, Said>,
    /// The node of a member after a node, or after the prompt.
    nodes: BTreeMap<(Option<Slot>, Slot), Slot>,
    /// The sets that the paths go through.
    sets: Vec<(SetIndex, Members)>,
    wanted: Vec<Wanted>,
    /// Nodes whose pass is due.
    due: Vec<Slot>,
    /// The depth that they are of, and the first path that was not yet asked for its node there.
    depth: usize,
    unasked: usize,
}

/// A path that was asked for.
#[derive(Clone, Debug)]
struct Wanted {
    /// The ranks of its members.
    members: Vec<usize>,
    /// How many of its nodes exist, from the first on, and the last of them.
    nodes: usize,
    newest: Option<Slot>,
}

/// What a text says of the token after it.
#[derive(Clone, Debug)]
enum Said {
    /// Everything.
    Row(Row),
    /// `ln p` of the members of the next set.
    Members(BTreeMap<Slot, f64>),
}

impl Said {
    fn log_probability(&self, member: Slot, id: TokenId) -> f64 {
        match self {
            Self::Row(row) => row.log_probability(id),
            Self::Members(members) => members[&member],
        }
    }

    /// Only what the members of the next set need.
    fn settle(&mut self, members: &Members) {
        if let Self::Row(row) = self {
            *self = Self::Members(members.iter().map(|(slot, id)| (*slot, row.log_probability(*id))).collect());
        }
    }
}

/// A row of raw logits, `[vocab]`, with what makes probabilities of them, which takes as long as a share of its pass: it is
/// computed with that, once.
#[derive(Clone, Debug)]
struct Row {
    logits: Vec<f32>,
    sum_of_exp: (f64, f64),
}

impl Row {
    fn new(logits: &[f32]) -> Self {
        Self { logits: logits.to_vec(), sum_of_exp: sum_of_exp(logits) }
    }

    /// `ln p` of a token at T = 1, in nats.
    fn log_probability(&self, id: TokenId) -> f64 {
        let (max, sum) = self.sum_of_exp;
        f64::from(self.logits[id.index()]) - (max + sum.ln())
    }
}

impl Paths {
    /// No path yet after a prompt of so many tokens. `first_slot` names the first node.
    pub(crate) fn new(prompt: u32, first_slot: Slot) -> Self {
        Self {
            tree: Tree::new(Position(prompt), SetIndex(prompt), first_slot),
            said: BTreeMap::new(),
            nodes: BTreeMap::new(),
            sets: Vec::new(),
            wanted: Vec::new(),
            due: Vec::new(),
            depth: 0,
            unasked: 0,
        }
    }

    /// Asks for these paths through the live members of these sets, oldest first, each given by its members' ranks. What no
    /// path goes through any more gives its rows back.
    pub(crate) fn want(&mut self, sets: Vec<(SetIndex, Members)>, wanted: Vec<Vec<usize>>, rows: &mut Rows) {
        let grown = self.sets.len() <= sets.len() && self.sets.iter().zip(&sets).all(|(was, is)| was.0 == is.0);
        if !grown {
            // A set was emptied: all tokens after it move up by one position.
            self.clear(rows);
        }
        (self.sets, self.depth, self.unasked) = (sets, 0, 0);
        let mut kept = BTreeSet::new();
        let mut known = Vec::new();
        self.wanted.clear();
        for members in wanted {
            known.clear();
            known.extend(self.known(&members));
            kept.extend(known.iter().copied());
            self.wanted.push(Wanted { members, nodes: known.len(), newest: known.last().copied() });
        }
        // Slots count upwards, so a node comes before those below it, which go with it.
        let gone: Vec<Slot> = self.said.keys().copied().filter(|slot| !kept.contains(slot)).collect();
        for slot in gone {
            if self.tree.has(slot) {
                self.tree.free(slot, rows);
            }
            self.said.remove(&slot);
        }
        self.nodes.retain(|_, node| kept.contains(node));
        // Nodes of the same set are as far from the prompt.
        for slot in kept {
            let depth = self.tree.depth(slot);
            if let (Some(said), Some((_, members))) = (self.said.get_mut(&slot), self.sets.get(depth + 1)) {
                said.settle(members);
            }
        }
    }

    /// Gives all rows back.
    pub(crate) fn clear(&mut self, rows: &mut Rows) {
        for slot in std::mem::take(&mut self.said).into_keys().chain(std::mem::take(&mut self.due)) {
            if self.tree.has(slot) {
                self.tree.free(slot, rows);
            }
        }
        self.nodes.clear();
        self.sets.clear();
        self.wanted.clear();
    }

    /// The nodes of a path that exist, from the first on.
    fn known(&self, path: &[usize]) -> impl Iterator<Item = Slot> {
        let mut above = None;
        self.sets.iter().zip(path).map_while(move |((_, members), rank)| {
            above = Some(*self.nodes.get(&(above, members[*rank].0))?);
            above
        })
    }

    /// Whether nodes have to be computed: those of the least depth that has any, at most `most` of them, take rows.
    pub(crate) fn is_due(&mut self, most: usize, rows: &mut Rows) -> bool {
        while self.due.is_empty() && self.depth < self.sets.len() {
            while self.unasked < self.wanted.len() && self.due.len() < most {
                self.go_down(self.unasked, rows);
                self.unasked += 1;
            }
            if self.due.is_empty() {
                (self.depth, self.unasked) = (self.depth + 1, 0);
            }
        }
        !self.due.is_empty()
    }

    /// Has a path that ends above this depth go on by the node of its member here, which others may have made.
    fn go_down(&mut self, path: usize, rows: &mut Rows) {
        let Wanted { members, nodes, newest } = &mut self.wanted[path];
        if *nodes != self.depth {
            return;
        }
        let (member, id) = self.sets[self.depth].1[members[self.depth]];
        let slot = *self.nodes.entry((*newest, member)).or_insert_with(|| {
            let slot = self.tree.append(*newest, id, rows);
            self.due.push(slot);
            slot
        });
        (*nodes, *newest) = (*nodes + 1, Some(slot));
    }

    /// How many rows the pass that is due has.
    pub(crate) fn due(&self) -> usize {
        self.due.len()
    }

    /// The queries of the pass that is due. Writes what the rows of the tree hold over `keys`.
    pub(crate) fn queries(&self, keys: &mut [Key]) -> Vec<Query> {
        let numbering = self.tree.number(Lane(1));
        self.tree.mark(keys, &numbering);
        self.tree.queries(&self.due, &numbering)
    }

    /// Takes in the rows of the pass that was due, `[nodes, vocab]`.
    pub(crate) fn absorb(&mut self, logits: &[f32]) {
        let due = std::mem::take(&mut self.due);
        for (slot, row) in due.iter().zip(logits.chunks_exact(logits.len() / due.len())) {
            let mut said = Said::Row(Row::new(row));
            if let Some((_, members)) = self.sets.get(self.depth + 1) {
                said.settle(members);
            }
            self.said.insert(*slot, said);
        }
    }

    /// The paths that were asked for, once nothing is due. `root` is the row after the prompt.
    ///
    /// # Panics
    /// When something is due.
    pub(crate) fn scored<'a>(&'a self, root: &'a [f32]) -> Vec<ScoredPath<'a>> {
        let first = Row::new(root);
        let score = |Wanted { members, .. }: &'a Wanted| {
            let nodes: Vec<Slot> = self.known(members).collect();
            assert_eq!(nodes.len(), members.len(), "every node was computed");
            let mut log_probability = 0.0;
            for (depth, ((_, set), rank)) in self.sets.iter().zip(members).enumerate() {
                let (member, id) = set[*rank];
                log_probability += match depth.checked_sub(1) {
                    None => first.log_probability(id),
                    Some(above) => self.said[&nodes[above]].log_probability(member, id),
                };
            }
            let (next, sum_of_exp) = match nodes.last().map(|last| &self.said[last]) {
                None => (root, first.sum_of_exp),
                Some(Said::Row(row)) => (row.logits.as_slice(), row.sum_of_exp),
                Some(Said::Members(_)) => unreachable!("nothing comes after the newest set"),
            };
            ScoredPath { members, log_probability, next, sum_of_exp }
        };
        self.wanted.iter().map(score).collect()
    }
}
