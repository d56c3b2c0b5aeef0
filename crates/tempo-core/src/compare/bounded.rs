//! A run that ends at the last step that its budget has room for.

use super::budget::{Budget, BudgetError};
use super::lanes::LaneOptions;
use crate::choice;
use crate::decoder::{Decode, Decoder};
use crate::error::{ReadoutError, SetupError};
use crate::event::{Event, ReadingEvent, StopReason, Work};
use crate::generator::{Action, Prompt};
use crate::ids::TokenId;
use crate::model::{ModelDescription, Readout};
use crate::options::{DecoderKind, GenerationOptions};
use crate::text::Vocabulary;

use thiserror::Error;

choice! {
    /// Why a lane of a comparison has ended.
    pub enum Outcome {
        /// The next step did not fit into the budget.
        #[default]
        Budget = "budget",
        /// The text has ended.
        Eos = "eos",
        /// All steps of `max_steps` were made.
        MaxSteps = "max-steps",
        /// No row is left in the model's context.
        ContextFull = "context-full",
        /// The caller stopped it.
        Stopped = "stopped",
    }
}

impl From<StopReason> for Outcome {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::MaxSteps => Self::MaxSteps,
            StopReason::Eos => Self::Eos,
            StopReason::ContextFull => Self::ContextFull,
            StopReason::Stopped => Self::Stopped,
        }
    }
}

/// A lane that cannot begin.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BoundedError {
    /// The budget has no room for it.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// Its options or the prompt make no sense.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// Where a lane stands after its last whole step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Steps that were made.
    pub steps: usize,
    /// What it says.
    pub readings: Vec<ReadingEvent>,
    /// Paths through the live members of the lattice; `None` where there is no lattice.
    pub paths: Option<f64>,
}

/// A decoder with a budget: to be driven as any other, but no pass begins that the budget has no room for. Then the run is over,
/// without an end event, and stands where its last whole step has left it.
#[derive(Debug)]
pub struct Bounded<V> {
    decoder: Decoder<V>,
    /// `None`: its caller stops it.
    budget: Option<Budget>,
    prompt: Vec<TokenId>,
    /// Cache rows that it can take at most.
    room: usize,
    standing: Standing,
    work: Work,
    outcome: Option<Outcome>,
}

impl<V: Vocabulary> Bounded<V> {
    /// Prepares a lane. Unless it says itself how long its text may be, that follows from the budget and the model's context.
    ///
    /// # Errors
    /// As [`Decoder::new`], and when prompt and one step are more than the budget.
    pub fn new(
        lane: &LaneOptions,
        budget: Option<Budget>,
        model: &ModelDescription,
        prompt: Prompt,
        vocabulary: V,
    ) -> Result<Self, BoundedError> {
        let (tokens, capacity) = (prompt.ids.len(), lane.options.capacity.unwrap_or(model.max_positions));
        let length = Budget { most: usize::MAX, ..Budget::DEFAULT };
        let length = budget.unwrap_or(length).most_steps(tokens, capacity);
        let max_steps = if lane.says_max_steps { lane.options.max_steps } else { length };
        let options = GenerationOptions { max_steps, ..lane.options };
        let ids = prompt.ids.clone();
        let decoder = Decoder::new(options, model, prompt, vocabulary)?;
        let mut room = usize::MAX;
        if let Some(budget) = budget {
            budget.check(tokens, model)?;
            // What is computed beside a run takes rows that its budget does not count.
            let beside = options.reading_beams > 0 || options.exact_limit > 0 || options.meter_samples > 0;
            room = if beside { room } else { budget.most_rows(model) };
        }
        let (standing, work) = (Standing::default(), Work::default());
        Ok(Self { decoder, budget, prompt: ids, room, standing, work, outcome: None })
    }

    /// The prompt.
    pub fn prompt(&self) -> &[TokenId] {
        &self.prompt
    }

    /// The options, resolved.
    pub fn options(&self) -> &GenerationOptions {
        self.decoder.options()
    }

    /// Where it stands.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What was computed, of a step that did not become whole too. Never more than the budget.
    pub fn work(&self) -> Work {
        self.work
    }

    /// How much of its budget it has used; without one: rows.
    pub fn used(&self) -> usize {
        self.budget.unwrap_or(Budget::DEFAULT).used(self.standing.steps, &self.work)
    }

    /// Why it has ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Ends it where it stands. Nothing more is computed.
    pub fn end(&mut self, outcome: Outcome) {
        self.outcome.get_or_insert(outcome);
    }

    /// The reading that is the text of the run so far: for samples and beams the one that is most probable a token.
    pub fn text(&self) -> Option<&ReadingEvent> {
        let (readings, options) = (&self.standing.readings, self.options());
        match options.decoder {
            DecoderKind::Tempo | DecoderKind::Greedy => {
                readings.iter().find(|reading| reading.kind == options.reading.into())
            }
            DecoderKind::Sample | DecoderKind::Beam | DecoderKind::Mcts => {
                let mean = |reading: &ReadingEvent| reading.log_probability / reading.ids.len().max(1) as f64;
                readings.iter().reduce(|best, other| if mean(other) > mean(best) { other } else { best })
            }
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::End(end) => {
                self.standing.readings.clone_from(&end.readings);
                self.outcome = Some(end.reason.into());
            }
            _ if event.step().is_some() => {
                let lattice = self.decoder.tempo().map(|run| run.sequence().chain());
                self.standing = Standing {
                    steps: self.standing.steps + 1,
                    readings: self.decoder.readings(),
                    paths: lattice.map(|chain| chain.links().map(|(_, members)| members.len() as f64).product()),
                };
            }
            _ => {}
        }
    }

    fn is_over(&self, due: Option<Work>) -> bool {
        let Some(budget) = self.budget else { return false };
        match due {
            Some(work) => budget.used(self.standing.steps, &work) > budget.most,
            // A last step that needs no pass is a step all the same.
            None => budget.used(self.standing.steps, &Work::default()) >= budget.most,
        }
    }
}

impl<V: Vocabulary> Decode for Bounded<V> {
    fn keep(&mut self, held: &[TokenId]) {
        self.decoder.keep(held);
    }

    fn advance(&mut self) -> Action {
        if self.outcome.is_none() && self.is_over(None) {
            self.outcome = Some(Outcome::Budget);
        }
        if self.outcome.is_some() {
            return Action::Finished;
        }
        match self.decoder.advance() {
            Action::Forward(_) if self.is_over(Some(self.decoder.work_due())) => {
                self.outcome = Some(Outcome::Budget);
                Action::Finished
            }
            Action::Begin { rows, keep } => Action::Begin { rows: rows.min(self.room), keep },
            Action::Emit(event) => {
                self.hear(&event);
                Action::Emit(event)
            }
            action => action,
        }
    }

    fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        let event = self.decoder.absorb(readout)?;
        self.work = self.decoder.work();
        if let Some(event) = &event {
            self.hear(event);
        }
        Ok(event)
    }

    fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        self.decoder.absorb_logits(logits)
    }
}
