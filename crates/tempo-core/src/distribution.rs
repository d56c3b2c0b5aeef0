//! Logits of a set's rows become one next-token distribution (ALGORITHM.md §3), and what is asked of it.
//!
//! Everything later asks the [`Distribution`], never the logits: it stands on all rows, or on the [`Digest`] of a model
//! that combines them on its own device. A digest may not know an answer, and then says so.

use std::cmp::Ordering;

use crate::config::SelectionConfig;
use crate::digest::{Digest, DigestRequest, NotInDigest, entropy, tokens};
use crate::ids::TokenId;
use crate::options::Combine;

/// A next-token distribution `q`.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    vocab: usize,
    /// What is known of `q`, without suppressed tokens: they are not part of the vocabulary any more.
    tokens: Vec<(TokenId, f64)>,
    /// Every token with at least this probability is among `tokens`; minus infinity when they are all there.
    complete_to: f64,
    /// In nats, from the digest; `None` when all tokens are there to compute it from.
    entropy: Option<f64>,
}

impl Distribution {
    /// Combines rows of raw logits, one row per member, by the members' weights (which sum to 1).
    ///
    /// `present` are the ids that the repetition penalty falls on, each listed once.
    ///
    /// # Panics
    /// When `logits` is not `weights.len()` rows of `vocab` numbers; the caller has checked that.
    pub fn combine(
        logits: &[f32],
        vocab: usize,
        weights: &[f64],
        present: &[TokenId],
        config: &SelectionConfig,
    ) -> Self {
        assert_eq!(logits.len(), vocab * weights.len(), "one row of logits per weight");
        let row = |index: usize| prepare(&logits[index * vocab..(index + 1) * vocab], present, config);
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
        Self { vocab, tokens: tokens(vocab).zip(q).collect(), complete_to: f64::NEG_INFINITY, entropy: None }
    }

    /// What a digest made for `request` tells of the distribution.
    ///
    /// # Panics
    /// When the digest has another shape than the request asks for.
    pub fn of_digest(digest: &Digest, request: &DigestRequest, vocab: usize) -> Self {
        Self {
            vocab,
            tokens: digest.probabilities(request),
            complete_to: if digest.lists_all(request, vocab) { f64::NEG_INFINITY } else { digest.complete_to },
            entropy: Some(digest.entropy),
        }
    }

    /// Takes tokens out of a distribution that stands on rows, and renormalises the rest. A digest was made without
    /// them.
    ///
    /// # Panics
    /// When the distribution stands on a digest.
    pub fn suppress(&mut self, ids: &[TokenId]) {
        assert!(self.entropy.is_none(), "tokens leave a digest before it is made");
        self.tokens.retain(|(id, _)| !ids.contains(id));
        let mut q: Vec<f64> = self.tokens.iter().map(|(_, q)| *q).collect();
        normalise(&mut q);
        self.tokens.iter_mut().zip(q).for_each(|(token, q)| token.1 = q);
    }

    /// The probability of every token, by id, where it stands on rows and nothing was suppressed.
    pub(crate) fn into_probabilities(self) -> Vec<f64> {
        self.tokens.into_iter().map(|(_, q)| q).collect()
    }

    /// Tokens in the vocabulary, suppressed ones included.
    pub fn vocab(&self) -> usize {
        self.vocab
    }

    /// Entropy in nats.
    pub fn entropy(&self) -> f64 {
        self.entropy.unwrap_or_else(|| entropy(&self.tokens))
    }

    /// Probability of the most probable token; 0 when every token was suppressed.
    ///
    /// # Errors
    /// When the digest does not list it.
    pub fn max(&self) -> Result<f64, NotInDigest> {
        self.complete(self.tokens.iter().map(|(_, q)| *q).fold(0.0, f64::max))
    }

    /// Every token with at least this probability, the most probable first, ties by id.
    ///
    /// # Errors
    /// When the digest lists only more probable ones.
    pub fn at_least(&self, threshold: f64) -> Result<Vec<(TokenId, f64)>, NotInDigest> {
        self.complete(threshold)?;
        let mut tokens: Vec<_> = self.tokens.iter().filter(|(_, q)| *q >= threshold).copied().collect();
        tokens.sort_unstable_by(by_probability);
        Ok(tokens)
    }

