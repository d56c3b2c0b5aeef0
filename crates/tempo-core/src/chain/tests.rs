//! The chain against sums over all its paths, written out.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

/// Numbers of a chain as they came: per set the recorded probabilities, and `T` after the first.
#[derive(Clone, Debug)]
struct Sets(Vec<(Vec<f64>, Vec<f64>)>);

fn slots(sets: &Sets) -> Vec<Vec<Slot>> {
    let mut next = 0..;
    sets.0.iter().map(|(q, _)| q.iter().map(|_| Slot(next.next().unwrap())).collect()).collect()
}

fn chain(sets: &Sets) -> Chain {
    let mut chain = Chain::default();
    for (index, ((q, said), slots)) in sets.0.iter().zip(slots(sets)).enumerate() {
        let members: Vec<_> = slots.into_iter().zip(q.iter().copied()).collect();
        let log_said = (index > 0).then(|| said.iter().map(|t| t.ln()).collect());
        chain.append(SetIndex(u32::try_from(index).unwrap()), &members, log_said);
    }
    chain
}

/// Every path as indices, with its product of recorded probability and `T`.
fn paths(sets: &Sets) -> Vec<(Vec<usize>, f64)> {
    let mut paths = vec![(Vec::new(), 1.0)];
    for (q, said) in &sets.0 {
        let width = said.len() / q.len();
        paths = paths
            .into_iter()
            .flat_map(|(path, weight): (Vec<usize>, f64)| {
                (0..q.len()).map(move |v| {
                    let factor = path.last().map_or(q[v], |j| said[v * width + j]);
                    (path.iter().copied().chain([v]).collect(), weight * factor)
                })
            })
            .collect();
    }
    paths
}

fn shares(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
}

prop_compose! {
    fn some_sets()(widths in proptest::collection::vec(1_usize..4, 1..6))(
        sets in widths.iter().enumerate().map(|(index, width)| {
            let before = if index == 0 { 0 } else { widths[index - 1] };
            (proptest::collection::vec(0.01..1.0_f64, *width), proptest::collection::vec(0.001..1.0_f64, width * before))
        }).collect::<Vec<_>>()
    ) -> Sets {
        Sets(sets)
    }
}

proptest! {
    /// I22.
    #[test]
    fn sums_over_all_paths(sets in some_sets()) {
        let (chain, paths, last) = (chain(&sets), paths(&sets), sets.0.len() - 1);
        let newest = SetIndex(u32::try_from(last).unwrap());
        let sum = |keep: &dyn Fn(&[usize]) -> bool| -> f64 { paths.iter().filter(|(path, _)| keep(path)).map(|(_, p)| p).sum() };
        let smoothed = chain.smoothed(newest);
        let kin = chain.kin(newest);
        for k in 0..last {
            let width = sets.0[k].0.len();
            let want: Vec<f64> = (0..width).map(|j| sum(&|path| path[k] == j)).collect();
            prop_assert!(close(&smoothed[k], &shares(&want)), "{:?} {want:?}", smoothed[k]);
            for v in 0..sets.0[last].0.len() {
                let want: Vec<f64> = (0..width).map(|j| sum(&|path| path[k] == j && path[last] == v)).collect();
                prop_assert!(close(&kin[k][v * width..][..width], &shares(&want)));
            }
        }
        let want: Vec<f64> = (0..sets.0[last].0.len()).map(|v| sum(&|path| path[last] == v)).collect();
        prop_assert!(close(chain.forward(newest), &shares(&want)));
        // The mean of kin over the newest set is gamma.
        for (k, smoothed) in smoothed.iter().enumerate() {
            let width = smoothed.len();
            let a = chain.forward(newest);
            let mean: Vec<f64> =
                (0..width).map(|j| a.iter().enumerate().map(|(v, a)| a * kin[k][v * width + j]).sum()).collect();
            prop_assert!(close(&mean, smoothed));
        }
        let best = paths.iter().map(|(_, p)| *p).fold(0.0, f64::max);
        prop_assert!((chain.viterbi().log_probability - best.ln()).abs() < 1e-9);
        let first = paths.iter().find(|(path, _)| path.iter().all(|member| *member == 0)).unwrap();
        prop_assert!((chain.probable().log_probability - first.1.ln()).abs() < 1e-9);
    }

    /// Removed members are as if they had never been there.
    #[test]
    fn a_chain_without_a_member_is_the_chain_that_never_had_it(sets in some_sets(), at in 0_usize..6, member in 0_usize..3) {
        let at = at % sets.0.len();
        let member = member % sets.0[at].0.len();
        prop_assume!(sets.0[at].0.len() > 1);
        let mut without = sets.clone();
        let before = sets.0[at].1.len() / sets.0[at].0.len();
        without.0[at].0.remove(member);
        without.0[at].1.drain(member * before..(member + 1) * before);
        if let Some((q, said)) = without.0.get_mut(at + 1) {
            let width = said.len() / q.len();
            *said = said.iter().enumerate().filter(|(i, _)| i % width != member).map(|(_, t)| *t).collect();
        }
        let mut found = chain(&sets);
        found.remove(SetIndex(u32::try_from(at).unwrap()), slots(&sets)[at][member]);
        let want = chain(&without);
        prop_assert_eq!(&found.links[at].slots.len(), &want.links[at].slots.len());
        for (found, want) in found.links.iter().zip(&want.links) {
            prop_assert!(close(&found.forward, &want.forward) && close(&found.through, &want.through));
        }
    }

    /// I21: where every row says the recorded probabilities, all three weightings are one.
    #[test]
    fn rows_that_say_what_was_recorded_make_probability(widths in proptest::collection::vec(1_u32..4, 2..6)) {
        let mut chain = Chain::default();
        let mut slot = 0;
        for (index, width) in widths.iter().enumerate() {
            let members: Vec<_> = (0..*width).map(|i| (Slot(slot + i), 0.5 / f64::from(1 + i))).collect();
            slot += width;
            chain.append(SetIndex(u32::try_from(index).unwrap()), &members, None);
        }
        let newest = SetIndex(u32::try_from(widths.len() - 1).unwrap());
        for ((link, smoothed), kin) in chain.links.iter().zip(chain.smoothed(newest)).zip(chain.kin(newest)) {
            prop_assert!(close(&smoothed, &link.weights()));
            prop_assert!(kin.chunks_exact(link.slots.len()).all(|view| close(view, &link.weights())));
        }
    }
}

