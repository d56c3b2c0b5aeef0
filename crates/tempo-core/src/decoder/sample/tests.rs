use super::super::tests::{PROMPT, alone, end, events, options};
use super::*;
use crate::options::DecoderKind;
use crate::testing::description;

fn of(change: impl FnOnce(&mut GenerationOptions)) -> GenerationOptions {
    options(DecoderKind::Sample, change)
}

/// Probabilities 0.4, 0.3, 0.2, 0.1 of the tokens 3, 1, 0, 2.
fn q() -> Distribution {
    #[expect(clippy::cast_possible_truncation, reason = "test logits")]
    let logits: Vec<f32> = [0.2_f64, 0.3, 0.1, 0.4].iter().map(|p| p.ln() as f32).collect();
    Distribution::combine(&logits, 4, &[1.0], &[], &of(|_| ()).check(&description(4)).unwrap().selection)
}

fn drawn(change: fn(&mut GenerationOptions), u: f64) -> u32 {
    let options = of(change);
    let selection = options.check(&description(4)).unwrap().selection;
    draw(|count| q().top(count), usize::MAX, &selection, options.min_p, u).unwrap().0.0
}

#[test]
fn the_first_whose_cumulative_sum_exceeds_u_is_drawn() {
    for (u, id) in [(0.0, 3), (0.399, 3), (0.401, 1), (0.699, 1), (0.701, 0), (0.901, 2), (1.0 - 2e-16, 2)] {
        assert_eq!(drawn(|_| (), u), id, "{u}");
    }
}

#[test]
fn filters_are_measured_on_the_whole_and_intersected() {
    // The token that crosses is in: 0.4 and 0.3 stay, and are renormalised.
    assert_eq!([0.57, 0.58, 0.999].map(|u| drawn(|o| o.top_p = 0.5, u)), [3, 1, 1]);
    assert_eq!([0.57, 0.58, 0.999].map(|u| drawn(|o| o.top_k = 2, u)), [3, 1, 1]);
    assert_eq!([0.57, 0.58, 0.999].map(|u| drawn(|o| o.min_p = 0.7, u)), [3, 1, 1]);
    assert_eq!(drawn(|o| (o.top_k, o.top_p) = (3, 0.3), 0.999), 3);
    // Nothing would stay; the best one does.
    assert_eq!(drawn(|o| o.top_p = 1e-9, 0.999), 3);
    assert_eq!(drawn(|o| o.min_p = 1.0, 0.999), 3);
    // Were they measured one after the other, top-p would see 0.4 of 0.9 and keep one of the three.
    assert_eq!(drawn(|o| (o.top_k, o.top_p) = (3, 0.42), 0.999), 1);
}

#[test]
fn a_long_vocabulary_is_drawn_from_as_a_short_one() {
    let config = of(|_| ()).check(&description(1000)).unwrap().selection;
    let even = Distribution::combine(&vec![0.0; 1000], 1000, &[1.0], &[], &config);
    for u in [0.0005, 0.0505, 0.5005, 0.9995] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 1000")]
        let want = (u * 1000.0) as u32;
        for min_p in [0.0, 0.5] {
            let of = |known| draw(|count| even.top(count), known, &config, min_p, u);
            assert_eq!(of(usize::MAX).unwrap().0, TokenId(want), "all pass");
            // Where the sum of all is 1, whoever is listed down to u is enough.
            assert_eq!(
                of(64).map(|token| token.0),
                if want < 64 && min_p == 0.0 { Ok(TokenId(want)) } else { Err(NotInDigest) }
            );
            assert_eq!(of(0), Err(NotInDigest));
        }
    }
}

