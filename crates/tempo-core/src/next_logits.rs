//! What a pass has said of the next token: checked, and asked for what the algorithm needs of given tokens.

use crate::digest::{Digest, DigestRequest, NotInDigest};
use crate::error::{ReadoutError, ReadoutStep};
use crate::ids::TokenId;
use crate::lists::{EachRow, ListRequest, RowList};
use crate::model::Logits;

/// Raw logits after each live member of a set, all finite: whole rows, or their digest.
///
/// Both answer what is asked of given tokens, [`logit`](Self::logit) and [`log_sum`](Self::log_sum). A digest knows the
/// tokens that it lists, so it knows every token that was chosen by it.
#[derive(Clone, Debug, PartialEq)]
pub enum NextLogits {
    /// Everything.
    Rows {
        /// `[members, vocab]`, row-major.
        logits: Vec<f32>,
        /// Logits per row.
        vocab: usize,
    },
    /// A digest, and what it was made for.
    Digest(Box<Digest>, DigestRequest),
}

impl NextLogits {
    /// Checks what a model returned for `members` rows of `vocab` logits, rows that only follow included. `request` is what its plan asked for, `step`
    /// names the pass in errors.
    ///
    /// # Errors
    /// When there are too few or too many numbers, when any is not finite, or for a digest that was not requested or
    /// that lists what it must not.
    pub fn check(
        logits: Logits,
        members: usize,
        vocab: usize,
        request: Option<DigestRequest>,
        step: ReadoutStep,
    ) -> Result<Self, ReadoutError> {
        match logits {
            Logits::Rows(logits) => {
                check_rows(&logits, members, vocab, step)?;
                Ok(Self::Rows { logits, vocab })
            }
            Logits::Digest(digest) => {
                let request = request.ok_or(ReadoutError::NotRequested)?;
                digest.check(&request, members, vocab, step)?;
                Ok(Self::Digest(Box::new(digest), request))
            }
            Logits::Lists(_) => Err(ReadoutError::NotRequested),
        }
    }

    /// Raw logit of a token in the row of a member.
    ///
    /// # Errors
    /// When a digest does not list the token.
    ///
    /// # Panics
    /// When there is no such row, or the token is outside of the vocabulary.
    pub fn logit(&self, row: usize, id: TokenId) -> Result<f32, NotInDigest> {
        match self {
            Self::Rows { logits, vocab } => Ok(row_of(logits, *vocab, row)[id.index()]),
            Self::Digest(digest, _) => digest.logit(row, id),
        }
    }

    /// Logarithm of the sum of `exp` of a row's raw logits over the whole vocabulary, suppressed tokens included: a
    /// token's log-probability by this row alone (T = 1, no penalty) is its [`logit`](Self::logit) minus this, in nats.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn log_sum(&self, row: usize) -> f64 {
        match self {
            Self::Rows { logits, vocab } => {
                let (max, sum) = sum_of_exp(row_of(logits, *vocab, row));
                max + sum.ln()
            }
            Self::Digest(digest, _) => digest.rows[row].log_sum(),
        }
    }

    /// What each row alone says of tokens, as `ln` of its plain softmax (T = 1, no penalty): `[ids, rows]`, row-major,
    /// finite.
    ///
    /// # Errors
    /// When a digest does not list one of them; it lists those that were chosen by it.
    pub fn log_said(&self, ids: &[TokenId]) -> Result<Vec<f64>, NotInDigest> {
        let sums: Vec<f64> = (0..self.rows()).map(|row| self.log_sum(row)).collect();
        let mut said = Vec::with_capacity(ids.len() * sums.len());
        for id in ids {
            for (row, sum) in sums.iter().enumerate() {
                said.push(f64::from(self.logit(row, *id)?) - sum);
            }
        }
        Ok(said)
    }

    /// Takes out the rows after the first `members`, which are those of lanes beside TEMPO. Of a digest they are what its
    /// tokens are to each of them, and that is what a set has that was chosen by it.
    ///
    /// # Panics
    /// When there are fewer rows.
    pub(crate) fn split_off(&mut self, members: usize, vocab: usize) -> EachRow {
        match self {
            Self::Rows { logits, .. } => EachRow::Rows { logits: logits.split_off(members * vocab), vocab },
            Self::Digest(digest, request) => {
                let count = digest.tokens.len();
                let facts = digest.rows.split_off(members);
                let of_lanes = digest.logits.split_off(members * count);
                let list = |(row, facts)| {
                    let logits = of_lanes[row * count..(row + 1) * count].to_vec();
                    // The tokens are the best of TEMPO's rows, and maybe of no other.
                    RowList { facts, tokens: digest.tokens.clone(), logits, complete_to: f64::MAX }
                };
                let lists = facts.into_iter().enumerate().map(list).collect();
                EachRow::Lists {
                    lists,
                    request: ListRequest { candidates: 0, temperature: request.temperature },
                    vocab,
                }
            }
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Rows { logits, vocab } => logits.len() / vocab,
            Self::Digest(digest, _) => digest.rows.len(),
        }
    }
}

