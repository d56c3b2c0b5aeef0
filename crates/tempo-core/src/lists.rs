//! What a pass says of each of its rows by itself: what lanes go by (LAB.md L1), each of which has a row of its own.
//!
//! A device lists the most probable tokens of every row and keeps the rest; a model without a device hands over the rows.
//! [`EachRow`] answers both ways or says that it cannot ([`NotInDigest`]), and then the rows are fetched.

use std::cmp::Ordering;

use crate::digest::{NotInDigest, RowFacts, tokens};
use crate::error::{ReadoutError, ReadoutStep};
use crate::ids::TokenId;
use crate::model::Logits;

/// A wish for the most probable tokens of every row. A model that cannot list so many returns the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListRequest {
    /// How many tokens of a row are wanted at least. A few more come for the same price.
    pub candidates: usize,
    /// Divides the logits in [`RowFacts::sum_at_temperature`].
    pub temperature: f64,
}

/// The most probable tokens of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowList {
    /// Of the whole row.
    pub facts: RowFacts,
    /// The listed tokens in any order, each once.
    pub tokens: Vec<TokenId>,
    /// Their raw logits.
    pub logits: Vec<f32>,
    /// Every token whose raw logit is at least this is listed; others may be. When all are listed it has no meaning.
    pub complete_to: f64,
}

impl RowList {
    /// The list of a row of raw logits that has its `limit` most probable tokens.
    ///
    /// Plain loops: the reference for a device's lists.
    pub fn of(row: &[f32], request: &ListRequest, limit: usize) -> Self {
        let best = best_of(row, limit.saturating_add(1));
        let complete_to = best.get(limit).map_or(f64::MIN, |(_, next)| f64::from(*next).next_up());
        let (tokens, logits) = best.into_iter().take(limit).unzip();
        Self { facts: RowFacts::of(row, request.temperature), tokens, logits, complete_to }
    }

    fn pairs(&self) -> impl Iterator<Item = (TokenId, f32)> {
        self.tokens.iter().copied().zip(self.logits.iter().copied())
    }

    /// Listed tokens of which it is certain that no other comes between them.
    fn known(&self, vocab: usize) -> usize {
        if self.tokens.len() == vocab {
            return vocab;
        }
        self.logits.iter().filter(|logit| f64::from(**logit) >= self.complete_to).count()
    }

    fn check(&self, row: usize, vocab: usize, step: ReadoutStep) -> Result<(), ReadoutError> {
        let (expected, found) = (self.tokens.len(), self.logits.len());
        if found != expected {
            return Err(ReadoutError::Shape { what: "logits of listed tokens", expected, found });
        }
        let mut sorted = self.tokens.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| (pair[0], "listed twice"));
        let foreign = sorted.iter().find(|id| id.index() >= vocab).map(|id| (*id, "outside of the vocabulary"));
        if let Some((id, why)) = twice.or(foreign) {
            return Err(ReadoutError::Listed { token: id.0, why });
        }
        if let Some((id, value)) = self.pairs().find(|(_, logit)| !logit.is_finite()) {
            return Err(ReadoutError::NonFinite { step, row, token: id.index(), value });
        }
        let RowFacts { max, sum, sum_at_temperature } = self.facts;
        let facts = [
            ("maximum", f64::from(max), max.is_finite()),
            ("sum", sum, sum.is_finite() && sum > 0.0),
            ("sum at the temperature", sum_at_temperature, sum_at_temperature.is_finite() && sum_at_temperature > 0.0),
            ("limit of completeness", self.complete_to, self.complete_to.is_finite()),
        ];
        match facts.into_iter().find(|(_, _, good)| !good) {
            Some((what, value, _)) => Err(ReadoutError::Fact { step, what, value }),
            None => Ok(()),
        }
    }
}

/// Raw logits of rows that are read one by one, all finite: whole rows, or a list of each.
#[derive(Clone, Debug, PartialEq)]
pub enum EachRow {
    /// Everything.
    Rows {
        /// `[rows, vocab]`, row-major.
        logits: Vec<f32>,
        /// Logits per row.
        vocab: usize,
    },
    /// Lists, and what they were made for.
    Lists {
        /// One for each row.
        lists: Vec<RowList>,
        /// What was asked for.
        request: ListRequest,
        /// Logits per row.
        vocab: usize,
    },
}

impl EachRow {
    /// Checks what a model returned for `rows` rows of `vocab` logits. `request` is what its plan asked for, `step` names the
    /// pass in errors.
    ///
    /// # Errors
    /// When there are too few or too many numbers, when any is not finite, or for an answer to another request.
    pub fn check(
        logits: Logits,
        rows: usize,
        vocab: usize,
        request: Option<ListRequest>,
        step: ReadoutStep,
    ) -> Result<Self, ReadoutError> {
        match logits {
            Logits::Rows(logits) => {
                crate::next_logits::check_rows(&logits, rows, vocab, step)?;
                Ok(Self::Rows { logits, vocab })
            }
            Logits::Lists(lists) => {
                let request = request.ok_or(ReadoutError::NotRequested)?;
                if lists.len() != rows {
                    return Err(ReadoutError::Shape { what: "lists of rows", expected: rows, found: lists.len() });
                }
                for (row, list) in lists.iter().enumerate() {
                    list.check(row, vocab, step)?;
                }
                Ok(Self::Lists { lists, request, vocab })
            }
            Logits::Digest(_) => Err(ReadoutError::NotRequested),
        }
    }

