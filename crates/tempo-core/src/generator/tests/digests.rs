//! A model that returns digests gives the events of one that returns rows.

use proptest::prelude::*;

use super::promises::any_options;
use super::*;
use crate::testing::assert_same;
use crate::{Combine, Digest, Logits, LogitsRequest};

const VOCAB: usize = 24;

fn model(grain: f64) -> ScriptedModel {
    ScriptedModel::new(VOCAB).with_eos(&[5, 17]).with_grain(grain)
}

/// Sets that a finished run has chosen or tried to choose.
fn choices(events: &[Event]) -> usize {
    let tried = matches!(end(events).reason, StopReason::Eos | StopReason::ContextFull);
    steps(events).len() + usize::from(tried)
}

proptest! {
    #[test]
    fn digests_of_any_size_give_the_events_of_rows(
        options in any_options(),
        prompt in prop::collection::vec(0_u32..24, 1..5),
        // Coarse logits tie.
        grain in prop::sample::select(vec![0.0, 0.5, 4.0]),
    ) {
        let rows = run(&mut model(grain), options, &prompt);
        for limit in [0, 1, 2, 8, 64] {
            let mut model = model(grain).with_digests(limit);
            assert_same(&run(&mut model, options, &prompt), &rows);
            let always = model.plans.iter().all(|plan| plan.digest.is_some());
            match limit {
                64 => prop_assert_eq!(model.fetched, 0, "a digest of the whole vocabulary tells everything"),
                0 if always => {
                    prop_assert_eq!(model.fetched, choices(&rows), "an empty digest tells nothing");
                }
                _ => prop_assert!(model.fetched <= choices(&rows)),
            }
        }
    }
}

#[test]
fn default_options_never_need_the_rows_after_a_digest() {
    let vocab = 1024;
    let mut fetched = 0;
    for (scale, to_f32) in [(1.0, false), (4.0, false), (4.0, true), (9.0, true)] {
        for start in 0..5 {
            let options = GenerationOptions { capacity: Some(200), ..GenerationOptions::default() };
            let scripted = || {
                let mut model = ScriptedModel::new(vocab);
                (model.scale, model.to_f32) = (scale, to_f32);
                model
            };
            let mut model = scripted().with_digests(64);
            let prompt = [start * 11, start + 3];
            assert_same(&run(&mut model, options, &prompt), &run(&mut scripted(), options, &prompt));
            assert!(model.plans.iter().all(|plan| plan.digest.is_some()));
            fetched += model.fetched;
        }
    }
    assert_eq!(fetched, 0);
}

