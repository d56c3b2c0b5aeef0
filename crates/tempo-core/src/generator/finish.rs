//! The end of a run: its reason, and what it said.

use crate::event::{EndEvent, Event, StopReason};
use crate::ids::TokenId;
use crate::text::{Vocabulary, brackets};

use super::{Action, Generator, Phase, report};

impl<V: Vocabulary> Generator<V> {
    pub(super) fn finish(&mut self, reason: StopReason) -> Action {
        self.finish_by(reason, &[])
    }

    pub(super) fn finish_by(&mut self, reason: StopReason, ended: &[(TokenId, f64)]) -> Action {
        if self.has_to_reread() {
            self.phase = Phase::Reread(reason, ended.to_vec());
            return self.advance();
        }
        self.end(reason, ended)
    }

    pub(super) fn end(&mut self, reason: StopReason, ended: &[(TokenId, f64)]) -> Action {
        self.phase = Phase::Finished;
        let work = self.work();
        let (readings, reading) = (self.readings(), self.run.options.reading);
        let text = readings.iter().find(|event| event.kind == reading.into()).map(|event| event.text.clone());
        let brackets = brackets(&self.sequence, &self.vocabulary);
        Action::Emit(Event::End(EndEvent {
            reason,
            ended: report::candidates(ended, &self.vocabulary),
            text: text.unwrap_or_default(),
            brackets,
            stats: self.stats,
            readings,
            work: Some(work),
            answer: None,
        }))
    }
}
