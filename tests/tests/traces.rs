//! Whole runs against the independent reference, on the CPU (I6, and the CPU's half of I12).

use tempo_core::{Event, GenerationOptions};
use tempo_model::DeviceChoice;
use tempo_tests::models::{FUSED, TENSOR};
use tempo_tests::traces::{Tolerance, cases, compare_all, read};

/// The contract's bound for probabilities. Rounding leaves about 1e-6; decisions closer than that are not in the cases.
const TOLERANCE: Tolerance = Tolerance { absolute: 2e-4, relative: 2e-3 };

#[test]
fn i6_every_run_equals_the_full_computation_of_the_reference() {
    for options in [FUSED, TENSOR] {
        let compared = compare_all(&DeviceChoice::cpu("a test"), options, TOLERANCE, 1).unwrap();
        assert!(compared >= 160, "{compared} runs");
    }
}

/// Every option that the reference runs with differs from its default in some case, so none goes uncompared.
#[test]
fn the_cases_use_every_option() {
    let mut missing: Vec<String> =
        serde_json::to_value(GenerationOptions::default()).unwrap().as_object().unwrap().keys().cloned().collect();
    let default = serde_json::to_value(GenerationOptions::default()).unwrap();
    for path in cases().unwrap() {
        let events = read(&path).unwrap();
        let Some(Event::Run(run)) = events.first() else { panic!("{} has no run event", path.display()) };
        let options = serde_json::to_value(run.options).unwrap();
        missing.retain(|name| options[name] == default[name]);
    }
    assert!(missing.is_empty(), "no case changes {missing:?}");
}
