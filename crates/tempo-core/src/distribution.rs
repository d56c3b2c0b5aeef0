//! Logits of a set's rows become one next-token distribution (algorithm.md §3), and what is asked of it.
//!
//! Everything later reads the [`Distribution`], never the logits: a model that combines on its device can hand over
//! the same facts without the algorithm noticing.

use std::cmp::Ordering;

use crate::{Combine, SelectionConfig, TokenId};

/// A next-token distribution `q` over the whole vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Probability of every token; 0 for suppressed ones.
    q: Vec<f64>,
    /// Tokens taken out of `q`: they are not part of the vocabulary any more.
    suppressed: Vec<TokenId>,
}

impl Distribution {
    /// Combines rows of raw logits, one row per member, by the members' weights (which sum to 1).
    ///
    /// `seen` are the ids the repetition penalty falls on, each listed once.
    ///
    /// # Panics
    /// When `logits` is not `weights.len()` rows of `vocab` numbers; the caller has checked that.
    pub fn combine(logits: &[f32], vocab: usize, weights: &[f64], seen: &[TokenId], config: &SelectionConfig) -> Self {
        assert_eq!(logits.len(), vocab * weights.len(), "one row of logits per weight");
        let row = |index: usize| prepare(&logits[index * vocab..(index + 1) * vocab], seen, config);
        let last = weights.len() - 1;
        let mut q = match config.combine {
            Combine::First => softmax(row(0)),
            Combine::Last => softmax(row(last)),
            Combine::Mixture => weighted_sum(vocab, weights, |index| softmax(row(index))),
            Combine::LogitMean => softmax(weighted_sum(vocab, weights, row)),
            Combine::Max => (1..=last).fold(softmax(row(0)), |mut best, index| {
                for (best, next) in best.iter_mut().zip(softmax(row(index))) {
                    *best = best.max(next);
                }
                best
            }),
        };
        if config.combine == Combine::Max {
            normalise(&mut q);
        }
        Self { q, suppressed: Vec::new() }
    }

    /// Takes tokens out of the distribution and renormalises the rest.
    pub fn suppress(&mut self, ids: &[TokenId]) {
        for id in ids {
            if let Some(q) = self.q.get_mut(id.index()) {
                *q = 0.0;
                self.suppressed.push(*id);
            }
        }
        normalise(&mut self.q);
    }

    /// Tokens in the vocabulary, suppressed ones included.
    pub fn vocab(&self) -> usize {
        self.q.len()
    }

    /// Entropy in nats.
    pub fn entropy(&self) -> f64 {
        // 0 ln 0 is 0, and must not become NaN.
        -self.q.iter().filter(|q| **q > 0.0).map(|q| q * q.ln()).sum::<f64>()
    }

    /// Probability of the most probable token.
    pub fn max(&self) -> f64 {
        self.q.iter().copied().fold(0.0, f64::max)
    }

    /// Every token with at least this probability, the most probable first, ties by id.
    pub fn at_least(&self, threshold: f64) -> Vec<(TokenId, f64)> {
        let mut tokens: Vec<_> = self.tokens().filter(|(_, q)| *q >= threshold).collect();
        tokens.sort_unstable_by(by_probability);
        tokens
    }

    /// The `count` most probable tokens, the most probable first, ties by id.
    pub fn top(&self, count: usize) -> Vec<(TokenId, f64)> {
        let mut tokens: Vec<_> = self.tokens().collect();
        if count == 0 || tokens.is_empty() {
            return Vec::new();
        }
        if count < tokens.len() {
            // Sorting only the head keeps a 128,256-token vocabulary cheap.
            tokens.select_nth_unstable_by(count - 1, by_probability);
            tokens.truncate(count);
        }
        tokens.sort_unstable_by(by_probability);
        tokens
    }

    fn tokens(&self) -> impl Iterator<Item = (TokenId, f64)> + '_ {
        #[expect(clippy::cast_possible_truncation, reason = "vocabularies are smaller than 2^32")]
        self.q
            .iter()
            .enumerate()
            .map(|(id, q)| (TokenId(id as u32), *q))
            .filter(|(id, _)| !self.suppressed.contains(id))
    }
}

