//! The loop of a decoder that follows lanes: when it computes, when it says something, when it ends.

use crate::config::GenerationConfig;
use crate::digest::NotInDigest;
use crate::error::{ReadoutError, ReadoutStep, SetupError};
use crate::event::{
    EndEvent, Event, PromptEvent, PromptToken, ReadingEvent, RunEvent, Simulation, Stats, StopReason, TRACE_VERSION,
    Work,
};
use crate::generator::{Action, Prompt};
use crate::ids::{Position, Slot, TokenId};
use crate::lists::{EachRow, ListRequest};
use crate::model::{Logits, LogitsRequest, ModelDescription, Readout, StepPlan};
use crate::options::{DecoderKind, GenerationOptions};
use crate::text::Vocabulary;

use super::Branches;
use super::beam::Beams;
use super::sample::Samples;
use super::search::Search;

/// What a decoder decides by.
#[derive(Debug)]
pub(super) struct State {
    /// The cache.
    pub(super) branches: Branches,
    /// The options, checked.
    pub(super) config: GenerationConfig,
    /// Logits of a row.
    pub(super) vocab: usize,
    /// What the rows of the newest pass say.
    pub(super) next: EachRow,
    /// Steps that were made.
    pub(super) step: usize,
}

impl State {
    /// Whether a token ends a text.
    pub(super) fn is_eos(&self, id: TokenId) -> bool {
        self.config.end_of_text.ids.contains(&id)
    }

    /// Where the tokens of this step stand.
    pub(super) fn position(&self) -> Position {
        Position(u32::try_from(self.branches.prompt_len() + self.step).expect("a text has fewer than 2^32 tokens"))
    }

    /// The tokens as a text, without the one that ended it.
    pub(super) fn text(&self, ids: &[TokenId], words: &dyn Vocabulary) -> String {
        match ids.split_last() {
            Some((last, before)) if self.is_eos(*last) => words.decode(before),
            _ => words.decode(ids),
        }
    }
}

/// What a decoder wants next.
#[derive(Debug)]
pub(super) enum Next {
    /// A pass over these nodes; what their rows say in this order.
    Compute(Vec<Slot>),
    /// Nothing more in this step: its event, and how many tokens it has appended.
    Step(Event, usize),
    /// Rows that there are none of.
    Full,
}

/// What tells one decoder from another. Each of the first three reads [`State::next`]; where its lists are too short, nothing
/// has changed, and it is called again once the whole rows are there.
pub(super) trait Strategy: std::fmt::Debug {
    /// Takes in what follows the prompt, before the first step.
    fn begin(&mut self, _state: &mut State) -> Result<(), NotInDigest> {
        Ok(())
    }

    /// Begins a step.
    fn choose(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest>;

    /// Goes on with the step: what the rows say that it asked for.
    fn hear(&mut self, state: &mut State, words: &dyn Vocabulary) -> Result<Next, NotInDigest>;

    /// What is enough of the rows that `step` goes by; `None`: nothing but all of them.
    fn request(&self, state: &State, step: usize) -> Option<ListRequest>;

    /// Whether nothing is left to go on with.
    fn is_over(&self) -> bool;

    /// Whether a step under way can be left where it is.
    fn can_break_off(&self) -> bool {
        false
    }

    /// What it has tried in the step under way.
    fn simulations(&self) -> &[Simulation] {
        &[]
    }

    /// What it says so far, the first of them first.
    fn readings(&self, state: &State, words: &dyn Vocabulary) -> Vec<ReadingEvent>;
}

/// One run of a decoder that follows lanes.
#[derive(Debug)]
pub struct Branching<V> {
    state: State,
    strategy: Box<dyn Strategy>,
    model: ModelDescription,
    vocabulary: V,
    run: RunEvent,
    phase: Phase,
    /// Cache rows that the model was told to make ready.
    reserved: usize,
    /// The lists that the last plan asked for.
    requested: Option<ListRequest>,
    /// How many rows it has, and whether it is being computed.
    rows: usize,
    is_computing: bool,
    /// Its lists were too short: the rows are due.
    has_to_fetch: bool,
    /// What they brought about, until it is handed out.
    event: Option<Event>,
    stop_requested: bool,
    stats: Stats,
    work: Work,
}

#[derive(Debug)]
enum Phase {
    Announce,
    Begin,
    Prefill,
    /// A step can begin.
    Choose,
    /// A pass over these nodes is due.
    Compute(Vec<Slot>),
    Finished,
}

impl<V: Vocabulary> Branching<V> {
    /// Prepares a run of `prompt` on a model of this description.
    ///
    /// # Errors
    /// When the options make no sense, or the prompt is empty, foreign to the model or longer than the capacity.
    ///
    /// # Panics
    /// When the options name TEMPO, which follows no lanes.
    pub fn new(
        options: GenerationOptions,
        model: &ModelDescription,
        prompt: Prompt,
        vocabulary: V,
    ) -> Result<Self, SetupError> {
        let config = options.check(model)?;
        prompt.check(model, config.capacity)?;
        let options = GenerationOptions { capacity: Some(config.capacity), ..options };
        let strategy: Box<dyn Strategy> = match options.decoder {
            DecoderKind::Sample => Box::new(Samples::new(&options)),
            DecoderKind::Beam => Box::new(Beams::new(&options)),
            DecoderKind::Mcts => Box::new(Search::new(&options)),
            DecoderKind::Tempo | DecoderKind::Greedy => panic!("{} follows no lanes", options.decoder),
        };
        let branches = Branches::new(&prompt.ids, config.capacity);
        let tokens = prompt.ids.iter().zip(0..).map(|(id, index)| {
            let text = vocabulary.text(*id);
            PromptToken { slot: Slot(index), position: Position(index), id: *id, text }
        });
        let prompt = PromptEvent { text: prompt.text, tokens: tokens.collect() };
        let decoder = options.decoder;
        let run = RunEvent { version: TRACE_VERSION, decoder, model: model.into(), options, prompt, chat: None };
        Ok(Self {
            state: State {
                branches,
                config,
                vocab: model.vocab,
                next: EachRow::Rows { logits: Vec::new(), vocab: model.vocab },
                step: 0,
            },
            strategy,
            model: model.clone(),
            vocabulary,
            run,
            phase: Phase::Announce,
            reserved: 0,
            requested: None,
            rows: 0,
            is_computing: false,
            has_to_fetch: false,
            event: None,
            stop_requested: false,
            stats: Stats { steps: 0, tokens: 0, mean_set: 0.0, removed: 0, seconds: None },
            work: Work::default(),
        })
    }