/// Three sets of two; who goes with whom is the diagonal.
fn pairs() -> Sets {
    let said = vec![0.9, 0.1, 0.2, 0.8];
    Sets(vec![(vec![0.6, 0.4], vec![]), (vec![0.5, 0.3], said.clone()), (vec![0.7, 0.2], said)])
}

#[test]
fn kin_goes_with_kin_and_gamma_with_everybody() {
    let chain = chain(&pairs());
    let kin = chain.kin(SetIndex(2));
    // First members come through first ones, second through second ones, the less surely the further back.
    assert!(kin[1][0] > 0.9 && kin[1][3] > 0.7 && kin[0][0] > 0.8 && kin[0][3] > 0.5, "{kin:?}");
    let smoothed = &chain.smoothed(SetIndex(2))[0];
    assert!((smoothed[0] - 0.6).abs() < 0.1, "{smoothed:?}");
    assert!(chain.kin(SetIndex(0)).is_empty() && chain.kin(SetIndex(9)).is_empty());
}

#[test]
fn an_emptied_set_is_no_link() {
    let mut chain = chain(&pairs());
    chain.remove(SetIndex(1), Slot(2));
    chain.remove(SetIndex(1), Slot(3));
    assert_eq!(chain.links().map(|(set, _)| set.0).collect::<Vec<_>>(), [0, 2]);
    // What the first set says of the third is not known: its recorded probabilities stand for it.
    assert!(close(chain.forward(SetIndex(2)), &[0.7 / 0.9, 0.2 / 0.9]));
    assert!(close(&chain.kin(SetIndex(2))[0], &[0.6, 0.4, 0.6, 0.4]));
    assert!((chain.viterbi().log_probability - (0.6_f64 * 0.7).ln()).abs() < 1e-12);
    // Without the first set the next one begins.
    chain.remove(SetIndex(0), Slot(0));
    chain.remove(SetIndex(0), Slot(1));
    assert!((chain.viterbi().log_probability - 0.7_f64.ln()).abs() < 1e-12);
    assert!(chain.kin(SetIndex(2)).is_empty());
    chain.remove(SetIndex(2), Slot(4));
    chain.remove(SetIndex(2), Slot(5));
    assert_eq!(chain, Chain::default());
    assert_eq!(chain.viterbi().slots, []);
}

