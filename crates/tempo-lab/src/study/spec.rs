//! What a study measures, as its file says it.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use serde::{Deserialize, Serialize};
use tempo_core::{Combine, EosPolicy, GenerationOptions, Positions, RemovalMode, RemovalScore, Visibility, Weighting};

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
    /// Variants to measure, by name; see [`Variant::all`].
    pub variants: Vec<String>,
    /// Most paths that are enumerated for the exact distribution.
    pub exact_limit: usize,
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
            exact_limit: 128,
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
        let names = Variant::all();
        if let Some(name) = self.variants.iter().find(|name| names.iter().all(|variant| variant.name != **name)) {
            let names: Vec<_> = names.iter().map(|variant| variant.name.as_str()).collect();
            bail!("`variants` has {name:?}, which is none of {}", names.join(", "));
        }
        if self.options.min_steps > 0 || self.options.budget > 0 {
            bail!("[options] must leave min_steps and budget alone: the text says how long a window is");
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

    /// The variants that are to be measured.
    pub fn chosen_variants(&self) -> Vec<Variant> {
        let wanted = |variant: &Variant| self.variants.contains(&variant.name) && self.measures(variant.metric);
        Variant::all().into_iter().filter(wanted).collect()
    }
}

/// Another way to run on the sets of the options as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// As in files.
    pub name: String,
    /// `Variants` or `Effect`.
    pub metric: Metric,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Visibility(Visibility),
    Weighting(Weighting),
    Combine(Combine),
    Positions(Positions),
    Gap(u32),
    Removal(RemovalMode, RemovalScore),
}

impl Variant {
    /// Every variant there is.
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

    /// The options with what this changes.
    pub fn of(&self, options: GenerationOptions) -> GenerationOptions {
        match self.change {
            Change::Visibility(visibility) => GenerationOptions { visibility, ..options },
            Change::Weighting(weighting) => GenerationOptions { weighting, ..options },
            Change::Combine(combine) => GenerationOptions { combine, ..options },
            Change::Positions(positions) => GenerationOptions { positions, ..options },
            Change::Gap(gap) => GenerationOptions { position_gap: gap, ..options },
            Change::Removal(removal, removal_score) => GenerationOptions { removal, removal_score, ..options },
        }
    }
}
