//! The options of ALGORITHM.md as a person writes them: flat, named like the flags, with the documented defaults.
//! [`GenerationOptions::check`](crate::GenerationOptions::check) turns them into what the program runs on.
//!
//! An option is one row of the table below and nothing else: the struct, the defaults, the checks of ranges, the
//! program's flags, variables, files and help, and the page's ranges and idle options follow from it.

mod choices;
mod presets;
mod table;

use serde::{Deserialize, Serialize};

pub use choices::{
    Combine, DecoderKind, EosPolicy, LayerWeights, LimitScheduleKind, MeterProposal, Positions, Reading, RemovalKeep,
    RemovalMode, RemovalRule, RemovalScore, ScheduleKind, Visibility, Weighting,
};
pub use presets::Preset;
pub use table::{Idle, OptionGroup, OptionKind, OptionRow, OptionValue, Range};

use Range::{AtLeastOne, Finite, Lanes, Paths, Positive, Unit};

const UNMOVED: Idle = Idle::when("schedule", &["constant", "entropy", "min-p"], "the schedule has no final value");
const NO_BEZIER: Idle =
    Idle::unless("schedule", &["bezier-values", "bezier-shape"], "the schedule is not a bezier curve");
const NO_RELU: Idle = Idle::unless("schedule", &["relu"], "the schedule is not relu");
const REMOVAL_OFF: Idle = Idle::when("removal", &["off"], "removal is off");
const NO_FADING: Idle = Idle::unless("removal", &["fade"], "removal is not fade");
const POSTERIOR: Idle = Idle::when("removal_score", &["posterior"], "the posterior score is judged at once");
const NO_ATTENTION: Idle = Idle::when("removal_score", &["posterior", "gamma"], "the score does not go by attention");
const NOT_DRAWN: Idle = Idle::when("readings", &["0"], "nothing is drawn")
    .of(&[DecoderKind::Tempo, DecoderKind::Greedy])
    .besides("meter_samples");
const NOT_SAMPLED: Idle = Idle::when("meter_samples", &["0"], "no paths are drawn");
/// Of the options that only sets of several members have.
const NO_SETS: Idle = Idle::when("decoder", &["sample", "beam", "mcts"], "only tempo has it");
const ONE_MEMBER: Idle = Idle::unless("decoder", &["tempo"], "only tempo has sets of several members");
const BY_PROBABILITY: Idle = Idle::when("decoder", &["mcts"], "a tree search goes by plain probabilities");
const NOT_RANDOM: Idle = Idle::when("decoder", &["beam", "mcts"], "nothing is drawn");
const NO_SAMPLES: Idle = Idle::unless("decoder", &["sample"], "the decoder is not sample");
const NO_BEAMS: Idle = Idle::unless("decoder", &["beam"], "the decoder is not beam");
const NO_SEARCH: Idle = Idle::unless("decoder", &["mcts"], "the decoder is not mcts");
const RELATIVE: Idle = Idle::when("removal_rule", &["relative"], "the rule is relative");
const ABSOLUTE: Idle = Idle::when("removal_rule", &["absolute"], "the rule is absolute");
const LIMIT_CONSTANT: Idle = Idle::when("removal_schedule", &["constant"], "the limit is constant");
const LIMIT_NO_BEZIER: Idle =
    Idle::unless("removal_schedule", &["bezier-values", "bezier-shape"], "the limit follows no bezier curve");
const LIMIT_NO_RELU: Idle = Idle::unless("removal_schedule", &["relu"], "the limit does not follow relu");
const NO_BUDGET: Idle = Idle::when("budget", &["0"], "there is no budget");

