//! What a study measures, as its file says it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use tempo_core::{EosPolicy, GenerationOptions, MeterProposal};

use super::variant::{Changes, Variant};

/// A study, as a TOML file says it. Keys that are not here are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Folder of `.txt` files, or one file; a line `<|endoftext|>` parts documents.
    pub texts: PathBuf,
    /// As `--model`, which comes before it; nothing: the built-in model.
    pub model: Option<String>,
    /// Documents to take, spread evenly over those that are long enough; 0: all of these.
    pub documents: usize,
    /// Windows of a document, each at a place of its own.
    pub windows: usize,
    /// Tokens of a window that are the prompt.
    pub prefix: usize,
    /// Gold tokens after them.
    pub n: usize,
    /// Selection thresholds, each measured by itself.
    pub thresholds: Vec<f64>,
    /// Thresholds at which the variants and effects are measured, too: each is one of `thresholds`.
    pub variants_at: Vec<f64>,
    /// What to measure.
    pub metrics: Vec<Metric>,
    /// Variants to measure on the sets of the options as they are, by name; see [`Variant::all`] and `ways`.
    pub variants: Vec<String>,
    /// Variants to measure each on the sets that it chooses itself, by name.
    pub own_sets: Vec<String>,
    /// Further variants: a name, and the options that it changes.
    pub ways: BTreeMap<String, Changes>,
    /// Most paths that are enumerated for the exact distribution.
    pub exact_limit: usize,
    /// Paths to draw where there are more; 0: these steps are not measured.
    pub meter_samples: usize,
    /// How they are drawn.
    pub meter_proposal: MeterProposal,
    /// Numbers of sets after which they are drawn; none: after each.
    pub meter_at: Vec<usize>,
    /// What a user says before the prefix, in a conversation by the model's chat template; the gold tokens are the answer.
    /// `None`: the prefix is a text.
    pub instruction: Option<String>,
    /// Beams of the scored reading.
    pub reading_beams: usize,
    /// Where the places of windows come from.
    pub seed: u64,
    /// Options of every run, under the names of flags with `_` for `-`.
    pub options: GenerationOptions,
}

/// What is measured (LAB.md L7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Members of a set before the gold token joins it.
    Width,
    /// Whether the gold tokens are found.
    Recall,
    /// What the sets cost the gold tokens.
    Cost,
    /// Distance from the exact distribution.
    Calibration,
    /// Attention received beside weights and the exact posterior.
    Dominance,
    /// Attention on a set beside that on one token.
    Mass,
    /// Whether scores find the gold member.
    Removal,
    /// Cost and calibration with removal.
    Effect,
    /// Cost and calibration of other ways to run.
    Variants,
    /// How probable readings are as texts.
    Reading,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Width,
        Self::Recall,
        Self::Cost,
        Self::Calibration,
        Self::Dominance,
        Self::Mass,
        Self::Removal,
        Self::Effect,
        Self::Variants,
        Self::Reading,
    ];
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            texts: PathBuf::new(),
            model: None,
            documents: 0,
            windows: 1,
            prefix: 64,
            n: 12,
            thresholds: vec![0.1],
            variants_at: vec![0.1],
            metrics: Metric::ALL.to_vec(),
            variants: Variant::all().iter().map(|variant| variant.name.clone()).collect(),
            own_sets: Vec::new(),
            ways: BTreeMap::new(),
            exact_limit: 128,
            meter_samples: 0,
            meter_proposal: MeterProposal::default(),
            meter_at: Vec::new(),
            instruction: None,
            reading_beams: 8,
            seed: 0,
            options: GenerationOptions::default(),
        }
    }
}

