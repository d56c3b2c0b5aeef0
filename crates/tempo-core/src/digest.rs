//! A model that combines the rows on its own device hands over a digest of a few kilobytes instead of all logits.
//!
//! The digest lists the most probable tokens with each row's raw logits there, and what is needed to turn those into
//! probabilities. The probabilities themselves are computed here, in f64, so the order of the tokens and the comparison
//! with a threshold are as exact as the logits. Whatever a digest does not tell is answered by the rows
//! ([`LanguageModel::logits`](crate::LanguageModel::logits)), never by a guess.

use thiserror::Error;

use crate::error::{ReadoutError, ReadoutStep};
use crate::ids::TokenId;
use crate::options::Combine;

/// A digest does not tell what was asked; the rows do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the digest lists too few tokens to tell; the rows of logits are needed")]
pub struct NotInDigest;

/// How the logits of a pass will be combined (ALGORITHM.md §3), so that a model can do it and return a [`Digest`].
///
/// With the rows `z_j`, their softmax at the temperature `s_j = softmax(z_j / T)` and the weights `w_j`, token `v` has
/// the share `u[v]` by the rule, and the probability `q[v] = u[v] / total / left`. `total` is the sum of `u` over the
/// whole vocabulary; `left` is the sum of `u / total` over the tokens that are not suppressed.
///
/// | rule | `u[v]` | `total` |
/// |---|---|---|
/// | `mixture` | `sum_j w_j s_j[v]` | 1 |
/// | `first`, `last` | `s_0[v]`, `s_last[v]` | 1 |
/// | `max` | `max_j s_j[v]` | 1 to the number of rows |
/// | `logit-mean` | `exp(m[v] - peak)`, `m[v] = sum_j w_j z_j[v] / T`, `peak` = the largest `m` | 1 and more |
#[derive(Clone, Debug, PartialEq)]
pub struct DigestRequest {
    /// How the rows become one distribution.
    pub rule: Combine,
    /// `w_j`, one for each of the first queries in the plan's `logits`; they sum to 1. Further rows, of other lanes, take no
    /// part in the distribution: what they say of the listed tokens comes along.
    pub weights: Vec<f64>,
    /// `T`, which divides the logits.
    pub temperature: f64,
    /// Tokens that are taken out of `q`, though not out of any row's softmax: ascending, all in the vocabulary.
    pub suppressed: Vec<TokenId>,
    /// How many of the most probable tokens the algorithm wants to know at least. A model that cannot list so many
    /// returns the rows; a few more than these make it likely that a tie or a low threshold is covered too.
    pub candidates: usize,
}

impl DigestRequest {
    /// Whether a digest made for this request tells of the same distribution as one made for `other`.
    pub(crate) fn same_distribution(&self, other: &Self) -> bool {
        *self == Self { candidates: self.candidates, ..other.clone() }
    }
}

/// What a pass says of the next token, without its rows. Every number is finite, or the run breaks off.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Facts of each row, in the order of the plan's `logits`: `[rows]`.
    pub rows: Vec<RowFacts>,
    /// `peak` of the rule `logit-mean`, 0 for the others.
    pub peak: f64,
    /// `total` of the rules `max` and `logit-mean`, exactly 1 for the others.
    pub total: f64,
    /// Probability of all tokens that are not suppressed; exactly 1 when none is. It may be tiny, so it is a sum over
    /// them, not 1 minus the rest.
    pub left: f64,
    /// Entropy of `q` in nats.
    pub entropy: f64,
    /// The listed tokens in any order, each once, none of them suppressed.
    pub tokens: Vec<TokenId>,
    /// Raw logits of each row at the listed tokens, row-major: `[rows, tokens]`.
    pub logits: Vec<f32>,
    /// Every token with `q >= complete_to` is listed; others may be. A device that ranks in f32 says a little more than
    /// the smallest `q` it listed, so that this holds in f64 too. When all tokens are listed it has no meaning.
    pub complete_to: f64,
}

