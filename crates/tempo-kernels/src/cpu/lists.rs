//! What a row of logits says in few numbers: its most probable tokens, and its sums. Beams, samples and searches go by these,
//! and a whole vocabulary in double precision, row after row on one thread, is a tenth of a step.

use rayon::prelude::*;

use super::lanes::{Lanes, Op, Unit};
use super::math::{STRANDS, exp, fold};
use crate::{MOST_LISTED, RowFacts, RowList};

/// Tokens of a row that are kept: one more than are listed tells up to where the list is complete.
const KEPT: usize = MOST_LISTED + 1;
/// Numbers that are summed before the sum goes to a longer one, which loses nothing of them.
const SUMMED: usize = 64 * STRANDS;

/// A list of each row, `[rows, vocab]`.
pub(super) fn lists(unit: Unit, threads: usize, logits: &[f32], vocab: usize, temperature: f32) -> Vec<RowList> {
    let list = |row: &[f32]| list(unit, row, temperature);
    if threads > 1 {
        logits.par_chunks_exact(vocab).with_max_len(1).map(list).collect()
    } else {
        logits.chunks_exact(vocab).map(list).collect()
    }
}

fn list(unit: Unit, row: &[f32], temperature: f32) -> RowList {
    let mut facts = RowFacts { max: 0.0, sum: 0.0, sum_at_temperature: 0.0 };
    unit.run(Facts { row, temperature, to: &mut facts });
    let mut best = Best::default();
    unit.run(Choose { row, best: &mut best });
    best.cut();
    let complete_to = best.tokens.get(MOST_LISTED).map_or(f64::MIN, |(_, next)| f64::from(*next).next_up());
    let (tokens, logits) = best.tokens.into_iter().take(MOST_LISTED).unzip();
    RowList { facts, tokens, logits, complete_to }
}

struct Facts<'a> {
    row: &'a [f32],
    temperature: f32,
    to: &'a mut RowFacts,
}

impl Op for Facts<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { row, temperature, to } = self;
        let max = fold(row, f32::NEG_INFINITY, |x| x, |most, x| if x > most { x } else { most });
        // Zero times what is not finite is no number.
        let zero = fold(row, 0.0, |x| x * 0.0, |sum, x| sum + x);
        let sum = sum_of(row, |x| exp(x - max));
        let inverse = temperature.recip();
        to.max = max;
        to.sum = sum + zero;
        to.sum_at_temperature =
            if inverse.to_bits() == 1.0_f32.to_bits() { sum } else { sum_of(row, |x| exp((x - max) * inverse)) };
    }
}

#[inline(always)]
fn sum_of(row: &[f32], map: impl Fn(f32) -> f32 + Copy) -> f32 {
    let mut all = 0.0;
    for part in row.chunks(SUMMED) {
        all += f64::from(fold(part, 0.0, map, |sum, x| sum + x));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is told in f32, as a graphics device tells it")]
    let sum = all as f32;
    sum
}

/// The best tokens so far, and some more.
#[derive(Default)]
struct Best {
    tokens: Vec<(u32, f32)>,
    /// As many as are wanted have at least this.
    least: Option<f32>,
}

impl Best {
    /// Takes the next tokens in the order of their ids: of equal logits the smaller id is there already.
    fn take(&mut self, ids: std::ops::Range<u32>, logits: &[f32]) {
        for (id, logit) in ids.zip(logits) {
            if self.least.is_none_or(|least| *logit > least) {
                self.tokens.push((id, *logit));
            }
        }
        if self.tokens.len() >= 2 * KEPT {
            self.cut();
        }
    }

    /// Keeps the best alone, the last of them at the end.
    fn cut(&mut self) {
        if self.tokens.len() >= KEPT {
            let in_order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
            self.tokens.select_nth_unstable_by(KEPT - 1, in_order);
            self.tokens.truncate(KEPT);
            self.least = self.tokens.last().map(|(_, logit)| *logit);
        }
    }
}

struct Choose<'a> {
    row: &'a [f32],
    best: &'a mut Best,
}

