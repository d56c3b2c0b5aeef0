//! A digest answers like the rows it was made from, or not at all.

use proptest::prelude::*;

use super::*;
use crate::{Distribution, GenerationOptions, SelectionConfig, testing::description};

fn request(rule: Combine, weights: &[f64]) -> DigestRequest {
    DigestRequest { rule, weights: weights.to_vec(), temperature: 1.0, suppressed: Vec::new(), candidates: 1 }
}

fn config(request: &DigestRequest) -> SelectionConfig {
    let options =
        GenerationOptions { combine: request.rule, temperature: request.temperature, ..GenerationOptions::default() };
    options.check(&description(4)).unwrap().selection
}

fn ids(tokens: &[(TokenId, f64)]) -> Vec<u32> {
    tokens.iter().map(|(id, _)| id.0).collect()
}

fn close(a: &[(TokenId, f64)], b: &[(TokenId, f64)]) -> bool {
    ids(a) == ids(b) && a.iter().zip(b).all(|(a, b)| (a.1 - b.1).abs() < 1e-12)
}

/// Two rows that put 0.5 and 0.1 on token 0, the rest evenly on tokens 1 and 2 or on token 1 alone.
#[expect(clippy::cast_possible_truncation, reason = "test logits")]
fn two_rows() -> Vec<f32> {
    [0.5_f64, 0.25, 0.25, 0.1, 0.9, 1e-9].iter().map(|p| p.ln() as f32).collect()
}

#[test]
fn rows_of_other_lanes_follow_and_change_nothing() {
    let rows = two_rows();
    let with: Vec<f32> = rows.iter().copied().chain([3.0, -1.0, 8.0]).collect();
    for rule in [Combine::First, Combine::Last, Combine::Mixture, Combine::LogitMean, Combine::Max] {
        let request = request(rule, &[0.75, 0.25]);
        let (alone, followed) = (Digest::of(&rows, 3, &request, 2), Digest::of(&with, 3, &request, 2));
        assert_eq!(followed.probabilities(&request), alone.probabilities(&request), "{rule}");
        assert_eq!((followed.entropy, followed.total), (alone.entropy, alone.total));
        assert_eq!(followed.rows[..2], alone.rows);
        for id in &followed.tokens {
            assert_eq!(followed.logit(2, *id), Ok([3.0, -1.0, 8.0][id.index()]));
        }
        let step = ReadoutStep::Prompt;
        assert_eq!(followed.check(&request, 3, 3, step), Ok(()));
        let rows = |expected, found| Err(ReadoutError::Shape { what: "rows of facts", expected, found });
        assert_eq!(followed.check(&request, 2, 3, step), rows(2, 3));
        assert_eq!(alone.check(&request, 3, 3, step), rows(3, 2));
    }
}

#[test]
fn a_suppressed_token_leaves_the_combined_distribution_and_not_each_row() {
    let request = DigestRequest { suppressed: vec![TokenId(0)], ..request(Combine::Mixture, &[0.5, 0.5]) };
    let digest = Digest::of(&two_rows(), 3, &request, 8);
    // Over the combined 0.7: not the mean of 0.5 and 1, which each row renormalised by itself would give.
    let q = Distribution::of_digest(&digest, &request, 3).top(3).unwrap();
    assert_eq!(ids(&q), [1, 2]);
    assert!((digest.left - 0.7).abs() < 1e-7 && (q[0].1 - 0.575 / 0.7).abs() < 1e-7);
}

#[test]
fn a_tie_that_the_list_cuts_is_not_answer() {
    let request = request(Combine::First, &[1.0]);
    let at = |limit| Distribution::of_digest(&Digest::of(&[2.0, 1.0, 1.0, 0.0], 4, &request, limit), &request, 4);
    // Token 1 is listed, token 2 is as probable and is not: the digest tells one token of the second rank, not both.
    let (two, tied) = (at(2), at(4).top(2).unwrap()[1].1);
    assert_eq!(two.top(1).map(|top| ids(&top)), Ok(vec![0]));
    assert_eq!((two.top(2), two.at_least(tied)), (Err(NotInDigest), Err(NotInDigest)));
    assert_eq!(two.at_least(tied.next_up()).map(|all| ids(&all)), Ok(vec![0]));
    assert_eq!(at(3).at_least(tied).map(|all| ids(&all)), Ok(vec![0, 1, 2]));
    assert_eq!((at(3).top(4), at(4).top(9).map(|all| ids(&all))), (Err(NotInDigest), Ok(vec![0, 1, 2, 3])));
    assert_eq!((at(0).max(), at(0).top(0)), (Err(NotInDigest), Ok(Vec::new())));
}

#[test]
fn with_everything_suppressed_nothing_is_left_and_it_is_answer() {
    for rule in [Combine::Mixture, Combine::LogitMean, Combine::Max] {
        let request = DigestRequest { suppressed: tokens(3).collect(), ..request(rule, &[0.5, 0.5]) };
        let digest = Digest::of(&two_rows(), 3, &request, 8);
        assert_eq!(digest.check(&request, 2, 3, ReadoutStep::Step(0)), Ok(()));
        let q = Distribution::of_digest(&digest, &request, 3);
        assert_eq!((q.top(2), q.max(), q.at_least(0.0)), (Ok(Vec::new()), Ok(0.0), Ok(Vec::new())));
    }
}

