use crate::event::{EndEvent, Event, ReadingEvent, StopReason};
use crate::ids::TokenId;
use crate::lists::EachRow;
use crate::model::{LanguageModel as _, Logits};
use crate::options::{DecoderKind, GenerationOptions};
use crate::testing::{Numbers, ScriptedModel, block_on, decode};
use crate::{Action, ConfigError, Decode as _, Decoder, Prompt, SetupError};

use super::Branches;
use super::row::log_probability;

mod lists;

pub(super) const PROMPT: [u32; 3] = [3, 11, 5];
const VOCAB: usize = 24;

pub(super) fn options(decoder: DecoderKind, change: impl FnOnce(&mut GenerationOptions)) -> GenerationOptions {
    let mut options = GenerationOptions { decoder, max_steps: 6, ..GenerationOptions::default() };
    change(&mut options);
    options
}

pub(super) fn events(eos: &[u32], options: GenerationOptions) -> Vec<Event> {
    decode(&mut ScriptedModel::new(VOCAB).with_eos(eos), options, &PROMPT)
}

pub(super) fn end(events: &[Event]) -> &EndEvent {
    match events.last() {
        Some(Event::End(end)) => end,
        other => panic!("a run ends with its end event, not {other:?}"),
    }
}

fn ids(reading: &ReadingEvent) -> Vec<u32> {
    reading.ids.iter().map(|id| id.0).collect()
}

/// What the model says after the prompt and these tokens, as one plain text in a cache of its own.
pub(super) fn alone(tokens: &[TokenId]) -> EachRow {
    let mut model = ScriptedModel::new(VOCAB);
    block_on(model.begin(64)).unwrap();
    let text: Vec<TokenId> = PROMPT.iter().copied().map(TokenId).chain(tokens.iter().copied()).collect();
    match block_on(model.forward(&Branches::new(&text, 64).prefill(None))).unwrap().logits {
        Logits::Rows(logits) => EachRow::Rows { logits, vocab: VOCAB },
        _ => panic!("no digest was asked for"),
    }
}

/// The sum of `ln p` of a text that is read from left to right.
pub(super) fn score(tokens: &[TokenId]) -> f64 {
    (0..tokens.len()).map(|index| log_probability(&alone(&tokens[..index]), 0, tokens[index]).unwrap()).sum()
}

const BESIDE: [DecoderKind; 3] = [DecoderKind::Sample, DecoderKind::Beam, DecoderKind::Mcts];

fn lively(o: &mut GenerationOptions) {
    (o.samples, o.beams, o.simulations, o.branching, o.depth, o.seed) = (5, 5, 12, 3, 3, 7);
}

#[test]
fn i15_one_lane_without_choice_is_greedy() {
    let mut others = [0; 3];
    for prompt in [&PROMPT[..], &[7], &[2, 9], &[13, 1, 6], &[20, 4], &[8, 8, 15, 1]] {
        let first = |decoder, change: fn(&mut GenerationOptions)| {
            let events = decode(&mut ScriptedModel::new(VOCAB), options(decoder, change), prompt);
            ids(&end(&events).readings[0])
        };
        let greedy = first(DecoderKind::Greedy, |_| ());
        assert_eq!(greedy.len(), 6);
        assert_eq!(first(DecoderKind::Beam, |o| o.beams = 1), greedy);
        assert_eq!(first(DecoderKind::Sample, |o| (o.samples, o.top_k) = (3, 1)), greedy);
        assert_eq!(first(DecoderKind::Mcts, |o| (o.simulations, o.branching) = (1, 1)), greedy);
        // With a choice they go other ways.
        others[0] += usize::from(first(DecoderKind::Beam, |o| o.beams = 8) != greedy);
        others[1] += usize::from(first(DecoderKind::Sample, |o| o.seed = 1) != greedy);
        let search = first(DecoderKind::Mcts, |o| (o.simulations, o.branching, o.depth) = (40, 6, 1));
        others[2] += usize::from(search != greedy);
    }
    assert!(others.iter().all(|count| *count > 0), "{others:?}");
}

