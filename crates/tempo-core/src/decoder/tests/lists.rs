//! A model that lists the best of every row gives the events of one that returns the rows.

use super::*;
use crate::model::LogitsRequest;
use crate::testing::assert_same;
use crate::{ReadoutError, StepPlan};

type Change = fn(&mut GenerationOptions);

/// What lists cannot know is asked for as rows.
const PLAIN: [Change; 5] = [
    |_| (),
    |o| (o.top_k, o.temperature) = (3, 1.0),
    |o| o.top_p = 0.6,
    |o| o.min_p = 0.4,
    |o| (o.temperature, o.top_p) = (1.7, 0.8),
];
const OF_ALL_ROWS: [Change; 2] = [|o| o.repetition_penalty = 1.4, |o| o.min_steps = 4];

fn model(vocab: usize, eos: &[u32]) -> ScriptedModel {
    ScriptedModel::new(vocab).with_eos(eos)
}

fn asks(plan: &StepPlan) -> bool {
    matches!(plan.digest, Some(LogitsRequest::EachRow(_)))
}

#[test]
fn lists_of_any_length_give_the_events_of_rows() {
    let mut decided = 0;
    for decoder in BESIDE {
        let changes = if decoder == DecoderKind::Sample { &PLAIN[..] } else { &PLAIN[..1] };
        for change in changes {
            for (eos, grain) in [(&[][..], 0.0), (&[4, 9, 14], 0.0), (&[9], 0.5), (&[], 4.0)] {
                let options = options(decoder, |o| (lively(o), change(o)).1);
                let rows = decode(&mut model(VOCAB, eos).with_grain(grain), options, &PROMPT);
                for limit in [0, 1, 3, 8, VOCAB] {
                    let mut model = model(VOCAB, eos).with_grain(grain).with_digests(limit);
                    assert_same(&decode(&mut model, options, &PROMPT), &rows);
                    assert!(model.plans.iter().all(asks), "{decoder}");
                    match limit {
                        0 => assert!(model.fetched + 1 >= model.plans.len(), "an empty list tells nothing"),
                        VOCAB => assert_eq!(model.fetched, 0, "a list of all tokens tells everything"),
                        _ => decided += usize::from(model.fetched < model.plans.len()),
                    }
                }
            }
        }
    }
    assert!(decided > 20, "{decided}");
}

#[test]
fn a_penalty_and_a_suppressed_end_of_text_want_the_rows() {
    for change in OF_ALL_ROWS {
        let options = options(DecoderKind::Sample, |o| (lively(o), change(o)).1);
        let rows = decode(&mut model(VOCAB, &[4, 9]), options, &PROMPT);
        let mut listing = model(VOCAB, &[4, 9]).with_digests(8);
        assert_same(&decode(&mut listing, options, &PROMPT), &rows);
        let asked: Vec<bool> = listing.plans.iter().map(asks).collect();
        // From the pass on that the first step without suppression goes by.
        let first = options.min_steps;
        let want = |pass: usize| first > 0 && pass >= first;
        assert!(asked.iter().enumerate().all(|(pass, asked)| *asked == want(pass)), "{asked:?}");
    }
}

/// As many as a graphics device lists, of a vocabulary that is longer.
#[test]
fn no_vocabulary_is_read_where_a_list_decides() {
    for (decoder, change) in [
        (DecoderKind::Beam, (|o| o.beams = 8) as Change),
        (DecoderKind::Beam, |o| (o.beams, o.length_penalty) = (64, 0.0)),
        (DecoderKind::Sample, |o| (o.samples, o.top_k) = (8, 40)),
        (DecoderKind::Sample, |o| (o.samples, o.min_p) = (8, 0.97)),
        (DecoderKind::Mcts, |o| (o.simulations, o.branching) = (12, 20)),
    ] {
        let options = options(decoder, |o| (change(o), o.capacity = Some(900)).1);
        let mut listing = model(1024, &[7]).with_digests(96);
        let events = decode(&mut listing, options, &PROMPT);
        assert_eq!((end(&events).stats.steps, listing.fetched), (6, 0), "{decoder}");
        assert!(listing.plans.iter().all(asks), "{decoder}");
        assert_same(&events, &decode(&mut model(1024, &[7]), options, &PROMPT));
    }
}

#[test]
fn a_search_that_waits_for_rows_can_be_stopped() {
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut model = model(VOCAB, &[]).with_digests(1);
    let mut run = Decoder::new(options(DecoderKind::Mcts, lively), model.description(), prompt, Numbers).unwrap();
    loop {
        match run.advance() {
            Action::Begin { rows, .. } | Action::Grow { rows } => block_on(model.grow(rows)).unwrap(),
            Action::Forward(plan) => assert_eq!(run.absorb(block_on(model.forward(&plan)).unwrap()).unwrap(), None),
            // The children of the root are three, and one is listed.
            Action::Logits if model.plans.len() == 2 => break,
            Action::Logits => run.absorb_logits(block_on(model.logits()).unwrap()).unwrap(),
            Action::Emit(_) => {}
            Action::Finished => panic!("it has not begun to search"),
        }
    }
    run.stop();
    assert!(matches!(run.advance(), Action::Emit(Event::End(end)) if end.reason == StopReason::Stopped));
}

#[test]
fn what_nobody_asked_for_is_an_error_and_the_run_goes_on() {
    for decoder in BESIDE.into_iter().chain([DecoderKind::Tempo, DecoderKind::Greedy]) {
        let options = options(decoder, |o| (lively(o), o.max_steps = 2).1);
        let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
        let mut model = model(VOCAB, &[]);
        let mut run = Decoder::new(options, model.description(), prompt, Numbers).unwrap();
        let mut events = Vec::new();
        loop {
            assert_eq!(run.absorb_logits(vec![0.0; VOCAB]), Err(ReadoutError::Unasked { what: "logits" }), "{decoder}");
            let action = run.advance();
            if !matches!(action, Action::Forward(_)) {
                let error = run.absorb(crate::Readout::default()).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    "a readout came in though the run had not asked for it; do what its next action says"
                );
            }
            match action {
                Action::Begin { rows, .. } | Action::Grow { rows } => block_on(model.grow(rows)).unwrap(),
                Action::Forward(plan) => {
                    let readout = block_on(model.forward(&plan)).unwrap();
                    events.extend(run.absorb(readout).unwrap());
                }
                Action::Emit(event) => events.push(event),
                Action::Logits => panic!("it has the rows"),
                Action::Finished => break,
            }
        }
        assert_eq!(events, decode(&mut model, options, &PROMPT), "{decoder}");
    }
}
