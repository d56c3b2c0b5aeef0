//! What the model has computed: checked, kept until the next set is chosen, and asked for what the choice needs.

use crate::digest::{DigestRequest, NotInDigest};
use crate::distribution::Distribution;
use crate::error::{ReadoutError, ReadoutStep};
use crate::event::Event;
use crate::ids::Slot;
use crate::model::{Logits, Readout};
use crate::next_logits::NextLogits;
use crate::text::Vocabulary;

use super::{Generator, Phase};

impl<V: Vocabulary> Generator<V> {
    /// Takes in what the model returned for the plan of the last [`Action::Forward`](crate::Action::Forward). A
    /// finished step's event is returned at once.
    ///
    /// # Errors
    /// When the readout has the wrong size, holds numbers that are not finite, or is a digest that was not asked for
    /// or that lists what it must not; the run cannot go on. When nothing was to be computed; it goes on as before.
    pub fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        let phase = std::mem::replace(&mut self.phase, Phase::Finished);
        let is_due = if matches!(phase, Phase::Measure(_)) { self.is_measuring() } else { self.computing > 0 };
        if !is_due {
            self.phase = phase;
            return Err(ReadoutError::Unasked { what: "a readout" });
        }
        // What is measured costs the run nothing.
        if !matches!(phase, Phase::Measure(_)) {
            self.work.passes += 1;
            self.work.rows += std::mem::take(&mut self.computing);
        }
        match phase {
            Phase::Prefill => {
                self.take_logits(readout.logits, ReadoutStep::Prompt)?;
                self.begin_beside();
                self.has_prompt = true;
                self.phase = Phase::Choose;
                Ok(None)
            }
            Phase::Decode(mut step) => {
                self.take_logits(readout.logits, ReadoutStep::Step(self.stats.steps))?;
                step.received = self.by_slot(&readout.received)?;
                let window = self.config.removal.as_ref().map_or(usize::MAX, |removal| removal.window);
                self.evidence.record(&step.received, &self.sequence, window);
                Ok(self.judge(step))
            }
            Phase::Rebuild(step) => {
                self.take_logits(readout.logits, ReadoutStep::Step(self.stats.steps))?;
                Ok(self.finish_step(*step))
            }
            Phase::Measure(measuring) => {
                self.phase = Phase::Measure(measuring);
                self.take_measured(readout.logits)?;
                Ok(None)
            }
            Phase::Reread(reason, ended) => {
                self.phase = Phase::Reread(reason, ended);
                self.take_reading(readout.logits)?;
                Ok(None)
            }
            Phase::Announce | Phase::Begin | Phase::Choose | Phase::Finished => unreachable!("no plan is handed out"),
        }
    }

    /// Takes in all logits of the last forward pass, which [`Action::Logits`](crate::Action::Logits) asked for.
    ///
    /// # Errors
    /// When there are too few or too many, or when they are not finite; the run cannot go on. When they were not asked for;
    /// it goes on as before.
    pub fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        let is_digest = matches!(self.next_logits, NextLogits::Digest(..));
        match std::mem::replace(&mut self.phase, Phase::Finished) {
            Phase::Choose if is_digest => {
                let step = self.stats.steps.checked_sub(1).map_or(ReadoutStep::Prompt, ReadoutStep::Step);
                self.take_logits(logits.into(), step)?;
                if self.stats.steps == 0 {
                    self.begin_beside();
                }
                self.phase = Phase::Choose;
            }
            Phase::Rebuild(step) if self.reading_is_listed() => {
                self.take_logits(logits.into(), ReadoutStep::Step(self.stats.steps))?;
                self.phase = Phase::Rebuild(step);
            }
            Phase::Measure(mut measuring) if is_digest && measuring.rows.is_none() => {
                measuring.rows = Some(self.split(logits.into(), None, ReadoutStep::Step(self.stats.steps - 1))?);
                self.phase = Phase::Measure(measuring);
            }
            Phase::Reread(reason, ended) if self.reading_is_listed() => {
                self.take_reading(logits.into())?;
                self.phase = Phase::Reread(reason, ended);
            }
            phase => {
                self.phase = phase;
                return Err(ReadoutError::Unasked { what: "logits" });
            }
        }
        Ok(())
    }

    /// The distribution that the next set is chosen from, unless the digest was made for another one.
    pub(super) fn distribution(&self) -> Result<Distribution, NotInDigest> {
        let (step, vocab) = (self.stats.steps, self.model.vocab);
        match &self.next_logits {
            NextLogits::Rows { logits, .. } => {
                let weights = self.sequence.weights(self.sequence.newest());
                let present = self.sequence.live_ids();
                let mut q = Distribution::combine(logits, vocab, &weights, &present, &self.config.selection);
                let suppressed = self.config.end_of_text.suppressed(step, vocab);
                if !suppressed.is_empty() {
                    q.suppress(&suppressed);
                }
                Ok(q)
            }
            // The options may have changed since it was asked for.
            NextLogits::Digest(digest, request) => match self.digest_request(step) {
                Some(now) if now.same_distribution(request) => Ok(Distribution::of_digest(digest, request, vocab)),
                _ => Err(NotInDigest),
            },
        }
    }

    /// Keeps the logits of the newest set's live members, or their digest, if they can be.
    fn take_logits(&mut self, logits: Logits, step: ReadoutStep) -> Result<(), ReadoutError> {
        let request = self.requested.take();
        self.next_logits = self.split(logits, request, step)?;
        Ok(())
    }

    /// What a pass has said of TEMPO's own rows. What it has said of the reading lanes in it goes to them.
    fn split(
        &mut self,
        logits: Logits,
        request: Option<DigestRequest>,
        step: ReadoutStep,
    ) -> Result<NextLogits, ReadoutError> {
        let (members, vocab) = (self.sequence.live(self.sequence.newest()).len(), self.model.vocab);
        let mut next = NextLogits::check(logits, members + self.riding, vocab, request, step)?;
        if self.riding > 0 {
            self.hear_reading(next.split_off(members, vocab));
        }
        Ok(next)
    }

    /// Attention received by row becomes attention received by slot, 0 for slots that hold no row.
    fn by_slot(&self, by_row: &[f32]) -> Result<Vec<f64>, ReadoutError> {
        let rows = self.sequence.rows();
        if by_row.len() != rows.len() {
            return Err(ReadoutError::Shape {
                what: "numbers of attention received",
                expected: rows.len(),
                found: by_row.len(),
            });
        }
        let mut received = vec![0.0; self.sequence.tokens().len()];
        // Rows of lanes beside TEMPO receive nothing: its queries do not see them.
        let own = |slot: &Option<Slot>| slot.filter(|slot| !slot.is_beside());
        for (slot, amount) in rows.iter().zip(by_row).filter_map(|(slot, amount)| Some((own(slot)?, amount))) {
            received[slot.index()] = f64::from(*amount);
        }
        Ok(received)
    }
}
