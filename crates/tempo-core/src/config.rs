//! Options as typed become a configuration as checked; the program never looks at the former again.

use crate::error::ConfigError;
use crate::ids::TokenId;
use crate::model::ModelDescription;
use crate::options::{
    Combine, DecoderKind, EosPolicy, GenerationOptions, LayerWeights, MeterProposal, OptionValue, Positions, Reading,
    RemovalKeep, RemovalMode, RemovalRule, RemovalScore, Visibility, Weighting,
};
use crate::schedule::{Curve, SelectionThreshold};

/// A checked configuration of one run on one model.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationConfig {
    /// Most steps to generate.
    pub max_steps: usize,
    /// Most cache rows in use.
    pub capacity: usize,
    /// How the next set is chosen.
    pub selection: SelectionConfig,
    /// When the run ends of itself.
    pub end_of_text: EndOfTextConfig,
    /// Who sees whom inside a set.
    pub visibility: Visibility,
    /// Which positions members take.
    pub positions: Positions,
    /// Shift of all generated positions.
    pub position_gap: u32,
    /// How much members weigh in later attention.
    pub weighting: Weighting,
    /// How members are judged later, if they are.
    pub removal: Option<RemovalConfig>,
    /// How cache rows are bounded, if they are.
    pub budget: Option<BudgetConfig>,
    /// Weight of every layer in the attention received; sums to 1.
    pub layer_weights: Vec<f32>,
    /// What is computed in lanes beside the run.
    pub beside: BesideConfig,
}

/// What is computed in lanes beside a run (LAB.md L3, L4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BesideConfig {
    /// Paths that are followed for the scored reading; 0: there is none.
    pub reading_beams: usize,
    /// Most paths of an exact measurement; 0: there is none.
    pub exact_limit: usize,
    /// Paths that are drawn where there are more; 0: none are.
    pub meter_samples: usize,
    /// How they are drawn.
    pub meter_proposal: MeterProposal,
}

/// How a distribution is made and cut (ALGORITHM.md §3, §4).
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionConfig {
    /// Least probability for joining a set.
    pub threshold: SelectionThreshold,
    /// Most members; `usize::MAX` without a limit.
    pub max_set: usize,
    /// Divides the logits.
    pub temperature: f64,
    /// 1 means off.
    pub repetition_penalty: f64,
    /// Most probable tokens that may join; `usize::MAX` without a limit.
    pub top_k: usize,
    /// Mass of the most probable tokens that may join; infinite without a limit.
    pub top_p: f64,
    /// How rows become one distribution.
    pub combine: Combine,
    /// How many tokens each step reports.
    pub candidates: usize,
}

/// When a run ends of itself (ALGORITHM.md §5).
#[derive(Clone, Debug, PartialEq)]
pub struct EndOfTextConfig {
    /// The rule.
    pub policy: EosPolicy,
    /// Steps before which end-of-text cannot be chosen.
    pub min_steps: usize,
    /// The model's end-of-text tokens.
    pub ids: Vec<TokenId>,
}

/// How members are judged (ALGORITHM.md §8).
#[derive(Clone, Debug, PartialEq)]
pub struct RemovalConfig {
    /// What a verdict does; never `off`.
    pub effect: RemovalMode,
    /// What is judged.
    pub score: RemovalScore,
    /// What the score is compared with.
    pub limit: RemovalLimit,
    /// What happens when no member passes.
    pub keep: RemovalKeep,
    /// Later steps before a set is judged.
    pub min_evidence: usize,
    /// Latest steps that count; `usize::MAX` for all.
    pub window: usize,
    /// Steepness of `fade`.
    pub fade_steepness: f64,
}

/// What a score is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RemovalLimit {
    /// This share of the mean score of the set.
    Relative(f64),
    /// A limit that may move.
    Absolute(Curve),
}

/// How cache rows are bounded (ALGORITHM.md §8, budget).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetConfig {
    /// Rows to hold.
    pub rows: usize,
    /// Newest rows that are never taken.
    pub recent: usize,
}

impl SelectionConfig {
    /// Whether the repetition penalty changes anything.
    #[expect(clippy::float_cmp, reason = "1 is the documented value for off")]
    pub(crate) fn penalises(&self) -> bool {
        self.repetition_penalty != 1.0
    }
}

