use super::*;

#[expect(clippy::cast_possible_truncation, reason = "test logits")]
fn logits(row: [f64; 3]) -> Vec<f32> {
    // Any constant may be added to a row of logits.
    row.iter().map(|p| (p.ln() + 2.5) as f32).collect()
}

fn close(found: f64, want: f64) {
    assert!((found - want).abs() < 1e-6, "{found} is not {want}");
}

/// A path by its members, its `ln p`, and the logits of what follows.
type OnePath = (Vec<usize>, f64, Vec<f32>);

/// Two sets of two with a single member between them, and what a text says after each of the four paths.
fn four() -> (Sets, Vec<OnePath>) {
    let sets = Sets { weights: vec![vec![0.75, 0.25], vec![1.0], vec![0.5, 0.5]] };
    let paths = vec![
        (vec![0, 0, 0], 0.02_f64.ln(), logits([0.5, 0.25, 0.25])),
        (vec![0, 0, 1], 0.01_f64.ln(), logits([0.1, 0.1, 0.8])),
        (vec![1, 0, 0], 0.04_f64.ln(), logits([0.2, 0.2, 0.6])),
        (vec![1, 0, 1], 0.03_f64.ln(), logits([0.3, 0.6, 0.1])),
    ];
    (sets, paths)
}

fn scored(paths: &[OnePath]) -> Vec<ScoredPath<'_>> {
    let of = |next: &[f32]| crate::next_logits::sum_of_exp(next);
    let paths = paths.iter();
    paths
        .map(|(members, log, next)| ScoredPath { members, log_probability: *log, next, sum_of_exp: of(next) })
        .collect()
}

#[test]
fn all_paths_by_hand() {
    let (sets, paths) = four();
    assert_eq!(sets.all(), paths.iter().map(|(members, ..)| members.clone()).collect::<Vec<_>>());
    let q = [0.4, 0.4, 0.2];
    let found = sets.measure(&scored(&paths), &q, None);
    let exact = [
        0.2 * 0.5 + 0.1 * 0.1 + 0.4 * 0.2 + 0.3 * 0.3,
        0.2 * 0.25 + 0.1 * 0.1 + 0.4 * 0.2 + 0.3 * 0.6,
        0.2 * 0.25 + 0.1 * 0.8 + 0.4 * 0.6 + 0.3 * 0.1,
    ];
    close(found.paths, 4.0);
    close(found.kl, exact.iter().zip(q).map(|(p, q): (&f64, f64)| p * (p / q).ln()).sum());
    close(found.total_variation, exact.iter().zip(q).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0);
    // The exact one says the third token, TEMPO the first of two equals.
    assert!(!found.top1 && found.sampled.is_none() && found.ess.is_none());
    let members: Vec<f64> = found.members.concat();
    for (found, want) in members.iter().zip([0.3, 0.7, 0.6, 0.4]) {
        close(*found, want);
    }
    assert_eq!(found.members.len(), 2, "a set of one member is left out");
}

#[test]
fn the_exact_distribution_is_at_no_distance_from_itself() {
    let (sets, paths) = four();
    let exact = [0.28, 0.32, 0.4];
    let found = sets.measure(&scored(&paths), &exact, None);
    assert!(found.kl < 1e-12 && found.total_variation < 1e-6 && found.top1, "{found:?}");
}

#[test]
fn drawn_paths_weigh_by_what_they_are_over_how_they_were_drawn() {
    let (sets, paths) = four();
    let drawn = [paths[0].clone(), paths[3].clone(), paths[0].clone()];
    let proposals: Vec<f64> = drawn.iter().map(|(members, ..)| sets.log_proposal(members)).collect();
    let found = sets.measure(&scored(&drawn), &[0.4, 0.4, 0.2], Some(&proposals));
    // p / proposal: 0.02 / 0.375 twice, 0.03 / 0.125 once.
    let ratios = [0.02 / 0.375, 0.03 / 0.125, 0.02 / 0.375];
    let sum: f64 = ratios.iter().sum();
    close(found.members[0][1], ratios[1] / sum);
    close(found.ess.unwrap(), sum * sum / ratios.iter().map(|r| r * r).sum::<f64>());
    assert_eq!(found.sampled, Some(3));
    close(found.paths, 4.0);
}

#[test]
fn a_draw_takes_a_number_for_each_set_with_several_members_oldest_first() {
    let (sets, _) = four();
    let mut numbers = [0.75, 0.49].into_iter();
    assert_eq!(sets.draw(|| numbers.next().unwrap()), [1, 0, 0]);
    assert!(numbers.next().is_none());
    let mut numbers = [0.7499, 0.5].into_iter();
    assert_eq!(sets.draw(|| numbers.next().unwrap()), [0, 0, 1]);
    assert_eq!(Sets::default().all(), [Vec::<usize>::new()]);
}

#[test]
fn what_tempo_thinks_impossible_is_far_but_finite() {
    let (sets, paths) = four();
    let found = sets.measure(&scored(&paths), &[0.5, 0.5, 0.0], None);
    assert!(found.kl.is_finite() && found.kl > 100.0);
}

#[test]
fn counts_are_written_whole() {
    let (sets, paths) = four();
    let found = sets.measure(&scored(&paths), &[0.4, 0.4, 0.2], None);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["paths"], serde_json::json!(4));
    assert_eq!(serde_json::from_value::<MeterEvent>(json).unwrap(), found);
    let many = Sets { weights: vec![vec![0.125; 8]; 40] };
    assert!((many.paths() / 8_f64.powi(40) - 1.0).abs() < 1e-12);
}
