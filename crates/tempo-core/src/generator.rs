//! The state machine of a run: it says what to compute next and takes in what came back. No I/O, no clock.

use std::ops::Range;

use crate::config::GenerationConfig;
use crate::digest::{DigestRequest, NotInDigest};
use crate::distribution::Distribution;
use crate::error::{ConfigError, SetupError};
use crate::event::{Event, RunEvent, Stats, StopReason, Verdict, Work};
use crate::evidence::Evidence;
use crate::ids::{SetIndex, TokenId};
use crate::model::ModelDescription;
use crate::next_logits::NextLogits;
use crate::options::{DecoderKind, GenerationOptions, RemovalMode, RemovalScore, Visibility, Weighting};
use crate::removal::{fade_bias, judge_by_attention, judge_by_chain, judge_by_posterior, over_budget};
use crate::schedule::progress;
use crate::select::{Choice, Selection, forced, select};
use crate::sequence::Sequence;
use crate::text::Vocabulary;
use beside::{Beside, Measuring};

pub use action::{Action, Prompt};

/// One run.
#[derive(Debug)]
pub struct Generator<V> {
    config: GenerationConfig,
    model: ModelDescription,
    vocabulary: V,
    run: RunEvent,
    prompt: Vec<TokenId>,
    /// Rows of the prompt that the model holds from the run before.
    kept: usize,
    /// All of the prompt was computed.
    has_prompt: bool,
    sequence: Sequence,
    evidence: Evidence,
    phase: Phase,
    /// After the newest set's live members.
    next_logits: NextLogits,
    /// The digest that the last plan asked for.
    requested: Option<DigestRequest>,
    /// The tokens of the next set, where the caller has said them.
    forced: Option<Vec<TokenId>>,
    /// Rows that the last plan computes.
    computing: usize,
    /// How many of them are of lanes beside TEMPO.
    riding: usize,
    /// Cache rows that the model was told to make ready.
    reserved: usize,
    stop_requested: bool,
    stats: Stats,
    work: Work,
    /// What is computed in lanes beside the run, where anything is.
    beside: Option<Box<Beside>>,
    /// All rows of the newest set, where the meter has read them and `next_logits` is their digest.
    fetched: Option<NextLogits>,
}

#[derive(Debug)]
enum Phase {
    /// The run event has not been handed out.
    Announce,
    /// The model has to make room.
    Begin,
    /// The prompt has to be computed.
    Prefill,
    /// The newest rows are known; the next set can be chosen.
    Choose,
    /// A set was appended and its pass is due.
    Decode(Box<StepInProgress>),
    /// Members were removed and the rows that saw them have to be computed anew.
    Rebuild(Box<StepInProgress>),
    /// A step is over but for the meter.
    Measure(Box<Measuring>),
    /// The run is over, for this reason, but for the scored reading.
    Reread(StopReason, Vec<(TokenId, f64)>),
    /// The end event has been handed out.
    Finished,
}

#[derive(Clone, Debug)]
struct StepInProgress {
    selection: Selection,
    /// What the set before says of the members, `[members, members before]`; empty in the first step.
    said: Vec<Vec<f64>>,
    /// Slots whose live tokens are computed; longer than the set when earlier rows are rebuilt with it.
    compute: Range<usize>,
    received: Vec<f64>,
    verdicts: Vec<Verdict>,
}

impl<V: Vocabulary> Generator<V> {
    /// Prepares a run of `prompt` on a model of this description.
    ///
    /// # Errors
    /// When the options make no sense, or the prompt is empty, foreign to the model or longer than the capacity.
    pub fn new(
        options: GenerationOptions,
        model: &ModelDescription,
        prompt: Prompt,
        vocabulary: V,
    ) -> Result<Self, SetupError> {
        if !matches!(options.decoder, DecoderKind::Tempo | DecoderKind::Greedy) {
            let value = options.decoder.to_string();
            return Err(ConfigError::OutOfRange { field: "decoder", value, allowed: "tempo or greedy here" }.into());
        }
        let options = options.resolved();
        let config = options.check(model)?;
        prompt.check(model, config.capacity)?;
        let mut sequence = Sequence::new(&prompt.ids, config.capacity, config.positions, config.position_gap);
        let beside = Beside::new(&config.beside, prompt.ids.len(), options.seed).map(Box::new);
        if beside.is_some() {
            sequence.keep_prompt();
        }
        let options = GenerationOptions { capacity: Some(config.capacity), ..options };
        let run = report::run(options, model, prompt.text, &sequence, &vocabulary);
        Ok(Self {
            config,
            model: model.clone(),
            vocabulary,
            run,
            prompt: prompt.ids,
            kept: 0,
            has_prompt: false,
            sequence,
            evidence: Evidence::default(),
            phase: Phase::Announce,
            next_logits: NextLogits::Rows { logits: Vec::new(), vocab: model.vocab },
            requested: None,
            forced: None,
            computing: 0,
            riding: 0,
            reserved: 0,
            stop_requested: false,
            stats: Stats { steps: 0, tokens: 0, mean_set: 0.0, removed: 0, seconds: None },
            work: Work::default(),
            beside,
            fetched: None,
        })
    }

