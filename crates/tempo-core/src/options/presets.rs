//! Options that go together, by name (ALGORITHM.md §12).

use super::{GenerationOptions, RemovalMode, Weighting};
use crate::choice;

choice! {
    /// A name for options that go together; all others keep their defaults.
    pub enum Preset {
        /// The default: each member sees the past it came from, so that readings stay texts.
        #[default]
        Coherent = "coherent",
        /// TEMPO exactly as its author describes it: every member counts fully.
        AsDescribed = "as-described",
        /// Members that did not foresee what followed are removed.
        Pruned = "pruned",
        /// One token a step: ordinary greedy decoding.
        Greedy = "greedy",
        /// Fewer members: a higher threshold.
        Precise = "precise",
        /// More members: a lower threshold.
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
