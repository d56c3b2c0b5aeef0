//! The decoders beside TEMPO, from outside.

use serde_json::Value;
use tempo_core::{Event, ReadingKind, StopReason};

use crate::harness::{Tempo, events, reason, run_event, stderr};

const START: [&str; 4] = ["--prompt", "The cat", "--max-steps", "4"];

fn tempo(flags: &[&str]) -> Tempo {
    Tempo::generate(&[&START[..], flags].concat())
}

#[test]
fn every_decoder_has_every_format() {
    for (flags, kind, texts) in [
        (&["--decoder", "sample", "--samples", "3", "--seed", "5"][..], "sample", 3),
        (&["--decoder", "beam", "--beams", "2"], "beam", 2),
        (&["--decoder", "mcts", "--simulations", "4", "--depth", "2"], "search", 1),
    ] {
        let printed = |format| tempo(&[flags, &["--format", format]].concat()).succeeds();
        let text = printed("text");
        let document: Value = serde_json::from_str(&printed("json")).unwrap();
        assert_eq!(document["text"], text.strip_suffix('\n').unwrap());
        assert_eq!(document["readings"].as_array().unwrap().len(), texts);
        assert_eq!(document["readings"][0]["kind"], kind);
        assert_eq!(document["steps"].as_array().unwrap().len(), 4);
        let lattice = printed("lattice");
        assert_eq!(lattice.lines().filter(|line| line.starts_with(kind)).count(), texts, "{lattice}");
        assert_eq!(printed("brackets"), text);

        let trace = tempo(&[flags, &["--trace", "-"]].concat()).succeeds();
        let events = events(&trace);
        assert_eq!(events.len(), 6);
        assert_eq!(run_event(&events).decoder.name(), flags[1]);
        assert_eq!(reason(&events), StopReason::MaxSteps);
        let lines: Vec<Value> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let times: Vec<f64> = lines[1..5].iter().map(|event| event["timing"]["forward_ms"].as_f64().unwrap()).collect();
        // What a search has computed before costs a later step no pass.
        assert!(times[0] > 0.0 && times.iter().all(|time| *time >= 0.0), "{times:?}");
    }
}

#[test]
fn greedy_is_tempo_with_one_member() {
    let text = |flags: &[&str]| tempo(&[flags, &["--format", "text"]].concat()).succeeds();
    let greedy = text(&["--decoder", "greedy"]);
    assert_eq!(greedy, text(&["--max-set", "1"]));
    assert_eq!(greedy, text(&["--decoder", "beam", "--beams", "1"]));
    assert_eq!(greedy, text(&["--decoder", "sample", "--top-k", "1"]));
    assert_eq!(greedy, text(&["--decoder", "mcts", "--simulations", "1", "--branching", "1"]));
    assert_ne!(greedy, text(&["--decoder", "sample", "--temperature", "3"]));
}

#[test]
fn the_first_reading_is_the_text() {
    let trace = tempo(&["--decoder", "beam", "--trace", "-"]).succeeds();
    let events = events(&trace);
    let Some(Event::End(end)) = events.last() else { panic!("{trace}") };
    assert!(end.readings.iter().all(|reading| reading.kind == ReadingKind::Beam));
    assert!(end.readings.is_sorted_by(|a, b| a.score >= b.score), "best first");
    assert_eq!((&end.text, &end.brackets), (&end.readings[0].text, &end.readings[0].text));
}

#[test]
fn options_without_a_meaning_are_named() {
    for (flags, named) in [
        (&["--decoder", "sample", "--selection-threshold", "0.2"][..], "--selection-threshold"),
        (&["--decoder", "mcts", "--simulations", "1", "--temperature", "0.5"], "--temperature"),
        (&["--decoder", "beam", "--reading", "probable"], "--reading"),
        (&["--decoder", "greedy", "--max-set", "3"], "--max-set"),
        (&["--samples", "3"], "--samples"),
        (&["--decoder", "beam", "--depth", "3"], "--depth"),
    ] {
        let warned = stderr(&tempo(flags).run());
        assert!(warned.contains(&format!("warning: {named} has no effect")), "{flags:?}: {warned}");
    }
    let quiet = ["--decoder", "sample", "--samples", "2", "--seed", "3", "--min-p", "0.1", "--top-k", "5"];
    assert_eq!(stderr(&tempo(&quiet).run()), "");
}

#[test]
fn options_that_contradict_a_decoder_are_refused() {
    for (flags, needle) in [
        (&["--decoder", "beam", "--temperature", "0.5"][..], "--decoder beam and --temperature 0.5 contradict"),
        (&["--decoder", "beam", "--top-k", "5"], "--top-k 5"),
        (&["--decoder", "beam", "--min-steps", "2"], "--min-steps 2"),
        (&["--decoder", "sample", "--samples", "65"], "--samples must be between 1 and 64"),
        (&["--decoder", "beam", "--beams", "0"], "between 1 and 64"),
        (&["--decoder", "mcts", "--simulations", "0"], "at least 1"),
        (&["--decoder", "dice"], "dice"),
    ] {
        let error = tempo(flags).fails();
        assert!(error.contains(needle), "{flags:?}: {error}");
    }
}
