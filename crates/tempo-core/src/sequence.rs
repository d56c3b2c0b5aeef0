//! The one owner of parallel sets, positions, slots, liveness and cache rows.

mod biases;

use std::ops::Range;

use crate::chain::Chain;
use crate::ids::{Lane, Position, Row, SetIndex, Slot, TokenId};
use crate::model::Query;
use crate::options::Positions;
use crate::rows::Rows;

/// One token of the sequence, alive or not. Its index in [`Sequence::tokens`] is its slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its identity.
    pub slot: Slot,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Its RoPE position.
    pub position: Position,
    /// Its parallel set.
    pub set: SetIndex,
    /// Its probability when it was chosen; 1 for prompt tokens. Never renormalised.
    pub probability: f64,
    /// Whether later queries can see it.
    pub live: bool,
    /// Where the cache keeps it, until the row is freed.
    row: Option<Row>,
    /// What `fade` adds to its key.
    fade: f64,
}

/// Where a set comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Given: one token, which is neither weighed nor judged.
    Prompt,
    /// Chosen by the model's distribution.
    Generated,
}

/// Slots that were appended together.
#[derive(Clone, Debug)]
struct Set {
    /// As a range of [`Sequence::tokens`]; never empty.
    slots: Range<usize>,
    origin: Origin,
}

/// All sets in order: one state, not several hypotheses.
#[derive(Clone, Debug)]
pub struct Sequence {
    tokens: Vec<Token>,
    sets: Vec<Set>,
    chain: Chain,
    rows: Rows,
    rule: Positions,
    /// Positions between the first generated set and what comes before it.
    gap: u32,
    /// Rows of prompt tokens stay for lanes beside TEMPO when they are evicted.
    keeps_prompt: bool,
}

impl Sequence {
    /// A sequence of the prompt's tokens, each a set of its own at its index. `rule` and `gap` place what is generated
    /// after it (ALGORITHM.md §6).
    ///
    /// # Panics
    /// When the prompt is longer than the capacity, in rows; the caller has refused that.
    pub fn new(prompt: &[TokenId], capacity: usize, rule: Positions, gap: u32) -> Self {
        let rows = Rows::new(capacity);
        let mut sequence = Self {
            tokens: Vec::new(),
            sets: Vec::new(),
            chain: Chain::default(),
            rows,
            rule,
            gap,
            keeps_prompt: false,
        };
        sequence.append_prompt(prompt);
        sequence
    }

    /// Appends tokens that were given, each a set of its own at the next position.
    ///
    /// # Panics
    /// When they do not fit; the caller has checked that.
    fn append_prompt(&mut self, ids: &[TokenId]) {
        assert!(ids.len() <= self.free(), "the prompt fits the capacity");
        for id in ids {
            let position = self.next_position();
            self.begin_set(1, Origin::Prompt);
            self.push(*id, position, 1.0);
        }
    }

    /// As [`append_said`](Self::append_said), where it is not known what the set before says of this one.
    ///
    /// # Panics
    /// When the set is empty or does not fit; the caller has checked both.
    pub fn append(&mut self, members: &[(TokenId, f64)]) -> SetIndex {
        self.append_said(members, None)
    }

    /// Appends a set at the next position or positions. The sets are numbered without gaps. `log_said` is `ln T` of
    /// ALGORITHM.md §7a: for each of the members what each live member of the last set that has any says of it, row-major;
    /// none in the first generated set.
    ///
    /// # Panics
    /// When the set is empty or does not fit, or when `log_said` has another length; the caller has checked all of it.
    pub fn append_said(&mut self, members: &[(TokenId, f64)], log_said: Option<Vec<f64>>) -> SetIndex {
        assert!(!members.is_empty(), "a set has at least one member");
        assert!(members.len() <= self.free(), "the set fits the capacity");
        let gap = if self.generated().next().is_none() { self.gap } else { 0 };
        let first = self.next_position() + gap;
        let set = self.begin_set(members.len(), Origin::Generated);
        for (index, (id, probability)) in members.iter().enumerate() {
            let position = match self.rule {
                Positions::Shared => first,
                Positions::Consecutive => first + to_u32(index),
            };
            self.push(*id, position, *probability);
        }
        let link: Vec<(Slot, f64)> = self.members(set).iter().map(|token| (token.slot, token.probability)).collect();
        self.chain.append(set, &link, log_said);
        set
    }

    /// The position after the newest one. Removed members count: every token has had its position.
    fn next_position(&self) -> u32 {
        self.tokens.last().map_or(0, |token| token.position.0 + 1)
    }

    /// A new set for the next `members` tokens.
    fn begin_set(&mut self, members: usize, origin: Origin) -> SetIndex {
        let first = self.tokens.len();
        self.sets.push(Set { slots: first..first + members, origin });
        self.newest()
    }