impl EndOfTextConfig {
    /// The tokens of a vocabulary that cannot be chosen at this step: ascending, each once.
    pub(crate) fn suppressed(&self, step: usize, vocab: usize) -> Vec<TokenId> {
        let mut ids = if step < self.min_steps { self.ids.clone() } else { Vec::new() };
        ids.retain(|id| id.index() < vocab);
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl GenerationOptions {
    /// Checks every option against its range and against the others, and resolves what depends on the model.
    ///
    /// # Errors
    /// Names the first option that is out of range, or the first two that contradict each other.
    pub fn check(&self, model: &ModelDescription) -> Result<GenerationConfig, ConfigError> {
        self.check_alone()?;
        self.check_memory(model)?;
        Ok(GenerationConfig {
            max_steps: self.max_steps,
            capacity: self.capacity.unwrap_or(model.max_positions),
            selection: self.selection(),
            end_of_text: EndOfTextConfig { policy: self.eos, min_steps: self.min_steps, ids: model.eos.clone() },
            visibility: self.visibility,
            positions: self.positions,
            position_gap: self.position_gap,
            weighting: self.weighting,
            removal: self.removal_config(),
            budget: (self.budget > 0).then_some(BudgetConfig { rows: self.budget, recent: self.budget_recent }),
            layer_weights: layer_weights(model.layers, self.removal_layers, self.layer_weights),
            beside: BesideConfig {
                reading_beams: self.reading_beams,
                exact_limit: self.exact_limit,
                meter_samples: self.meter_samples,
                meter_proposal: self.meter_proposal,
            },
        })
    }

    /// What can be checked without a model.
    pub(crate) fn check_alone(&self) -> Result<(), ConfigError> {
        self.check_ranges()?;
        if self.min_steps > self.max_steps {
            return Err(ConfigError::Conflict {
                a: format!("min_steps {}", self.min_steps),
                b: format!("max_steps {}", self.max_steps),
                why: "a run cannot be longer than its most steps; raise `max_steps` or lower `min_steps`",
            });
        }
        if self.reading == Reading::Scored && self.reading_beams == 0 {
            return Err(ConfigError::Conflict {
                a: "reading scored".to_owned(),
                b: "reading_beams 0".to_owned(),
                why: "the scored reading is found by following paths; set `reading_beams` to how many",
            });
        }
        self.check_beams()
    }

    /// Beam search compares texts by the model's own probabilities; what changes these contradicts it (LAB.md L2).
    fn check_beams(&self) -> Result<(), ConfigError> {
        if self.decoder != DecoderKind::Beam {
            return Ok(());
        }
        let config = self.selection();
        let given = [
            ("temperature", config.temperature.to_bits() != 1.0_f64.to_bits()),
            ("repetition_penalty", config.penalises()),
            ("top_k", self.top_k > 0),
            ("top_p", config.top_p.is_finite()),
            ("min_steps", self.min_steps > 0),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(ConfigError::Conflict {
                a: "decoder beam".to_owned(),
                b: format!("{name} {}", self.value(name).expect("every row is an option")),
                why: "beam search goes by the model's own probabilities; leave it out, or use `decoder` sample",
            }),
            None => Ok(()),
        }
    }

    fn selection(&self) -> SelectionConfig {
        SelectionConfig {
            threshold: SelectionThreshold::new(
                self.schedule,
                self.selection_threshold,
                self.final_threshold,
                self.bezier_p1,
                self.bezier_p2,
                self.relu_at,
            ),
            max_set: unlimited_if_zero(self.max_set),
            temperature: self.temperature,
            repetition_penalty: self.repetition_penalty,
            top_k: unlimited_if_zero(self.top_k),
            // A sum of probabilities may round to just above or below 1, so "off" is not compared with it.
            top_p: if self.top_p > 0.0 && self.top_p < 1.0 { self.top_p } else { f64::INFINITY },
            combine: self.combine,
            candidates: self.candidates,
        }
    }

    fn removal_config(&self) -> Option<RemovalConfig> {
        (self.removal != RemovalMode::Off).then(|| RemovalConfig {
            effect: self.removal,
            score: self.removal_score,
            limit: match self.removal_rule {
                RemovalRule::Relative => RemovalLimit::Relative(self.relative),
                RemovalRule::Absolute => RemovalLimit::Absolute(Curve {
                    kind: self.removal_schedule,
                    base: self.removal_limit,
                    last: self.removal_final,
                    p1: self.removal_p1,
                    p2: self.removal_p2,
                    at: self.removal_at,
                }),
            },
            keep: self.removal_keep,
            min_evidence: self.min_evidence,
            window: unlimited_if_zero(self.window),
            fade_steepness: self.fade_steepness,
        })
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        for (field, range) in Self::RANGES {
            let value = self.value(field).expect("every row is an option");
            let good = match value {
                OptionValue::Number(number) => range.contains(number),
                OptionValue::Count(count) => range.contains(count as f64),
                OptionValue::Name(_) | OptionValue::Unset => true,
            };
            if !good {
                return Err(ConfigError::OutOfRange { field, value: value.to_string(), allowed: range.allowed() });
            }
        }
        Ok(())
    }
}

fn unlimited_if_zero(value: usize) -> usize {
    if value == 0 { usize::MAX } else { value }
}

mod memory;

/// Weight of every layer: the last `last` (0 or too many: all) count, evenly or rising from 0.5 to 1.
fn layer_weights(layers: usize, last: usize, kind: LayerWeights) -> Vec<f32> {
    let used = if last == 0 { layers } else { last.min(layers) };
    let raw: Vec<f64> = (0..layers)
        .map(|layer| {
            let Some(index) = (layer + used).checked_sub(layers) else { return 0.0 };
            match kind {
                LayerWeights::Linear if used > 1 => 0.5 + 0.5 * index as f64 / (used - 1) as f64,
                LayerWeights::Linear | LayerWeights::Uniform => 1.0,
            }
        })
        .collect();
    let sum: f64 = raw.iter().sum();
    #[expect(clippy::cast_possible_truncation, reason = "weights are used in f32 on the device")]
    raw.into_iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::description;

    #[test]
    fn defaults_are_those_of_the_contract() {
        let config = GenerationOptions::default().check(&description(16)).unwrap();
        assert_eq!(config.max_steps, 40);
        assert_eq!(config.selection.max_set, 8);
        assert!(config.removal.is_none() && config.budget.is_none());
        assert_eq!(config.capacity, description(16).max_positions);
    }

    #[test]
    fn numbers_out_of_range_name_their_option() {
        type Spoil = fn(&mut GenerationOptions);
        let cases: [(&str, Spoil); 12] = [
            ("selection_threshold", |o| o.selection_threshold = -0.1),
            ("selection_threshold", |o| o.selection_threshold = f64::NAN),
            ("selection_threshold", |o| o.selection_threshold = f64::INFINITY),
            ("final_threshold", |o| o.final_threshold = f64::NAN),
            ("temperature", |o| o.temperature = 0.0),
            ("repetition_penalty", |o| o.repetition_penalty = -1.0),
            ("top_p", |o| o.top_p = 1.5),
            ("relu_at", |o| o.relu_at = 2.0),
            ("removal_limit", |o| o.removal_limit = f64::NAN),
            ("relative", |o| o.relative = -1.0),
            ("fade_steepness", |o| o.fade_steepness = f64::INFINITY),
            ("capacity", |o| o.capacity = Some(0)),
        ];
        for (name, spoil) in cases {
            let mut options = GenerationOptions::default();
            spoil(&mut options);
            match options.check(&description(16)) {
                Err(ConfigError::OutOfRange { field, .. }) => assert_eq!(field, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn min_steps_beyond_max_steps_is_a_contradiction() {
        let options = GenerationOptions { min_steps: 5, max_steps: 4, ..GenerationOptions::default() };
        assert!(matches!(options.check(&description(16)), Err(ConfigError::Conflict { .. })));
    }

    #[test]
    fn options_in_errors_are_named_as_the_caller_names_them() {
        let flag = |name: &str| format!("--{}", name.replace('_', "-"));
        let words = |options: GenerationOptions| options.check(&description(16)).unwrap_err().words(&flag);
        let defaults = GenerationOptions::default();
        assert_eq!(
            words(GenerationOptions { reading: Reading::Scored, ..defaults }),
            "--reading scored and --reading-beams 0 contradict each other: the scored reading is found by following paths; set \
             --reading-beams to how many"
        );
        let beam = GenerationOptions { decoder: DecoderKind::Beam, top_k: 5, ..defaults };
        assert!(
            words(beam).starts_with("--decoder beam and --top-k 5 contradict")
                && words(beam).ends_with("--decoder sample")
        );
        assert!(!beam.check(&description(16)).unwrap_err().to_string().contains('`'));
        assert_eq!(words(GenerationOptions { relu_at: 2.0, ..defaults }), "--relu-at must be between 0 and 1, not 2");
    }

    #[test]
    fn layer_weights_sum_to_one_and_count_from_the_end() {
        assert_eq!(layer_weights(4, 2, LayerWeights::Uniform), [0.0, 0.0, 0.5, 0.5]);
        assert_eq!(layer_weights(4, 9, LayerWeights::Uniform), [0.25; 4]);
        assert_eq!(layer_weights(3, 1, LayerWeights::Linear), [0.0, 0.0, 1.0]);
        let linear = layer_weights(3, 0, LayerWeights::Linear);
        for (found, want) in linear.iter().zip([0.5 / 2.25, 0.75 / 2.25, 1.0 / 2.25]) {
            assert!((f64::from(*found) - want).abs() < 1e-7);
        }
    }
}