    /// Ends the run before its next step; the step under way is finished.
    pub fn stop(&mut self) {
        self.stop_requested = true;
    }

    /// Has the next set be of these tokens, each once, whatever the distribution says of them. Their order, their recorded
    /// probabilities and everything after are as if they had been chosen; the end-of-text policy is not asked.
    ///
    /// # Errors
    /// When there is none, one twice, or one that is outside of the vocabulary.
    pub fn force(&mut self, ids: Vec<TokenId>) -> Result<(), SetupError> {
        if let Some(id) = ids.iter().find(|id| id.index() >= self.model.vocab) {
            return Err(SetupError::UnknownToken { id: id.0, vocab: self.model.vocab });
        }
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if ids.is_empty() || sorted.len() < ids.len() {
            return Err(SetupError::ForcedSet);
        }
        self.forced = Some(ids);
        Ok(())
    }

    /// The distribution that the next set is chosen from, between two steps.
    ///
    /// # Errors
    /// When the model has returned a digest that was made for other options.
    pub fn next_distribution(&self) -> Result<Distribution, NotInDigest> {
        self.distribution()
    }

    /// The sequence as it stands.
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// The options, resolved.
    pub fn options(&self) -> &GenerationOptions {
        &self.run.options
    }

    /// As [`Decoder::work`](crate::Decoder::work).
    pub fn work(&self) -> Work {
        self.work.with_bytes(&self.model)
    }

    /// As [`Decoder::work_due`](crate::Decoder::work_due).
    pub fn work_due(&self) -> Work {
        // What is measured computes nothing of the run.
        let (passes, rows) = (usize::from(self.computing > 0), self.computing);
        Work { passes: self.work.passes + passes, rows: self.work.rows + rows, ..self.work }.with_bytes(&self.model)
    }

    /// What to do next. Calling it again without doing it asks again, except that each event is handed out once.
    pub fn advance(&mut self) -> Action {
        match &self.phase {
            Phase::Announce => {
                self.phase = Phase::Begin;
                Action::Emit(Event::Run(self.run.clone()))
            }
            Phase::Begin | Phase::Prefill | Phase::Choose if self.stop_requested => self.finish(StopReason::Stopped),
            Phase::Begin if self.config.max_steps == 0 => self.finish(StopReason::MaxSteps),
            Phase::Begin => {
                self.phase = Phase::Prefill;
                self.reserved = self.rows_needed();
                Action::Begin { rows: self.reserved, keep: self.kept }
            }
            Phase::Prefill => {
                let plan = self.prefill_plan();
                self.forward(plan)
            }
            // Only options that changed meanwhile ask for more.
            Phase::Choose if self.beside.is_none() && self.reserved < self.rows_needed() => {
                self.reserved = self.rows_needed();
                Action::Grow { rows: self.reserved }
            }
            Phase::Choose => self.choose(),
            // The rebuild leaves nothing on the device that a later set could ask of the reading lanes.
            Phase::Rebuild(_) if self.reading_is_listed() => Action::Logits,
            Phase::Decode(step) | Phase::Rebuild(step) => {
                let plan = self.step_plan(step);
                self.forward(plan)
            }
            Phase::Measure(_) if self.stop_requested => self.leave_unmeasured(),
            Phase::Measure(_) => self.measure(),
            Phase::Reread(..) => self.reread(),
            Phase::Finished => Action::Finished,
        }
    }

    /// Selects and appends the next set, or ends the run.
    fn choose(&mut self) -> Action {
        let step = self.stats.steps;
        if step >= self.config.max_steps {
            return self.finish(StopReason::MaxSteps);
        }
        let previous = self.sequence.newest();
        let (selection, log_said) = match self.selection(step) {
            Ok((Choice::Set(selection), log_said)) => (selection, log_said),
            Ok((Choice::End(ended), _)) => return self.finish_by(StopReason::Eos, &ended),
            // Nothing has changed yet: the choice is made again with the rows.
            Err(NotInDigest) => return self.fetch(),
        };
        if selection.set.len() > self.sequence.free() {
            return self.finish(StopReason::ContextFull);
        }
        let speakers = self.sequence.chain().members(previous).len();
        let said = log_said.chunks_exact(speakers.max(1)).filter(|_| speakers > 0);
        let said: Vec<Vec<f64>> = said.map(|of_one| of_one.iter().map(|log| log.exp()).collect()).collect();
        let set = self.sequence.append_said(&selection.set, Some(log_said));
        self.forced = None;
        let mut compute = self.sequence.slots(set);

        let verdicts = self.judge_by_rows(previous, &said);
        let removed = self.apply_hiding(&verdicts);
        self.extend_scored(set);
        if removed && self.rebuilds() {
            // Rows that saw a removed member are computed anew together with the new set.
            compute.start = compute.start.min(self.rows_that_saw(&verdicts).start);
        }
        let step = StepInProgress { selection, said, compute, received: Vec::new(), verdicts };
        self.phase = Phase::Decode(Box::new(step));
        self.advance()
    }

