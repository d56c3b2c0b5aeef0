//! The options of ALGORITHM.md as a person writes them: flat, named like the flags, with the documented defaults.
//! [`GenerationOptions::check`](crate::GenerationOptions::check) turns them into what the program runs on.

use serde::{Deserialize, Serialize};

use crate::choice::choice;

choice! {
    /// How the rows of a set become one next-token distribution (ALGORITHM.md §3).
    pub enum Combine {
        /// Weighted mean of the rows' softmaxes.
        #[default]
        Mixture = "mixture",
        /// Softmax of the weighted mean of the rows' logits.
        LogitMean = "logit-mean",
        /// The most probable member speaks.
        First = "first",
        /// The last member speaks.
        Last = "last",
        /// Elementwise maximum of the rows' softmaxes, renormalised.
        Max = "max",
    }
}

choice! {
    /// How the selection threshold moves during a run (ALGORITHM.md §4).
    pub enum ScheduleKind {
        /// Stays at the base.
        #[default]
        Constant = "constant",
        /// Straight line from base to final.
        Linear = "linear",
        /// Base until the knee, then a straight line to final.
        Relu = "relu",
        /// Cubic Bezier through threshold values.
        BezierValues = "bezier-values",
        /// Base to final along a cubic Bezier from 0 to 1.
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
        /// Stays at the limit.
        #[default]
        Constant = "constant",
        /// Straight line from limit to final.
        Linear = "linear",
        /// The limit until the knee, then a straight line to final.
        Relu = "relu",
        /// Cubic Bezier through limit values.
        BezierValues = "bezier-values",
        /// Limit to final along a cubic Bezier from 0 to 1.
        BezierShape = "bezier-shape",
    }
}

choice! {
    /// When a set with an end-of-text token ends the run (ALGORITHM.md §5).
    pub enum EosPolicy {
        /// When end-of-text is the most probable member.
        #[default]
        Top = "top",
        /// When any member is end-of-text.
        Any = "any",
        /// When every member is.
        All = "all",
        /// When end-of-text holds more than half of the set's own probability.
        Mass = "mass",
    }
}

choice! {
    /// Who sees whom inside a parallel set (ALGORITHM.md §7).
    pub enum Visibility {
        /// Nobody sees a sibling.
        #[default]
        Isolated = "isolated",
        /// Siblings see each other, both ways.
        Visible = "visible",
        /// A member sees the members before it; kept as a control.
        Ordered = "ordered",
    }
}

choice! {
    /// Which RoPE positions the members of a set take (ALGORITHM.md §6).
    pub enum Positions {
        /// One position for the whole set.
        #[default]
        Shared = "shared",
        /// A position for each member; kept as a control.
        Consecutive = "consecutive",
    }
}

choice! {
    /// How much members of a set weigh in later attention (ALGORITHM.md §7).
    pub enum Weighting {
        /// Each member counts fully.
        #[default]
        None = "none",
        /// Each member's key carries the logarithm of its weight.
        Probability = "probability",
    }
}

choice! {
    /// What a verdict does (ALGORITHM.md §8).
    pub enum RemovalMode {
        /// Nobody is judged.
        #[default]
        Off = "off",
        /// Verdicts are shown, nothing changes.
        Report = "report",
        /// Later queries cannot see the member.
        Mask = "mask",
        /// Masked, and its cache row is freed.
        Evict = "evict",
        /// Masked, and every row that could see it is computed anew.
        Rebuild = "rebuild",
        /// No removal: the member's key fades by its score.
        Fade = "fade",
    }
}

choice! {
    /// What a member on trial is judged by (ALGORITHM.md §8).
    pub enum RemovalScore {
        /// Mean attention received.
        Attention = "attention",
        /// Share of the attention that its set received.
        #[default]
        Share = "share",
        /// That share over the share of its set's probability.
        ShareRatio = "share-ratio",
        /// Probability of the member given the set chosen after it.
        Posterior = "posterior",
    }
}

choice! {
    /// What the score is compared with (ALGORITHM.md §8).
    pub enum RemovalRule {
        /// A share of the set's mean score.
        #[default]
        Relative = "relative",
        /// The removal limit.
        Absolute = "absolute",
    }
}

choice! {
    /// What happens when no member of a set passes (ALGORITHM.md §8).
    pub enum RemovalKeep {
        /// The best one stays.
        #[default]
        KeepToken = "keep-token",
        /// The best one stays and is marked.
        KeepUnattended = "keep-unattended",
        /// The whole set goes.
        RemovePosition = "remove-position",
    }
}

