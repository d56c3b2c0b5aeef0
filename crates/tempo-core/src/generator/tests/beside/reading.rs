//! The scored reading.

use super::*;
use crate::testing::assert_same;

fn end(events: &[Event]) -> &crate::EndEvent {
    let Some(Event::End(end)) = events.last() else { panic!("a run ends") };
    end
}

fn scored(events: &[Event]) -> &ReadingEvent {
    end(events).readings.iter().find(|reading| reading.kind == ReadingKind::Scored).expect("it was asked for")
}

#[test]
fn a_wide_beam_finds_the_best_of_all_paths() {
    let mut removed = 0;
    for change in RUNS {
        let options = GenerationOptions { reading_beams: 3000, max_steps: 6, ..options(change) };
        let events = run(&mut model(), options, &PROMPT);
        let sets = lattices(&events).pop().unwrap();
        let mut best = (f64::NEG_INFINITY, Vec::new());
        for path in paths(&sets) {
            let ids = ids(&sets, &path);
            let (log, _) = read(&ids);
            if log > best.0 {
                best = (log, ids);
            }
        }
        let found = scored(&events);
        near("score", found.score.unwrap(), best.0);
        near("log-probability", found.log_probability, best.0);
        assert_eq!((&found.ids, found.exact), (&best.1, Some(true)));
        removed += end(&events).stats.removed;
    }
    assert!(removed > 5);
}

/// A beam over texts, each computed alone.
fn beam(sets: &[Vec<(TokenId, f64)>], beams: usize) -> (f64, Vec<TokenId>) {
    let mut texts: Vec<(f64, Vec<TokenId>)> = vec![(0.0, Vec::new())];
    for set in sets {
        let mut longer: Vec<(f64, Vec<TokenId>)> = texts
            .iter()
            .flat_map(|(_, text)| set.iter().map(|(id, _)| [text.as_slice(), &[*id]].concat()))
            .map(|text| (read(&text).0, text))
            .collect();
        longer.sort_by(|a, b| b.0.total_cmp(&a.0));
        longer.truncate(beams);
        texts = longer;
    }
    texts.swap_remove(0)
}

#[test]
fn a_narrow_beam_is_that_of_the_final_lattice() {
    for change in RUNS {
        for beams in [1, 2, 5] {
            let options = GenerationOptions { reading_beams: beams, ..options(change) };
            let events = run(&mut model(), options, &PROMPT);
            let sets = lattices(&events).pop().unwrap();
            let (log, ids) = beam(&sets, beams);
            let found = scored(&events);
            assert_eq!((&found.ids, found.exact), (&ids, Some(beams >= paths(&sets).len())), "{beams}: {options:?}");
            near("score", found.score.unwrap(), log);
        }
    }
}

#[test]
fn reading_lanes_ride_in_the_steps_own_passes() {
    for change in RUNS {
        let plain = run(&mut model(), options(change), &PROMPT);
        let mut with = model();
        let events = run(&mut with, GenerationOptions { reading_beams: 2, ..options(change) }, &PROMPT);
        assert_eq!(sets(&events), sets(&plain));
        for (found, want) in steps(&events).iter().zip(steps(&plain)) {
            assert_eq!((found.slots, found.live, &found.over_budget), (want.slots, want.live, &want.over_budget));
            for (found, want) in found.received.iter().zip(&want.received) {
                near("received", *found, *want);
            }
        }
        let (work, alone) = (end(&events).work.unwrap(), end(&plain).work.unwrap());
        let riding = with.plans.iter().filter(|plan| plan.queries.iter().any(|query| query.lane != Lane::TEMPO));
        let of_their_own = riding.filter(|plan| plan.measured().is_empty()).count();
        assert_eq!(work.passes, alone.passes + of_their_own, "{:?}", options(change));
        let removes = options(change).removal != RemovalMode::Off || options(change).budget > 0;
        assert!(removes || of_their_own == 0);
        assert!(work.rows > alone.rows && work.peak_rows > alone.peak_rows);
    }
}

/// What the reading lanes say of the next set is in the digest of TEMPO's rows, so no pass of a step hands over its rows.
#[test]
fn digests_and_lists_give_the_readings_of_rows() {
    let (mut listed, mut fetched) = (0, 0);
    for change in RUNS {
        for beams in [1, 3, 8] {
            for meter in [0, 20] {
                let options = GenerationOptions { reading_beams: beams, exact_limit: meter, ..options(change) };
                let rows = run(&mut digesting(None), options, &PROMPT);
                for limit in [0, 1, 6, VOCAB] {
                    let mut model = digesting(Some(limit));
                    let events = run(&mut model, options, &PROMPT);
                    assert_same(&events, &rows);
                    let rides =
                        |plan: &&StepPlan| plan.measured().len() < plan.logits.len() && !plan.measured().is_empty();
                    let riding: Vec<&StepPlan> = model.plans.iter().filter(rides).collect();
                    assert!(!riding.is_empty());
                    if options.repetition_penalty.to_bits() == 1.0_f64.to_bits() {
                        assert!(riding.iter().all(|plan| plan.digest.is_some()));
                    }
                    let steps = steps(&events).len();
                    if limit == VOCAB && meter == 0 {
                        // The rows that a rebuild would overwrite are read before it, for the lanes.
                        let rebuilds = options.removal == RemovalMode::Rebuild;
                        assert!(model.fetched == 0 || rebuilds, "{} of {steps} in {options:?}", model.fetched);
                        listed += riding.len();
                    }
                    fetched += usize::from(limit < VOCAB && model.fetched > 0);
                }
            }
        }
    }
    assert!(listed > 100 && fetched > 20, "{listed} {fetched}");
}

#[test]
fn rows_of_lanes_are_given_back() {
    for change in RUNS {
        let all = GenerationOptions { reading_beams: 2, exact_limit: 30, meter_samples: 3, ..options(change) };
        let mut model = model();
        run(&mut model, GenerationOptions { max_steps: 40, ..all }, &PROMPT);
        let most = model.plans.iter().map(|plan| plan.keys.len()).max().unwrap();
        // Prompt and sets, two texts, and thirty paths or three: never all that was ever computed.
        let computed: usize = model.plans.iter().map(|plan| plan.queries.len()).sum();
        assert!(most < computed, "{most} of {computed}");
    }
}

#[test]
fn a_scored_reading_can_be_the_text() {
    let options = GenerationOptions { reading_beams: 4, reading: Reading::Scored, ..options(|_| ()) };
    let events = run(&mut model(), options, &PROMPT);
    assert_eq!(end(&events).text, scored(&events).text);
    let kinds: Vec<ReadingKind> = end(&events).readings.iter().map(|reading| reading.kind).collect();
    assert_eq!(kinds, [ReadingKind::Probable, ReadingKind::Viterbi, ReadingKind::Scored]);
    let none = GenerationOptions { reading_beams: 0, ..options };
    assert!(matches!(none.check(&description(VOCAB)), Err(crate::ConfigError::Conflict { .. })));
}

#[test]
fn nothing_generated_is_the_empty_text() {
    let options = GenerationOptions { reading_beams: 4, max_steps: 0, exact_limit: 9, ..GenerationOptions::default() };
    let events = run(&mut model(), options, &PROMPT);
    let found = scored(&events);
    assert!(found.ids.is_empty() && found.log_probability.abs() < 1e-12 && found.exact == Some(true));
}
