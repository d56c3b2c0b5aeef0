//! Beam search as Hugging Face transformers does it with `early_stopping=False`.

use std::cmp::Ordering;

use crate::digest::NotInDigest;
use crate::event::{BeamsEvent, Event, FinishedBeam, Hypothesis, ReadingEvent, ReadingKind};
use crate::ids::{Slot, TokenId};
use crate::lists::ListRequest;
use crate::options::GenerationOptions;
use crate::text::Vocabulary;

use super::branching::{Next, State, Strategy};
use super::row::top;

/// The beams.
#[derive(Debug)]
pub(super) struct Beams {
    width: usize,
    length_penalty: f64,
    /// Those that go on, the most probable one first. Before the first step: the prompt alone.
    running: Vec<Beam>,
    /// Those that ended with end-of-text, best first; at most `width`.
    finished: Vec<Beam>,
    /// Nothing that goes on can become better than what has finished.
    over: bool,
    /// The hypotheses of the step under way.
    hypotheses: Vec<Hypothesis>,
}

#[derive(Clone, Debug, Default)]
struct Beam {
    ids: Vec<TokenId>,
    /// The newest token; `None` before the first.
    node: Option<Slot>,
    log_probability: f64,
}

impl Beam {
    fn with(&self, id: TokenId, log_probability: f64) -> Self {
        let ids = self.ids.iter().copied().chain([id]).collect();
        Self { ids, node: self.node, log_probability }
    }
}

impl Beams {
    pub(super) fn new(options: &GenerationOptions) -> Self {
        Self {
            width: options.beams,
            length_penalty: options.length_penalty,
            running: vec![Beam::default()],
            finished: Vec::new(),
            over: false,
            hypotheses: Vec::new(),
        }
    }

    /// The sum of `ln p` over the length to the power of the penalty; the end-of-text token counts.
    fn score(&self, beam: &Beam) -> f64 {
        // A text of no tokens has nothing to be divided.
        if beam.ids.is_empty() { 0.0 } else { beam.log_probability / (beam.ids.len() as f64).powf(self.length_penalty) }
    }

    /// How many tokens after one beam can be taken: as many as go on, and all that end a text.
    fn most_of_a_row(&self, state: &State) -> usize {
        self.width.saturating_add(state.config.end_of_text.ids.len()).min(state.vocab)
    }

    /// All that may come next, the most probable first: the rank of the beam, the token, the sum of `ln p`. No more are
    /// listed than can be taken. There is a row for each running beam, in order.
    fn continuations(&self, state: &State) -> Result<Vec<(usize, TokenId, f64)>, NotInDigest> {
        let count = self.most_of_a_row(state);
        let mut all: Vec<(usize, TokenId, f64)> = Vec::with_capacity(count * self.running.len());
        for (rank, beam) in self.running.iter().enumerate() {
            all.extend(
                top(&state.next, rank, count)?.into_iter().map(|(id, log)| (rank, id, beam.log_probability + log)),
            );
        }
        all.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
        Ok(all)
    }

    /// The best of these, best first, ties in their order: finished ones come first, in the order in which they finished.
    fn best(&self, mut all: Vec<Beam>) -> Vec<Beam> {
        all.sort_by(|a, b| self.score(b).partial_cmp(&self.score(a)).unwrap_or(Ordering::Equal));
        all.truncate(self.width);
        all
    }

    /// Whether the best that goes on is no better, at its length, than the worst of as many finished ones as are wanted.
    fn cannot_improve(&self) -> bool {
        let (Some(best), Some(worst)) = (self.running.first(), self.finished.last()) else {
            return self.running.is_empty();
        };
        self.finished.len() == self.width && self.score(best) <= self.score(worst)
    }

    fn event(&mut self, state: &State, words: &dyn Vocabulary) -> Next {
        let finished = self.finished.iter().map(|beam| FinishedBeam {
            ids: beam.ids.clone(),
            text: state.text(&beam.ids, words),
            log_probability: beam.log_probability,
            score: self.score(beam),
        });
        let finished = finished.collect();
        let hypotheses = std::mem::take(&mut self.hypotheses);
        let (appended, held) = (hypotheses.len(), state.branches.held());
        let event = BeamsEvent { step: state.step, hypotheses, finished, slots: held, live: held, timing: None };
        Next::Step(Event::Beams(event), appended)
    }
}

impl Strategy for Beams {
    fn request(&self, state: &State, _step: usize) -> Option<ListRequest> {
        Some(ListRequest { candidates: self.most_of_a_row(state), temperature: 1.0 })
    }

    fn choose(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        let all = self.continuations(state)?;
        let going: Vec<_> = all.iter().filter(|(_, id, _)| !state.is_eos(*id)).take(self.width).copied().collect();
        let ending = all.iter().take(self.width).filter(|(_, id, _)| state.is_eos(*id));
        let ending: Vec<Beam> = ending.map(|(rank, id, sum)| self.running[*rank].with(*id, *sum)).collect();

        let parents: Vec<Slot> = going.iter().filter_map(|(rank, ..)| self.running[*rank].node).collect();
        state.branches.keep(&parents);
        if going.len() > state.branches.left() {
            return Ok(Next::Full);
        }
        let finished = std::mem::take(&mut self.finished).into_iter().chain(ending).collect();
        self.finished = self.best(finished);
        let mut running = Vec::with_capacity(going.len());
        for (parent, id, sum) in going {
            let mut beam = self.running[parent].with(id, sum);
            let slot = state.branches.append(beam.node, id);
            beam.node = Some(slot);
            self.hypotheses.push(Hypothesis {
                parent,
                slot,
                position: state.position(),
                id,
                text: words.text(id),
                log_probability: sum,
                score: self.score(&beam),
            });
            running.push(beam);
        }
        self.running = running;
        self.over = self.cannot_improve();
        let compute: Vec<Slot> = self.running.iter().filter_map(|beam| beam.node).collect();
        Ok(if compute.is_empty() { self.event(state, words) } else { Next::Compute(compute) })
    }

    fn hear(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest> {
        Ok(self.event(state, words))
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn readings(&self, state: &State, words: &dyn Vocabulary) -> Vec<ReadingEvent> {
        // Whatever ends the run but a sure result ends those that go on, too.
        let running = if self.over { &[][..] } else { &self.running };
        let best = self.best(self.finished.iter().chain(running).cloned().collect());
        let reading = |beam: Beam| ReadingEvent {
            kind: ReadingKind::Beam,
            text: state.text(&beam.ids, words),
            log_probability: beam.log_probability,
            score: Some(self.score(&beam)),
            ids: beam.ids,
            exact: None,
        };
        best.into_iter().map(reading).collect()
    }
}

#[cfg(test)]
mod tests;