impl Op for Choose<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { row, best } = self;
        let mut start = 0;
        for part in row.chunks(4 * STRANDS) {
            // Most of a vocabulary is far below the best, and only compared.
            let most = fold(part, f32::NEG_INFINITY, |x| x, |most, x| if x > most { x } else { most });
            let end = start + u32::try_from(part.len()).unwrap_or(u32::MAX);
            if best.least.is_none_or(|least| most > least) {
                best.take(start..end, part);
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule in words: all tokens in order, the sums in double precision.
    fn plain(row: &[f32], temperature: f32) -> (Vec<(u32, f32)>, [f64; 2]) {
        let mut all: Vec<(u32, f32)> = (0..).zip(row.iter().copied()).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let most = f64::from(all[0].1);
        let sum = |t: f64| row.iter().map(|z| ((f64::from(*z) - most) / t).exp()).sum();
        (all, [sum(1.0), sum(temperature.into())])
    }

    proptest! {
        #[test]
        fn a_list_has_the_best_and_says_how_many(
            // Few different numbers, so that there are ties at the end of the list.
            rows in (1..700_usize).prop_flat_map(|vocab| proptest::collection::vec(
                proptest::collection::vec(-40..40_i8, vocab), 1..4,
            )),
            temperature in prop::sample::select(vec![1.0_f32, 0.3, 1.7]),
        ) {
            let vocab = rows[0].len();
            let rows: Vec<f32> = rows.concat().into_iter().map(|logit| f32::from(logit) / 4.0).collect();
            for unit in Unit::all() {
                for threads in [1, 2] {
                    let found = lists(unit, threads, &rows, vocab, temperature);
                    prop_assert_eq!(found.len(), rows.len() / vocab);
                    for (list, row) in found.iter().zip(rows.chunks_exact(vocab)) {
                        let (all, sums) = plain(row, temperature);
                        let mut listed: Vec<(u32, f32)> =
                            list.tokens.iter().copied().zip(list.logits.iter().copied()).collect();
                        listed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                        prop_assert_eq!(&listed[..], &all[..vocab.min(MOST_LISTED)]);
                        let certain = all.iter().filter(|(_, z)| f64::from(*z) >= list.complete_to).count();
                        // All but those that are equal to the first that is missing.
                        let want = all.get(MOST_LISTED).map_or(vocab, |(_, next)| {
                            all.iter().filter(|(_, z)| z > next).count()
                        });
                        prop_assert_eq!(certain, want);
                        prop_assert_eq!(list.facts.max.to_bits(), all[0].1.to_bits());
                        for (found, want) in [list.facts.sum, list.facts.sum_at_temperature].iter().zip(sums) {
                            prop_assert!((f64::from(*found) - want).abs() < 1e-6 * want, "{} {}", found, want);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_sum_of_a_long_row_is_as_exact_as_f32_is() {
        // A vocabulary whose tail has most of the mass: what f32 alone would lose in 200,000 additions.
        let row: Vec<f32> =
            (0..200_000_u32).map(|id| if id == 7 { 0.0 } else { -6.0 - (id % 97) as f32 / 97.0 }).collect();
        let (_, [want, _]) = plain(&row, 1.0);
        let found = list(Unit::new(), &row, 1.0).facts.sum;
        assert!((f64::from(found) - want).abs() < 3e-7 * want, "{found} is not {want}");
    }

    #[test]
    fn what_is_not_finite_does_not_go_unnoticed() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for place in [0, 130, 299] {
                let mut row = vec![0.5; 300];
                row[place] = bad;
                assert!(list(Unit::new(), &row, 1.0).facts.sum.is_nan(), "{bad} at {place}");
            }
        }
        assert!(list(Unit::new(), &[0.5; 300], 1.0).facts.sum.is_finite());
    }
}