#[test]
fn greedy_is_tempo_with_one_member() {
    let greedy = events(&[9], options(DecoderKind::Greedy, |_| ()));
    let tempo = events(&[9], options(DecoderKind::Tempo, |o| o.max_set = 1));
    assert_eq!(greedy[1..], tempo[1..]);
    let Event::Run(run) = &greedy[0] else { panic!("a run begins with its run event") };
    assert_eq!((run.decoder, run.options.max_set), (DecoderKind::Greedy, 1));
}

#[test]
fn readings_say_what_the_text_alone_says() {
    for decoder in BESIDE {
        for eos in [vec![], vec![4, 9, 14]] {
            let events = events(&eos, options(decoder, lively));
            for reading in &end(&events).readings {
                let want = score(&reading.ids);
                assert!((reading.log_probability - want).abs() < 1e-4, "{decoder}: {reading:?}, not {want}");
            }
        }
    }
}

#[test]
fn i20_equal_seeds_give_equal_runs_on_a_used_model() {
    for decoder in BESIDE {
        let mut model = ScriptedModel::new(VOCAB).with_eos(&[4, 9]);
        let mut run = |seed| decode(&mut model, options(decoder, |o| (lively(o), o.seed = seed).1), &PROMPT);
        let (first, _other, again) = (run(7), run(8), run(7));
        assert_eq!(first, again, "{decoder}");
        assert_eq!(first[1..], events(&[4, 9], options(decoder, lively))[1..], "{decoder}: a fresh model");
    }
    let of = |seed| end(&events(&[], options(DecoderKind::Sample, |o| (lively(o), o.seed = seed).1))).readings.clone();
    assert_ne!(of(7), of(8), "the seed decides");
}

#[test]
fn slots_and_rows_are_those_that_are_held() {
    for decoder in BESIDE {
        let mut model = ScriptedModel::new(VOCAB).with_eos(&[4, 9]);
        let events = decode(&mut model, options(decoder, lively), &PROMPT);
        let end = end(&events);
        let work = end.work.unwrap();
        assert_eq!(work.passes, model.plans.len());
        assert_eq!(work.rows, model.plans.iter().map(|plan| plan.queries.len()).sum::<usize>());
        let held = |plan: &crate::StepPlan| plan.keys.iter().filter(|key| key.live).count();
        assert_eq!(work.peak_rows, model.plans.iter().map(held).max().unwrap());
        let slots: Vec<usize> = events
            .iter()
            .filter_map(|event| match event {
                Event::Samples(step) => Some((step.slots, step.live)),
                Event::Beams(step) => Some((step.slots, step.live)),
                Event::Search(step) => Some((step.slots, step.live)),
                _ => None,
            })
            .map(|(slots, live)| (assert_eq!(slots, live), slots).1)
            .collect();
        assert_eq!(slots.len(), end.stats.steps);
        assert!(slots.iter().all(|slots| *slots > PROMPT.len() && *slots <= work.peak_rows), "{decoder} {slots:?}");
    }
}

#[test]
fn a_step_that_does_not_fit_whole_ends_the_run() {
    for decoder in BESIDE {
        let full = options(decoder, |o| (lively(o), o.capacity = Some(9)).1);
        let events = events(&[], full);
        let end = end(&events);
        assert_eq!(end.reason, StopReason::ContextFull, "{decoder}");
        assert!(end.work.unwrap().peak_rows <= 9);
        assert!(end.stats.steps < 6 && events.len() == end.stats.steps + 2);
    }
}

