//! What a run says, as texts of one member a set (LAB.md L3).

use super::Generator;
use crate::chain::Path;
use crate::event::{ReadingEvent, ReadingKind};
use crate::ids::TokenId;
use crate::text::Vocabulary;

impl<V: Vocabulary> Generator<V> {
    /// The readings of the run as it stands: the probable one, the Viterbi reading, the scored one and as many drawn ones
    /// as the options ask for. No forward pass.
    pub fn readings(&self) -> Vec<ReadingEvent> {
        let chain = self.sequence.chain();
        let options = &self.run.options;
        let drawn = chain.drawn(options.readings, options.seed);
        let all = [(ReadingKind::Probable, chain.probable()), (ReadingKind::Viterbi, chain.viterbi())];
        let mut readings: Vec<ReadingEvent> = all.iter().map(|(kind, path)| self.reading(*kind, path)).collect();
        readings.extend(self.scored_reading());
        readings.extend(drawn.iter().map(|path| self.reading(ReadingKind::Drawn, path)));
        readings
    }

    /// The most probable path as ordinary text, where a beam looks for it and has not lost it.
    fn scored_reading(&self) -> Option<ReadingEvent> {
        let (path, exact) = self.beside.as_ref()?.reading(&self.sequence)?;
        let reading = self.reading(ReadingKind::Scored, &path);
        Some(ReadingEvent { score: Some(path.log_probability), exact: Some(exact), ..reading })
    }

    fn reading(&self, kind: ReadingKind, path: &Path) -> ReadingEvent {
        let ids: Vec<TokenId> = path.slots.iter().map(|slot| self.sequence.tokens()[slot.index()].id).collect();
        let text = self.vocabulary.decode(&ids);
        ReadingEvent { kind, text, ids, log_probability: path.log_probability, score: None, exact: None }
    }
}
