//! How probable a text is, read from left to right: one token after the other, each after all that stands before it.

mod text;

pub use text::{ScoreError, TokenScore, score};

use crate::error::{ReadoutError, RunError};
use crate::ids::{Lane, Position, Row, SetIndex, Slot, TokenId};
use crate::model::{Key, Lanes, LanguageModel, Query, StepPlan};
use crate::options::Visibility;

/// Numbers of logits that one pass reads back at most; at least one row is read.
const LOGITS: usize = 8 << 20;
/// Queries of one pass at most.
const QUERIES: usize = 256;

/// Hears the raw logits before every token of `text` after those of `prompt`: its index in the text, and the row. A token that
/// nothing stands before has none. Some hundred tokens go through the model at once. Whatever it held is forgotten.
///
/// # Errors
/// When a pass fails.
pub async fn rows_of_text<M: LanguageModel>(
    model: &mut M,
    prompt: &[TokenId],
    text: &[TokenId],
    mut hear: impl FnMut(usize, &[f32]),
) -> Result<(), RunError<M::Error>> {
    let (vocab, ids) = (model.description().vocab, [prompt, text].concat());
    // Nobody asks what follows the last token.
    let computed = ids.len().saturating_sub(1);
    if text.is_empty() || computed == 0 {
        return Ok(());
    }
    let at_once = (LOGITS / vocab).clamp(1, QUERIES);
    model.begin(computed).await.map_err(RunError::Model)?;
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
        let readout = model.forward(&plan).await.map_err(RunError::Model)?;
        let rows = readout.logits.rows().ok_or(RunError::Readout(ReadoutError::NotRequested))?;
        for (row, logits) in wanted.zip(rows.chunks_exact(vocab)) {
            hear(row + 1 - prompt.len(), logits);
        }
        begun = end;
    }
    Ok(())
}

/// `ln p` of every token of `text` after those of `prompt`, in nats; `None` where nothing stands before it.
///
/// # Errors
/// As [`rows_of_text`].
pub async fn score_text<M: LanguageModel>(
    model: &mut M,
    prompt: &[TokenId],
    text: &[TokenId],
) -> Result<Vec<Option<f64>>, RunError<M::Error>> {
    let mut scores = vec![None; text.len()];
    rows_of_text(model, prompt, text, |index, logits| scores[index] = Some(log_probability(logits, text[index])))
        .await?;
    Ok(scores)
}

/// `ln p` of a token by the raw logits before it.
fn log_probability(logits: &[f32], id: TokenId) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
    f64::from(logits[id.index()] - most) - sum.ln()
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
