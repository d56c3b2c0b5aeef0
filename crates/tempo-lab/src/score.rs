//! How probable every token of a text is.

use anyhow::ensure;
use pollster::block_on;
use tempo_core::{LanguageModel, TokenId, rows_of_text};

/// What a model says of a token after all that stands before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenScore {
    /// Logarithm of its probability, in nats.
    pub log_probability: f64,
    /// 1 for the most probable token; of equals the smaller id comes first.
    pub rank: usize,
    /// Of the distribution that it comes from, in nats.
    pub entropy: f64,
}

impl TokenScore {
    /// Of a token, by the raw logits after what stands before it.
    fn of(logits: &[f32], id: TokenId) -> Self {
        let own = logits[id.index()];
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut sum, mut weighted, mut rank) = (0.0, 0.0, 1);
        for (other, logit) in logits.iter().enumerate() {
            let below = f64::from(logit - most);
            let share = below.exp();
            sum += share;
            // Where nothing is left of a share, nothing is left of its part.
            weighted += if share > 0.0 { share * below } else { 0.0 };
            // More probable, or as probable with a smaller id.
            rank += usize::from(*logit > own || (*logit >= own && other < id.index()));
        }
        let log_sum = sum.ln();
        // -sum p ln p, with ln p = below - log_sum.
        Self { log_probability: f64::from(own - most) - log_sum, rank, entropy: log_sum - weighted / sum }
    }
}

/// Scores the tokens of `text` after those of `prompt`, in passes of some hundred tokens. A token that nothing stands
/// before has no score. Whatever the model held is forgotten.
///
/// # Errors
/// When the text is longer than the model's context, a token is unknown to it, or a pass fails.
pub fn score<M: LanguageModel>(
    model: &mut M,
    prompt: &[TokenId],
    text: &[TokenId],
) -> anyhow::Result<Vec<Option<TokenScore>>>
where
    M::Error: Send + Sync,
{
    let (vocab, context) = (model.description().vocab, model.description().max_positions);
    let ids = [prompt, text].concat();
    ensure!(
        ids.len() <= context,
        "prompt and text have {} tokens, the model's context has {context}; score a shorter text",
        ids.len()
    );
    if let Some(id) = ids.iter().find(|id| id.index() >= vocab) {
        anyhow::bail!("token {} is outside of the model's vocabulary of {vocab}", id.0);
    }
    let mut scores = vec![None; text.len()];
    let hear = |index: usize, logits: &[f32]| scores[index] = Some(TokenScore::of(logits, text[index]));
    block_on(rows_of_text(model, prompt, text, hear))?;
    Ok(scores)
}

/// Sum of the logarithms of the probabilities, in nats, and how many tokens it is over.
pub fn total(scores: &[Option<TokenScore>]) -> (f64, usize) {
    let known = scores.iter().flatten();
    (known.clone().map(|score| score.log_probability).sum(), known.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_ranked_and_its_distribution_measured() {
        let score = |id| TokenScore::of(&[1.0, 3.0, 1.0, f32::NEG_INFINITY], TokenId(id));
        let sum = 1.0 + 2.0 * (-2.0_f64).exp();
        assert!((score(1).log_probability + sum.ln()).abs() < 1e-12);
        assert!((score(0).log_probability + 2.0 + sum.ln()).abs() < 1e-12);
        assert_eq!([1, 0, 2, 3].map(|id| score(id).rank), [1, 2, 3, 4], "equals by id");
    }

    #[test]
    fn the_entropy_is_that_of_all_tokens() {
        let even = TokenScore::of(&[2.0; 8], TokenId(3));
        assert!((even.entropy - 8.0_f64.ln()).abs() < 1e-12);
        assert_eq!(even.rank, 4);
        let sure = TokenScore::of(&[100.0, 0.0], TokenId(0));
        assert!(sure.entropy.abs() < 1e-12 && sure.log_probability.abs() < 1e-12);
    }
}
