//! What a model says of each token of a text (LAB.md L5).

use thiserror::Error;

use super::rows_of_text;
use crate::error::RunError;
use crate::ids::TokenId;
use crate::model::LanguageModel;

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

/// Why a text has no scores.
#[derive(Debug, Error)]
pub enum ScoreError<E: std::error::Error + 'static> {
    /// There is no room for it.
    #[error("prompt and text have {tokens} tokens, the model's context has {context}; score a shorter text")]
    TooLong {
        /// Of prompt and text.
        tokens: usize,
        /// What the model was made for.
        context: usize,
    },
    /// A token that the model does not have.
    #[error("token {id} is outside of the model's vocabulary of {vocab}")]
    UnknownToken {
        /// The token.
        id: u32,
        /// How many there are.
        vocab: usize,
    },
    /// A pass failed.
    #[error(transparent)]
    Run(#[from] RunError<E>),
}

/// Scores the tokens of `text` after those of `prompt`, in passes of some hundred tokens. A token that nothing stands
/// before has no score. Whatever the model held is forgotten.
///
/// # Errors
/// When the text is longer than the model's context, a token is unknown to it, or a pass fails.
pub async fn score<M: LanguageModel>(
    model: &mut M,
    prompt: &[TokenId],
    text: &[TokenId],
) -> Result<Vec<Option<TokenScore>>, ScoreError<M::Error>> {
    let (vocab, context) = (model.description().vocab, model.description().max_positions);
    let tokens = prompt.len() + text.len();
    if tokens > context {
        return Err(ScoreError::TooLong { tokens, context });
    }
    if let Some(id) = prompt.iter().chain(text).find(|id| id.index() >= vocab) {
        return Err(ScoreError::UnknownToken { id: id.0, vocab });
    }
    let mut scores = vec![None; text.len()];
    let hear = |index: usize, logits: &[f32]| scores[index] = Some(TokenScore::of(logits, text[index]));
    rows_of_text(model, prompt, text, hear).await?;
    Ok(scores)
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