    /// Appends a token to the newest set.
    fn push(&mut self, id: TokenId, position: u32, probability: f64) {
        let slot = Slot(to_u32(self.tokens.len()));
        let row = Some(self.rows.take(slot));
        let (set, position) = (self.newest(), Position(position));
        self.tokens.push(Token { slot, id, position, set, probability, live: true, row, fade: 0.0 });
    }

    /// Hides a member from all later queries. Its row stays held.
    pub fn remove(&mut self, slot: Slot) {
        self.tokens[slot.index()].live = false;
        self.chain.remove(self.tokens[slot.index()].set, slot);
    }

    /// Hides a member and gives its row back.
    pub fn evict(&mut self, slot: Slot) {
        self.remove(slot);
        let token = &mut self.tokens[slot.index()];
        let Some(row) = token.row.take() else { return };
        if self.keeps_prompt && self.sets[token.set.index()].origin == Origin::Prompt {
            self.rows.hand_over(row, Slot::beside(slot.0));
        } else {
            self.rows.give_back(row);
        }
    }

    /// From now on rows of prompt tokens stay for lanes beside TEMPO, which no longer holds those that it evicts.
    pub(crate) fn keep_prompt(&mut self) {
        self.keeps_prompt = true;
    }

    /// The rows of the cache, for lanes beside TEMPO to take some.
    pub(crate) fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    /// The live members of every generated set that has any, oldest first.
    pub(crate) fn live_sets(&self) -> Vec<(SetIndex, Vec<(Slot, TokenId)>)> {
        let members = |slots: &[Slot]| slots.iter().map(|slot| (*slot, self.tokens[slot.index()].id)).collect();
        self.chain.links().map(|(set, slots)| (set, members(slots))).collect()
    }

    /// Replaces what `fade` adds to a member's key.
    pub fn set_fade(&mut self, slot: Slot, bias: f64) {
        self.tokens[slot.index()].fade = bias.max(biases::SMALLEST_BIAS);
    }

    /// What the live members of successive sets say of each other.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Every token ever made, by slot.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The newest set.
    ///
    /// # Panics
    /// Never: a sequence has at least the prompt's sets once it was made from a checked prompt.
    pub fn newest(&self) -> SetIndex {
        assert!(!self.sets.is_empty(), "a sequence has at least one set");
        SetIndex(to_u32(self.sets.len() - 1))
    }