    /// The next set, and what the rows that it is chosen by say of it ([`Sequence::append_said`]); or what ends the run.
    fn selection(&self, step: usize) -> Result<(Choice, Vec<f64>), NotInDigest> {
        let q = self.distribution()?;
        let choice = match &self.forced {
            Some(ids) => Choice::Set(forced(&q, ids, step, &self.config)?),
            None => select(&q, step, &self.config)?,
        };
        let log_said = match &choice {
            Choice::Set(selection) => {
                let chosen: Vec<TokenId> = selection.set.iter().map(|(id, _)| *id).collect();
                self.reading_knows(&chosen)?;
                self.next_logits.log_said(&chosen)?
            }
            Choice::End(_) => Vec::new(),
        };
        Ok((choice, log_said))
    }

    /// Verdicts that follow from what rows say, before any later row is computed. The set was just appended; `previous` is
    /// the one before, and `said` what each of its members says of each of the new ones.
    fn judge_by_rows(&self, previous: SetIndex, said: &[Vec<f64>]) -> Vec<Verdict> {
        let Some(removal) = &self.config.removal else { return Vec::new() };
        match removal.score {
            RemovalScore::Posterior => judge_by_posterior(&self.sequence, previous, said, self.progress(), removal),
            RemovalScore::Gamma => judge_by_chain(&self.sequence, self.progress(), removal),
            RemovalScore::Attention | RemovalScore::Share | RemovalScore::ShareRatio => Vec::new(),
        }
    }

    /// Attention verdicts on older sets; ends the step unless rows have to be rebuilt first.
    fn judge(&mut self, mut step: Box<StepInProgress>) -> Option<Event> {
        if let Some(removal) = self.config.removal.as_ref().filter(|removal| removal.score.is_attention()) {
            step.verdicts = judge_by_attention(&self.sequence, &self.evidence, self.progress(), removal);
            if self.apply_hiding(&step.verdicts) && self.rebuilds() {
                step.compute = self.rows_that_saw(&step.verdicts);
                self.phase = Phase::Rebuild(step);
                return None;
            }
        }
        self.finish_step(*step)
    }

    /// Hides everyone a verdict takes out; whether there was anyone.
    fn apply_hiding(&mut self, verdicts: &[Verdict]) -> bool {
        let before = self.stats.removed;
        for verdict in verdicts.iter().filter(|verdict| verdict.removes()) {
            self.sequence.remove(verdict.slot);
            self.stats.removed += 1;
        }
        self.stats.removed > before
    }

    fn rebuilds(&self) -> bool {
        self.config.removal.as_ref().is_some_and(|removal| removal.effect == RemovalMode::Rebuild)
    }

    /// Whether a rebuild gives the siblings of a removed member other rows. Isolated ones never saw it, so theirs are
    /// right already, unless a budget has freed rows that they saw at their birth, or their biases speak for the whole set.
    fn siblings_change(&self) -> bool {
        self.config.visibility != Visibility::Isolated
            || self.config.budget.is_some()
            || self.config.weighting == Weighting::Gamma
    }

    /// Slots from the first that could see a removed member to the newest.
    fn rows_that_saw(&self, verdicts: &[Verdict]) -> Range<usize> {
        let all = self.sequence.tokens().len();
        let first = verdicts.iter().filter(|verdict| verdict.removes()).map(|verdict| {
            let set = self.sequence.slots(self.sequence.tokens()[verdict.slot.index()].set);
            if self.siblings_change() { set.start } else { set.end }
        });
        first.min().unwrap_or(all)..all
    }

    /// What is left to do at the end of a step: fading, freeing rows, the budget; then the step's event, unless it is measured
    /// first.
    fn finish_step(&mut self, step: StepInProgress) -> Option<Event> {
        if let Some(removal) = &self.config.removal {
            for verdict in &step.verdicts {
                if let Some(bias) = fade_bias(verdict, removal.fade_steepness) {
                    self.sequence.set_fade(verdict.slot, bias);
                }
                if verdict.removes() && removal.effect == RemovalMode::Evict {
                    self.sequence.evict(verdict.slot);
                }
            }
        }
        let evicted =
            self.config.budget.map_or_else(Vec::new, |budget| over_budget(&self.sequence, &self.evidence, budget));
        for slot in &evicted {
            self.sequence.evict(*slot);
        }
        let event = report::step(self.stats.steps, step, evicted, &self.sequence, &self.vocabulary);
        self.stats.steps += 1;
        self.stats.tokens += event.set.len();
        self.stats.mean_set = self.stats.tokens as f64 / self.stats.steps as f64;
        self.finish_or_measure(event)
    }

    fn progress(&self) -> f64 {
        progress(self.stats.steps, self.config.max_steps)
    }
}

mod action;
mod beside;
mod change;
mod finish;
mod held;
mod plan;
mod readings;
mod readout;
mod report;
#[cfg(test)]
mod tests;
