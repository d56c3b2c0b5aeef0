//! A text that the model has to follow, whatever it would have said: how sure it is of every next token, and what it would
//! have said instead.

use anyhow::Context as _;
use pollster::block_on;
use tempo_core::{LanguageModel, Positions, Sequence, StepPlan, TokenId, Visibility, Weighting};
use tempo_model::{DeviceChoice, Kernels, LoadOptions, WeightFormat};

use crate::models::{Words, fixtures, load};

const MODEL: &str = "storyteller";

/// What a model makes of the texts.
#[derive(Debug)]
pub struct Forced {
    /// The most probable token at every place.
    pub top: Vec<usize>,
    /// Sum of `-ln p` of the tokens that do come.
    pub nats: f64,
    /// Tokens that were predicted.
    pub tokens: usize,
}

impl Forced {
    /// `exp` of the mean surprise.
    pub fn perplexity(&self) -> f64 {
        (self.nats / self.tokens as f64).exp()
    }

    /// The share of places at which both would say the same.
    pub fn agreement(&self, other: &Self) -> f64 {
        let same = self.top.iter().zip(&other.top).filter(|(a, b)| a == b).count();
        same as f64 / self.top.len() as f64
    }
}

/// Has the story model follow the stories in `fixtures/texts/forced.txt`, with weights in this format.
///
/// # Errors
/// When the model or the texts cannot be read, or a pass fails.
pub fn forced(device: &DeviceChoice, weights: WeightFormat) -> anyhow::Result<Forced> {
    let mut engine =
        load(MODEL, device, LoadOptions { kernels: Kernels::Fused, weights: weights.into(), workers: None })?;
    let words = Words::of(MODEL)?;
    let vocab = engine.description().vocab;
    let mut found = Forced { top: Vec::new(), nats: 0.0, tokens: 0 };
    for story in std::fs::read_to_string(fixtures().join("texts/forced.txt"))?.split("\n\n") {
        let ids = words.encode(story.trim())?;
        let sequence = Sequence::new(&ids, ids.len(), Positions::Shared, 0);
        let plan = StepPlan {
            queries: sequence.queries(0..ids.len()),
            keys: sequence.keys(Weighting::None),
            visibility: Visibility::Isolated,
            // The text does not say what follows its last token.
            logits: 0..ids.len() - 1,
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
        };
        block_on(engine.begin(ids.len()))?;
        let readout = block_on(engine.forward(&plan))?;
        let rows = readout.logits.rows().context("whole rows, for no digest was asked for")?;
        for (row, next) in rows.chunks_exact(vocab).zip(&ids[1..]) {
            let (top, surprise) = judge(row, *next);
            found.top.push(top);
            found.nats += surprise;
            found.tokens += 1;
        }
    }
    Ok(found)
}

/// The largest logit's place, and `-ln p` of the token that comes.
pub(crate) fn judge(row: &[f32], next: TokenId) -> (usize, f64) {
    let (top, most) = row
        .iter()
        .enumerate()
        .fold((0, f32::MIN), |(top, most), (token, &logit)| if logit > most { (token, logit) } else { (top, most) });
    let sum: f64 = row.iter().map(|logit| f64::from(logit - most).exp()).sum();
    (top, sum.ln() - f64::from(row[next.index()] - most))
}
