//! How probable every token of a text is.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    Key, Lane, Lanes, LanguageModel, Position, Query, Row, SetIndex, Slot, StepPlan, TokenId, Visibility,
};

/// Numbers of logits that one pass reads back at most; at least one row is read.
const LOGITS: usize = 8 << 20;
/// Queries of one pass at most.
const QUERIES: usize = 256;

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
    // Nobody asks what follows the last token.
    let computed = ids.len().saturating_sub(1);
    if text.is_empty() || computed == 0 {
        return Ok(scores);
    }
    let at_once = (LOGITS / vocab).clamp(1, QUERIES);
    block_on(model.begin(computed))?;
    let keys: Vec<Key> = (0..computed).map(key).collect();
    // The row of the token before the first one that is scored.
    let first = prompt.len().saturating_sub(1);
    let mut begun = 0;
    while begun < computed {
        // Passes of the prompt end with it: they read one row at most, and are those of a run on the same prompt.
        let end = if begun < prompt.len() { prompt.len().min(begun + QUERIES) } else { begun + at_once };
        let end = end.min(computed);
        let wanted = begun.max(first)..end;
        let plan = StepPlan {
            queries: (begun..end).map(|index| query(ids[index], index)).collect(),
            keys: keys[..end].to_vec(),
            visibility: Visibility::Isolated,
            logits: if wanted.is_empty() { 0..0 } else { wanted.start - begun..end - begun },
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
        };
        let readout = block_on(model.forward(&plan))?;
        let rows = readout.logits.rows().context("whole rows, for no digest was asked for")?;
        for (row, logits) in wanted.zip(rows.chunks_exact(vocab)) {
            scores[row + 1 - prompt.len()] = Some(TokenScore::of(logits, ids[row + 1]));
        }
        begun = end;
    }
    Ok(scores)
}

/// Sum of the logarithms of the probabilities, in nats, and how many tokens it is over.
pub fn total(scores: &[Option<TokenScore>]) -> (f64, usize) {
    let known = scores.iter().flatten();
    (known.clone().map(|score| score.log_probability).sum(), known.count())
}

fn query(token: TokenId, index: usize) -> Query {
    let number = to_u32(index);
    Query {
        token,
        position: Position(number),
        slot: Slot(number),
        set: SetIndex(number),
        row: Row(number),
        lane: Lane::TEMPO,
    }
}

fn key(index: usize) -> Key {
    Key { slot: Slot(to_u32(index)), set: SetIndex(to_u32(index)), bias: 0.0, live: true, lanes: Lanes::ALL }
}

fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("a cache has fewer than 2^32 rows")
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