    /// Ends the run before its next step; a step under way is finished, but for a tree search.
    pub fn stop(&mut self) {
        self.stop_requested = true;
    }

    /// The options, resolved.
    pub fn options(&self) -> &GenerationOptions {
        &self.run.options
    }

    /// What the run says so far: samples in the order of their lanes, beams best first, the path of a search.
    pub fn readings(&self) -> Vec<ReadingEvent> {
        self.strategy.readings(&self.state, &self.vocabulary)
    }

    /// As [`Decoder::simulations`](super::Decoder::simulations).
    pub fn simulations(&self) -> &[Simulation] {
        self.strategy.simulations()
    }

    /// As [`Decoder::work`](super::Decoder::work).
    pub fn work(&self) -> Work {
        self.work.with_bytes(&self.model)
    }

    /// As [`Decoder::work_due`](super::Decoder::work_due).
    pub fn work_due(&self) -> Work {
        let rows = match &self.phase {
            Phase::Prefill => self.state.branches.prompt_len(),
            Phase::Compute(slots) => slots.len(),
            Phase::Announce | Phase::Begin | Phase::Choose | Phase::Finished => return self.work(),
        };
        Work { passes: self.work.passes + 1, rows: self.work.rows + rows, ..self.work }.with_bytes(&self.model)
    }

    /// As [`Decode::advance`](super::Decode::advance).
    pub fn advance(&mut self) -> Action {
        if let Some(event) = self.event.take() {
            return Action::Emit(event);
        }
        match &self.phase {
            Phase::Announce => {
                self.phase = Phase::Begin;
                Action::Emit(Event::Run(self.run.clone()))
            }
            Phase::Begin | Phase::Prefill | Phase::Choose if self.stop_requested => self.finish(StopReason::Stopped),
            Phase::Compute(_) if self.stop_requested && self.strategy.can_break_off() => {
                self.finish(StopReason::Stopped)
            }
            Phase::Begin if self.state.config.max_steps == 0 => self.finish(StopReason::MaxSteps),
            Phase::Begin => {
                self.phase = Phase::Prefill;
                self.reserved = self.rows_to_begin_with();
                Action::Begin { rows: self.reserved, keep: 0 }
            }
            Phase::Prefill | Phase::Choose | Phase::Compute(_) if self.has_to_fetch => Action::Logits,
            Phase::Prefill => {
                let request = self.strategy.request(&self.state, 0);
                let plan = self.state.branches.prefill(request.map(LogitsRequest::from));
                self.forward(plan, request)
            }
            Phase::Choose if self.strategy.is_over() => self.finish(StopReason::Eos),
            Phase::Choose if self.state.step == self.state.config.max_steps => self.finish(StopReason::MaxSteps),
            Phase::Choose => {
                match self.strategy.choose(&mut self.state, &self.vocabulary).map(|next| self.follow(next)) {
                    Ok(Some(event)) => Action::Emit(event),
                    Ok(None) => self.advance(),
                    Err(NotInDigest) => {
                        self.has_to_fetch = true;
                        Action::Logits
                    }
                }
            }
            Phase::Compute(_) if self.state.branches.context() > self.reserved => {
                // Twice as many, so that it happens seldom.
                self.reserved = self.state.branches.context().saturating_mul(2).min(self.state.config.capacity);
                Action::Grow { rows: self.reserved }
            }
            Phase::Compute(slots) => {
                let request = self.strategy.request(&self.state, self.state.step + 1);
                let plan = self.state.branches.plan(slots, request.map(LogitsRequest::from));
                self.forward(plan, request)
            }
            Phase::Finished => Action::Finished,
        }
    }