table::options! {
    /// Every option of a run under the name it has in flags, configuration files and traces.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct GenerationOptions {
        /// Least probability for joining a set; above 1 means greedy.
        pub selection_threshold: f64 = 0.1, Selection, idle: &[NO_SETS];
        /// Most steps; each appends one set.
        pub max_steps: usize = 40, Length, alias: Some("max-tokens");
        /// Most members of a set; 1 means greedy, 0 no limit.
        pub max_set: usize = 8, Selection, idle: &[ONE_MEMBER];
        /// Steps before end-of-text may be chosen.
        pub min_steps: usize = 0, Length, idle: &[BY_PROBABILITY];
        /// Divides the logits: below 1 sharper, above 1 flatter.
        pub temperature: f64 = 1.0, Selection, range: Positive, idle: &[BY_PROBABILITY];
        /// Makes tokens already in the sequence less likely; 1 means off.
        pub repetition_penalty: f64 = 1.0, Selection, range: Positive, idle: &[BY_PROBABILITY];
        /// Only the N most probable tokens may join; 0 means off.
        pub top_k: usize = 0, Selection, idle: &[BY_PROBABILITY];
        /// Only the most probable tokens up to this mass may join; 0 and 1 mean off.
        pub top_p: f64 = 1.0, Selection, range: Unit, idle: &[BY_PROBABILITY];
        /// How the members' next-token rows become one distribution.
        pub combine: Combine = Combine::default(), Selection, idle: &[NO_SETS];
        /// Curve of the selection threshold over the run.
        pub schedule: ScheduleKind = ScheduleKind::default(), Schedule, idle: &[NO_SETS];
        /// Where linear, relu and bezier schedules end.
        pub final_threshold: f64 = 1.0, Schedule, idle: &[NO_SETS, UNMOVED];
        /// First control value of a bezier schedule.
        pub bezier_p1: f64 = 0.2, Schedule, range: Finite, idle: &[NO_SETS, NO_BEZIER];
        /// Second control value of a bezier schedule.
        pub bezier_p2: f64 = 0.8, Schedule, range: Finite, idle: &[NO_SETS, NO_BEZIER];
        /// Progress at which relu begins to move.
        pub relu_at: f64 = 0.5, Schedule, range: Unit, idle: &[NO_SETS, NO_RELU];
        /// When a set with end-of-text in it ends the run.
        pub eos: EosPolicy = EosPolicy::default(), Length, idle: &[NO_SETS];
        /// Who sees whom inside a set.
        pub visibility: Visibility = Visibility::default(), Attention, idle: &[NO_SETS];
        /// Whether members of a set share one RoPE position.
        pub positions: Positions = Positions::default(), Attention, idle: &[NO_SETS];
        /// Shifts all generated positions.
        pub position_gap: u32 = 0, Attention, idle: &[NO_SETS];
        /// How much each member of a set counts in later attention.
        pub weighting: Weighting = Weighting::default(), Attention, idle: &[NO_SETS];
        /// What a verdict does.
        pub removal: RemovalMode = RemovalMode::default(), Removal, idle: &[NO_SETS];
        /// What a member is judged by; AUC: how well that tells right members from wrong ones, 0.5 is chance.
        pub removal_score: RemovalScore = RemovalScore::default(), Removal, idle: &[NO_SETS, REMOVAL_OFF];
        /// What the score is compared with.
        pub removal_rule: RemovalRule = RemovalRule::default(), Removal, idle: &[NO_SETS, REMOVAL_OFF];
        /// Least score under `removal_rule` absolute.
        pub removal_limit: f64 = 0.01, Removal, alias: Some("attention-threshold"), idle: &[NO_SETS, REMOVAL_OFF, RELATIVE];
        /// Least share of the set's mean score under `removal_rule` relative.
        pub relative: f64 = 0.5, Removal, idle: &[NO_SETS, REMOVAL_OFF, ABSOLUTE];
        /// What happens when no member of a set passes.
        pub removal_keep: RemovalKeep = RemovalKeep::default(), Removal, idle: &[NO_SETS, REMOVAL_OFF];
        /// Measure attention in the last N layers; 0 means all.
        ///
        /// Never idle, nor is `layer_weights`: both shape the attention that a trace reports and that the budget goes by.
        pub removal_layers: usize = 0, Removal, idle: &[NO_SETS];
        /// How the measured layers count.
        pub layer_weights: LayerWeights = LayerWeights::default(), Removal, idle: &[NO_SETS];
        /// Later steps before a set is judged.
        pub min_evidence: usize = 1, Removal, idle: &[NO_SETS, REMOVAL_OFF, POSTERIOR];
        /// Judge by the latest N steps; 0 means all.
        pub window: usize = 0, Removal, idle: &[NO_SETS, REMOVAL_OFF, NO_ATTENTION];
        /// Steepness of `removal` fade.
        pub fade_steepness: f64 = 10.0, Removal, idle: &[NO_SETS, REMOVAL_OFF, NO_FADING];
        /// Curve of the removal limit over the run.
        pub removal_schedule: LimitScheduleKind = LimitScheduleKind::default(), Removal, idle: &[NO_SETS, REMOVAL_OFF, RELATIVE];
        /// Where a moving removal limit ends.
        pub removal_final: f64 = 1.0, Removal, idle: &[NO_SETS, REMOVAL_OFF, RELATIVE, LIMIT_CONSTANT];
        /// First control value of a bezier removal schedule.
        pub removal_p1: f64 = 0.2, Removal, range: Finite, idle: &[NO_SETS, REMOVAL_OFF, RELATIVE, LIMIT_NO_BEZIER];
        /// Second control value of a bezier removal schedule.
        pub removal_p2: f64 = 0.8, Removal, range: Finite, idle: &[NO_SETS, REMOVAL_OFF, RELATIVE, LIMIT_NO_BEZIER];
        /// Progress at which a relu removal schedule begins to move.
        pub removal_at: f64 = 0.5, Removal, range: Unit, idle: &[NO_SETS, REMOVAL_OFF, RELATIVE, LIMIT_NO_RELU];
        /// Most cache rows to hold, by evicting the least attended; 0 means off.
        pub budget: usize = 0, Budget, idle: &[NO_SETS];
        /// Newest rows that the budget never takes.
        pub budget_recent: usize = 8, Budget, idle: &[NO_SETS, NO_BUDGET];
        /// How many of the most probable tokens each step of a trace lists.
        pub candidates: usize = 32, Budget, idle: &[NO_SETS];
        /// Which reading of the lattice is the text of the run.
        pub reading: Reading = Reading::default(), Reading, idle: &[NO_SETS];
        /// Further readings to draw, each with the probability that the rows give it.
        pub readings: usize = 0, Reading, range: Paths, idle: &[NO_SETS];
        /// Where the random numbers begin that samples, readings and paths are drawn by.
        pub seed: u64 = 0, Reading, idle: &[NOT_RANDOM, NOT_DRAWN];
        /// How many paths to follow in the search for the scored reading; 0 means that there is none.
        pub reading_beams: usize = 0, Reading, range: Paths, idle: &[NO_SETS];
        /// Measure the distance from the exact distribution where there are at most N paths; 0 means off.
        pub exact_limit: usize = 0, Reading, range: Paths, idle: &[NO_SETS];
        /// Where there are more paths, estimate the distance from N that are drawn; 0 means off.
        ///
        /// Beyond two open sets draw them by the chain, see `meter_proposal`: by weights the distance comes out far too large.
        pub meter_samples: usize = 0, Reading, range: Paths, idle: &[NO_SETS];
        /// How the paths of `meter_samples` are drawn.
        pub meter_proposal: MeterProposal = MeterProposal::default(), Reading, idle: &[NO_SETS, NOT_SAMPLED];
        /// How tokens are chosen.
        pub decoder: DecoderKind = DecoderKind::default(), Decoder;
        /// How many texts `decoder` sample draws.
        pub samples: usize = 1, Decoder, range: Lanes, idle: &[NO_SAMPLES];
        /// Only tokens with this share of the most probable one's probability may be drawn; 0 means off.
        pub min_p: f64 = 0.0, Decoder, range: Unit, idle: &[NO_SAMPLES];
        /// How many texts `decoder` beam follows.
        pub beams: usize = 4, Decoder, range: Lanes, idle: &[NO_BEAMS];
        /// Beams are compared by their log-probability over their length to this power.
        pub length_penalty: f64 = 1.0, Decoder, range: Finite, idle: &[NO_BEAMS];
        /// How many continuations `decoder` mcts tries for each token.
        pub simulations: usize = 64, Decoder, range: AtLeastOne, idle: &[NO_SEARCH];
        /// How much tokens that were tried less are preferred.
        pub exploration: f64 = 1.5, Decoder, idle: &[NO_SEARCH];
        /// How many tokens may follow a node of the tree.
        pub branching: usize = 5, Decoder, range: AtLeastOne, idle: &[NO_SEARCH];
        /// Most tokens by which a simulation goes on beyond the tree.
        pub depth: usize = 8, Decoder, idle: &[NO_SEARCH];
        /// Most cache rows in use, prompt included.
        ///
        /// `None` means the model's `max_position_embeddings`.
        pub capacity: Option<usize> = None, Length, range: AtLeastOne, unset: Some("the model's context length");
    }
}