/// Refuses rows of another size than asked for, and numbers that are not finite.
pub(crate) fn check_rows(logits: &[f32], rows: usize, vocab: usize, step: ReadoutStep) -> Result<(), ReadoutError> {
    let expected = rows * vocab;
    if logits.len() != expected {
        return Err(ReadoutError::Shape { what: "logits", expected, found: logits.len() });
    }
    match logits.iter().position(|logit| !logit.is_finite()) {
        Some(index) => {
            let (row, token, value) = (index / vocab, index % vocab, logits[index]);
            Err(ReadoutError::NonFinite { step, row, token, value })
        }
        None => Ok(()),
    }
}

fn row_of(logits: &[f32], vocab: usize, row: usize) -> &[f32] {
    &logits[row * vocab..(row + 1) * vocab]
}

/// The largest logit, and the sum of `exp(z - largest)`.
pub(crate) fn sum_of_exp(row: &[f32]) -> (f64, f64) {
    let max = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    (max, row.iter().map(|logit| (f64::from(*logit) - max).exp()).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Combine;

    const VOCAB: usize = 12;

    fn both(logits: Vec<f32>, members: usize, listed: usize) -> (NextLogits, NextLogits) {
        let weights = vec![1.0 / members as f64; members];
        let request =
            DigestRequest { rule: Combine::Mixture, weights, temperature: 0.7, suppressed: vec![], candidates: listed };
        let digest = Logits::Digest(Digest::of(&logits, VOCAB, &request, listed));
        let check = |logits, request| NextLogits::check(logits, members, VOCAB, request, ReadoutStep::Step(0)).unwrap();
        (check(Logits::Rows(logits), None), check(digest, Some(request)))
    }

    proptest! {
        #[test]
        fn rows_and_digests_answer_the_same_of_given_tokens(
            logits in (1..4_usize).prop_flat_map(|members| proptest::collection::vec(-30.0..30.0_f32, members * VOCAB)),
            listed in 0..=VOCAB,
        ) {
            let members = logits.len() / VOCAB;
            let (rows, digest) = both(logits.clone(), members, listed);
            for (row, plain) in logits.chunks_exact(VOCAB).enumerate() {
                let sum: f64 = plain.iter().map(|z| f64::from(*z).exp()).sum();
                prop_assert!((rows.log_sum(row) - sum.ln()).abs() < 1e-12);
                prop_assert!((digest.log_sum(row) - sum.ln()).abs() < 1e-12);
                let mut ids = Vec::new();
                for id in (0..).take(VOCAB).map(TokenId) {
                    prop_assert_eq!(rows.logit(row, id), Ok(plain[id.index()]));
                    if let Ok(logit) = digest.logit(row, id) {
                        prop_assert_eq!(logit.to_bits(), plain[id.index()].to_bits());
                        ids.push(id);
                    }
                }
                prop_assert_eq!(ids.len(), listed);
                for next in [&rows, &digest] {
                    let said = next.log_said(&ids).unwrap();
                    for (index, id) in ids.iter().enumerate() {
                        let want = f64::from(plain[id.index()]) - sum.ln();
                        prop_assert!((said[index * members + row] - want).abs() < 1e-12);
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_row_says_is_the_plain_softmax_whatever_the_temperature() {
        #[expect(clippy::cast_possible_truncation, reason = "test logits")]
        let logits: Vec<f32> = [0.5_f64, 0.25, 0.125].iter().map(|p| p.ln() as f32).chain([-1e3; 9]).collect();
        let (rows, digest) = both(logits, 1, 3);
        for next in [rows, digest] {
            let said = next.log_said(&[TokenId(0), TokenId(2)]).unwrap();
            let sum: f64 = said.iter().map(|log| log.exp()).sum();
            assert!((sum - 0.625 / 0.875).abs() < 1e-7);
        }
    }

    #[test]
    fn what_no_softmax_can_hold_stays_finite() {
        let mut logits = vec![0.0; VOCAB];
        logits[1] = -3e4;
        let (rows, _) = both(logits, 1, 0);
        assert!((rows.log_said(&[TokenId(1)]).unwrap()[0] + 3e4).abs() < 3.0);
    }
}
