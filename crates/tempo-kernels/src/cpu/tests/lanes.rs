//! Passes in which keys are part of some lanes only.

use super::*;
use crate::testing::{biased, in_lanes};
use crate::{Lanes, Query};

#[test]
fn lanes_equal_plain_loops() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let d = decoder(kind);
        let format = WeightFormat::ALL[number % 4];
        let w = weights(&d, kind, format);
        for unit in units() {
            let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
            let mut reference = Reference::new(&d, &w, 70);
            model.begin(70);
            let mut feed = Feed::default();
            for (at, (sizes, in_set)) in [
                (&[1; 40][..], InSet::Isolated),
                (&[4], InSet::Isolated),
                (&[5], InSet::Visible),
                (&[4], InSet::Ordered),
                (&[1, 6, 2], InSet::Isolated),
            ]
            .into_iter()
            .enumerate()
            {
                let mut pass = in_lanes(feed.sets(sizes, in_set, 3), at as u64);
                if at % 2 == 1 {
                    pass = biased(pass, at as u64);
                }
                let what = format!("kind {number}, {format:?}, sets of {sizes:?}");
                assert_equal(&model.forward(&pass).unwrap(), &reference.forward(&pass), format, &what);
            }
        }
    }
}

/// The rule by itself, without the plain loops, which go by it too.
#[test]
fn a_query_sees_keys_of_its_own_lane_and_always_itself() {
    let mut pass = Feed::default().sets(&[1, 1, 1], InSet::Isolated, 3);
    let seen = |pass: &Pass| (0..3).map(|key| pass.bias(2, key, None).is_some()).collect::<Vec<_>>();
    assert!(!pass.has_lanes());
    pass.queries[2] = Query { lane: 4, ..pass.queries[2] };
    assert_eq!(seen(&pass), [true, true, true], "every key is part of every lane");
    for (from, to, want) in [(0, 4, false), (4, 5, true), (5, 9, false), (0, 9, true), (4, 4, false)] {
        pass.keys[1].lanes = Lanes { from, to };
        assert_eq!(seen(&pass), [true, want, true], "{from}..{to}");
        assert!(pass.has_lanes());
    }
    pass.keys[2].lanes = Lanes { from: 0, to: 1 };
    assert_eq!(seen(&pass), [true, false, true], "itself, whatever it is part of");
    pass.keys[2].live = false;
    assert_eq!(seen(&pass), [true, false, false]);
}
