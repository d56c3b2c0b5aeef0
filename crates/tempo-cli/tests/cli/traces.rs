//! Events as lines of JSON.

use serde_json::Value;
use tempo_core::{Event, StopReason};

use crate::harness::{Tempo, events, read_events, reason, stderr};

/// What the clock adds, removed: everything else has to be equal.
fn without_timing(trace: &str) -> Vec<Value> {
    let line = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        event.as_object_mut().unwrap().remove("timing");
        if let Some(stats) = event.get_mut("stats").and_then(Value::as_object_mut) {
            stats.remove("seconds");
        }
        event
    };
    trace.lines().map(line).collect()
}

#[test]
fn two_runs_write_the_same_trace() {
    let trace = |flags: &[&str]| {
        Tempo::generate(&[&["--prompt", "The cat", "--max-steps", "8", "--trace", "-"], flags].concat()).succeeds()
    };
    let flags = ["--removal", "mask", "--selection-threshold", "0.05"];
    let (a, b) = (trace(&flags), trace(&flags));
    assert_eq!(without_timing(&a), without_timing(&b));
    let events = events(&a);
    assert_eq!(reason(&events), StopReason::MaxSteps);
    assert_eq!(events.len(), 10);
    for event in &events {
        if let Event::Step(step) = event {
            assert!(step.timing.is_some_and(|timing| timing.forward_ms > 0.0 && timing.total_ms >= timing.forward_ms));
        }
    }
}

#[test]
fn a_trace_on_standard_output_is_alone_there() {
    let flags = ["--prompt", "The cat", "--max-steps", "2", "--trace", "-"];
    let silent = Tempo::generate(&flags).run();
    assert_eq!(events(&String::from_utf8(silent.stdout.clone()).unwrap()).len(), 4);
    assert_eq!(stderr(&silent), "");
    let both = Tempo::generate(&[&flags[..], &["--format", "lattice"]].concat()).run();
    assert_eq!(events(&String::from_utf8(both.stdout.clone()).unwrap()).len(), 4);
    assert!(stderr(&both).contains("viterbi   "));
}

#[test]
fn a_trace_file_is_replaced_and_the_text_still_printed() {
    let flags = ["--prompt", "The cat", "--max-steps", "2", "--format", "text", "--trace", "t.jsonl"];
    let mut tempo = Tempo::generate(&flags).file("t.jsonl", "old\n");
    let text = tempo.succeeds();
    let events = read_events(&tempo.path("t.jsonl"));
    assert_eq!(events.len(), 4);
    assert!(matches!(events.last(), Some(Event::End(end)) if end.text == text.strip_suffix('\n').unwrap()));
}
