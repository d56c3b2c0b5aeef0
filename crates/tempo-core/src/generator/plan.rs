//! What the model has to compute next.

use crate::digest::DigestRequest;
use crate::generator::Action;
use crate::ids::Lane;
use crate::model::{LogitsRequest, StepPlan};
use crate::schedule::progress;
use crate::text::Vocabulary;

use super::{Generator, Phase, StepInProgress};

impl<V: Vocabulary> Generator<V> {
    /// An upper bound of the cache rows that the run can hold at once: those it has, and full sets from now on.
    pub(super) fn rows_needed(&self) -> usize {
        let forced = self.forced.as_ref().map_or(0, Vec::len);
        let most = self.config.selection.max_set.max(forced).min(self.model.vocab);
        let generated = self.config.max_steps.saturating_sub(self.stats.steps).saturating_mul(most);
        self.sequence.rows().len().saturating_add(generated).min(self.config.capacity)
    }

    pub(super) fn prefill_plan(&self) -> StepPlan {
        let queries = self.sequence.queries(self.kept..self.sequence.tokens().len());
        StepPlan {
            logits: queries.len() - 1..queries.len(),
            queries,
            keys: self.sequence.keys(self.config.weighting),
            visibility: self.config.visibility,
            layer_weights: Vec::new(),
            // A meter begins with the whole row.
            digest: self.digest_request(self.stats.steps).filter(|_| !self.has_meter()).map(LogitsRequest::from),
            biases: Vec::new(),
        }
    }

    pub(super) fn step_plan(&self, step: &StepInProgress) -> StepPlan {
        let queries = self.sequence.queries(step.compute.clone());
        let newest = self.sequence.live(self.sequence.newest()).len();
        // What was received is known once the set's own pass is done; a rebuild only renews rows.
        let measured = matches!(self.phase, Phase::Decode(_));
        let biases = self.sequence.biases(self.config.weighting, self.config.visibility, &queries);
        let plan = StepPlan {
            logits: queries.len() - newest..queries.len(),
            queries,
            keys: self.sequence.keys(self.config.weighting),
            visibility: self.config.visibility,
            layer_weights: if measured { self.config.layer_weights.clone() } else { Vec::new() },
            digest: self.digest_request(self.stats.steps + 1).map(LogitsRequest::from),
            biases,
        };
        match &self.beside {
            Some(beside) => beside.ride(plan, measured),
            None => plan,
        }
    }

    /// More room, where the rows of a plan need it: those that lanes beside the run take are not foreseen.
    fn make_room(&mut self, plan: &StepPlan) -> Option<Action> {
        let rows = plan.keys.len();
        (rows > self.reserved).then(|| {
            self.reserved = rows + rows / 2;
            Action::Grow { rows: self.reserved }
        })
    }

    /// As [`forward`](Self::forward), without a mark in the run's work.
    pub(super) fn forward_beside(&mut self, plan: StepPlan) -> Action {
        self.make_room(&plan).unwrap_or(Action::Forward(plan))
    }

    /// Has the model compute a plan, once it has room for its rows.
    pub(super) fn forward(&mut self, plan: StepPlan) -> Action {
        if let Some(grow) = self.make_room(&plan) {
            return grow;
        }
        // The options may change before the answer comes, and with them what would be asked.
        self.requested = plan.digest.as_ref().and_then(LogitsRequest::combined).cloned();
        self.computing = plan.queries.len();
        self.riding = plan.queries.iter().filter(|query| query.lane != Lane::TEMPO).count();
        let beside = self.beside.as_ref().map_or(0, |beside| beside.reading_rows(&self.sequence));
        self.work.peak_rows = self.work.peak_rows.max(self.sequence.held() + beside);
        Action::Forward(plan)
    }

    /// What a digest has to be made for to choose the set of `step` by it; `None` when only the rows will do.
    pub(super) fn digest_request(&self, step: usize) -> Option<DigestRequest> {
        let (selection, vocab) = (&self.config.selection, self.model.vocab);
        // No step comes after the last one, and a curve is not defined there.
        let t = progress(step, self.config.max_steps).min(1.0);
        // Thresholds that follow entropy or the most probable token need the distribution, which is still to come: 0 and 1
        // stand for it. Where the list is then too short, the digest does not tell and the rows are fetched.
        let threshold = selection.threshold.value(t, 0.0, 1.0, vocab);
        // The penalty falls on the tokens that are live when the choice is made; a threshold of 0 counts the whole vocabulary.
        if selection.penalises() || threshold <= 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is a limit only")]
        let reaching = (1.0 / threshold) as usize;
        Some(DigestRequest {
            rule: selection.combine,
            weights: self.sequence.weights(self.sequence.newest()),
            temperature: selection.temperature,
            suppressed: self.config.end_of_text.suppressed(step, vocab),
            candidates: selection.max_set.min(reaching).max(selection.candidates).clamp(1, vocab),
        })
    }
}
