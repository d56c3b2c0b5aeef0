//! A text with what the model says of each of its tokens (LAB.md L5): no event, but handed out as events are.

use serde::{Deserialize, Serialize};

use crate::ids::TokenId;
use crate::score::TokenScore;

/// A token of a text and what the model says of it; null where nothing stands before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredToken {
    /// The token.
    pub id: TokenId,
    /// What it adds to the text.
    pub text: String,
    /// Its place, the prompt's tokens counted.
    pub position: usize,
    /// Logarithm of its probability, in nats.
    pub log_probability: Option<f64>,
    /// 1 for the most probable token.
    pub rank: Option<usize>,
    /// Entropy of the distribution that it comes from, in nats.
    pub entropy: Option<f64>,
}

/// A text and what its tokens come to; the mean and the perplexity are null where no token has a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredText {
    /// Its tokens, in order.
    pub tokens: Vec<ScoredToken>,
    /// Sum of the logarithms of their probabilities, in nats.
    pub sum: f64,
    /// The same for each token that has a score.
    pub mean: Option<f64>,
    /// `exp(-mean)`: as many equally probable tokens would be as hard to guess.
    pub perplexity: Option<f64>,
}

impl ScoredText {
    /// Of tokens that begin at position `first`, with the scores that [`score`](fn@crate::score) gave them; `words` is the text of a token.
    pub fn new(
        first: usize,
        ids: &[TokenId],
        scores: &[Option<TokenScore>],
        words: impl Fn(TokenId) -> String,
    ) -> Self {
        let tokens = ids.iter().zip(scores).zip(first..).map(|((id, score), position)| ScoredToken {
            id: *id,
            text: words(*id),
            position,
            log_probability: score.map(|score| score.log_probability),
            rank: score.map(|score| score.rank),
            entropy: score.map(|score| score.entropy),
        });
        let known = scores.iter().flatten();
        let (sum, over) = (known.clone().map(|score| score.log_probability).sum::<f64>(), known.count());
        let mean = (over > 0).then(|| sum / over as f64);
        Self { tokens: tokens.collect(), sum, mean, perplexity: mean.map(|mean| (-mean).exp()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_without_a_score_counts_in_no_mean() {
        let known = TokenScore { log_probability: -2.0, rank: 3, entropy: 1.0 };
        let words = |id: TokenId| id.0.to_string();
        let text = ScoredText::new(4, &[7, 8].map(TokenId), &[None, Some(known)], words);
        assert_eq!((text.sum, text.mean, text.perplexity), (-2.0, Some(-2.0), Some(2.0_f64.exp())));
        assert_eq!(
            text.tokens.iter().map(|token| (token.position, token.rank)).collect::<Vec<_>>(),
            [(4, None), (5, Some(3))]
        );
        let alone = ScoredText::new(0, &[TokenId(7)], &[None], words);
        assert_eq!((alone.mean, alone.perplexity), (None, None));
    }
}
