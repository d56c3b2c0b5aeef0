//! Readings judged alike: each is scored from left to right as ordinary text, whatever made it.

use crate::error::RunError;
use crate::event::ReadingEvent;
use crate::ids::TokenId;
use crate::model::LanguageModel;
use crate::score::score_text;

/// A reading and what the model says of it as ordinary text.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The reading.
    pub reading: ReadingEvent,
    /// Sum of `ln p` over its tokens, in nats.
    pub sum: f64,
}

impl Judged {
    /// Mean of `ln p` over the tokens, in nats; `None` where there are none.
    pub fn mean(&self) -> Option<f64> {
        let tokens = self.reading.ids.len();
        (tokens > 0).then(|| self.sum / tokens as f64)
    }
}

/// Readings that differ in their tokens, each once, in order.
pub fn distinct(readings: &[ReadingEvent]) -> Vec<&ReadingEvent> {
    let mut found: Vec<&ReadingEvent> = Vec::new();
    for reading in readings {
        if found.iter().all(|other| other.ids != reading.ids) {
            found.push(reading);
        }
    }
    found
}

/// Scores the distinct ones of these readings after a prompt. Whatever the model held is forgotten. A text with more tokens than
/// the model's context has no score and is left out.
///
/// # Errors
/// When a pass fails.
pub async fn judge<M: LanguageModel>(
    model: &mut M,
    prompt: &[TokenId],
    readings: &[ReadingEvent],
) -> Result<Vec<Judged>, RunError<M::Error>> {
    let mut judged = Vec::new();
    let context = model.description().max_positions;
    for reading in distinct(readings).into_iter().filter(|reading| prompt.len() + reading.ids.len() <= context) {
        let sum = score_text(model, prompt, &reading.ids).await?.into_iter().flatten().sum();
        judged.push(Judged { reading: reading.clone(), sum });
    }
    Ok(judged)
}

/// The one with the greatest mean; the first of equals. One without tokens is worse than any other.
pub fn best(judged: &[Judged]) -> Option<&Judged> {
    let mean = |judged: &Judged| judged.mean().unwrap_or(f64::NEG_INFINITY);
    judged.iter().reduce(|best, other| if mean(other) > mean(best) { other } else { best })
}
