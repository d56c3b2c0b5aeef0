//! What a run says, as texts of one member a set (LAB.md L3).

use super::Generator;
use crate::chain::Path;
use crate::event::{ReadingEvent, ReadingKind};
use crate::ids::TokenId;
use crate::text::Vocabulary;

impl<V: Vocabulary> Generator<V> {
    /// The readings of the run as it stands: the probable one, the Viterbi reading, and as many drawn ones as the options
    /// ask for. No forward pass.
    pub fn readings(&self) -> Vec<ReadingEvent> {
        let chain = self.sequence.chain();
        let options = &self.run.options;
        let drawn = chain.drawn(options.readings, options.seed);
        let all = [(ReadingKind::Probable, chain.probable()), (ReadingKind::Viterbi, chain.viterbi())];
        let all = all.into_iter().chain(drawn.into_iter().map(|path| (ReadingKind::Drawn, path)));
        all.map(|(kind, path)| self.reading(kind, &path)).collect()
    }

    fn reading(&self, kind: ReadingKind, path: &Path) -> ReadingEvent {
        let ids: Vec<TokenId> = path.slots.iter().map(|slot| self.sequence.tokens()[slot.index()].id).collect();
        let text = self.vocabulary.decode(&ids);
        ReadingEvent { kind, text, ids, log_probability: path.log_probability, score: None, exact: None }
    }
}
