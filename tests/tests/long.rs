//! A thousand steps in which members are evicted and a budget takes rows: what is held stays as large as it was.

use pollster::block_on;
use tempo_core::{
    Event, GenerationOptions, Generator, LanguageModel, Prompt, RemovalMode, StepEvent, TokenId, next_event,
};
use tempo_model::{DeviceChoice, DevicePreference, device};
use tempo_tests::models::{FUSED, Words, load};

/// Its positions reach that far.
const MODEL: &str = "llama-rope-llama3";
const STEPS: usize = 1000;
const BUDGET: usize = 40;
/// Steps until everything has the size that it keeps.
const SETTLED: usize = 50;

fn thousand_steps(device: &DeviceChoice) {
    let mut engine = load(MODEL, device, FUSED).unwrap();
    let options = GenerationOptions {
        selection_threshold: 0.03,
        max_set: 6,
        max_steps: STEPS,
        min_steps: STEPS,
        removal: RemovalMode::Evict,
        budget: BUDGET,
        ..GenerationOptions::default()
    };
    let prompt = Prompt { text: String::new(), ids: [1, 5, 9, 13].map(TokenId).to_vec() };
    let words = Words::of(MODEL).unwrap();
    let mut generator = Generator::new(options, engine.description(), prompt, &words).unwrap();
    let (mut steps, mut members, mut evicted, mut settled) = (0, 0, 0, None);
    while let Some(event) = block_on(next_event(&mut generator, &mut engine)).unwrap() {
        if let Event::Step(step) = event {
            (steps, members, evicted) = (steps + 1, members + step.set.len(), evicted + removals(&step));
            if steps == SETTLED {
                settled = Some((
                    engine.bytes_held(),
                    engine.device_counts().map(|counts| (counts.buffers, counts.bind_groups)),
                ));
            }
        }
    }
    assert_eq!(steps, STEPS);
    // The chain has forgotten the sets that the budget emptied.
    assert!(generator.sequence().chain().links().count() <= BUDGET);
    assert!(members > 2 * STEPS && evicted > STEPS, "{members} members, {evicted} removals: nothing to hold");
    let after = (engine.bytes_held(), engine.device_counts().map(|counts| (counts.buffers, counts.bind_groups)));
    assert_eq!(settled, Some(after));
    assert!(after.0.is_some_and(|bytes| bytes > 0));
}

/// Members that a step removed, by verdict or by budget.
fn removals(step: &StepEvent) -> usize {
    step.verdicts.iter().filter(|verdict| verdict.removes()).count() + step.over_budget.len()
}

#[test]
fn a_thousand_steps_hold_what_fifty_hold() {
    thousand_steps(&DeviceChoice::cpu("a test"));
}

#[test]
fn gpu_a_thousand_steps_hold_what_fifty_hold() {
    thousand_steps(&block_on(device::open(DevicePreference::Gpu)).unwrap());
}