    /// The `count` most probable tokens, or all there are, the most probable first, ties by id.
    ///
    /// # Errors
    /// When the digest lists fewer of them.
    pub fn top(&self, count: usize) -> Result<Vec<(TokenId, f64)>, NotInDigest> {
        let mut tokens = self.tokens.clone();
        if count == 0 {
            return Ok(Vec::new());
        }
        if count < tokens.len() {
            // Sorting only the head keeps a 128,256-token vocabulary cheap.
            tokens.select_nth_unstable_by(count - 1, by_probability);
            tokens.truncate(count);
        }
        tokens.sort_unstable_by(by_probability);
        // Another token as probable as the last of these would be listed too.
        let last = tokens.get(count - 1).map_or(f64::NEG_INFINITY, |(_, q)| *q);
        self.complete(last)?;
        Ok(tokens)
    }

    /// Probability of one token; 0 when it was suppressed.
    ///
    /// # Errors
    /// When the digest does not list it.
    pub fn probability(&self, id: TokenId) -> Result<f64, NotInDigest> {
        match self.tokens.iter().find(|(token, _)| *token == id) {
            Some((_, q)) => Ok(*q),
            None => self.complete(f64::NEG_INFINITY).map(|_| 0.0),
        }
    }

    /// Probabilities of the whole vocabulary by id; 0 for suppressed tokens.
    ///
    /// # Errors
    /// When the digest does not list all of them.
    pub fn probabilities(&self) -> Result<Vec<f64>, NotInDigest> {
        self.complete(f64::NEG_INFINITY)?;
        let mut probabilities = vec![0.0; self.vocab];
        for (id, q) in &self.tokens {
            probabilities[id.index()] = *q;
        }
        Ok(probabilities)
    }

    /// The number itself, when the tokens with at least this probability are complete.
    fn complete(&self, q: f64) -> Result<f64, NotInDigest> {
        if q >= self.complete_to { Ok(q) } else { Err(NotInDigest) }
    }
}

/// The most probable first; of equals the smaller id.
pub(crate) fn by_probability(a: &(TokenId, f64), b: &(TokenId, f64)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Repetition penalty, then temperature.
fn prepare(row: &[f32], present: &[TokenId], config: &SelectionConfig) -> Vec<f64> {
    let mut row: Vec<f64> = row.iter().copied().map(f64::from).collect();
    if config.penalises() {
        for id in present {
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
        values(&Distribution::combine(&ROWS, 4, &WEIGHTS, &[], &config(|o| o.combine = combine)))
    }

    fn values(q: &Distribution) -> Vec<f64> {
        q.tokens.iter().map(|(_, q)| *q).collect()
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
        close(&values(&found), &plain(&[2.0, 2.0, 0.0, -4.0]));
    }

    #[test]
    fn suppressed_tokens_leave_the_vocabulary() {
        let mut q = Distribution::combine(&ROWS[..4], 4, &[1.0], &[], &config(|_| ()));
        q.suppress(&[TokenId(0)]);
        assert!((values(&q).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(q.top(9).unwrap().iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(q.at_least(0.0).unwrap().len(), 3, "zero is at least zero, but the token is gone");
    }

    #[test]
    fn everything_suppressed_leaves_nothing_and_no_nan() {
        let mut q = Distribution::combine(&ROWS[..4], 4, &[1.0], &[], &config(|_| ()));
        q.suppress(&[TokenId(0), TokenId(1), TokenId(2), TokenId(3)]);
        assert!(q.top(4).unwrap().is_empty() && q.entropy().abs() < 1e-12 && q.max().unwrap().abs() < 1e-12);
    }

    #[test]
    fn ties_are_ordered_by_id() {
        let q = Distribution::combine(&[0.0; 4], 4, &[1.0], &[], &config(|_| ()));
        assert_eq!(q.top(2).unwrap(), [(TokenId(0), 0.25), (TokenId(1), 0.25)]);
        assert_eq!(q.at_least(0.25).unwrap().len(), 4, "equal to the threshold is in");
        assert!((q.entropy() - 4.0_f64.ln()).abs() < 1e-12);
    }
}
