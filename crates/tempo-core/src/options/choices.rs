//! The options that are one of a few names. The words of a variant are those of the program's help.

use crate::choice;
use crate::options::table::{Field, OptionKind, OptionValue};

choice! {
    /// How the rows of a set become one next-token distribution (ALGORITHM.md §3).
    pub enum Combine {
        /// Mean of the members' distributions, weighted by probability.
        #[default]
        Mixture = "mixture",
        /// Softmax of the weighted mean of their logits.
        LogitMean = "logit-mean",
        /// The most probable member speaks.
        First = "first",
        /// The last member speaks.
        Last = "last",
        /// Elementwise maximum, renormalised.
        Max = "max",
    }
}

choice! {
    /// How the selection threshold moves during a run (ALGORITHM.md §4).
    pub enum ScheduleKind {
        /// Stays at `selection_threshold`.
        #[default]
        Constant = "constant",
        /// Straight to `final_threshold`.
        Linear = "linear",
        /// Waits until `relu_at`, then straight to `final_threshold`.
        Relu = "relu",
        /// Cubic curve through the thresholds `bezier_p1` and `bezier_p2`.
        BezierValues = "bezier-values",
        /// To `final_threshold`, shaped by `bezier_p1` and `bezier_p2`.
        BezierShape = "bezier-shape",
        /// Rises with the entropy of the distribution.
        Entropy = "entropy",
        /// A share of the most probable token's probability.
        MinP = "min-p",
    }
}

choice! {
    /// How the removal limit moves during a run (ALGORITHM.md §4).
    pub enum LimitScheduleKind {
        /// Stays at `removal_limit`.
        #[default]
        Constant = "constant",
        /// Straight to `removal_final`.
        Linear = "linear",
        /// Waits until `removal_at`, then straight to `removal_final`.
        Relu = "relu",
        /// Cubic curve through the limits `removal_p1` and `removal_p2`.
        BezierValues = "bezier-values",
        /// To `removal_final`, shaped by `removal_p1` and `removal_p2`.
        BezierShape = "bezier-shape",
    }
}

choice! {
    /// When a set with an end-of-text token ends the run (ALGORITHM.md §5).
    pub enum EosPolicy {
        /// When it is the most probable member.
        #[default]
        Top = "top",
        /// When any member is end-of-text.
        Any = "any",
        /// When every member is.
        All = "all",
        /// When it holds more than half of the set's probability.
        Mass = "mass",
    }
}

choice! {
    /// Who sees whom inside a parallel set (ALGORITHM.md §7).
    pub enum Visibility {
        /// No member sees a sibling.
        #[default]
        Isolated = "isolated",
        /// Siblings see each other.
        Visible = "visible",
        /// A member sees the members before it; a control.
        Ordered = "ordered",
    }
}

choice! {
    /// Which RoPE positions the members of a set take (ALGORITHM.md §6).
    pub enum Positions {
        /// One position for the whole set.
        #[default]
        Shared = "shared",
        /// One for each member; a control.
        Consecutive = "consecutive",
    }
}

choice! {
    /// How much members of a set weigh in later attention (ALGORITHM.md §7).
    pub enum Weighting {
        /// Each member counts fully: TEMPO as its author describes it.
        None = "none",
        /// Each member counts by its probability when it was chosen.
        Probability = "probability",
        /// Each member counts by how probable the sets after it have made it.
        Gamma = "gamma",
        /// Each member counts, for a later token, by how much of that token came through it.
        #[default]
        Kin = "kin",
    }
}

choice! {
    /// What a verdict does (ALGORITHM.md §8).
    pub enum RemovalMode {
        /// No member is judged.
        #[default]
        Off = "off",
        /// Verdicts are shown, nothing changes.
        Report = "report",
        /// Later tokens cannot see the member.
        Mask = "mask",
        /// As mask, and its cache row is freed.
        Evict = "evict",
        /// As mask, and everything that saw it is computed anew.
        Rebuild = "rebuild",
        /// No removal: its key weighs less, the lower its score.
        Fade = "fade",
    }
}

