//! The scored reading (LAB.md L3): the path that is most probable as ordinary text, by a beam through the sets.

use std::collections::VecDeque;

use crate::chain::Path;
use crate::digest::NotInDigest;
use crate::ids::{Lane, Position, SetIndex, Slot, TokenId};
use crate::lists::EachRow;
use crate::model::{Key, Query};
use crate::paths::Members;
use crate::rows::Rows;
use crate::sequence::Sequence;
use crate::tree::Tree;

/// A beam of texts, each of one live member of every set.
#[derive(Clone, Debug)]
pub(crate) struct Scored {
    /// Most texts.
    beams: usize,
    tree: Tree,
    /// Best first; empty when every text went with a removed member.
    texts: Vec<Text>,
    /// What follows them, as far as it was computed.
    next: EachRow,
    /// Whether a text was left out that would have been one of a wider beam's.
    dropped: bool,
    /// Whether a member was removed after that: the beam is not what the sets would give now.
    stale: bool,
    /// Members that were live when the beam last looked.
    live: usize,
    /// Sets that the beam still has to go through, where it is built anew.
    left: VecDeque<Members>,
}

#[derive(Clone, Debug)]
struct Text {
    /// Its last node; `None` before the first set.
    leaf: Option<Slot>,
    /// TEMPO's slots of its members.
    members: Vec<Slot>,
    log_probability: f64,
    /// Which row of [`Scored::next`] follows it; `None` until it is computed.
    row: Option<usize>,
}

impl Scored {
    /// A beam of at most `beams` texts after a prompt of so many tokens. `first_slot` names the first node.
    pub(crate) fn new(beams: usize, prompt: u32, first_slot: Slot) -> Self {
        Self {
            beams,
            tree: Tree::new(Position(prompt), SetIndex(prompt), first_slot),
            texts: Vec::new(),
            next: EachRow::Rows { logits: Vec::new(), vocab: 0 },
            dropped: false,
            stale: false,
            live: 0,
            left: VecDeque::new(),
        }
    }

    /// Begins with the row after the prompt.
    pub(crate) fn begin(&mut self, root: EachRow) {
        self.texts = vec![Text { leaf: None, members: Vec::new(), log_probability: 0.0, row: Some(0) }];
        self.next = root;
    }

    /// Whether what is known of the texts' rows tells of all these tokens.
    pub(crate) fn knows(&self, ids: &[TokenId]) -> Result<(), NotInDigest> {
        let mut rows = self.texts.iter().filter_map(|text| text.row);
        rows.try_for_each(|row| ids.iter().try_for_each(|id| self.next.logit(row, *id).map(|_| ())))
    }

    /// Whether more of the texts' rows can be told than is known.
    pub(crate) fn is_listed(&self) -> bool {
        matches!(self.next, EachRow::Lists { .. }) && self.texts.iter().any(|text| text.row.is_some())
    }

    /// Takes out the texts whose members are not all live any more. `appended`: the set that they do not go through yet.
    pub(crate) fn prune(&mut self, sequence: &Sequence, appended: Option<SetIndex>) {
        let links = sequence.chain().links().filter(|(set, _)| Some(*set) != appended);
        let live = links.map(|(_, members)| members.len()).sum();
        if live < self.live {
            self.stale |= self.dropped;
        }
        self.live = live;
        let token = |slot: &Slot| &sequence.tokens()[slot.index()];
        self.texts.retain(|text| text.members.iter().all(|slot| token(slot).live));
    }

