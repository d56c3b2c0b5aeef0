//! Rows of many lanes in one pass, and lists of every row.

use super::*;
use crate::{Key, Lanes, MOST_LISTED, Query};

/// A set of so many members, and as many rows of other lanes in the same pass. Members see nothing of these rows.
fn with_riders(feed: &mut Feed, members: u32, riders: u32) -> Pass {
    let mut pass = feed.sets(&[members], InSet::Isolated, 3);
    let (first, set) = (pass.queries[0].slot, pass.queries[0].set);
    for key in &mut pass.keys {
        let own = key.slot >= first;
        key.lanes = if own { Lanes { from: 0, to: 1 } } else { Lanes::ALL };
    }
    for lane in 1..=riders {
        let slot = first + members + lane - 1;
        let row = slot as usize;
        pass.keys.push(Key { slot, set, bias: 0.0, live: true, lanes: Lanes { from: lane, to: lane + 1 } });
        pass.queries.push(Query { token: 11 * lane % 203, position: pass.queries[0].position, slot, set, row, lane });
    }
    pass.logits = 0..pass.queries.len();
    pass
}

fn request(rule: CombineRule, members: u32) -> LogitsRequest {
    let weights = (1..=members).map(|r| r as f32 / (members * (members + 1) / 2) as f32).collect();
    LogitsRequest::Combined(DigestRequest { rule, weights, temperature: 0.8, suppressed: vec![3] })
}

#[test]
fn gpu_eight_lanes_ride_in_a_step_for_the_same_launches_and_weights() {
    let kind = Kind { gemma: true, qk_norm: true, ..Kind::default() };
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::Q8);
    for gpu in gpus() {
        let mut model = model(&gpu, &decoder, &weights);
        pollster::block_on(model.begin(64)).unwrap();
        let mut feed = Feed::default();
        pollster::block_on(model.forward(&feed.sets(&[1; 20], InSet::Isolated, 3))).unwrap();
        let ridden = Pass { digest: Some(request(CombineRule::Mixture, 8)), ..with_riders(&mut feed, 8, 8) };
        let mut alone = ridden.clone();
        alone.queries.truncate(8);
        alone.keys.truncate(28);
        alone.keys.iter_mut().for_each(|key| key.lanes = Lanes::ALL);
        alone.logits = 0..8;
        let [without, with] = [&alone, &ridden].map(|pass| cost(&mut model, pass));
        assert_eq!(GpuCounts { bytes_read: without.bytes_read, ..with }, without);
        assert_eq!((without.submits, without.readbacks, without.weight_bytes > 0), (1, 1, true));
        // What each row received, and what it says of the listed tokens, with its facts.
        assert_eq!(with.bytes_read, without.bytes_read + 8 * (4 + 4 * (4 + MOST_LISTED as u64)));
    }
}

#[test]
fn gpu_rows_of_other_lanes_follow_and_change_nothing() {
    let kind = Kind { tied: true, window: true, ..Kind::default() };
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::F32);
    for gpu in gpus() {
        let mut model = model(&gpu, &decoder, &weights);
        for rule in
            [CombineRule::First, CombineRule::Last, CombineRule::Mixture, CombineRule::LogitMean, CombineRule::Max]
        {
            pollster::block_on(model.begin(32)).unwrap();
            let mut reference = Reference::new(&decoder, &weights, 32);
            let mut feed = Feed::default();
            let prompt = feed.sets(&[1; 5], InSet::Isolated, 3);
            pollster::block_on(model.forward(&prompt)).unwrap();
            reference.forward(&prompt);
            // More rows in all than can be combined.
            let mut ridden = with_riders(&mut feed, 3, 20);
            let mut alone = ridden.clone();
            alone.queries.truncate(3);
            alone.keys.truncate(8);
            alone.logits = 0..3;
            run(&mut model, &mut reference, &ridden, "riders");
            ridden.digest = Some(request(rule, 3));
            alone.digest.clone_from(&ridden.digest);
            model.poison();
            let [alone, ridden] = [&alone, &ridden].map(|pass| pollster::block_on(model.forward(pass)).unwrap());
            assert!(distance(&ridden.received[..8], &alone.received) < 1e-5, "{rule:?}");
            assert!(ridden.received[8..].iter().all(|received| received.abs() < 1e-12), "{rule:?}");
            let rows = pollster::block_on(model.logits(23)).unwrap();
            let (alone, ridden) = (alone.digest.unwrap(), ridden.digest.unwrap());
            for (a, b) in [(ridden.total, alone.total), (ridden.left, alone.left), (ridden.log_sum, alone.log_sum)] {
                assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{rule:?}: {a} {b}");
            }
            assert_eq!((ridden.rows.len(), ridden.logits.len()), (23, 23 * ridden.tokens.len()));
            for (row, line) in ridden.logits.chunks(ridden.tokens.len()).enumerate() {
                let want = ridden.tokens.iter().map(|token| rows[row * decoder.vocab + *token as usize]);
                assert!(want.zip(line).all(|(want, found)| want.to_bits() == found.to_bits()), "{rule:?}");
            }
        }
    }
}

