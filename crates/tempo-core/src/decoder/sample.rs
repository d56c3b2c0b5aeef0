//! Texts drawn token by token, a lane each.

use crate::config::SelectionConfig;
use crate::digest::NotInDigest;
use crate::distribution::{Distribution, by_probability};
use crate::event::{Event, ReadingEvent, ReadingKind, SampleToken, SamplesEvent};
use crate::ids::{Slot, TokenId};
use crate::lists::{EachRow, ListRequest};
use crate::options::{Combine, GenerationOptions};
use crate::random::SplitMix64;
use crate::text::Vocabulary;

use super::branching::{Next, State, Strategy};
use super::row::log_probability;

/// Tokens of a lane's list that are asked for where no filter says how many may be drawn: more come for the same price, and
/// most draws end before them.
const CANDIDATES: usize = 64;

/// Samples.
#[derive(Debug)]
pub(super) struct Samples {
    lanes: Vec<Lane>,
    min_p: f64,
    stream: SplitMix64,
    /// What was drawn in the step under way.
    drawn: Vec<SampleToken>,
}

#[derive(Clone, Debug, Default)]
struct Lane {
    ids: Vec<TokenId>,
    /// The newest token; `None` before the first.
    node: Option<Slot>,
    log_probability: f64,
    ended: bool,
}

impl Samples {
    pub(super) fn new(options: &GenerationOptions) -> Self {
        Self {
            lanes: vec![Lane::default(); options.samples],
            min_p: options.min_p,
            stream: SplitMix64::new(options.seed),
            drawn: Vec::new(),
        }
    }

    /// The distribution that a lane is drawn from, before the filters, by its whole row.
    fn distribution(state: &State, row: &[f32], lane: &Lane, selection: &SelectionConfig) -> Distribution {
        let vocab = state.vocab;
        let mut present: Vec<TokenId> = Vec::new();
        if selection.penalises() {
            present.extend(state.branches.prompt().chain(lane.ids.iter().copied()));
            present.sort_unstable();
            present.dedup();
        }
        let mut q = Distribution::combine(row, vocab, &[1.0], &present, selection);
        let suppressed = state.config.end_of_text.suppressed(state.step, vocab);
        // Where nothing else is left, the end of text is.
        if (1..vocab).contains(&suppressed.len()) {
            q.suppress(&suppressed);
        }
        q
    }

    /// Draws the next token of a lane: its id, and its probability before the filters.
    fn drawn(
        &self,
        state: &State,
        row: usize,
        lane: &Lane,
        selection: &SelectionConfig,
        u: f64,
    ) -> Result<(TokenId, f64), NotInDigest> {
        match &state.next {
            EachRow::Rows { logits, vocab } => {
                let q = Self::distribution(state, &logits[row * vocab..(row + 1) * vocab], lane, selection);
                draw(|count| q.top(count), usize::MAX, selection, self.min_p, u)
            }
            lists @ EachRow::Lists { vocab, .. } => {
                let temperature = selection.temperature;
                let sum = lists.log_sum(row, temperature)?;
                let top = |count| {
                    let best = lists.best(row, count)?.into_iter();
                    let mut top: Vec<_> = best.map(|(id, z)| (id, (f64::from(z) / temperature - sum).exp())).collect();
                    top.sort_by(by_probability);
                    Ok(top)
                };
                let known = lists.known(row);
                draw(top, if known == *vocab { usize::MAX } else { known }, selection, self.min_p, u)
            }
        }
    }

    fn event(&mut self, state: &State) -> Next {
        let lanes = std::mem::take(&mut self.drawn);
        let appended = lanes.iter().filter(|token| token.slot.is_some()).count();
        let held = state.branches.held();
        Next::Step(
            Event::Samples(SamplesEvent { step: state.step, lanes, slots: held, live: held, timing: None }),
            appended,
        )
    }
}

impl Strategy for Samples {
    fn request(&self, state: &State, step: usize) -> Option<ListRequest> {
        let selection = &state.config.selection;
        // Penalty and suppression change tokens that no list may have, and with them the sum.
        let all = selection.penalises() || !state.config.end_of_text.suppressed(step, state.vocab).is_empty();
        let candidates = if selection.top_k == usize::MAX { CANDIDATES } else { selection.top_k };
        let candidates = candidates.clamp(1, state.vocab);
        (!all).then_some(ListRequest { candidates, temperature: selection.temperature })
    }

