//! Texts drawn token by token, a lane each.

use crate::config::SelectionConfig;
use crate::distribution::Distribution;
use crate::event::{Event, ReadingEvent, ReadingKind, SampleToken, SamplesEvent};
use crate::ids::{Slot, TokenId};
use crate::next_logits::NextLogits;
use crate::options::{Combine, GenerationOptions};
use crate::random::SplitMix64;
use crate::text::Vocabulary;

use super::branching::{Next, State, Strategy};
use super::row::log_probability;

/// Samples.
#[derive(Debug)]
pub(super) struct Samples {
    lanes: Vec<Lane>,
    min_p: f64,
    stream: SplitMix64,
    /// A row for each living lane, in order; after the prompt one for all of them.
    next: Option<NextLogits>,
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
            next: None,
            drawn: Vec::new(),
        }
    }

    /// The distribution that a lane is drawn from, before the filters.
    fn distribution(state: &State, next: &NextLogits, row: usize, lane: &Lane) -> Distribution {
        let NextLogits::Rows { logits, vocab } = next else { panic!("samples ask for whole rows") };
        let mut present: Vec<TokenId> = state.branches.prompt().chain(lane.ids.iter().copied()).collect();
        present.sort_unstable();
        present.dedup();
        let selection = SelectionConfig { combine: Combine::First, ..state.config.selection.clone() };
        let logits = &logits[row * vocab..(row + 1) * vocab];
        let mut q = Distribution::combine(logits, *vocab, &[1.0], &present, &selection);
        let suppressed = state.config.end_of_text.suppressed(state.step, *vocab);
        // Where nothing else is left, the end of text is.
        if (1..*vocab).contains(&suppressed.len()) {
            q.suppress(&suppressed);
        }
        q
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
    fn begin(&mut self, _state: &mut State, next: NextLogits) {
        self.next = Some(next);
    }

    fn choose(&mut self, state: &mut State, words: &dyn Vocabulary) -> Next {
        let next = self.next.take().expect("the rows of the living lanes are known");
        let living: Vec<usize> = (0..self.lanes.len()).filter(|lane| !self.lanes[*lane].ended).collect();
        // All lanes begin with the same row.
        let row = |order: usize| if state.step == 0 { 0 } else { order };
        let drawn: Vec<(usize, TokenId, f64, f64)> = living
            .iter()
            .enumerate()
            .map(|(order, lane)| {
                let q = Self::distribution(state, &next, row(order), &self.lanes[*lane]);
                let (id, probability) = draw(&q, &state.config.selection, self.min_p, self.stream.unit());
                (*lane, id, probability, log_probability(&next, row(order), id))
            })
            .collect();
        // What only an ended lane needs is given back first.
        let (ended, going): (Vec<&(usize, TokenId, f64, f64)>, Vec<_>) =
            drawn.iter().partition(|(_, id, ..)| state.is_eos(*id));
        for node in ended.iter().filter_map(|(lane, ..)| self.lanes[*lane].node) {
            state.branches.free(state.branches.tree().path(node)[0]);
        }
        if going.len() > state.branches.left() {
            return Next::Full;
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
        if compute.is_empty() { self.event(state) } else { Next::Compute(compute) }
    }

    fn hear(&mut self, state: &mut State, next: NextLogits, _words: &dyn Vocabulary) -> Next {
        self.next = Some(next);
        self.event(state)
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
/// (most probable first, ties by id), so what all of them keep is the shortest of these.
fn draw(q: &Distribution, selection: &SelectionConfig, min_p: f64, u: f64) -> (TokenId, f64) {
    let cuts = selection.top_k < usize::MAX || selection.top_p.is_finite() || min_p > 0.0;
    let mut count = 64;
    loop {
        let head = q.top(count).expect("the distribution stands on rows");
        let all = head.len() < count;
        let kept = kept(&head, selection, min_p);
        // More than are listed may stay; without a cut all do, and their sum is 1.
        let known = all || kept < head.len();
        let sum = if cuts { head[..kept].iter().map(|(_, q)| q).sum() } else { 1.0 };
        let mut reached = 0.0;
        if known || !cuts {
            let hit = head[..kept].iter().find(|(_, q)| {
                reached += q / sum;
                reached > u
            });
            // Rounding may leave the sum a hair below u.
            if let Some(token) = hit.or(head[..kept].last().filter(|_| known)) {
                return *token;
            }
        }
        count = count.saturating_mul(8);
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