    /// Continues every text by every member of a set and keeps the best; whether these have rows to be computed.
    ///
    /// # Panics
    /// When it does not [know](Self::knows) all members.
    pub(crate) fn extend(&mut self, set: &Members, rows: &mut Rows) -> bool {
        let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
        for (text, was) in self.texts.iter().enumerate() {
            let row = was.row.expect("what follows a text is known before it goes on");
            let sum = self.next.log_sum(row, 1.0).expect("every row tells its sum");
            let logit = |id| f64::from(self.next.logit(row, id).expect("the caller knows that it is listed"));
            let scores = set.iter().map(|(_, id)| was.log_probability + (logit(*id) - sum));
            candidates.extend(scores.enumerate().map(|(member, score)| (score, text, member)));
        }
        // Stable, so of equal ones the one of the better text comes first, then the better member.
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.dropped |= candidates.len() > self.beams;
        candidates.truncate(self.beams);
        let was = std::mem::take(&mut self.texts);
        self.free_all_but(&candidates.iter().filter_map(|(_, text, _)| was[*text].leaf).collect::<Vec<_>>(), rows);
        for (log_probability, text, member) in candidates {
            let (slot, id) = set[member];
            let leaf = Some(self.tree.append(was[text].leaf, id, rows));
            let members = [was[text].members.as_slice(), &[slot]].concat();
            self.texts.push(Text { leaf, members, log_probability, row: None });
        }
        self.live += set.len();
        !self.texts.is_empty()
    }

    /// Gives the rows back of every branch that does not end with one of these leaves.
    fn free_all_but(&mut self, kept: &[Slot], rows: &mut Rows) {
        for leaf in self.tree.leaves() {
            if !kept.contains(&leaf) {
                self.tree.free_branch(leaf, rows, |_| false);
            }
        }
    }

    /// The texts whose rows have to be computed, in their order.
    fn due(&self) -> Vec<Slot> {
        self.texts.iter().filter(|text| text.row.is_none()).filter_map(|text| text.leaf).collect()
    }

    /// The queries of what has to be computed. Writes what the rows of the tree hold over `keys`.
    pub(crate) fn queries(&self, keys: &mut [Key]) -> Vec<Query> {
        let numbering = self.tree.number(Lane(1));
        self.tree.mark(keys, &numbering);
        self.tree.queries(&self.due(), &numbering)
    }

    /// How many rows have to be computed.
    pub(crate) fn waiting(&self) -> usize {
        self.due().len()
    }

    /// Takes in the rows that were due, or all of what lists have told of.
    pub(crate) fn hear(&mut self, next: EachRow) {
        self.next = next;
        let waiting = self.texts.iter_mut().filter(|text| text.row.is_none());
        waiting.zip(0..).for_each(|(text, row)| text.row = Some(row));
    }

    /// Cache rows of the texts.
    pub(crate) fn held(&self) -> usize {
        self.tree.len()
    }

    /// Whether the beam is not the one that the live members of the sets would give.
    pub(crate) fn is_astray(&self) -> bool {
        self.stale || self.texts.is_empty()
    }

    /// Begins anew with the row after the prompt, to go through these sets.
    pub(crate) fn restart(&mut self, root: EachRow, sets: impl Iterator<Item = Members>, rows: &mut Rows) {
        self.free_all_but(&[], rows);
        (self.dropped, self.stale, self.live) = (false, false, 0);
        self.left = sets.collect();
        self.begin(root);
    }

    /// Goes on to the next set that is left; whether there are rows to compute before the one after it.
    pub(crate) fn go_on(&mut self, rows: &mut Rows) -> Result<bool, NotInDigest> {
        if self.waiting() > 0 && !self.left.is_empty() {
            return Ok(true);
        }
        if let Some(set) = self.left.front() {
            self.knows(&set.iter().map(|(_, id)| *id).collect::<Vec<_>>())?;
        }
        let Some(set) = self.left.pop_front() else { return Ok(false) };
        self.extend(&set, rows);
        // What follows the last set needs no rows.
        Ok(!self.left.is_empty())
    }

    /// The best text, and whether it is the best of all `paths`.
    pub(crate) fn best(&self, paths: f64) -> Option<(Path, bool)> {
        let text = self.texts.first()?;
        let path = Path { slots: text.members.clone(), log_probability: text.log_probability.max(f64::MIN) };
        Some((path, self.beams as f64 >= paths))
    }
}