choice! {
    /// How the used layers count in the attention received (ALGORITHM.md §8).
    pub enum LayerWeights {
        /// All the same.
        #[default]
        Uniform = "uniform",
        /// From 0.5 at the first used layer to 1 at the last.
        Linear = "linear",
    }
}

/// Every option of a run under the name it has in flags, configuration files and traces.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationOptions {
    /// Least probability for joining a set.
    pub selection_threshold: f64,
    /// Most steps to generate.
    pub max_steps: usize,
    /// Most members of a set; 0 means no limit.
    pub max_set: usize,
    /// Steps before end-of-text may be chosen.
    pub min_steps: usize,
    /// Divides the logits.
    pub temperature: f64,
    /// Makes tokens that are in the sequence less likely; 1 means off.
    pub repetition_penalty: f64,
    /// Only the `top_k` most probable tokens may join; 0 means off.
    pub top_k: usize,
    /// Only the most probable tokens up to this mass may join; 1 means off.
    pub top_p: f64,
    /// How the rows of a set become one distribution.
    pub combine: Combine,
    /// How the selection threshold moves.
    pub schedule: ScheduleKind,
    /// Where a moving selection threshold ends.
    pub final_threshold: f64,
    /// First Bezier control value of the selection threshold.
    pub bezier_p1: f64,
    /// Second Bezier control value of the selection threshold.
    pub bezier_p2: f64,
    /// Progress at which a `relu` schedule begins to move.
    pub relu_at: f64,
    /// When end-of-text ends the run.
    pub eos: EosPolicy,
    /// Who sees whom inside a set.
    pub visibility: Visibility,
    /// Which positions members take.
    pub positions: Positions,
    /// Shift of all generated positions.
    pub position_gap: u32,
    /// How much members weigh in later attention.
    pub weighting: Weighting,
    /// What a verdict does.
    pub removal: RemovalMode,
    /// What members are judged by.
    pub removal_score: RemovalScore,
    /// What the score is compared with.
    pub removal_rule: RemovalRule,
    /// The limit of the `absolute` rule.
    pub removal_limit: f64,
    /// The share of the mean that the `relative` rule asks for.
    pub relative: f64,
    /// What happens when no member passes.
    pub removal_keep: RemovalKeep,
    /// How many of the last layers are measured; 0 means all.
    pub removal_layers: usize,
    /// How the measured layers count.
    pub layer_weights: LayerWeights,
    /// Later steps before a set is judged.
    pub min_evidence: usize,
    /// How many of the latest steps count as evidence; 0 means all.
    pub window: usize,
    /// Steepness of the `fade` effect.
    pub fade_steepness: f64,
    /// How the removal limit moves.
    pub removal_schedule: LimitScheduleKind,
    /// Where a moving removal limit ends.
    pub removal_final: f64,
    /// First Bezier control value of the removal limit.
    pub removal_p1: f64,
    /// Second Bezier control value of the removal limit.
    pub removal_p2: f64,
    /// Progress at which a `relu` removal schedule begins to move.
    pub removal_at: f64,
    /// Most cache rows to hold, by evicting the least attended; 0 means off.
    pub budget: usize,
    /// Newest rows that the budget never takes.
    pub budget_recent: usize,
    /// How many of the most probable tokens each step reports.
    pub candidates: usize,
    /// Most cache rows in use; `None` means the model's `max_position_embeddings`.
    pub capacity: Option<usize>,
}

impl Default for GenerationOptions {
    fn default() -> Self {
        Self {
            selection_threshold: 0.1,
            max_steps: 40,
            max_set: 8,
            min_steps: 0,
            temperature: 1.0,
            repetition_penalty: 1.0,
            top_k: 0,
            top_p: 1.0,
            combine: Combine::default(),
            schedule: ScheduleKind::default(),
            final_threshold: 1.0,
            bezier_p1: 0.2,
            bezier_p2: 0.8,
            relu_at: 0.5,
            eos: EosPolicy::default(),
            visibility: Visibility::default(),
            positions: Positions::default(),
            position_gap: 0,
            weighting: Weighting::default(),
            removal: RemovalMode::default(),
            removal_score: RemovalScore::default(),
            removal_rule: RemovalRule::default(),
            removal_limit: 0.01,
            relative: 0.5,
            removal_keep: RemovalKeep::default(),
            removal_layers: 0,
            layer_weights: LayerWeights::default(),
            min_evidence: 1,
            window: 0,
            fade_steepness: 10.0,
            removal_schedule: LimitScheduleKind::default(),
            removal_final: 1.0,
            removal_p1: 0.2,
            removal_p2: 0.8,
            removal_at: 0.5,
            budget: 0,
            budget_recent: 8,
            candidates: 32,
            capacity: None,
        }
    }
}
