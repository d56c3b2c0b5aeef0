//! Passes in which every query has biases of its own.

use super::*;
use crate::testing::biased;

#[test]
fn biases_of_every_query_equal_plain_loops() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let d = decoder(kind);
        let format = WeightFormat::ALL[number % 4];
        let w = weights(&d, kind, format);
        for unit in units() {
            let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
            let mut reference = Reference::new(&d, &w, 70);
            model.begin(70);
            let mut feed = Feed::default();
            // More queries than a block has, sets of all kinds, and one without biases between them.
            for (at, (sizes, in_set)) in [
                (&[1; 40][..], InSet::Isolated),
                (&[4], InSet::Isolated),
                (&[5], InSet::Visible),
                (&[2], InSet::Isolated),
                (&[4], InSet::Ordered),
                (&[1, 6, 2], InSet::Visible),
            ]
            .into_iter()
            .enumerate()
            {
                let mut pass = feed.sets(sizes, in_set, 3);
                (feed.keys[3].live, feed.keys[9].bias) = (false, -0.7);
                if at != 3 {
                    pass = biased(pass, at as u64);
                }
                let what = format!("kind {number}, {format:?}, sets of {sizes:?}");
                assert_equal(&model.forward(&pass).unwrap(), &reference.forward(&pass), format, &what);
                // Rows of 16 bits make single heads differ by more than their mean.
                if !format.is_scaled() {
                    (pass.observe, pass.logits) = (Observe::Attention, 0..0);
                    assert_equal(&model.forward(&pass).unwrap(), &reference.forward(&pass), format, &what);
                }
            }
        }
    }
}

#[test]
fn biases_count_for_other_slots_and_beside_those_of_keys() {
    let kind = KINDS[2];
    let d = decoder(kind);
    let w = weights(&d, kind, WeightFormat::F32);
    let mut model = CpuModel::on(Unit::new(), d.clone(), packed(&w, Unit::new()), None);
    model.begin(20);
    let mut feed = Feed::default();
    model.forward(&feed.sets(&[1, 3, 2, 4], InSet::Isolated, 3)).unwrap();
    let plain = feed.sets(&[3], InSet::Visible, 3);
    let keys = plain.keys.len();
    // The rows are written anew with each pass, so they can be compared.
    let mut outputs = |pass: &Pass| model.forward(pass).unwrap();

    let none = outputs(&plain);
    assert_eq!(outputs(&Pass { biases: vec![0.0; 3 * keys], ..plain.clone() }), none);
    let one = biased(plain.clone(), 1);
    let found = outputs(&one);
    for other in [&none, &outputs(&biased(plain.clone(), 2))] {
        assert!(distance(&found.logits, &other.logits) > 0.01 && distance(&found.received, &other.received) > 0.001);
    }

    let mut own = one.clone();
    for (query, line) in own.queries.iter().zip(own.biases.chunks_exact_mut(keys)) {
        line[query.row] = 50.0;
    }
    assert_eq!(outputs(&own), found);

    // What all queries add is what a key's own bias adds.
    let mut shared = plain.clone();
    let line = &one.biases[..keys];
    shared.keys.iter_mut().zip(line).for_each(|(key, bias)| key.bias = *bias);
    assert_eq!(outputs(&shared), outputs(&Pass { biases: line.repeat(3), ..plain }));
    let sum = outputs(&Pass { biases: one.biases.clone(), ..shared });
    assert!(distance(&sum.received, &found.received) > 0.001);
}

#[test]
#[should_panic(expected = "7 biases of 2 queries and 4 keys")]
fn biases_that_fit_no_pass_are_a_bug() {
    let d = decoder(PLAIN);
    let w = weights(&d, PLAIN, WeightFormat::F32);
    let mut model = CpuModel::new(d, packed(&w, Unit::new()), None);
    model.begin(4);
    let mut feed = Feed::default();
    model.forward(&feed.sets(&[1, 1], InSet::Isolated, 3)).unwrap();
    let mut pass = biased(feed.sets(&[2], InSet::Isolated, 3), 1);
    pass.biases.pop();
    model.forward(&pass).unwrap();
}