/// The most probable first; of equals the smaller id.
fn by_probability(a: &(TokenId, f64), b: &(TokenId, f64)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Sum over `ids` of the plain softmax of one row: what the row alone (T = 1, no penalty) says of them.
pub fn raw_probability(row: &[f32], ids: &[TokenId]) -> f64 {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| (f64::from(logit) - f64::from(max)).exp();
    let total: f64 = row.iter().map(|logit| weight(*logit)).sum();
    ids.iter().map(|id| weight(row[id.index()])).sum::<f64>() / total
}

/// Repetition penalty, then temperature.
fn prepare(row: &[f32], seen: &[TokenId], config: &SelectionConfig) -> Vec<f64> {
    let mut row: Vec<f64> = row.iter().copied().map(f64::from).collect();
    #[expect(clippy::float_cmp, reason = "1 is the documented value for off")]
    if config.repetition_penalty != 1.0 {
        for id in seen {
            let logit = &mut row[id.index()];
            *logit = if *logit < 0.0 { *logit * config.repetition_penalty } else { *logit / config.repetition_penalty };
        }
    }
    for logit in &mut row {
        *logit /= config.temperature;
    }
    row
}

fn softmax(mut row: Vec<f64>) -> Vec<f64> {
    let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for value in &mut row {
        *value = (*value - max).exp();
    }
    normalise(&mut row);
    row
}

fn weighted_sum(vocab: usize, weights: &[f64], row: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
    let mut sum = vec![0.0; vocab];
    for (index, weight) in weights.iter().enumerate() {
        for (sum, value) in sum.iter_mut().zip(row(index)) {
            *sum += weight * value;
        }
    }
    sum
}

/// Scales to a sum of 1. All zeros stay zeros: that happens only when everything possible was suppressed.
fn normalise(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        for value in values {
            *value /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GenerationOptions, testing::description};

    fn config(change: impl FnOnce(&mut GenerationOptions)) -> SelectionConfig {
        let mut options = GenerationOptions::default();
        change(&mut options);
        options.check(&description(4)).unwrap().selection
    }

    const ROWS: [f32; 8] = [2.0, 1.0, 0.0, -1.0, -1.0, 0.0, 3.0, 1.0];
    const WEIGHTS: [f64; 2] = [0.75, 0.25];

    fn combined(combine: Combine) -> Vec<f64> {
        Distribution::combine(&ROWS, 4, &WEIGHTS, &[], &config(|o| o.combine = combine)).q
    }

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} is not {b:?}");
    }

    fn plain(row: &[f64]) -> Vec<f64> {
        let sum: f64 = row.iter().map(|z| z.exp()).sum();
        row.iter().map(|z| z.exp() / sum).collect()
    }

    #[test]
    fn every_rule_of_the_table() {
        let (a, b) = (plain(&[2.0, 1.0, 0.0, -1.0]), plain(&[-1.0, 0.0, 3.0, 1.0]));
        let mixture: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.75 * a + 0.25 * b).collect();
        close(&combined(Combine::Mixture), &mixture);
        close(&combined(Combine::LogitMean), &plain(&[1.25, 0.75, 0.75, -0.5]));
        close(&combined(Combine::First), &a);
        close(&combined(Combine::Last), &b);
        let max: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect();
        let sum: f64 = max.iter().sum();
        close(&combined(Combine::Max), &max.iter().map(|q| q / sum).collect::<Vec<_>>());
    }

    #[test]
    fn penalty_comes_before_temperature_and_pushes_both_signs_down() {
        let config = config(|o| {
            o.repetition_penalty = 2.0;
            o.temperature = 0.5;
        });
        let found = Distribution::combine(&ROWS[..4], 4, &[1.0], &[TokenId(0), TokenId(3)], &config);
        close(&found.q, &plain(&[2.0, 2.0, 0.0, -4.0]));
    }

    #[test]
    fn suppressed_tokens_leave_the_vocabulary() {
        let mut q = Distribution::combine(&ROWS[..4], 4, &[1.0], &[], &config(|_| ()));
        q.suppress(&[TokenId(0)]);
        assert!((q.q.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(q.top(9).iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(q.at_least(0.0).len(), 3, "zero is at least zero, but the token is gone");
    }

    #[test]
    fn everything_suppressed_leaves_nothing_and_no_nan() {
        let mut q = Distribution::combine(&ROWS[..4], 4, &[1.0], &[], &config(|_| ()));
        q.suppress(&[TokenId(0), TokenId(1), TokenId(2), TokenId(3)]);
        assert!(q.top(4).is_empty() && q.entropy().abs() < 1e-12 && q.max().abs() < 1e-12);
    }

    #[test]
    fn ties_are_ordered_by_id() {
        let q = Distribution::combine(&[0.0; 4], 4, &[1.0], &[], &config(|_| ()));
        assert_eq!(q.top(2), [(TokenId(0), 0.25), (TokenId(1), 0.25)]);
        assert_eq!(q.at_least(0.25).len(), 4, "equal to the threshold is in");
        assert!((q.entropy() - 4.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn raw_probability_is_the_plain_softmax() {
        let want = plain(&[2.0, 1.0, 0.0, -1.0]);
        assert!((raw_probability(&ROWS[..4], &[TokenId(1), TokenId(3)]) - want[1] - want[3]).abs() < 1e-12);
    }
}