    /// The generated sets in order.
    pub fn generated(&self) -> impl Iterator<Item = SetIndex> + '_ {
        let sets = self.sets.iter().zip(0..).filter(|(set, _)| set.origin == Origin::Generated);
        sets.map(|(_, index)| SetIndex(index))
    }

    /// All members of a set, removed ones included.
    pub fn members(&self, set: SetIndex) -> &[Token] {
        &self.tokens[self.slots(set)]
    }

    /// The live members of a set.
    pub fn live(&self, set: SetIndex) -> Vec<&Token> {
        self.members(set).iter().filter(|token| token.live).collect()
    }

    /// `w_j`: the live members' probabilities over their sum, in the order of [`live`](Self::live).
    pub fn weights(&self, set: SetIndex) -> Vec<f64> {
        let live = self.live(set);
        let sum: f64 = live.iter().map(|token| token.probability).sum();
        if sum > 0.0 {
            live.iter().map(|token| token.probability / sum).collect()
        } else {
            vec![1.0 / live.len() as f64; live.len()]
        }
    }

    /// Ids of live tokens, each once, in the order of first appearance.
    pub fn live_ids(&self) -> Vec<TokenId> {
        let mut ids: Vec<TokenId> = self.tokens.iter().filter(|token| token.live).map(|token| token.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Cache rows held.
    pub fn held(&self) -> usize {
        self.rows.held()
    }

    /// Slots whose rows are held, in slot order.
    pub fn held_slots(&self) -> Vec<Slot> {
        self.tokens.iter().filter(|token| token.row.is_some()).map(|token| token.slot).collect()
    }

    /// Cache rows that later queries can see.
    pub fn live_count(&self) -> usize {
        self.tokens.iter().filter(|token| token.live).count()
    }

    /// Rows left before the capacity.
    pub fn free(&self) -> usize {
        self.rows.left()
    }

    /// The slot that each row of the context holds, by row; those of lanes beside TEMPO are none of its tokens.
    pub fn rows(&self) -> &[Option<Slot>] {
        self.rows.context()
    }

    /// The live tokens of these slots as queries.
    ///
    /// # Panics
    /// When a live token has no row: only dead ones give theirs back.
    pub fn queries(&self, slots: Range<usize>) -> Vec<Query> {
        self.tokens[slots]
            .iter()
            .filter(|token| token.live)
            .map(|token| Query {
                token: token.id,
                position: token.position,
                slot: token.slot,
                set: token.set,
                row: token.row.expect("a live token has a row"),
                lane: Lane::TEMPO,
            })
            .collect()
    }

    /// Slots of a set.
    pub fn slots(&self, set: SetIndex) -> Range<usize> {
        self.sets[set.index()].slots.clone()
    }
}

/// Counts are kept as 32-bit numbers on the wire and on the device.
fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("a sequence is shorter than 2^32 tokens")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Weighting;

    fn sequence(rule: Positions, gap: u32) -> Sequence {
        Sequence::new(&[TokenId(5), TokenId(6)], 8, rule, gap)
    }

    fn positions(sequence: &Sequence) -> Vec<u32> {
        sequence.tokens().iter().map(|token| token.position.0).collect()
    }

    const PAIR: [(TokenId, f64); 2] = [(TokenId(1), 0.6), (TokenId(2), 0.2)];
    const ONE: [(TokenId, f64); 1] = [(TokenId(3), 0.9)];

    #[test]
    fn members_share_a_position_or_take_one_each() {
        let mut shared = sequence(Positions::Shared, 0);
        let mut each = sequence(Positions::Consecutive, 10);
        for sequence in [&mut shared, &mut each] {
            sequence.append(&PAIR);
            sequence.append(&ONE);
        }
        assert_eq!(positions(&shared), [0, 1, 2, 2, 3]);
        assert_eq!(positions(&each), [0, 1, 12, 13, 14]);
    }

    #[test]
    fn a_further_turn_goes_on_after_the_newest_position() {
        let mut sequence = sequence(Positions::Consecutive, 10);
        let first = sequence.append(&PAIR);
        sequence.append_prompt(&[TokenId(7), TokenId(8)]);
        let second = sequence.append(&ONE);
        assert_eq!(positions(&sequence), [0, 1, 12, 13, 14, 15, 16]);
        assert_eq!(sequence.generated().collect::<Vec<_>>(), [first, second]);
        assert_eq!((second, sequence.slots(second)), (SetIndex(5), 6..7));
        let bias = |row: usize| sequence.keys(Weighting::Probability)[row].bias;
        assert!(bias(2) < 0.0 && [0, 1, 4, 5, 6].into_iter().all(|row| bias(row).abs() < 1e-9));
    }

    #[test]
    fn removal_keeps_the_row_and_eviction_frees_it() {
        let mut sequence = sequence(Positions::Shared, 0);
        sequence.append(&PAIR);
        sequence.remove(Slot(2));
        assert_eq!((sequence.held(), sequence.live_count(), sequence.free()), (4, 3, 4));
        sequence.evict(Slot(2));
        assert_eq!((sequence.held(), sequence.live_count(), sequence.free()), (3, 3, 5));
        sequence.append(&ONE);
        assert_eq!(sequence.rows()[2], Some(Slot(4)), "the freed row is used again, the slot number is not");
    }

    #[test]
    fn trailing_free_rows_shorten_the_context() {
        let mut sequence = sequence(Positions::Shared, 0);
        sequence.append(&PAIR);
        sequence.evict(Slot(3));
        assert_eq!(sequence.rows().len(), 3);
    }

    #[test]
    fn weights_count_only_those_who_stayed() {
        let mut sequence = sequence(Positions::Shared, 0);
        let set = sequence.append(&PAIR);
        assert!((sequence.weights(set)[0] - 0.75).abs() < 1e-12);
        sequence.remove(Slot(2));
        assert!((sequence.weights(set)[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn biases_appear_only_where_a_set_is_still_parallel() {
        let mut sequence = sequence(Positions::Shared, 0);
        sequence.append(&PAIR);
        let bias = |sequence: &Sequence, row: usize| sequence.keys(Weighting::Probability)[row].bias;
        assert!((bias(&sequence, 2) - 0.75_f32.ln()).abs() < 1e-6);
        assert!((bias(&sequence, 3) - 0.25_f32.ln()).abs() < 1e-6);
        assert!(bias(&sequence, 0).abs() < 1e-9, "a prompt token is alone in its set");
        sequence.set_fade(Slot(3), f64::NEG_INFINITY);
        assert!(bias(&sequence, 3).is_finite());
        sequence.remove(Slot(3));
        assert!(bias(&sequence, 2).abs() < 1e-9);
    }

    #[test]
    fn live_ids_are_listed_once() {
        let mut sequence = sequence(Positions::Shared, 0);
        sequence.append(&[(TokenId(5), 0.5), (TokenId(9), 0.5)]);
        sequence.remove(Slot(3));
        assert_eq!(sequence.live_ids(), [TokenId(5), TokenId(6)]);
    }
}
