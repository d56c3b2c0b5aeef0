//! Options that change in the middle of a run.

use super::*;
use crate::{ConfigError, MeterProposal, Positions, Prompt, SetupError, TokenId};

/// A run whose options become others after so many steps, and how often it asked for more room.
fn changed(first: GenerationOptions, after: usize, then: GenerationOptions) -> (Vec<Event>, usize) {
    let mut model = ScriptedModel::new(24);
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut generator = Generator::new(first, model.description(), prompt, Numbers).unwrap();
    let (mut events, mut grown) = (Vec::new(), 0);
    loop {
        match generator.advance() {
            Action::Emit(event) => events.push(event),
            Action::Finished => return (events, grown),
            Action::Begin { rows, .. } => block_on(model.begin(rows)).unwrap(),
            Action::Grow { rows } => {
                grown += 1;
                block_on(model.grow(rows)).unwrap();
            }
            Action::Logits => generator.absorb_logits(block_on(model.logits()).unwrap()).unwrap(),
            Action::Forward(plan) => {
                events.extend(generator.absorb(block_on(model.forward(&plan)).unwrap()).unwrap());
                if steps(&events).len() == after && generator.options() != &then {
                    generator.change(then).unwrap();
                }
            }
        }
    }
}

fn with_capacity(change: impl FnOnce(&mut GenerationOptions)) -> GenerationOptions {
    GenerationOptions { capacity: Some(60), ..options(change) }
}

#[test]
fn the_same_options_change_nothing() {
    let same = with_capacity(removing(RemovalMode::Evict));
    let (events, grown) = changed(same, 4, same);
    assert_eq!((events, grown), (run(&mut ScriptedModel::new(24), same, &PROMPT), 0));
}

#[test]
fn the_past_stays_and_the_future_obeys() {
    let (wide, narrow) = (with_capacity(|_| ()), with_capacity(|o| o.max_set = 1));
    let (events, _) = changed(wide, 4, narrow);
    let before = sets(&run(&mut ScriptedModel::new(24), wide, &PROMPT));
    assert_eq!(sets(&events)[..4], before[..4]);
    assert!(before[4..].iter().any(|set| set.len() > 1) && before[..4].iter().any(|set| set.len() > 1));
    assert!(sets(&events)[4..].iter().all(|set| set.len() == 1));
}

#[test]
fn larger_sets_and_more_steps_get_more_rows() {
    let (small, large) = (
        with_capacity(|o| (o.max_set, o.max_steps) = (1, 5)),
        with_capacity(|o| (o.max_set, o.max_steps, o.selection_threshold) = (4, 12, 0.02)),
    );
    let (events, grown) = changed(small, 3, large);
    assert_eq!((steps(&events).len(), grown), (12, 1));
    assert!(sets(&events)[3..].iter().any(|set| set.len() == 4));
}

#[test]
fn removal_can_begin_late_and_judges_earlier_evidence() {
    let (off, on) = (with_capacity(|_| ()), with_capacity(removing(RemovalMode::Mask)));
    let (events, _) = changed(off, 5, on);
    let verdicts: Vec<usize> = steps(&events).iter().map(|step| step.verdicts.len()).collect();
    assert!(verdicts[..5].iter().all(|count| *count == 0), "{verdicts:?}");
    assert!(verdicts[5] > 0, "{verdicts:?}");
}

#[test]
fn what_the_sequence_was_laid_out_by_cannot_change() {
    let start = with_capacity(|_| ());
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut generator =
        Generator::new(start, ScriptedModel::new(24).description(), prompt, Numbers).expect("a valid run");
    let refused = [
        ("positions", GenerationOptions { positions: Positions::Consecutive, ..start }),
        ("position_gap", GenerationOptions { position_gap: 3, ..start }),
        ("capacity", GenerationOptions { capacity: Some(20), ..start }),
        ("reading_beams", GenerationOptions { reading_beams: 2, ..start }),
        ("exact_limit", GenerationOptions { exact_limit: 9, ..start }),
        ("meter_samples", GenerationOptions { meter_samples: 9, ..start }),
    ];
    for (name, options) in refused {
        let expected = SetupError::Config(ConfigError::Fixed { field: name });
        assert_eq!(generator.change(options), Err(expected));
        assert_eq!(*generator.options(), start);
    }
    let nonsense = GenerationOptions { temperature: -1.0, ..start };
    assert!(matches!(generator.change(nonsense), Err(SetupError::Config(ConfigError::OutOfRange { .. }))));
    assert_eq!(generator.change(GenerationOptions { capacity: None, max_set: 2, ..start }), Ok(()));
    assert_eq!(generator.options().capacity, Some(60), "unsaid, it stays");
}

#[test]
fn how_the_meter_draws_cannot_change() {
    let start = with_capacity(|o| o.meter_samples = 4);
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut generator = Generator::new(start, ScriptedModel::new(24).description(), prompt, Numbers).unwrap();
    let chain = GenerationOptions { meter_proposal: MeterProposal::Chain, ..start };
    assert_eq!(generator.change(chain), Err(SetupError::Config(ConfigError::Fixed { field: "meter_proposal" })));
    assert_eq!(generator.change(start), Ok(()));
}

#[test]
fn a_run_of_no_steps_can_be_given_some_before_it_ends() {
    let none = with_capacity(|o| o.max_steps = 0);
    assert_eq!(end(&run(&mut ScriptedModel::new(24), none, &PROMPT)).reason, StopReason::MaxSteps);
    let mut model = ScriptedModel::new(24);
    let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
    let mut generator = Generator::new(none, model.description(), prompt, Numbers).unwrap();
    assert!(matches!(generator.advance(), Action::Emit(Event::Run(_))));
    generator.change(with_capacity(|o| o.max_steps = 2)).unwrap();
    assert!(matches!(block_on(next_event(&mut generator, &mut model)), Ok(Some(Event::Step(_)))));
}
