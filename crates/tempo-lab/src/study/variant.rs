//! Other ways to run.

use anyhow::{Context as _, bail};
use tempo_core::{Combine, GenerationOptions, Positions, RemovalMode, RemovalScore, Visibility, Weighting};

use super::spec::Metric;

/// Options by name, with their values.
pub type Changes = serde_json::Map<String, serde_json::Value>;

/// Another way to run than the options as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// As in files.
    pub name: String,
    /// `Variants` or `Effect`.
    pub metric: Metric,
    change: Change,
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Visibility(Visibility),
    Weighting(Weighting),
    Combine(Combine),
    Positions(Positions),
    Gap(u32),
    Removal(RemovalMode, RemovalScore),
    Options(Changes),
}

/// Options that a window or the study itself decides.
const DECIDED: [&str; 9] = [
    "max_steps",
    "min_steps",
    "eos",
    "decoder",
    "capacity",
    "exact_limit",
    "meter_samples",
    "meter_proposal",
    "reading_beams",
];

impl Variant {
    /// Every variant that has a name of its own.
    pub fn all() -> Vec<Self> {
        let new = |name: &str, change| Self { name: name.to_owned(), metric: Metric::Variants, change };
        let mut all = vec![
            new("isolated", Change::Visibility(Visibility::Isolated)),
            new("visible", Change::Visibility(Visibility::Visible)),
            new("ordered", Change::Visibility(Visibility::Ordered)),
            new("none", Change::Weighting(Weighting::None)),
            new("probability", Change::Weighting(Weighting::Probability)),
            new("gamma", Change::Weighting(Weighting::Gamma)),
            new("kin", Change::Weighting(Weighting::Kin)),
            new("mixture", Change::Combine(Combine::Mixture)),
            new("logit-mean", Change::Combine(Combine::LogitMean)),
            new("first", Change::Combine(Combine::First)),
            new("last", Change::Combine(Combine::Last)),
            new("max", Change::Combine(Combine::Max)),
            new("shared", Change::Positions(Positions::Shared)),
            new("consecutive", Change::Positions(Positions::Consecutive)),
            new("gap", Change::Gap(1)),
        ];
        let effects = [(RemovalMode::Mask, "mask"), (RemovalMode::Rebuild, "rebuild")];
        let scores = [
            (RemovalScore::Attention, "attention"),
            (RemovalScore::Share, "share"),
            (RemovalScore::ShareRatio, "share-ratio"),
            (RemovalScore::Posterior, "posterior"),
        ];
        for (effect, effect_name) in effects {
            all.extend(scores.map(|(score, name)| Self {
                name: format!("{effect_name} {name}"),
                metric: Metric::Effect,
                change: Change::Removal(effect, score),
            }));
        }
        all
    }

    /// One that a study names itself.
    pub(super) fn way(name: &str, changes: &Changes) -> Self {
        Self { name: name.to_owned(), metric: Metric::Variants, change: Change::Options(changes.clone()) }
    }

    /// The options with what this changes.
    ///
    /// # Errors
    /// Names an option that there is not, that has no such value, or that is not for a variant to change.
    pub fn of(&self, options: GenerationOptions) -> anyhow::Result<GenerationOptions> {
        Ok(match &self.change {
            Change::Visibility(visibility) => GenerationOptions { visibility: *visibility, ..options },
            Change::Weighting(weighting) => GenerationOptions { weighting: *weighting, ..options },
            Change::Combine(combine) => GenerationOptions { combine: *combine, ..options },
            Change::Positions(positions) => GenerationOptions { positions: *positions, ..options },
            Change::Gap(gap) => GenerationOptions { position_gap: *gap, ..options },
            Change::Removal(removal, removal_score) => {
                GenerationOptions { removal: *removal, removal_score: *removal_score, ..options }
            }
            Change::Options(changes) => changed(options, changes)?,
        })
    }
}

fn changed(options: GenerationOptions, changes: &Changes) -> anyhow::Result<GenerationOptions> {
    let serde_json::Value::Object(mut all) = serde_json::to_value(options)? else { unreachable!("options have names") };
    for (name, value) in changes {
        if DECIDED.contains(&name.as_str()) {
            bail!("{name} is not for a variant to change: the study decides it");
        }
        all.insert(name.clone(), value.clone());
    }
    serde_json::from_value(all.into()).context("no options of a run")
}