impl GenerationOptions {
    /// Names and ranges alone: a program that only checks, as the page's does, does not carry the words of the rows.
    pub(crate) const RANGES: [(&'static str, Range); Self::ROWS.len()] = {
        let mut ranges = [("", Range::Finite); Self::ROWS.len()];
        let mut index = 0;
        while index < ranges.len() {
            ranges[index] = (Self::ROWS[index].name, Self::ROWS[index].range);
            index += 1;
        }
        ranges
    };

    /// Names, further names of flags and reasons for no effect alone, for the same reason.
    const BARE: [(&'static str, Option<&'static str>, &'static [Idle]); Self::ROWS.len()] = {
        let mut bare: [(&'static str, Option<&'static str>, &'static [Idle]); Self::ROWS.len()] =
            [("", None, &[]); Self::ROWS.len()];
        let mut index = 0;
        while index < bare.len() {
            let row = &Self::ROWS[index];
            bare[index] = (row.name, row.alias, row.idle);
            index += 1;
        }
        bare
    };

    /// The name of every option, and a further name of its flag where there is one.
    pub(crate) fn names() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        Self::BARE.iter().map(|(name, alias, _)| (*name, *alias))
    }

    /// As they are used: greedy decoding is TEMPO with one member a set (LAB.md L2).
    pub(crate) fn resolved(self) -> Self {
        let max_set = if self.decoder == DecoderKind::Greedy { 1 } else { self.max_set };
        Self { max_set, ..self }
    }

    /// The row of the option of that name; `None` when there is no such option.
    pub fn row(name: &str) -> Option<&'static OptionRow> {
        Self::ROWS.iter().find(|row| row.name == name)
    }

    /// Why the option of that name has no effect, if it has none.
    pub fn idle(&self, name: &str) -> Option<&'static Idle> {
        let holds = |idle: &Idle| self.value(idle.option).is_some_and(|value| idle.holds(value));
        let alone = |idle: &Idle| idle.besides.is_none_or(|count| self.value(count) == Some(OptionValue::Count(0)));
        let concerns = |idle: &Idle| idle.decoders.is_empty() || idle.decoders.contains(&self.decoder);
        let (_, _, idle) = Self::BARE.iter().find(|(option, ..)| *option == name)?;
        idle.iter().find(|idle| concerns(idle) && holds(idle) && alone(idle))
    }
}

#[cfg(test)]
mod tests;
