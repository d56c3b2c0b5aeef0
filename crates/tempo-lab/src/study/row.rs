//! What is measured of one window, as a line of `measurements.jsonl`.

use serde::{Deserialize, Serialize};

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Number of the document.
    pub document: usize,
    /// Number of the window in its document.
    pub window: usize,
    /// The selection threshold, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What was measured.
    #[serde(flatten)]
    pub content: Content,
}

/// What was measured. Arrays go by step, from the first gold token on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub enum Content {
    /// The gold tokens as ordinary text.
    Plain {
        /// ln p of each.
        log_probability: Vec<f64>,
    },
    /// TEMPO with the gold token in every set.
    Forced {
        /// Members of each set before the gold token joined.
        widths: Vec<usize>,
        /// Steps where no token reached the threshold.
        fallbacks: usize,
        /// Steps where the gold token was missing.
        missing: usize,
        /// ln q of each gold token.
        log_q: Vec<f64>,
        /// Members of the set before each gold token; 1 for the first.
        before: Vec<usize>,
        /// Attention on older sets over that on a lone token: size of the set, ratio.
        mass: Vec<(usize, f64)>,
        /// Sets of several members after 1, 2 and 4 later sets.
        members: Vec<Members>,
    },
    /// TEMPO by itself.
    Free {
        /// Members of each set.
        widths: Vec<usize>,
        /// Steps where no token reached the threshold.
        fallbacks: usize,
        /// Distances from the exact distribution, where it could be enumerated.
        calibration: Vec<Calibration>,
    },
    /// Whether the gold tokens are found.
    Recall {
        /// After 1, 2, ... tokens.
        found: Vec<Recall>,
    },
    /// Another way to run on the same sets.
    Variant {
        /// Its name.
        variant: String,
        /// ln q of each gold token, on the forced sets.
        log_q: Vec<f64>,
        /// On the free sets.
        calibration: Vec<Calibration>,
    },
    /// Another way to run on the sets that it chooses itself.
    Own {
        /// Its name.
        variant: String,
        /// Members of each set.
        widths: Vec<usize>,
        /// Distances from the exact distribution of these sets.
        calibration: Vec<Calibration>,
        /// Mean ln p a token of the Viterbi reading and of the most probable members, where readings are measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        readings: Option<[f64; 2]>,
    },
    /// Mean ln p a token of texts as long as the lattice.
    Reading {
        /// The most probable member of each set.
        probable: f64,
        /// The path that the chain says most of.
        viterbi: f64,
        /// The best path that a beam search within the sets finds.
        scored: f64,
        /// Greedy decoding.
        greedy: f64,
        /// Beam search with as many rows.
        beam: f64,
        /// The gold text.
        gold: f64,
    },
}

/// A set some sets later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// How many sets later.
    pub later: usize,
    /// Which member is gold.
    pub gold: usize,
    /// Whether TEMPO took it itself, so that it did not have to join.
    pub own: bool,
    /// `w` of each member.
    pub weight: Vec<f64>,
    /// Attention received, mean over the later steps.
    pub attention: Vec<f64>,
    /// Score `posterior`.
    pub posterior: Vec<f64>,
    /// The exact posterior, where it could be enumerated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<Vec<f64>>,
}

/// TEMPO's distribution beside the exact one, after a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The step.
    pub step: usize,
    /// Sets with several live members.
    pub open: usize,
    /// Nats.
    pub kl: f64,
    /// Half of the sum of the differences.
    pub total_variation: f64,
    /// Whether both find the same token most probable.
    pub top1: bool,
    /// Effective sample size, where paths were drawn: then the other numbers are estimates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ess: Option<f64>,
}

/// Whether the first gold tokens are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Rows that TEMPO computed, the prompt's left out.
    pub rows: usize,
    /// All lie in the sets.
    pub tempo: bool,
    /// Beams that compute about as many rows.
    pub beams: usize,
    /// They begin a beam.
    pub beam: bool,
    /// The probability that one of so many samples begins with them.
    pub sample: f64,
}

/// What tells rows apart, in the order in which they are measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    document: usize,
    window: usize,
    /// Bits of the threshold, which is positive: they are ordered as it is.
    threshold: u64,
    part: u8,
    variant: String,
}

impl Row {
    /// What tells it from other rows.
    pub fn key(&self) -> Key {
        let (part, variant) = match &self.content {
            Content::Plain { .. } => (0, ""),
            Content::Forced { .. } => (1, ""),
            Content::Free { .. } => (2, ""),
            Content::Recall { .. } => (3, ""),
            Content::Reading { .. } => (4, ""),
            Content::Variant { variant, .. } => (5, variant.as_str()),
            Content::Own { variant, .. } => (6, variant.as_str()),
        };
        Key::new(self.document, self.window, self.threshold, part, variant)
    }
}

impl Key {
    /// Of a row that may not be there yet; `part` counts as in [`Row::key`].
    pub(super) fn new(document: usize, window: usize, threshold: Option<f64>, part: u8, variant: &str) -> Self {
        let threshold = threshold.map_or(0, f64::to_bits);
        Self { document, window, threshold, part, variant: variant.to_owned() }
    }
}

/// Six decimals: what a figure can show, and what equal machines agree on.
pub(super) fn rounded(number: f64) -> f64 {
    // Never minus zero.
    (number * 1e6).round() / 1e6 + 0.0
}