/// I16: 10,000 first tokens against what the model says. A chi-square of 23 degrees of freedom is below 49.7 in 999 of 1000 cases.
#[test]
fn i16_first_tokens_have_the_model_s_frequencies() {
    let mut counts = [0.0; 24];
    for seed in 0..200 {
        let run = events(&[], of(|o| (o.samples, o.max_steps, o.seed) = (50, 1, seed)));
        for reading in &end(&run).readings {
            counts[reading.ids[0].index()] += 1.0;
        }
    }
    let next = alone(&[]);
    let chi_square = |power: f64| {
        let p: Vec<f64> = (0..24).map(|id| (power * log_probability(&next, 0, TokenId(id)).unwrap()).exp()).collect();
        let sum: f64 = p.iter().sum();
        // Tokens that are expected less than five times are counted as one.
        let (mut rare, mut total) = ((0.0, 0.0), 0.0);
        for (count, p) in counts.iter().zip(p) {
            let expected = 10_000.0 * p / sum;
            if expected < 5.0 {
                rare = (rare.0 + count, rare.1 + expected);
            } else {
                total += (count - expected).powi(2) / expected;
            }
        }
        if rare.1 > 0.0 { total + (rare.0 - rare.1).powi(2) / rare.1 } else { total }
    };
    assert!(chi_square(1.0) < 49.7, "{}", chi_square(1.0));
    assert!(chi_square(1.1) > 49.7, "a temperature of 0.91 is told from 1: {}", chi_square(1.1));
}

#[test]
fn lanes_end_one_by_one_and_their_rows_are_used_again() {
    let run = events(&[4, 9, 14, 19], of(|o| (o.samples, o.max_steps) = (8, 12)));
    let mut living: Vec<usize> = (0..8).collect();
    let mut length = 0;
    for event in &run {
        let Event::Samples(step) = event else { continue };
        length += 1;
        assert_eq!(step.lanes.iter().map(|token| token.lane).collect::<Vec<_>>(), living);
        for token in &step.lanes {
            assert_eq!(token.slot.is_none(), [4, 9, 14, 19].contains(&token.id.0), "{token:?}");
        }
        living = step.lanes.iter().filter(|token| token.slot.is_some()).map(|token| token.lane).collect();
        assert_eq!(step.slots, PROMPT.len() + living.len() * length);
    }
    assert!(living.len() < 8, "some have ended");
    let end = end(&run);
    let ended = end.readings.iter().filter(|reading| reading.ids.len() < 12);
    for reading in ended {
        let words: Vec<String> = reading.ids[..reading.ids.len() - 1].iter().map(|id| format!("<{}>", id.0)).collect();
        assert_eq!(reading.text, words.concat(), "the end of text is no part of it");
    }
    assert_eq!(end.text, end.readings[0].text);
}

#[test]
fn a_run_whose_lanes_have_all_ended_is_over() {
    let all: Vec<u32> = (0..24).filter(|id| *id != 7).collect();
    let run = events(&all, of(|o| (o.samples, o.max_steps) = (3, 12)));
    assert_eq!(end(&run).reason, crate::StopReason::Eos);
    let Some(Event::Samples(last)) = run.get(run.len() - 2) else { panic!("the last step is written") };
    assert!(last.lanes.iter().all(|token| token.slot.is_none()));
}

#[test]
fn nothing_ends_before_min_steps() {
    let run = events(&[4, 9, 14, 19], of(|o| (o.samples, o.max_steps, o.min_steps) = (8, 5, 4)));
    assert!(end(&run).readings.iter().all(|reading| reading.ids.len() >= 5));
}

#[test]
fn a_penalty_falls_on_the_prompt_and_the_lane_s_own_tokens() {
    let run = |penalty| {
        end(&events(&[], of(|o| (o.samples, o.top_k, o.repetition_penalty) = (1, 1, penalty)))).readings[0].clone()
    };
    assert_ne!(run(1.0).ids, run(1e6).ids);
    let ids = run(1e6).ids;
    let mut seen: Vec<u32> = PROMPT.to_vec();
    for id in ids.iter().take(4) {
        assert!(!seen.contains(&id.0));
        seen.push(id.0);
    }
}