#[test]
fn what_a_working_model_cannot_mean_is_refused() {
    type Spoil = fn(&mut Digest);
    let request = DigestRequest { suppressed: vec![TokenId(2)], ..request(Combine::Mixture, &[0.5, 0.5]) };
    let refused = |spoil: Spoil| {
        let mut digest = Digest::of(&two_rows(), 3, &request, 8);
        assert_eq!(digest.check(&request, 2, 3, ReadoutStep::Step(4)), Ok(()));
        spoil(&mut digest);
        digest.check(&request, 2, 3, ReadoutStep::Step(4)).unwrap_err()
    };
    let facts: [(Spoil, &str); 10] = [
        (|d| d.rows[1].max = f32::NAN, "maximum"),
        (|d| d.rows[0].sum = f64::INFINITY, "sum"),
        (|d| d.rows[0].sum = 0.0, "sum"),
        (|d| d.rows[1].sum_at_temperature = f64::NAN, "sum at the temperature"),
        (|d| d.peak = f64::NEG_INFINITY, "peak"),
        (|d| d.total = f64::NAN, "total"),
        (|d| d.total = 0.0, "total"),
        (|d| d.left = -1.0, "left probability"),
        (|d| d.entropy = f64::NAN, "entropy"),
        (|d| d.complete_to = f64::NAN, "limit of completeness"),
    ];
    for (spoil, name) in facts {
        let error = refused(spoil);
        assert!(matches!(error, ReadoutError::Fact { what, .. } if what == name), "{name}: {error}");
    }
    // The list is [1, 0]: entry 3 is the second row's logit of token 0.
    let error = refused(|d| d.logits[3] = f32::NAN);
    assert!(matches!(error, ReadoutError::NonFinite { row: 1, token: 0, .. }), "{error}");
    let listed = |spoil| matches!(refused(spoil), ReadoutError::Listed { .. });
    assert!(listed(|d| d.tokens[1] = d.tokens[0]));
    assert!(listed(|d| d.tokens[0] = TokenId(3)) && listed(|d| d.tokens[0] = TokenId(2)));
    let shape = |spoil| matches!(refused(spoil), ReadoutError::Shape { .. });
    assert!(shape(|d| d.rows.truncate(1)) && shape(|d| d.logits.truncate(3)));
}

#[test]
fn a_logit_that_is_not_finite_shows_though_it_is_not_listed() {
    let request = request(Combine::Mixture, &[1.0]);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let digest = Digest::of(&[0.0, 1.0, bad, 3.0], 4, &request, 1);
        let error = digest.check(&request, 1, 4, ReadoutStep::Prompt).unwrap_err();
        assert!(error.to_string().contains("the weights or the device are broken"), "{error}");
    }
}

prop_compose! {
    /// One to three rows of 12 logits, fine or so coarse that they tie, and something to ask of them.
    fn any_rows()(
        rule in prop::sample::select(vec![
            Combine::Mixture, Combine::LogitMean, Combine::First, Combine::Last, Combine::Max
        ]),
        temperature in prop::sample::select(vec![0.3, 1.0, 1.7]),
        suppressed in prop::collection::btree_set(0_u32..12, 0..4),
        grain in prop::sample::select(vec![1e-4_f32, 1.0]),
        rows in prop::collection::vec((prop::collection::vec(-8.0_f32..8.0, 12), 0.1_f64..1.0), 1..4),
    ) -> (Vec<f32>, DigestRequest) {
        let total: f64 = rows.iter().map(|(_, weight)| weight).sum();
        let weights: Vec<f64> = rows.iter().map(|(_, weight)| weight / total).collect();
        let logits = rows.iter().flat_map(|(row, _)| row).map(|z| (z / grain).round() * grain).collect();
        let suppressed = suppressed.into_iter().map(TokenId).collect();
        (logits, DigestRequest { temperature, suppressed, ..request(rule, &weights) })
    }
}

proptest! {
    #[test]
    fn a_digest_answers_like_the_rows_or_not_at_all(
        (logits, request) in any_rows(),
        limit in 0_usize..14,
        threshold in 0.0_f64..0.4,
    ) {
        let mut rows = Distribution::combine(&logits, 12, &request.weights, &[], &config(&request));
        if !request.suppressed.is_empty() {
            rows.suppress(&request.suppressed);
        }
        let digest = Digest::of(&logits, 12, &request, limit);
        prop_assert_eq!(digest.check(&request, request.weights.len(), 12, ReadoutStep::Step(0)), Ok(()));
        let answer = Distribution::of_digest(&digest, &request, 12);
        prop_assert!((answer.entropy() - rows.entropy()).abs() < 1e-12);
        let all = rows.top(12).unwrap();
        for count in 0..13 {
            match answer.top(count) {
                Ok(top) => prop_assert!(close(&top, &rows.top(count).unwrap())),
                // Too few, or the last of them ties with one that is not listed.
                Err(NotInDigest) => prop_assert!(
                    count > limit || all.get(limit).is_some_and(|next| all[count - 1].1 - next.1 < 1e-12)
                ),
            }
        }
        match answer.at_least(threshold) {
            Ok(above) => prop_assert!(close(&above, &rows.at_least(threshold).unwrap())),
            Err(NotInDigest) => prop_assert!(threshold < all[limit].1 + 1e-12),
        }
        match answer.max() {
            Ok(max) => prop_assert!((max - rows.max().unwrap()).abs() < 1e-12),
            Err(NotInDigest) => prop_assert!(answer.top(1).is_err()),
        }
    }
}