impl Spec {
    /// Finds what makes no sense.
    ///
    /// # Errors
    /// Names the key.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.texts.as_os_str().is_empty(), "`texts` is missing: a folder of .txt files, or one file");
        let counts = [
            ("windows", self.windows),
            ("prefix", self.prefix),
            ("n", self.n),
            ("exact_limit", self.exact_limit),
            ("reading_beams", self.reading_beams),
        ];
        if let Some((key, _)) = counts.iter().find(|(_, count)| *count == 0) {
            bail!("`{key}` must be 1 or more");
        }
        ensure!(!self.thresholds.is_empty(), "`thresholds` is empty: name one threshold at least");
        ensure!(!self.metrics.is_empty(), "`metrics` is empty: name one metric at least");
        if let Some(one) = self.thresholds.iter().find(|one| !one.is_finite() || **one <= 0.0) {
            bail!("`thresholds` has {one}; a threshold is more than 0");
        }
        if let Some(one) = self.variants_at.iter().find(|one| !self.thresholds.contains(one)) {
            bail!("`variants_at` has {one}, which is none of `thresholds`");
        }
        let known = self.known();
        for (key, names) in [("variants", &self.variants), ("own_sets", &self.own_sets)] {
            if let Some(name) = names.iter().find(|name| known.iter().all(|variant| variant.name != **name)) {
                let known: Vec<_> = known.iter().map(|variant| variant.name.as_str()).collect();
                bail!("`{key}` has {name:?}, which is none of {}", known.join(", "));
            }
        }
        if self.options.min_steps > 0 || self.options.budget > 0 {
            bail!("[options] must leave min_steps and budget alone: the text says how long a window is");
        }
        self.check_meter()?;
        self.check_ways()
    }

    fn check_meter(&self) -> anyhow::Result<()> {
        if self.meter_samples == 0 {
            let how = self.meter_proposal == MeterProposal::default();
            ensure!(how, "`meter_proposal` says how paths are drawn, and `meter_samples` = 0 draws none");
            let when = self.meter_at.is_empty();
            ensure!(when, "`meter_at` says when paths are drawn, and `meter_samples` = 0 draws none");
        }
        if let Some(at) = self.meter_at.iter().find(|at| **at == 0 || **at > self.n) {
            bail!("`meter_at` has {at}; a window has 1 to {} sets", self.n);
        }
        Ok(())
    }

    fn check_ways(&self) -> anyhow::Result<()> {
        if let Some(name) = self.ways.keys().find(|name| Variant::all().iter().any(|variant| variant.name == **name)) {
            bail!("[ways.{name:?}] has the name of a variant that there is already; choose another");
        }
        for variant in self.known() {
            variant.of(self.options).with_context(|| format!("[ways.{:?}]", variant.name))?;
        }
        let chosen = self.chosen_variants();
        if !chosen.is_empty() && !is_plain(&self.options) {
            bail!(
                "[options] has a temperature or a penalty, and on equal sets distributions are compared at temperature 1 without \
                 penalty; set `variants` = [] and name those that you want in `own_sets`"
            );
        }
        for variant in chosen {
            if !is_plain(&variant.of(self.options)?) {
                bail!(
                    "`variants` has {:?}, and on equal sets distributions are compared at temperature 1 without penalty; name it \
                     in `own_sets`",
                    variant.name
                );
            }
        }
        Ok(())
    }

    /// Whether this is measured.
    pub fn measures(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    /// Options of a run at a threshold.
    pub fn options(&self, threshold: f64) -> GenerationOptions {
        // A reading that ends is over; the others go on.
        GenerationOptions { selection_threshold: threshold, max_steps: self.n, eos: EosPolicy::All, ..self.options }
    }

    /// Every variant there is: those with names of their own, and `ways`.
    pub fn known(&self) -> Vec<Variant> {
        let ways = self.ways.iter().map(|(name, changes)| Variant::way(name, changes));
        Variant::all().into_iter().chain(ways).collect()
    }

    /// The variants that are to be measured on the sets of the options as they are.
    pub fn chosen_variants(&self) -> Vec<Variant> {
        let wanted = |variant: &Variant| self.variants.contains(&variant.name) && self.measures(variant.metric);
        self.known().into_iter().filter(wanted).collect()
    }

    /// The variants that are to be measured on sets of their own.
    pub fn on_own_sets(&self) -> Vec<Variant> {
        self.known().into_iter().filter(|variant| self.own_sets.contains(&variant.name)).collect()
    }
}

/// Whether probabilities are those of the model as it is.
fn is_plain(options: &GenerationOptions) -> bool {
    [options.temperature, options.repetition_penalty].iter().all(|one| one.to_bits() == 1.0_f64.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Spec)) -> String {
        let mut spec = Spec { texts: "texts".into(), ..Spec::default() };
        spec.check().unwrap();
        change(&mut spec);
        format!("{:#}", spec.check().unwrap_err())
    }

    fn way(option: &str, value: impl Into<serde_json::Value>) -> Changes {
        [(option.to_owned(), value.into())].into_iter().collect()
    }

    #[test]
    fn what_cannot_be_measured_is_refused_by_key() {
        let error = refused(|spec| spec.meter_at = vec![3]);
        assert!(error.contains("`meter_at`") && error.contains("`meter_samples` = 0 draws none"), "{error}");
        let error = refused(|spec| spec.meter_proposal = MeterProposal::Chain);
        assert!(error.contains("`meter_proposal`") && error.contains("`meter_samples` = 0 draws none"), "{error}");
        let error = refused(|spec| (spec.meter_samples, spec.meter_at) = (8, vec![13]));
        assert!(error.contains("`meter_at` has 13; a window has 1 to 12 sets"), "{error}");
        let error = refused(|spec| drop(spec.ways.insert("kin".into(), way("temperature", 0.7))));
        assert!(error.contains("the name of a variant that there is already"), "{error}");
        let error = refused(|spec| drop(spec.ways.insert("cool".into(), way("warmth", 0.7))));
        assert!(error.contains("[ways.\"cool\"]") && error.contains("warmth"), "{error}");
        let error = refused(|spec| drop(spec.ways.insert("cool".into(), way("temperature", "low"))));
        assert!(error.contains("[ways.\"cool\"]"), "{error}");
        let error = refused(|spec| drop(spec.ways.insert("short".into(), way("max_steps", 3))));
        assert!(error.contains("max_steps"), "{error}");
        let error = refused(|spec| spec.own_sets = vec!["cool".into()]);
        assert!(error.contains("`own_sets` has \"cool\""), "{error}");
        let error = refused(|spec| {
            spec.ways.insert("cool".into(), way("temperature", 0.7));
            spec.variants = vec!["cool".into()];
        });
        assert!(error.contains("name it in `own_sets`"), "{error}");
    }

    #[test]
    fn a_temperature_of_all_runs_leaves_no_variants_on_equal_sets() {
        let error = refused(|spec| spec.options.temperature = 0.7);
        assert!(error.contains("[options]") && error.contains("`variants` = []"), "{error}");
        let mut spec = Spec { texts: "texts".into(), variants: Vec::new(), ..Spec::default() };
        spec.options.temperature = 0.7;
        spec.check().unwrap();
    }

    #[test]
    fn a_way_changes_the_options_it_names() {
        let mut spec = Spec { texts: "texts".into(), ..Spec::default() };
        spec.ways.insert("cool".into(), way("temperature", 0.7));
        spec.own_sets = vec!["cool".into(), "none".into()];
        spec.check().unwrap();
        let own = spec.options(0.2);
        let all: Vec<_> = spec.on_own_sets().iter().map(|variant| variant.of(own).unwrap()).collect();
        let none = GenerationOptions { weighting: tempo_core::Weighting::None, ..own };
        assert_eq!(all, [none, GenerationOptions { temperature: 0.7, ..own }]);
    }
}