    /// The most probable tokens of a row with their raw logits, in order: the larger logit first, of equals the smaller id.
    /// All there are where there are fewer than `count`.
    ///
    /// # Errors
    /// When a list is too short to tell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn best(&self, row: usize, count: usize) -> Result<Vec<(TokenId, f32)>, NotInDigest> {
        match self {
            Self::Rows { logits, vocab } => Ok(best_of(&logits[row * vocab..(row + 1) * vocab], count)),
            Self::Lists { lists, vocab, .. } => {
                let list = &lists[row];
                if count.min(*vocab) > list.known(*vocab) {
                    return Err(NotInDigest);
                }
                Ok(head(list.pairs().collect(), count))
            }
        }
    }

    /// How many tokens [`best`](Self::best) can tell of a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn known(&self, row: usize) -> usize {
        match self {
            Self::Rows { vocab, .. } => *vocab,
            Self::Lists { lists, vocab, .. } => lists[row].known(*vocab),
        }
    }

    /// Raw logit of a token in a row.
    ///
    /// # Errors
    /// When a list does not have the token.
    ///
    /// # Panics
    /// When there is no such row, or the token is outside of the vocabulary.
    pub fn logit(&self, row: usize, id: TokenId) -> Result<f32, NotInDigest> {
        match self {
            Self::Rows { logits, vocab } => Ok(logits[row * vocab..(row + 1) * vocab][id.index()]),
            Self::Lists { lists, .. } => {
                lists[row].pairs().find(|(token, _)| *token == id).map(|(_, logit)| logit).ok_or(NotInDigest)
            }
        }
    }

    /// `ln sum exp(z / temperature)` over the whole row: `z / temperature` minus this is the logarithm of a token's
    /// probability, in nats.
    ///
    /// # Errors
    /// When lists were made for another temperature; they always tell of 1.
    ///
    /// # Panics
    /// When there is no such row.
    #[expect(clippy::float_cmp, reason = "the temperature that was asked for, or 1, and no other")]
    pub fn log_sum(&self, row: usize, temperature: f64) -> Result<f64, NotInDigest> {
        let at = |facts: &RowFacts, sum: f64| f64::from(facts.max) / temperature + sum.ln();
        match self {
            Self::Rows { logits, vocab } => {
                let row = &logits[row * vocab..(row + 1) * vocab];
                let max = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
                let sum: f64 = row.iter().map(|z| ((f64::from(*z) - max) / temperature).exp()).sum();
                Ok(max / temperature + sum.ln())
            }
            Self::Lists { lists, request, .. } => {
                let facts = &lists[row].facts;
                if temperature == 1.0 {
                    Ok(at(facts, facts.sum))
                } else if temperature == request.temperature {
                    Ok(at(facts, facts.sum_at_temperature))
                } else {
                    Err(NotInDigest)
                }
            }
        }
    }
}

/// The first `count` tokens of a row in order. A vocabulary is long and few of it are wanted, so it is gone through once and
/// most of it is only compared.
fn best_of(row: &[f32], count: usize) -> Vec<(TokenId, f32)> {
    if count == 0 {
        return Vec::new();
    }
    // Twice as many are kept before the worse half goes.
    let room = count.saturating_mul(2).max(64);
    let mut best: Vec<(TokenId, f32)> = Vec::new();
    let mut least: Option<f32> = None;
    for (id, logit) in tokens(row.len()).zip(row.iter().copied()) {
        // Of equals the smaller id is there already.
        if least.is_some_and(|least| logit.total_cmp(&least).is_le()) {
            continue;
        }
        if best.len() == room {
            best.select_nth_unstable_by(count - 1, |a, b| in_order(*a, *b));
            best.truncate(count);
            least = best.last().map(|(_, logit)| *logit);
            if least.is_some_and(|least| logit.total_cmp(&least).is_le()) {
                continue;
            }
        }
        best.push((id, logit));
    }
    head(best, count)
}

/// The first `count` in order.
fn head(mut all: Vec<(TokenId, f32)>, count: usize) -> Vec<(TokenId, f32)> {
    if count < all.len() {
        all.select_nth_unstable_by(count, |a, b| in_order(*a, *b));
        all.truncate(count);
    }
    all.sort_unstable_by(|a, b| in_order(*a, *b));
    all
}

