#![doc = include_str!("../README.md")]

pub mod beam;
pub mod distance;
pub mod given;
pub mod interval;
pub mod lattice;
pub mod paths;
pub mod shared;
pub mod study;

/// Logarithm of the softmax of a row of logits, in nats.
fn log_softmax(row: &[f32]) -> Vec<f32> {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|logit| f64::from(logit - most).exp()).sum();
    #[expect(clippy::cast_possible_truncation, reason = "as exact as the logits")]
    let log_sum = most + sum.ln() as f32;
    row.iter().map(|logit| logit - log_sum).collect()
}