/// What turns a row's raw logits `z` into probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowFacts {
    /// Largest raw logit of the row, over the whole vocabulary.
    pub max: f32,
    /// Sum of `exp(z - max)` over the whole vocabulary, for the softmax at T = 1 that removal by `posterior` goes by.
    /// NaN when a logit of the row is not finite, so that no such logit goes unnoticed because it is not listed.
    pub sum: f64,
    /// Sum of `exp(z / T - max / T)` over the whole vocabulary, suppressed tokens included.
    pub sum_at_temperature: f64,
}

impl RowFacts {
    pub(crate) fn of(row: &[f32], temperature: f64) -> Self {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum = |t: f64| row.iter().map(|z| (f64::from(*z) / t - f64::from(max) / t).exp()).sum();
        let finite = row.iter().all(|z| z.is_finite());
        Self { max, sum: if finite { sum(1.0) } else { f64::NAN }, sum_at_temperature: sum(temperature) }
    }

    /// Logarithm of the sum of `exp(z)` over the whole vocabulary.
    pub(crate) fn log_sum(&self) -> f64 {
        f64::from(self.max) + self.sum.ln()
    }

    fn at_temperature(&self, z: f32, t: f64) -> f64 {
        (f64::from(z) / t - f64::from(self.max) / t).exp() / self.sum_at_temperature
    }
}

impl Digest {
    /// The digest of rows of raw logits, `[rows, vocab]`, that lists the `limit` most probable tokens.
    ///
    /// Plain loops: the reference for a device's digest, and all that a model without a device needs.
    ///
    /// # Panics
    /// When `logits` is not a row of `vocab` numbers for each weight of the request, and perhaps further rows.
    pub fn of(logits: &[f32], vocab: usize, request: &DigestRequest, limit: usize) -> Self {
        assert!(logits.len() >= vocab * request.weights.len(), "a row of logits for every weight");
        let rows: Vec<&[f32]> = logits.chunks_exact(vocab).collect();
        let mean = |v: usize| mean(rows.iter().map(|row| row[v]), request);
        let mut all = Self {
            rows: rows.iter().map(|row| RowFacts::of(row, request.temperature)).collect(),
            peak: match request.rule {
                Combine::LogitMean => (0..vocab).map(mean).fold(f64::NEG_INFINITY, f64::max),
                _ => 0.0,
            },
            total: 1.0,
            left: 1.0,
            entropy: 0.0,
            tokens: tokens(vocab).collect(),
            logits: logits.to_vec(),
            complete_to: 0.0,
        };
        if matches!(request.rule, Combine::LogitMean | Combine::Max) {
            all.total = all.probabilities(request).iter().map(|(_, u)| u).sum();
        }
        if !request.suppressed.is_empty() {
            all.tokens.retain(|id| !request.suppressed.contains(id));
            all.logits = at(&rows, &all.tokens);
            all.left = all.probabilities(request).iter().map(|(_, q)| q).sum();
        }
        let mut q = all.probabilities(request);
        all.entropy = entropy(&q);
        q.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // What is left out is less probable than this, ties included.
        all.complete_to = q.get(limit).map_or(0.0, |(_, next)| next.next_up());
        all.tokens = q.into_iter().take(limit).map(|(id, _)| id).collect();
        all.logits = at(&rows, &all.tokens);
        all
    }

    /// Whether the digest lists every token of the vocabulary that is not suppressed.
    pub(crate) fn lists_all(&self, request: &DigestRequest, vocab: usize) -> bool {
        self.tokens.len() + request.suppressed.len() == vocab
    }

    /// The listed tokens with their `q`, in the order of `tokens`.
    pub(crate) fn probabilities(&self, request: &DigestRequest) -> Vec<(TokenId, f64)> {
        let share = |index: usize| {
            let logits = (0..self.rows.len()).map(|row| self.logits[row * self.tokens.len() + index]);
            let t = request.temperature;
            let mut shares =
                self.rows[..request.weights.len()].iter().zip(logits.clone()).map(|(row, z)| row.at_temperature(z, t));
            match request.rule {
                Combine::First => shares.next().unwrap_or(0.0),
                Combine::Last => shares.next_back().unwrap_or(0.0),
                Combine::Mixture => request.weights.iter().zip(shares).map(|(weight, share)| weight * share).sum(),
                Combine::Max => shares.fold(0.0, f64::max),
                Combine::LogitMean => (mean(logits, request) - self.peak).exp(),
            }
        };
        // Nothing is left only when everything possible was suppressed.
        let q = |q: f64| if self.left > 0.0 { q / self.left } else { q };
        self.tokens.iter().enumerate().map(|(index, id)| (*id, q(share(index) / self.total))).collect()
    }

