//! What one row of logits says by itself, at T = 1.

use crate::digest::NotInDigest;
use crate::ids::TokenId;
use crate::lists::EachRow;

/// `ln p` of one token after a row; nothing is penalised, cut or suppressed.
///
/// # Errors
/// When the row's list does not have the token.
pub(super) fn log_probability(next: &EachRow, row: usize, id: TokenId) -> Result<f64, NotInDigest> {
    Ok(f64::from(next.logit(row, id)?) - next.log_sum(row, 1.0)?)
}

/// The `count` most probable tokens after a row with their `ln p`, ties by id.
///
/// # Errors
/// When the row's list is shorter.
pub(super) fn top(next: &EachRow, row: usize, count: usize) -> Result<Vec<(TokenId, f64)>, NotInDigest> {
    let best = next.best(row, count)?;
    let sum = next.log_sum(row, 1.0)?;
    Ok(best.into_iter().map(|(id, logit)| (id, f64::from(logit) - sum)).collect())
}
