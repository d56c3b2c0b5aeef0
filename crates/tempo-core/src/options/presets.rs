//! Options that go together, by name (ALGORITHM.md §12).

use super::{GenerationOptions, RemovalMode, Weighting};
use crate::choice;

choice! {
    /// A name for options that go together; all others keep their defaults.
    pub enum Preset {
        /// For readings that are text: members are weighted by kin (Viterbi reading -1.11 nats a token).
        #[default]
        Coherent = "coherent",
        /// For TEMPO exactly as its author describes it: every member counts fully (Viterbi reading -1.51).
        AsDescribed = "as-described",
        /// For a clearer picture: members that did not foresee the next set go (37 %, with 3 % of the probability).
        Pruned = "pruned",
        /// For comparison: one token a step, ordinary greedy decoding (-1.15 nats a token).
        Greedy = "greedy",
        /// For few alternatives: threshold 0.2 (1.1 members a step instead of 1.7).
        Precise = "precise",
        /// For many alternatives: threshold 0.05 (3.1 members a step instead of 1.7).
        Explorer = "explorer",
    }
}

impl Preset {
    /// Every preset, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Coherent, Self::AsDescribed, Self::Pruned, Self::Greedy, Self::Precise, Self::Explorer];

    /// The options it stands for.
    pub fn options(self) -> GenerationOptions {
        let mut options = GenerationOptions::default();
        match self {
            Self::Coherent => {}
            Self::AsDescribed => options.weighting = Weighting::None,
            Self::Pruned => options.removal = RemovalMode::Mask,
            Self::Greedy => options.max_set = 1,
            Self::Precise => options.selection_threshold = 0.2,
            Self::Explorer => options.selection_threshold = 0.05,
        }
        options
    }
}