choice! {
    /// What a member on trial is judged by (ALGORITHM.md §8).
    pub enum RemovalScore {
        /// Mean attention received; no evidence of what is right.
        Attention = "attention",
        /// Share of the attention that the set received; no evidence either (AUC 0.50 to 0.57).
        Share = "share",
        /// That share over the share of the set's probability; worse than chance (AUC 0.35 to 0.39).
        ShareRatio = "share-ratio",
        /// Probability of the member given the set chosen after it (AUC 0.94).
        #[default]
        Posterior = "posterior",
        /// Probability of the member given all sets chosen after it (AUC 0.94).
        Gamma = "gamma",
    }
}

choice! {
    /// What the score is compared with (ALGORITHM.md §8).
    pub enum RemovalRule {
        /// `relative` times the set's mean score.
        #[default]
        Relative = "relative",
        /// `removal_limit` and its schedule.
        Absolute = "absolute",
    }
}

choice! {
    /// What happens when no member of a set passes (ALGORITHM.md §8).
    pub enum RemovalKeep {
        /// The best one stays.
        #[default]
        KeepToken = "keep-token",
        /// The best one stays and is marked in the trace.
        KeepUnattended = "keep-unattended",
        /// The whole set goes.
        RemovePosition = "remove-position",
    }
}

choice! {
    /// How the measured layers count in the attention received (ALGORITHM.md §8).
    pub enum LayerWeights {
        /// All the same.
        #[default]
        Uniform = "uniform",
        /// From 0.5 at the first to 1 at the last.
        Linear = "linear",
    }
}

choice! {
    /// Which reading of the lattice is the text of a run (LAB.md L3).
    pub enum Reading {
        /// The most probable member of every set: a mixture of stories, often no text.
        Probable = "probable",
        /// The path that the members' own rows say most of.
        #[default]
        Viterbi = "viterbi",
        /// The path that is most probable as ordinary text, found by `reading_beams` lanes.
        Scored = "scored",
    }
}

choice! {
    /// How the paths of an estimated distance are drawn (LAB.md L4).
    pub enum MeterProposal {
        /// Each member by its own weight: not to be trusted beyond two open sets.
        #[default]
        Weights = "weights",
        /// By the chain: members that go together.
        Chain = "chain",
    }
}

choice! {
    /// How tokens are chosen (LAB.md L2).
    pub enum DecoderKind {
        /// Every token above a threshold, in one sequence.
        #[default]
        Tempo = "tempo",
        /// The most probable token; TEMPO with one member a set.
        Greedy = "greedy",
        /// Draws `samples` texts at random, each token with its probability.
        Sample = "sample",
        /// Follows the `beams` most probable texts.
        Beam = "beam",
        /// Tree search: tries `simulations` continuations before each token (PUCT).
        Mcts = "mcts",
    }
}

macro_rules! fields {
    ($($name:ident),+ $(,)?) => {
        $(impl Field for $name {
            const KIND: OptionKind = OptionKind::Choice { names: Self::NAMES, meanings: Self::MEANINGS };

            fn value(self) -> OptionValue {
                OptionValue::Name(self.name())
            }

            fn read(words: &str) -> Result<Self, String> {
                words.parse().map_err(|_| format!("one of {}", Self::NAMES.join(", ")))
            }
        })+
    };
}

fields!(
    Combine,
    ScheduleKind,
    LimitScheduleKind,
    EosPolicy,
    Visibility,
    Positions,
    Weighting,
    RemovalMode,
    RemovalScore,
    RemovalRule,
    RemovalKeep,
    LayerWeights,
    Reading,
    MeterProposal,
    DecoderKind,
);

impl RemovalScore {
    /// Whether it goes by attention received, and so is judged after a pass.
    pub(crate) fn is_attention(self) -> bool {
        match self {
            Self::Attention | Self::Share | Self::ShareRatio => true,
            Self::Posterior | Self::Gamma => false,
        }
    }
}