#[test]
fn a_digest_request_follows_options_and_step() {
    let mut model = model(0.0);
    let events = run(&mut model, options(|o| (o.min_steps, o.temperature, o.candidates) = (2, 1.5, 5)), &PROMPT);
    assert!(steps(&events).len() > 3);
    for (step, plan) in model.plans.iter().enumerate() {
        let request = plan.digest.as_ref().and_then(LogitsRequest::combined).unwrap();
        assert_eq!((request.rule, request.weights.len()), (Combine::Mixture, plan.logits.len()));
        assert!((request.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let eos = [TokenId(5), TokenId(17)];
        assert_eq!(request.suppressed, if step < 2 { &eos[..] } else { &[] }, "plan {step} is for step {step}");
        assert_eq!(request.candidates, 5);
    }
    let requested = |change: fn(&mut GenerationOptions)| {
        let mut model = ScriptedModel::new(VOCAB);
        run(&mut model, options(change), &PROMPT);
        model.plans[0].digest.as_ref().and_then(LogitsRequest::combined).map(|request| request.candidates)
    };
    assert_eq!(requested(|o| o.repetition_penalty = 1.1), None);
    assert_eq!(requested(|o| o.selection_threshold = 0.0), None);
    assert_eq!(requested(|o| o.candidates = 0), Some(3), "a set's most members");
    assert_eq!(requested(|o| (o.candidates, o.max_set, o.selection_threshold) = (0, 0, 0.1)), Some(10));
    assert_eq!(requested(|o| (o.candidates, o.selection_threshold) = (0, 2.0)), Some(1));
    assert_eq!(requested(|o| o.candidates = 500), Some(VOCAB));
}

/// A run whose options become others when a digest has been asked for: before it is absorbed (`early`) or after.
fn changed(mut model: ScriptedModel, then: GenerationOptions, after: usize, early: bool) -> (Vec<Event>, usize) {
    let first = GenerationOptions { capacity: Some(60), ..options(|_| ()) };
    let then = GenerationOptions { capacity: Some(60), ..then };
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut generator = Generator::new(first, model.description(), prompt, Numbers).unwrap();
    let mut events = Vec::new();
    loop {
        match generator.advance() {
            Action::Emit(event) => events.push(event),
            Action::Finished => return (events, model.fetched),
            Action::Begin { rows, .. } => block_on(model.begin(rows)).unwrap(),
            Action::Grow { rows } => block_on(model.grow(rows)).unwrap(),
            Action::Logits => generator.absorb_logits(block_on(model.logits()).unwrap()).unwrap(),
            Action::Forward(plan) => {
                let readout = block_on(model.forward(&plan)).unwrap();
                let due = steps(&events).len() + 1 == after;
                if due && early {
                    generator.change(then).unwrap();
                }
                events.extend(generator.absorb(readout).unwrap());
                if due && !early {
                    generator.change(then).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_digest_that_was_made_for_other_options_is_not_used() {
    type Change = fn(&mut GenerationOptions);
    let cases: [(&str, Change, usize); 7] = [
        ("combine", |o| o.combine = Combine::Max, 1),
        ("temperature", |o| o.temperature = 0.7, 1),
        ("min_steps", |o| o.min_steps = 9, 1),
        ("repetition_penalty", |o| o.repetition_penalty = 1.4, 1),
        ("selection_threshold", |o| o.selection_threshold = 0.2, 0),
        ("max_set", |o| (o.max_set, o.selection_threshold) = (6, 0.02), 0),
        (
            "posterior",
            |o| {
                removing(RemovalMode::Evict)(o);
                o.removal_score = RemovalScore::Posterior;
            },
            0,
        ),
    ];
    for (name, change, fetches) in cases {
        for early in [false, true] {
            let (rows, _) = changed(model(0.0), options(change), 2, early);
            let (digests, fetched) = changed(model(0.0).with_digests(VOCAB), options(change), 2, early);
            assert_same(&digests, &rows);
            assert!(steps(&rows).len() > 2 && fetched == fetches, "{name}, early {early}: {fetched}");
        }
    }
}

/// A run of a vocabulary of four whose prompt is about to be computed.
fn at_the_prompt(change: fn(&mut GenerationOptions)) -> (Generator<Numbers>, StepPlan) {
    let prompt = Prompt { text: String::new(), ids: vec![TokenId(0)] };
    let mut generator = Generator::new(options(change), &crate::testing::description(4), prompt, Numbers).unwrap();
    loop {
        if let Action::Forward(plan) = generator.advance() {
            return (generator, plan);
        }
    }
}

#[test]
fn bad_digests_end_the_run() {
    let absorb = |change: fn(&mut GenerationOptions), spoil: fn(&mut Digest)| {
        let (mut generator, plan) = at_the_prompt(change);
        let request = plan.digest.or_else(|| at_the_prompt(|_| ()).1.digest).unwrap();
        let mut digest = Digest::of(&[0.0, 1.0, 2.0, 3.0], 4, request.combined().unwrap(), 4);
        spoil(&mut digest);
        let readout = Readout { logits: Logits::Digest(digest), received: Vec::new() };
        let error = generator.absorb(readout).unwrap_err();
        assert_eq!(generator.advance(), Action::Finished);
        error
    };
    assert_eq!(absorb(|o| o.repetition_penalty = 2.0, |_| ()), ReadoutError::NotRequested);
    let error = absorb(|_| (), |digest| digest.entropy = f64::NAN);
    assert!(matches!(error, ReadoutError::Fact { what: "entropy", .. }), "{error}");
}

#[test]
fn rows_after_a_digest_are_checked_like_rows() {
    let fetched = |logits: Vec<f32>| {
        let (mut generator, plan) = at_the_prompt(|_| ());
        let digest = Digest::of(&[0.0, 1.0, 2.0, 3.0], 4, plan.digest.unwrap().combined().unwrap(), 0);
        generator.absorb(Readout { logits: Logits::Digest(digest), received: Vec::new() }).unwrap();
        assert_eq!(generator.advance(), Action::Logits);
        assert_eq!(generator.advance(), Action::Logits, "asked again until it is done");
        let answer = generator.absorb_logits(logits);
        assert_eq!(matches!(generator.advance(), Action::Forward(_)), answer.is_ok());
        answer
    };
    assert_eq!(fetched(vec![0.0, 1.0, 2.0, 3.0]), Ok(()));
    assert_eq!(fetched(vec![0.0; 3]), Err(ReadoutError::Shape { what: "logits", expected: 4, found: 3 }));
    let error = fetched(vec![0.0, f32::NAN, 2.0, 3.0]).unwrap_err();
    assert!(matches!(error, ReadoutError::NonFinite { step: ReadoutStep::Prompt, token: 1, .. }), "{error}");
    assert!(error.to_string().starts_with("step prompt: "), "{error}");
}

#[test]
fn logits_that_were_not_requested_are_refused() {
    let (mut generator, _) = at_the_prompt(|_| ());
    assert_eq!(generator.absorb_logits(vec![0.0; 4]), Err(ReadoutError::Unasked { what: "logits" }));
}