#[test]
fn runs_stop_before_the_next_step_and_a_search_within_one_pass() {
    for decoder in BESIDE {
        let model = ScriptedModel::new(VOCAB);
        let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
        let mut run = Decoder::new(options(decoder, lively), model.description(), prompt, Numbers).unwrap();
        let mut model = model;
        let (mut passes, mut steps) = (0, 0);
        let reason = loop {
            match run.advance() {
                Action::Begin { rows, .. } | Action::Grow { rows } => block_on(model.grow(rows)).unwrap(),
                Action::Forward(plan) => {
                    passes += 1;
                    let event = run.absorb(block_on(model.forward(&plan)).unwrap()).unwrap();
                    steps += usize::from(event.is_some());
                    // The first pass of the first step has been made.
                    if passes == 2 {
                        run.stop();
                    }
                }
                Action::Emit(Event::End(end)) => break end.reason,
                Action::Emit(_) => {}
                Action::Logits | Action::Finished => panic!("the run ends with its end event"),
            }
        };
        assert_eq!(reason, StopReason::Stopped);
        assert_eq!((passes, steps), (2, usize::from(decoder != DecoderKind::Mcts)), "{decoder}");
        assert_eq!(run.advance(), Action::Finished);
    }
}

#[test]
fn no_steps_and_bad_prompts() {
    for decoder in BESIDE {
        let nothing = events(&[], options(decoder, |o| o.max_steps = 0));
        assert_eq!((nothing.len(), end(&nothing).reason), (2, StopReason::MaxSteps));
        assert_eq!(end(&nothing).text, "");
        let start = |ids: &[u32]| {
            let prompt = Prompt { text: String::new(), ids: ids.iter().copied().map(TokenId).collect() };
            Decoder::new(options(decoder, |_| ()), &crate::testing::description(VOCAB), prompt, Numbers).unwrap_err()
        };
        assert_eq!(start(&[]), SetupError::EmptyPrompt);
        assert_eq!(start(&[24]), SetupError::UnknownToken { id: 24, vocab: 24 });
    }
}

#[test]
fn what_contradicts_beam_search_is_refused() {
    let changes: [fn(&mut GenerationOptions); 5] = [
        |o| o.temperature = 0.5,
        |o| o.top_k = 5,
        |o| o.top_p = 0.5,
        |o| o.repetition_penalty = 1.1,
        |o| o.min_steps = 2,
    ];
    let description = crate::testing::description(VOCAB);
    for change in changes {
        let error = options(DecoderKind::Beam, change).check(&description).unwrap_err();
        assert!(matches!(error, ConfigError::Conflict { .. }), "{error}");
        assert!(options(DecoderKind::Sample, change).check(&description).is_ok());
    }
    // 0 and 1 are off.
    for top_p in [0.0, 1.0] {
        assert!(options(DecoderKind::Beam, |o| o.top_p = top_p).check(&description).is_ok());
    }
}

#[test]
fn what_has_no_meaning_for_a_decoder_is_idle() {
    let idle = |decoder, name| options(decoder, |_| ()).idle(name).map(|idle| idle.option);
    for (name, decoders) in [
        ("selection_threshold", "sample beam mcts"),
        ("removal", "sample beam mcts"),
        ("position_gap", "sample beam mcts"),
        ("reading", "sample beam mcts"),
        ("max_set", "greedy sample beam mcts"),
        ("temperature", "mcts"),
        ("min_steps", "mcts"),
        ("samples", "tempo greedy beam mcts"),
        ("beams", "tempo greedy sample mcts"),
        ("depth", "tempo greedy sample beam"),
        ("seed", "beam mcts"),
        ("max_steps", ""),
        ("capacity", ""),
    ] {
        for decoder in [DecoderKind::Tempo, DecoderKind::Greedy].into_iter().chain(BESIDE) {
            let by_decoder = idle(decoder, name) == Some("decoder");
            assert_eq!(by_decoder, decoders.split(' ').any(|name| name == decoder.name()), "{decoder} {name}");
        }
    }
    assert_eq!(idle(DecoderKind::Tempo, "seed"), Some("readings"));
    assert_eq!(idle(DecoderKind::Sample, "seed"), None);
}
