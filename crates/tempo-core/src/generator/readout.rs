//! What the model has computed: checked, kept until the next set is chosen, and asked for what the choice needs.

use crate::{
    Digest, DigestRequest, Distribution, Event, Logits, NotInDigest, Readout, ReadoutError, TokenId, Vocabulary,
    raw_probability,
};

use super::{Generator, Phase};

/// What is known of the logits after the newest set's live members.
#[derive(Debug)]
pub(super) enum Heard {
    /// All of them, `[members, vocab]`.
    Rows(Vec<f32>),
    /// Their digest, and what it was made for.
    Digest(Box<Digest>, DigestRequest),
}

impl Heard {
    /// What a member's row alone makes of a set that was chosen by these logits.
    pub(super) fn raw_probability(&self, row: usize, vocab: usize, chosen: &[TokenId]) -> f64 {
        match self {
            Self::Rows(rows) => raw_probability(&rows[row * vocab..(row + 1) * vocab], chosen),
            Self::Digest(digest, _) => digest.raw_probability(row, chosen),
        }
    }
}

impl<V: Vocabulary> Generator<V> {
    /// Takes in what the model returned for the plan of the last [`Action::Forward`](crate::Action::Forward). A
    /// finished step's event is returned at once.
    ///
    /// # Errors
    /// When the readout has the wrong size, holds numbers that are not finite, or is a digest that was not asked for
    /// or that lists what it must not. The run cannot go on.
    ///
    /// # Panics
    /// When nothing was to be computed.
    pub fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        match std::mem::replace(&mut self.phase, Phase::Finished) {
            Phase::Prefill => {
                self.hear(readout.logits, "prompt")?;
                self.phase = Phase::Choose;
                Ok(None)
            }
            Phase::Decode(mut step) => {
                self.hear(readout.logits, &self.stats.steps.to_string())?;
                step.received = self.by_slot(&readout.received)?;
                let window = self.config.removal.as_ref().map_or(usize::MAX, |removal| removal.window);
                self.evidence.record(&step.received, &self.sequence, window);
                Ok(self.judge(step))
            }
            Phase::Rebuild(step) => {
                self.hear(readout.logits, &self.stats.steps.to_string())?;
                Ok(Some(self.finish_step(*step)))
            }
            phase => panic!("a readout was absorbed though nothing was to be computed: {phase:?}"),
        }
    }

    /// Takes in all logits of the last forward pass, which [`Action::Logits`](crate::Action::Logits) asked for.
    ///
    /// # Errors
    /// When there are too few or too many, or when they are not finite. The run cannot go on.
    ///
    /// # Panics
    /// When they were not asked for.
    pub fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        match (std::mem::replace(&mut self.phase, Phase::Finished), &self.heard) {
            (Phase::Choose, Heard::Digest(..)) => {
                let pass = self.stats.steps.checked_sub(1).map_or("prompt".to_owned(), |step| step.to_string());
                self.hear(logits.into(), &pass)?;
                self.phase = Phase::Choose;
                Ok(())
            }
            (phase, _) => panic!("logits were absorbed though nobody had asked for them: {phase:?}"),
        }
    }

    /// The distribution that the next set is chosen from, unless the digest was made for another one.
    pub(super) fn distribution(&self) -> Result<Distribution, NotInDigest> {
        let (step, vocab) = (self.stats.steps, self.model.vocab);
        match &self.heard {
            Heard::Rows(rows) => {
                let weights = self.sequence.weights(self.sequence.newest());
                let seen = self.sequence.live_ids();
                let mut q = Distribution::combine(rows, vocab, &weights, &seen, &self.config.selection);
                let suppressed = self.config.end_of_text.suppressed(step, vocab);
                if !suppressed.is_empty() {
                    q.suppress(&suppressed);
                }
                Ok(q)
            }
            // The options may have changed since it was asked for.
            Heard::Digest(digest, made_for) => match self.digest_request(step) {
                Some(wanted) if wanted.same_distribution(made_for) => {
                    Ok(Distribution::of_digest(digest, made_for, vocab))
                }
                _ => Err(NotInDigest),
            },
        }
    }

    /// Keeps the logits of the newest set's live members, or their digest, if they can be.
    fn hear(&mut self, logits: Logits, pass: &str) -> Result<(), ReadoutError> {
        let vocab = self.model.vocab;
        self.heard = match logits {
            Logits::Rows(rows) => {
                let expected = self.sequence.live(self.sequence.newest()).len() * vocab;
                if rows.len() != expected {
                    return Err(ReadoutError::Shape { what: "logits", expected, found: rows.len() });
                }
                if let Some(index) = rows.iter().position(|logit| !logit.is_finite()) {
                    return Err(ReadoutError::NonFinite {
                        step: pass.to_owned(),
                        row: index / vocab,
                        token: index % vocab,
                        value: rows[index],
                    });
                }
                Heard::Rows(rows)
            }
            Logits::Digest(digest) => {
                let request = self.asked.take().ok_or(ReadoutError::Unasked)?;
                digest.check(&request, vocab, pass)?;
                Heard::Digest(Box::new(digest), request)
            }
        };
        Ok(())
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
        for (slot, amount) in rows.iter().zip(by_row).filter_map(|(slot, amount)| Some((slot.as_ref()?, amount))) {
            received[slot.index()] = f64::from(*amount);
        }
        Ok(received)
    }
}
