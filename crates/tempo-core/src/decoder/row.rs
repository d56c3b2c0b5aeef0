//! What one row of logits says by itself, at T = 1.

use crate::ids::TokenId;
use crate::next_logits::NextLogits;

/// `ln p` of one token after a row; nothing is penalised, cut or suppressed.
///
/// # Panics
/// When the logits are a digest that does not list the token; these decoders ask for whole rows.
pub(super) fn log_probability(next: &NextLogits, row: usize, id: TokenId) -> f64 {
    f64::from(next.logit(row, id).expect("rows list every token")) - next.log_sum(row)
}

/// The `count` most probable tokens after a row with their `ln p`, ties by id.
///
/// # Panics
/// When the logits are a digest; these decoders ask for whole rows.
pub(super) fn top(next: &NextLogits, row: usize, count: usize) -> Vec<(TokenId, f64)> {
    let NextLogits::Rows { logits, vocab } = next else { panic!("these decoders ask for whole rows") };
    let mut tokens: Vec<(TokenId, f32)> =
        (0..).map(TokenId).zip(logits[row * vocab..(row + 1) * vocab].iter().copied()).collect();
    let by_logit = |a: &(TokenId, f32), b: &(TokenId, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if count == 0 {
        return Vec::new();
    }
    if count < tokens.len() {
        tokens.select_nth_unstable_by(count - 1, by_logit);
        tokens.truncate(count);
    }
    tokens.sort_unstable_by(by_logit);
    let sum = next.log_sum(row);
    tokens.into_iter().map(|(id, logit)| (id, f64::from(logit) - sum)).collect()
}