/// The larger logit first, of equals the smaller id.
fn in_order(a: (TokenId, f32), b: (TokenId, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOCAB: usize = 12;
    const REQUEST: ListRequest = ListRequest { candidates: 4, temperature: 0.7 };

    fn check(logits: Logits, rows: usize) -> Result<EachRow, ReadoutError> {
        EachRow::check(logits, rows, VOCAB, Some(REQUEST), ReadoutStep::Step(3))
    }

    fn both(rows: &[f32], limit: usize) -> (EachRow, EachRow) {
        let lists = rows.chunks_exact(VOCAB).map(|row| RowList::of(row, &REQUEST, limit)).collect();
        let count = rows.len() / VOCAB;
        (check(Logits::Rows(rows.to_vec()), count).unwrap(), check(Logits::Lists(lists), count).unwrap())
    }

    proptest! {
        #[test]
        fn rows_and_lists_answer_the_same_or_not_at_all(
            // Few different numbers, so that there are ties.
            rows in (1..4_usize).prop_flat_map(|rows| proptest::collection::vec(-3..9_i8, rows * VOCAB)),
            limit in 0..=VOCAB + 1,
        ) {
            let rows: Vec<f32> = rows.into_iter().map(|logit| f32::from(logit) / 2.0).collect();
            let (whole, lists) = both(&rows, limit);
            for row in 0..rows.len() / VOCAB {
                for temperature in [1.0, 0.7] {
                    let plain = rows[row * VOCAB..][..VOCAB].iter().map(|z| (f64::from(*z) / temperature).exp());
                    let want = plain.sum::<f64>().ln();
                    for found in [&whole, &lists] {
                        prop_assert!((found.log_sum(row, temperature).unwrap() - want).abs() < 1e-9);
                    }
                }
                prop_assert_eq!(lists.log_sum(row, 0.5), Err(NotInDigest));
                let known = lists.known(row);
                prop_assert!(known <= limit.min(VOCAB) && (limit < VOCAB || known == VOCAB));
                for count in 0..=VOCAB {
                    let want = whole.best(row, count).unwrap();
                    prop_assert_eq!(lists.best(row, count), if count <= known { Ok(want) } else { Err(NotInDigest) });
                }
                for id in tokens(VOCAB) {
                    let want = whole.logit(row, id).unwrap();
                    prop_assert!(lists.logit(row, id).map_or(true, |found| found.to_bits() == want.to_bits()));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_best_of_a_long_row_are_those_of_a_sorted_one(
            row in proptest::collection::vec(prop::sample::select(vec![-2.0_f32, -0.0, 0.0, 0.5, 1.0, 7.5]), 1..400),
            count in 0..90_usize,
        ) {
            let mut all: Vec<(TokenId, f32)> = tokens(row.len()).zip(row.iter().copied()).collect();
            all.sort_by(|a, b| in_order(*a, *b));
            all.truncate(count);
            let bits = |best: Vec<(TokenId, f32)>| best.into_iter().map(|(id, z)| (id, z.to_bits())).collect::<Vec<_>>();
            prop_assert_eq!(bits(best_of(&row, count)), bits(all));
        }
    }

    #[test]
    fn the_best_are_in_order_and_ties_go_to_the_smaller_id() {
        let mut row = [0.0; VOCAB];
        (row[3], row[5], row[9]) = (2.0, 4.0, 2.0);
        let (whole, lists) = both(&row, 5);
        let want = [(5, 4.0), (3, 2.0), (9, 2.0)].map(|(id, logit)| (TokenId(id), logit));
        for found in [&whole, &lists] {
            assert_eq!(found.best(0, 3).unwrap(), want);
        }
        // The others are equal, so a list that ends among them tells of the first three only.
        assert_eq!((lists.known(0), whole.known(0)), (3, VOCAB));
        assert_eq!(lists.best(0, 4), Err(NotInDigest));
    }

    #[test]
    fn what_a_model_cannot_have_meant_is_refused() {
        let row = [1.0; VOCAB];
        let refuse = |change: &dyn Fn(&mut RowList), words: &str| {
            let mut list = RowList::of(&row, &REQUEST, 3);
            change(&mut list);
            let error = check(Logits::Lists(vec![list]), 1).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        refuse(&|list| list.logits.truncate(2), "2 logits of listed tokens, 3 were asked for");
        refuse(&|list| list.tokens[1] = list.tokens[0], "listed twice: 0");
        refuse(&|list| list.tokens[1] = TokenId(12), "outside of the vocabulary: 12");
        refuse(&|list| list.logits[2] = f32::NAN, "step 3: the model's logits are not finite (row 0, token 2: NaN)");
        refuse(&|list| list.facts.sum = f64::NAN, "the sum in the model's digest cannot be");
        refuse(&|list| list.facts.max = f32::INFINITY, "the maximum in");
        refuse(&|list| list.complete_to = f64::NAN, "the limit of completeness");
        let list = RowList::of(&row, &REQUEST, 3);
        let lists = |count: usize| Logits::Lists(vec![list.clone(); count]);
        assert!(check(lists(2), 1).unwrap_err().to_string().contains("2 lists of rows, 1 were asked for"));
        let unasked = EachRow::check(lists(1), 1, VOCAB, None, ReadoutStep::Prompt);
        assert_eq!(unasked, Err(ReadoutError::NotRequested));
        assert!(check(Logits::Rows(vec![0.0; 5]), 1).is_err());
        assert!(check(Logits::Rows(vec![f32::NAN; VOCAB]), 1).is_err());
    }
}
