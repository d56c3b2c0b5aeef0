//! The algorithm on a scripted model: whole runs in microseconds.

mod beside;
mod change;
mod digests;
mod forced;
mod held;
mod options;
mod promises;

use super::*;
use crate::testing::{Numbers, ScriptedModel, block_on, run, sets, steps};
use crate::{
    EndEvent, LanguageModel, Query, Readout, ReadoutError, ReadoutStep, Slot, StepPlan, Weighting, next_event,
};

const PROMPT: [u32; 3] = [3, 7, 1];

fn options(change: impl FnOnce(&mut GenerationOptions)) -> GenerationOptions {
    let mut options = GenerationOptions { max_steps: 10, max_set: 3, ..GenerationOptions::default() };
    change(&mut options);
    options
}

fn events(change: impl FnOnce(&mut GenerationOptions)) -> Vec<Event> {
    run(&mut ScriptedModel::new(24), options(change), &PROMPT)
}

fn end(events: &[Event]) -> &EndEvent {
    match events.last() {
        Some(Event::End(end)) => end,
        other => panic!("the last event is {other:?}"),
    }
}

/// Removal by attention, sharp enough that some members always go.
fn removing(effect: RemovalMode) -> impl Fn(&mut GenerationOptions) {
    move |o| {
        (o.removal, o.removal_score) = (effect, RemovalScore::Share);
        o.relative = 0.95;
    }
}

#[test]
fn a_run_is_one_run_event_the_steps_and_one_end_event() {
    let events = events(|_| ());
    assert!(matches!(events[0], Event::Run(_)));
    assert_eq!(steps(&events).len(), 10);
    let end = end(&events);
    assert_eq!((end.reason, end.stats.steps), (StopReason::MaxSteps, 10));
    assert_eq!(end.stats.tokens, sets(&events).iter().map(Vec::len).sum::<usize>());
    assert!(sets(&events).iter().any(|set| set.len() > 1), "the scripted model branches");
}

/// I1.
#[test]
fn one_member_sets_are_greedy_decoding() {
    let by_limit = events(|o| o.max_set = 1);
    let by_threshold = events(|o| o.selection_threshold = 1.5);
    assert_eq!(sets(&by_limit), sets(&by_threshold));
    assert!(steps(&by_threshold).iter().all(|step| step.fallback && step.above == 0));
    for step in steps(&by_limit) {
        assert_eq!(step.set[0].id, step.candidates[0].id, "greedy takes the most probable token");
    }
}

#[test]
fn one_forward_pass_per_step_whatever_the_set() {
    for max_set in [1, 2, 3, 8] {
        let mut model = ScriptedModel::new(24);
        let events = run(&mut model, options(|o| (o.max_set, o.selection_threshold) = (max_set, 0.02)), &PROMPT);
        assert_eq!(model.plans.len(), 1 + steps(&events).len(), "sets of up to {max_set}");
        assert!(sets(&events).iter().any(|set| set.len() == max_set));
    }
}

#[test]
fn work_counts_passes_rows_and_what_the_cache_held() {
    for (effect, evicts) in [(RemovalMode::Off, false), (RemovalMode::Rebuild, false), (RemovalMode::Evict, true)] {
        let mut model = ScriptedModel::new(24);
        let events = run(&mut model, options(removing(effect)), &PROMPT);
        let work = end(&events).work.unwrap();
        assert_eq!(work.passes, model.plans.len());
        assert_eq!(work.rows, model.plans.iter().map(|plan| plan.queries.len()).sum::<usize>());
        let held = PROMPT.len() + end(&events).stats.tokens;
        assert_eq!(work.peak_rows < held, evicts, "{effect}");
        // Two layers, keys and values, one head of two numbers, four bytes each.
        assert_eq!(work.cache_bytes, work.peak_rows * 32);
    }
    let mut model = ScriptedModel::new(24);
    let events = run(&mut model, options(|o| o.capacity = Some(3)), &PROMPT);
    let work = end(&events).work.unwrap();
    assert_eq!((work.passes, work.rows, work.peak_rows), (1, 3, 3), "the prompt alone");
}

#[test]
fn the_last_prompt_token_is_not_fed_again() {
    let mut model = ScriptedModel::new(24);
    run(&mut model, options(|o| o.max_steps = 1), &PROMPT);
    assert_eq!((model.plans[0].queries.len(), model.plans[0].logits.clone()), (3, 2..3));
    assert!(model.plans[1].queries.iter().all(|query| query.slot.0 >= 3));
}