#[test]
fn gpu_lists_say_what_the_rows_say() {
    let kind = Kind { tied: true, ..Kind::default() };
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::F32);
    for gpu in gpus() {
        let mut model = model(&gpu, &decoder, &weights);
        pollster::block_on(model.warm()).unwrap();
        pollster::block_on(model.begin(130)).unwrap();
        let mut feed = Feed::default();
        let layers = decoder.layers.len() as u64;
        pollster::block_on(model.forward(&feed.sets(&[1; 5], InSet::Isolated, 3))).unwrap();
        for (rows, temperature) in [(1_u32, 1.0_f32), (5, 0.3), (16, 1.7), (64, 1.0)] {
            let mut pass = feed.sets(&[rows], InSet::Isolated, 3);
            pass.layer_weights.clear();
            pass.digest = Some(LogitsRequest::EachRow { temperature });
            if rows <= 16 {
                let spent = cost(&mut model, &pass);
                assert_eq!((spent.submits, spent.readbacks, spent.dispatches), (1, 1, 6 * layers + 5));
                assert_eq!(spent.bytes_read, u64::from(rows) * 4 * (6 + 2 * MOST_LISTED as u64));
                assert_eq!((spent.buffers, spent.bind_groups, spent.pipelines), (0, 0, 0));
            }
            model.poison();
            let outputs = pollster::block_on(model.forward(&pass)).unwrap();
            assert!(outputs.logits.is_empty() && outputs.digest.is_none() && outputs.received.is_empty());
            let logits = pollster::block_on(model.logits(rows as usize)).unwrap();
            assert_eq!(outputs.lists.len(), rows as usize);
            for (list, row) in outputs.lists.iter().zip(logits.chunks(decoder.vocab)) {
                assert!(list.tokens.len() > 60 && list.tokens.len() <= MOST_LISTED, "{}", list.tokens.len());
                let listed = |token: u32| list.tokens.iter().filter(|other| **other == token).count();
                for (token, logit) in (0..).zip(row) {
                    let must = f64::from(*logit) >= list.complete_to;
                    assert!(listed(token) <= 1 && (listed(token) == 1 || !must), "token {token}");
                }
                let known = list.logits.iter().filter(|logit| f64::from(**logit) >= list.complete_to).count();
                assert!(known > 60, "{known} of {} are certain", list.tokens.len());
                for (token, logit) in list.tokens.iter().zip(&list.logits) {
                    assert_eq!(logit.to_bits(), row[*token as usize].to_bits());
                }
                let most = row.iter().copied().fold(f32::MIN, f32::max);
                let sum = |t: f32| row.iter().map(|z| ((z - most) / t).exp()).sum::<f32>();
                assert_eq!(list.facts.max.to_bits(), most.to_bits());
                for (found, want) in [(list.facts.sum, sum(1.0)), (list.facts.sum_at_temperature, sum(temperature))] {
                    assert!((found - want).abs() < 1e-4 * want, "{found} {want}");
                }
            }
        }
    }
}