    /// Raw logit of a token in one row.
    pub(crate) fn logit(&self, row: usize, id: TokenId) -> Result<f32, NotInDigest> {
        let index = self.tokens.iter().position(|token| *token == id).ok_or(NotInDigest)?;
        Ok(self.logits[row * self.tokens.len() + index])
    }

    /// Refuses what a working model cannot have meant.
    pub(crate) fn check(
        &self,
        request: &DigestRequest,
        rows: usize,
        vocab: usize,
        step: ReadoutStep,
    ) -> Result<(), ReadoutError> {
        let count = |what, expected: usize, found: usize| {
            if found == expected { Ok(()) } else { Err(ReadoutError::Shape { what, expected, found }) }
        };
        count("rows of facts", rows.max(request.weights.len()), self.rows.len())?;
        count("logits of listed tokens", self.rows.len() * self.tokens.len(), self.logits.len())?;
        let mut sorted = self.tokens.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| (pair[0], "listed twice"));
        let foreign = sorted.iter().find(|id| id.index() >= vocab).map(|id| (*id, "outside of the vocabulary"));
        let suppressed = sorted.iter().find(|id| request.suppressed.contains(id)).map(|id| (*id, "to be left out"));
        if let Some((id, why)) = twice.or(foreign).or(suppressed) {
            return Err(ReadoutError::Listed { token: id.0, why });
        }
        if let Some(index) = self.logits.iter().position(|logit| !logit.is_finite()) {
            return Err(ReadoutError::NonFinite {
                step,
                row: index / self.tokens.len(),
                token: self.tokens[index % self.tokens.len()].index(),
                value: self.logits[index],
            });
        }
        // Each row's sums count its largest logit as 1, so they are never 0.
        let rows = self.rows.iter().flat_map(|row| {
            let sums = [("sum", row.sum), ("sum at the temperature", row.sum_at_temperature)];
            let sums = sums.map(|(what, value)| (what, value, value.is_finite() && value > 0.0));
            [("maximum", f64::from(row.max), row.max.is_finite())].into_iter().chain(sums)
        });
        let whole = [("peak", self.peak), ("entropy", self.entropy), ("limit of completeness", self.complete_to)];
        let whole = whole.map(|(what, value)| (what, value, value.is_finite()));
        let total = ("total", self.total, self.total.is_finite() && self.total > 0.0);
        let left = ("left probability", self.left, self.left.is_finite() && self.left >= 0.0);
        match rows.chain(whole).chain([total, left]).find(|(_, _, good)| !good) {
            Some((what, value, _)) => Err(ReadoutError::Fact { step, what, value }),
            None => Ok(()),
        }
    }
}

/// `m[v]`: the weighted mean of the rows' logits at one token, each over the temperature.
fn mean(logits: impl Iterator<Item = f32>, request: &DigestRequest) -> f64 {
    request.weights.iter().zip(logits).map(|(weight, z)| weight * (f64::from(z) / request.temperature)).sum()
}

/// Entropy of a distribution in nats.
pub(crate) fn entropy(q: &[(TokenId, f64)]) -> f64 {
    // 0 ln 0 is 0, and must not become NaN.
    -q.iter().map(|(_, q)| *q).filter(|q| *q > 0.0).map(|q| q * q.ln()).sum::<f64>()
}

/// Every token of a vocabulary.
pub(crate) fn tokens(vocab: usize) -> impl Iterator<Item = TokenId> {
    #[expect(clippy::cast_possible_truncation, reason = "vocabularies are smaller than 2^32")]
    (0..vocab).map(|id| TokenId(id as u32))
}

/// Raw logits of all rows at these tokens: `[rows, tokens]`.
fn at(rows: &[&[f32]], tokens: &[TokenId]) -> Vec<f32> {
    rows.iter().flat_map(|row| tokens.iter().map(|id| row[id.index()])).collect()
}

#[cfg(test)]
mod tests;