#[test]
fn attention_received_covers_every_slot_and_sums_to_one() {
    let events = events(removing(RemovalMode::Evict));
    for step in steps(&events) {
        let newest = step.set.last().map(|member| member.slot.index() + 1);
        assert_eq!(Some(step.received.len()), newest);
        assert!((step.received.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn removed_members_receive_nothing_and_no_query_sees_them() {
    let mut model = ScriptedModel::new(24);
    let events = run(&mut model, options(removing(RemovalMode::Mask)), &PROMPT);
    let mut gone = Vec::new();
    for step in steps(&events) {
        assert!(gone.iter().all(|slot: &Slot| step.received[slot.index()].abs() < 1e-12));
        gone.extend(step.verdicts.iter().filter(|verdict| !verdict.keep).map(|verdict| verdict.slot));
        assert_eq!((step.slots, step.live), (step.received.len(), step.received.len() - gone.len()));
    }
    assert!(!gone.is_empty() && end(&events).stats.removed == gone.len());
}

/// I10, first half; and eviction holds fewer rows.
#[test]
fn mask_and_evict_say_the_same() {
    let mask = events(removing(RemovalMode::Mask));
    let evict = events(removing(RemovalMode::Evict));
    assert_eq!(sets(&mask), sets(&evict));
    for (a, b) in steps(&mask).iter().zip(steps(&evict)) {
        assert_eq!(b.slots, b.live);
        for (a, b) in a.candidates.iter().zip(&b.candidates) {
            assert!((a.probability - b.probability).abs() < 1e-6);
        }
    }
    assert!(steps(&mask).last().unwrap().slots > steps(&evict).last().unwrap().slots);
}

/// Largest difference between the newest rows of a run and a computation of its live tokens from scratch.
fn distance_from_scratch(change: impl FnOnce(&mut GenerationOptions)) -> f32 {
    let mut model = ScriptedModel::new(24);
    let ids = PROMPT.into_iter().map(TokenId).collect();
    let options = options(change);
    let prompt = Prompt { text: String::new(), ids };
    let mut generator = Generator::new(options, model.description(), prompt, Numbers).unwrap();
    let mut worst: f32 = 0.0;
    while let Some(event) = block_on(next_event(&mut generator, &mut model)).unwrap() {
        if !matches!(event, Event::Step(_)) {
            continue;
        }
        let queries: Vec<Query> = generator.sequence.queries(0..generator.sequence.tokens().len());
        let newest = generator.sequence.live(generator.sequence.newest()).len();
        let plan = StepPlan {
            logits: queries.len() - newest..queries.len(),
            biases: generator.sequence.biases(generator.config.weighting, generator.config.visibility, &queries),
            queries,
            keys: generator.sequence.keys(generator.config.weighting),
            visibility: generator.config.visibility,
            layer_weights: Vec::new(),
            digest: None,
        };
        let mut fresh = ScriptedModel::new(24);
        let readout = block_on(async {
            fresh.begin(64).await?;
            fresh.forward(&plan).await
        })
        .unwrap();
        let NextLogits::Rows { logits: newest, .. } = &generator.next_logits else { panic!("no digest was asked for") };
        for (a, b) in readout.logits.rows().unwrap().iter().zip(newest) {
            worst = worst.max((a - b).abs());
        }
    }
    assert!(generator.stats.removed > 0, "some members were removed");
    worst
}

/// I10, second half: `rebuild` leaves no trace of whom it took out, `mask` does.
#[test]
fn rebuild_equals_a_run_without_the_member() {
    for visibility in [Visibility::Isolated, Visibility::Visible, Visibility::Ordered] {
        for weighting in [Weighting::None, Weighting::Probability, Weighting::Gamma, Weighting::Kin] {
            for score in [RemovalScore::Share, RemovalScore::Posterior, RemovalScore::Gamma] {
                let distance = |effect| {
                    distance_from_scratch(|o| {
                        removing(effect)(o);
                        (o.visibility, o.weighting, o.removal_score) = (visibility, weighting, score);
                    })
                };
                let name = format!("{visibility} {weighting} {score}");
                assert!(distance(RemovalMode::Rebuild) < 1e-5, "{name}");
                // I8: an isolated member removed before any later row leaves no trace even when only masked.
                // Under `gamma` its siblings' biases spoke for it too.
                let traceless = score == RemovalScore::Posterior
                    && visibility == Visibility::Isolated
                    && weighting != Weighting::Gamma;
                assert_eq!(distance(RemovalMode::Mask) < 1e-5, traceless, "{name}");
            }
        }
    }
}

#[test]
fn a_rebuild_is_one_more_pass_and_only_when_a_member_goes() {
    let mut model = ScriptedModel::new(24);
    let events = run(&mut model, options(removing(RemovalMode::Rebuild)), &PROMPT);
    let rebuilt = steps(&events).iter().filter(|step| step.verdicts.iter().any(|verdict| !verdict.keep)).count();
    assert!(rebuilt > 0);
    assert_eq!(model.plans.len(), 1 + steps(&events).len() + rebuilt);
}

#[test]
fn a_rebuild_before_the_pass_costs_no_pass_of_its_own() {
    for score in [RemovalScore::Posterior, RemovalScore::Gamma] {
        let mut model = ScriptedModel::new(24);
        let events = run(
            &mut model,
            options(|o| {
                removing(RemovalMode::Rebuild)(o);
                (o.removal_score, o.visibility) = (score, Visibility::Visible);
            }),
            &PROMPT,
        );
        assert!(end(&events).stats.removed > 0);
        assert_eq!(model.plans.len(), 1 + steps(&events).len(), "{score}");
    }
}

/// I9.
#[test]
fn runs_on_one_model_do_not_touch_each_other() {
    let settings: [fn(&mut GenerationOptions); 3] = [
        |o| removing(RemovalMode::Evict)(o),
        |o| (o.visibility, o.weighting) = (Visibility::Visible, Weighting::Probability),
        |o| o.budget = 6,
    ];
    let mut shared = ScriptedModel::new(24);
    for order in [[0, 1, 2], [2, 1, 0], [1, 1, 0]] {
        for index in order {
            let again = run(&mut shared, options(settings[index]), &PROMPT);
            assert_eq!(again, events(settings[index]));
        }
    }
}

#[test]
fn report_judges_and_changes_nothing() {
    let report = events(removing(RemovalMode::Report));
    assert!(steps(&report).iter().any(|step| step.verdicts.iter().any(|verdict| !verdict.keep)));
    assert_eq!(end(&report).stats.removed, 0);
    let off = events(|_| ());
    for (report, off) in steps(&report).into_iter().zip(steps(&off)) {
        assert_eq!((&report.set, &report.received, report.live), (&off.set, &off.received, off.live));
    }
}

#[test]
fn fading_acts_from_the_next_step_on() {
    for score in [RemovalScore::Share, RemovalScore::Posterior, RemovalScore::Gamma] {
        let mut model = ScriptedModel::new(24);
        let change = |o: &mut GenerationOptions| {
            removing(RemovalMode::Fade)(o);
            o.removal_score = score;
        };
        let events = run(&mut model, options(change), &PROMPT);
        let judged = steps(&events).iter().position(|step| !step.verdicts.is_empty()).unwrap();
        let faded = |plan: &StepPlan| plan.keys.iter().any(|key| key.bias < 0.0);
        // Plan 0 is the prompt's, so step s computed plan s + 1.
        assert!(!faded(&model.plans[judged + 1]) && faded(&model.plans[judged + 2]), "{score}");
        assert_eq!(end(&events).stats.removed, 0);
    }
}

#[test]
fn end_of_text_stops_without_a_step() {
    let plain = sets(&events(|o| o.max_set = 1));
    let eos = plain[4][0];
    assert!(!plain[..4].concat().contains(&eos), "the fifth token is new");
    let mut model = ScriptedModel::new(24).with_eos(&[eos]);
    let stopped = run(&mut model, options(|o| o.max_set = 1), &PROMPT);
    assert_eq!((end(&stopped).reason, steps(&stopped).len()), (StopReason::Eos, 4));
    // Without that end of text the same model takes the token, with the probability that the end event tells.
    let taken = steps(&events(|o| o.max_set = 1))[4].set[0].clone();
    let ended: Vec<_> = end(&stopped).ended.iter().map(|ended| (ended.id, ended.probability)).collect();
    assert_eq!(ended, [(taken.id, taken.probability)]);
    let forced = run(&mut model, options(|o| (o.max_set, o.min_steps) = (1, 10)), &PROMPT);
    assert_eq!(steps(&forced).len(), 10);
    assert!(!sets(&forced).concat().contains(&eos));
}

#[test]
fn a_reading_that_ended_is_reported_and_not_appended() {
    let branching = sets(&events(|_| ()));
    let eos = branching.iter().find(|set| set.len() > 1).unwrap()[1];
    let mut model = ScriptedModel::new(24).with_eos(&[eos]);
    let run = run(&mut model, options(|_| ()), &PROMPT);
    assert!(steps(&run).iter().any(|step| step.ended.iter().any(|ended| ended.id.0 == eos)));
    assert!(!sets(&run).concat().contains(&eos));
}

#[test]
fn a_set_that_does_not_fit_whole_ends_the_run() {
    let full = events(|o| o.capacity = Some(14));
    let total: usize = sets(&full).iter().map(Vec::len).sum();
    assert_eq!(end(&full).reason, StopReason::ContextFull);
    assert!(total <= 11 && sets(&events(|_| ()))[..steps(&full).len()] == sets(&full)[..]);
    let evicting = events(|o| {
        removing(RemovalMode::Evict)(o);
        o.capacity = Some(14);
    });
    assert!(sets(&evicting).iter().map(Vec::len).sum::<usize>() > total, "freed rows are room");
}

#[test]
fn a_prompt_that_fills_the_capacity_leaves_no_room_for_a_step() {
    let full = events(|o| o.capacity = Some(3));
    assert_eq!((end(&full).reason, steps(&full).len()), (StopReason::ContextFull, 0));
}

#[test]
fn a_run_of_no_steps_computes_nothing() {
    let mut model = ScriptedModel::new(24);
    let none = run(&mut model, options(|o| o.max_steps = 0), &PROMPT);
    assert_eq!((none.len(), end(&none).reason, model.plans.len()), (2, StopReason::MaxSteps, 0));
}

#[test]
fn stopping_ends_before_the_next_step() {
    let mut model = ScriptedModel::new(24);
    let prompt = Prompt { text: String::new(), ids: vec![TokenId(3)] };
    let mut generator = Generator::new(options(|_| ()), model.description(), prompt, Numbers).unwrap();
    let mut next = || block_on(next_event(&mut generator, &mut model)).unwrap();
    assert!(matches!(next(), Some(Event::Run(_))));
    assert!(matches!(next(), Some(Event::Step(_))));
    generator.stop();
    let mut next = || block_on(next_event(&mut generator, &mut model)).unwrap();
    assert!(matches!(next(), Some(Event::End(EndEvent { reason: StopReason::Stopped, .. }))));
    assert!(next().is_none() && next().is_none());
}

#[test]
fn bad_prompts_are_refused() {
    let start = |ids: &[u32], change: fn(&mut GenerationOptions)| {
        let prompt = Prompt { text: String::new(), ids: ids.iter().copied().map(TokenId).collect() };
        Generator::new(options(change), &crate::testing::description(24), prompt, Numbers).map(|_| ()).unwrap_err()
    };
    assert_eq!(start(&[], |_| ()), SetupError::EmptyPrompt);
    assert_eq!(start(&[24], |_| ()), SetupError::UnknownToken { id: 24, vocab: 24 });
    let full = SetupError::ContextFull { capacity: 2, needed: 3 };
    assert_eq!(start(&[1, 2, 3], |o| o.capacity = Some(2)), full);
    assert!(matches!(start(&[1], |o| o.temperature = f64::NAN), SetupError::Config(_)));
}

#[test]
fn logits_that_are_not_finite_are_an_error() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let prompt = Prompt { text: String::new(), ids: vec![TokenId(0)] };
        let mut generator = Generator::new(options(|_| ()), &crate::testing::description(4), prompt, Numbers).unwrap();
        while !matches!(generator.advance(), Action::Forward(_)) {}
        let error =
            generator.absorb(Readout { logits: vec![0.0, bad, 0.0, 0.0].into(), received: Vec::new() }).unwrap_err();
        assert!(matches!(error, ReadoutError::NonFinite { token: 1, .. }), "{error}");
        assert_eq!(generator.advance(), Action::Finished);
    }
}

#[test]
fn readouts_of_the_wrong_size_are_an_error() {
    let prompt = Prompt { text: String::new(), ids: vec![TokenId(0)] };
    let mut generator = Generator::new(options(|_| ()), &crate::testing::description(4), prompt, Numbers).unwrap();
    while !matches!(generator.advance(), Action::Forward(_)) {}
    let error = generator.absorb(Readout { logits: vec![0.0; 3].into(), received: Vec::new() }).unwrap_err();
    assert_eq!(error, ReadoutError::Shape { what: "logits", expected: 4, found: 3 });
}

#[test]
fn the_budget_bounds_the_rows_and_is_counted_apart() {
    let bounded = events(|o| (o.budget, o.budget_recent) = (6, 2));
    assert!(steps(&bounded).iter().all(|step| step.slots <= 6));
    assert!(steps(&bounded).iter().any(|step| !step.over_budget.is_empty()));
    assert_eq!(end(&bounded).stats.removed, 0);
}