    fn choose(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        let living: Vec<usize> = (0..self.lanes.len()).filter(|lane| !self.lanes[*lane].ended).collect();
        let selection = SelectionConfig { combine: Combine::First, ..state.config.selection.clone() };
        // The numbers are drawn once, though the choice may be made again with the rows.
        let mut stream = self.stream.clone();
        let drawn = living.iter().enumerate().map(|(order, lane)| {
            // There is a row for each living lane, in order, but all lanes begin with the same one.
            let row = if state.step == 0 { 0 } else { order };
            let (id, probability) = self.drawn(state, row, &self.lanes[*lane], &selection, stream.unit())?;
            Ok((*lane, id, probability, log_probability(&state.next, row, id)?))
        });
        let drawn = drawn.collect::<Result<Vec<(usize, TokenId, f64, f64)>, NotInDigest>>()?;
        self.stream = stream;
        // What only an ended lane needs is given back first.
        let (ended, going): (Vec<&(usize, TokenId, f64, f64)>, Vec<_>) =
            drawn.iter().partition(|(_, id, ..)| state.is_eos(*id));
        for node in ended.iter().filter_map(|(lane, ..)| self.lanes[*lane].node) {
            state.branches.free(state.branches.tree().path(node)[0]);
        }
        if going.len() > state.branches.left() {
            return Ok(Next::Full);
        }
        let mut compute = Vec::new();
        for (index, id, probability, log_probability) in drawn {
            let ended = state.is_eos(id);
            let lane = &mut self.lanes[index];
            lane.ids.push(id);
            lane.log_probability += log_probability;
            lane.ended = ended;
            let slot = (!ended).then(|| state.branches.append(lane.node, id));
            compute.extend(slot);
            lane.node = slot;
            self.drawn.push(SampleToken {
                lane: index,
                slot,
                position: state.position(),
                id,
                text: words.text(id),
                probability,
            });
        }
        Ok(if compute.is_empty() { self.event(state) } else { Next::Compute(compute) })
    }

    fn hear(&mut self, state: &mut State, _words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        Ok(self.event(state))
    }

    fn is_over(&self) -> bool {
        self.lanes.iter().all(|lane| lane.ended)
    }

    fn readings(&self, state: &State, words: &dyn Vocabulary) -> Vec<ReadingEvent> {
        let reading = |lane: &Lane| ReadingEvent {
            kind: ReadingKind::Sample,
            text: state.text(&lane.ids, words),
            ids: lane.ids.clone(),
            log_probability: lane.log_probability,
            score: None,
            exact: None,
        };
        self.lanes.iter().map(reading).collect()
    }
}

/// Draws a token by `u` in `[0, 1)`: its id, and its probability before the filters. Each filter keeps the head of the order
/// (most probable first, ties by id), so what all of them keep is the shortest of these. `top` gives the most probable tokens,
/// of which no more than `known` are known.
fn draw(
    top: impl Fn(usize) -> Result<Vec<(TokenId, f64)>, NotInDigest>,
    known: usize,
    selection: &SelectionConfig,
    min_p: f64,
    u: f64,
) -> Result<(TokenId, f64), NotInDigest> {
    let cuts = selection.top_k < usize::MAX || selection.top_p.is_finite() || min_p > 0.0;
    if known == 0 {
        return Err(NotInDigest);
    }
    let mut count = known.min(64);
    loop {
        let head = top(count)?;
        let all = head.len() < count;
        let kept = kept(&head, selection, min_p);
        // More than are listed may stay; without a cut all do, and their sum is 1.
        let whole = all || kept < head.len() || kept == selection.top_k;
        let sum = if cuts { head[..kept].iter().map(|(_, q)| q).sum() } else { 1.0 };
        let mut reached = 0.0;
        if whole || !cuts {
            let hit = head[..kept].iter().find(|(_, q)| {
                reached += q / sum;
                reached > u
            });
            // Rounding may leave the sum a hair below u.
            if let Some(token) = hit.or(head[..kept].last().filter(|_| whole)) {
                return Ok(*token);
            }
        }
        if count == known {
            return Err(NotInDigest);
        }
        count = count.saturating_mul(8).min(known);
    }
}

/// How many of the most probable tokens pass every filter; the best one always does.
fn kept(head: &[(TokenId, f64)], selection: &SelectionConfig, min_p: f64) -> usize {
    let least = min_p * head.first().map_or(0.0, |(_, q)| *q);
    let mut mass = 0.0;
    let inside = head.iter().take(selection.top_k).take_while(|(_, q)| {
        let inside = mass < selection.top_p && *q >= least;
        mass += q;
        inside
    });
    inside.count().max(1)
}

#[cfg(test)]
mod tests;