    /// As [`Decode::absorb`](super::Decode::absorb).
    ///
    /// # Errors
    /// When the readout cannot be used, or nothing was to be computed.
    pub fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        let computed = match &self.phase {
            Phase::Prefill if self.is_computing => self.state.branches.prompt_len(),
            Phase::Compute(slots) if self.is_computing => slots.len(),
            _ => return Err(ReadoutError::Unasked { what: "a readout" }),
        };
        self.is_computing = false;
        let request = self.requested.take();
        self.take(readout.logits, request)?;
        self.work.passes += 1;
        self.work.rows += computed;
        Ok(self.hear())
    }

    /// As [`Decode::absorb_logits`](super::Decode::absorb_logits).
    ///
    /// # Errors
    /// When they cannot be used, or were not asked for.
    pub fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        if !std::mem::take(&mut self.has_to_fetch) {
            return Err(ReadoutError::Unasked { what: "logits" });
        }
        self.take(logits.into(), None)?;
        self.event = self.hear();
        Ok(())
    }

    /// Keeps what the rows of the last pass say, if it can be.
    fn take(&mut self, logits: Logits, request: Option<ListRequest>) -> Result<(), ReadoutError> {
        let step = match self.phase {
            Phase::Prefill => ReadoutStep::Prompt,
            Phase::Choose => self.state.step.checked_sub(1).map_or(ReadoutStep::Prompt, ReadoutStep::Step),
            _ => ReadoutStep::Step(self.state.step),
        };
        let next = EachRow::check(logits, self.rows, self.model.vocab, request, step);
        self.state.next = next.inspect_err(|_| self.phase = Phase::Finished)?;
        Ok(())
    }

    /// Has the decoder hear what the rows say.
    fn hear(&mut self) -> Option<Event> {
        let heard = match self.phase {
            Phase::Prefill => self.strategy.begin(&mut self.state).map(|()| None),
            Phase::Compute(_) => self.strategy.hear(&mut self.state, &self.vocabulary).map(Some),
            // It asks when it chooses.
            _ => return None,
        };
        match heard {
            Ok(Some(next)) => self.follow(next),
            Ok(None) => {
                self.phase = Phase::Choose;
                None
            }
            Err(NotInDigest) => {
                self.has_to_fetch = true;
                None
            }
        }
    }

    fn follow(&mut self, next: Next) -> Option<Event> {
        match next {
            Next::Compute(slots) => {
                self.phase = Phase::Compute(slots);
                None
            }
            Next::Step(event, tokens) => {
                self.state.step += 1;
                self.stats.steps += 1;
                self.stats.tokens += tokens;
                self.stats.mean_set = self.stats.tokens as f64 / self.stats.steps as f64;
                self.phase = Phase::Choose;
                Some(event)
            }
            Next::Full => match self.finish(StopReason::ContextFull) {
                Action::Emit(event) => Some(event),
                action => unreachable!("a run ends with its end event, not {action:?}"),
            },
        }
    }

    fn forward(&mut self, plan: StepPlan, request: Option<ListRequest>) -> Action {
        self.work.peak_rows = self.work.peak_rows.max(self.state.branches.held());
        (self.requested, self.rows, self.is_computing) = (request, plan.logits.len(), true);
        Action::Forward(plan)
    }

    /// Rows that are enough for samples and beams; a tree grows as it must.
    fn rows_to_begin_with(&self) -> usize {
        let options = &self.run.options;
        let (each_step, once) = match options.decoder {
            DecoderKind::Sample => (options.samples, 0),
            DecoderKind::Beam => (options.beams, 0),
            _ => (1, options.simulations.saturating_add(options.depth)),
        };
        let generated = options.max_steps.saturating_mul(each_step).saturating_add(once);
        self.state.branches.prompt_len().saturating_add(generated).min(self.state.config.capacity)
    }

    fn finish(&mut self, reason: StopReason) -> Action {
        self.phase = Phase::Finished;
        let readings = self.readings();
        let text = readings.first().map(|reading| reading.text.clone()).unwrap_or_default();
        Action::Emit(Event::End(EndEvent {
            reason,
            ended: Vec::new(),
            brackets: text.clone(),
            text,
            stats: self.stats,
            readings,
            work: Some(self.work()),
            answer: None,
        }))
    }
}