#[test]
fn what_cannot_matter_is_forgotten() {
    let mut chain = chain(&pairs());
    for slot in [1, 3, 5, 5, 1] {
        chain.remove(SetIndex(slot / 2), Slot(slot));
    }
    for link in &chain.links {
        assert_eq!((link.slots.len(), link.probabilities.len(), link.forward.len()), (1, 1, 1));
        assert!(link.log_said.len() <= 1 && link.through.len() <= 1);
    }
}

#[test]
fn ties_go_to_the_lower_rank_from_the_last_member_backwards() {
    let even = vec![0.25; 4];
    let sets = Sets(vec![(vec![0.5, 0.5], vec![]), (vec![0.4, 0.4], even.clone()), (vec![0.4, 0.4], even)]);
    assert_eq!(chain(&sets).viterbi().slots, [Slot(0), Slot(2), Slot(4)]);
    // Two best paths: 1-0-1 and 0-1-0. The last member decides.
    let first = vec![0.1, 0.5, 0.5, 0.1];
    let sets = Sets(vec![(vec![0.5, 0.5], vec![]), (vec![0.4, 0.4], first.clone()), (vec![0.4, 0.4], first)]);
    assert_eq!(chain(&sets).viterbi().slots, [Slot(0), Slot(3), Slot(4)]);
}

#[test]
fn nothing_to_share_is_shared_by_the_recorded_probabilities() {
    let mut chain = Chain::default();
    chain.append(SetIndex(0), &[(Slot(0), 0.6), (Slot(1), 0.2)], None);
    // No row says anything of these; in f64 the probabilities are 0.
    chain.append(SetIndex(1), &[(Slot(2), 0.3), (Slot(3), 0.1)], Some(vec![-1e4; 4]));
    assert!(close(chain.forward(SetIndex(1)), &[0.75, 0.25]));
    assert!(close(&chain.kin(SetIndex(1))[0], &[0.75, 0.25, 0.75, 0.25]));
    assert!(close(&chain.smoothed(SetIndex(1))[0], &[0.75, 0.25]));
    assert_eq!(chain.viterbi().slots, [Slot(0), Slot(2)]);
}

/// I22: chi-square over the paths of three pairs; 7 degrees of freedom, 24.3 is the 99.9 % quantile.
#[test]
fn drawn_paths_have_the_frequencies_of_the_chain() {
    const DRAWS: usize = 10_000;
    let sets = pairs();
    let (chain, slots) = (chain(&sets), slots(&sets));
    let statistic = |expected: &[(Vec<usize>, f64)]| {
        let total: f64 = expected.iter().map(|(_, p)| p).sum();
        let drawn = chain.drawn(DRAWS, 7);
        expected
            .iter()
            .map(|(path, p)| {
                let want: Vec<Slot> = path.iter().zip(&slots).map(|(member, slots)| slots[*member]).collect();
                let count = drawn.iter().filter(|path| path.slots == want).count() as f64;
                let expected = p / total * DRAWS as f64;
                (count - expected).powi(2) / expected
            })
            .sum::<f64>()
    };
    let paths = paths(&sets);
    assert!(statistic(&paths) < 24.3, "{}", statistic(&paths));
    // The negative control: independent picks by the recorded probabilities.
    let independent: Vec<_> = paths
        .iter()
        .map(|(path, _)| (path.clone(), path.iter().zip(&sets.0).map(|(member, (q, _))| q[*member]).product()))
        .collect();
    assert!(statistic(&independent) > 100.0);
    assert_eq!(chain.drawn(5, 1), chain.drawn(5, 1));
    assert_ne!(chain.drawn(50, 1), chain.drawn(50, 2));
}

#[test]
fn a_random_number_is_drawn_for_each_set_with_several_members() {
    let single = Sets(vec![(vec![0.5, 0.5], vec![]), (vec![1.0], vec![0.5, 0.5]), (vec![0.5, 0.5], vec![0.5, 0.5])]);
    let chain = chain(&single);
    let mut stream = SplitMix64::new(3);
    // From the newest set to the oldest; even shares, so the number alone decides.
    let mut pick = || usize::from(stream.unit() >= 0.5);
    for path in chain.drawn(20, 3) {
        let (last, first) = (pick(), pick());
        assert_eq!(path.slots, [Slot([0, 1][first]), Slot(2), Slot([3, 4][last])]);
    }
}
