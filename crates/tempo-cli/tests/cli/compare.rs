//! `tempo compare`, against runs of `tempo generate` and `tempo score`, for each decoder and each budget; and bad input.

use serde_json::Value;

use crate::harness::{Tempo, stderr};

const PROMPT: &str = "Once there was a king who";

/// A lane, and the same as flags of `tempo generate`.
const LANES: [(&str, &[&str]); 5] = [
    ("greedy", &["--decoder", "greedy"]),
    (
        "sample samples=3 temperature=0.8 seed=5",
        &["--decoder", "sample", "--samples", "3", "--temperature", "0.8", "--seed", "5"],
    ),
    ("beam beams=3", &["--decoder", "beam", "--beams", "3"]),
    (
        "tempo selection-threshold=0.05 readings=2 seed=2",
        &["--selection-threshold", "0.05", "--readings", "2", "--seed", "2"],
    ),
    // A search looks ahead as far as its most steps.
    ("mcts simulations=6 depth=3 max-steps=9", &["--decoder", "mcts", "--simulations", "6", "--depth", "3"]),
];

fn compare(arguments: &[&str]) -> Tempo {
    Tempo::new(&[&["compare", "--device", "cpu", "--threads", "1"], arguments].concat())
}

fn compared(lanes: &str, budget: &str) -> Vec<Value> {
    let mut tempo = compare(&["--prompt", PROMPT, "--lanes", lanes, "--budget", budget, "--out", "c.json"]);
    tempo.succeeds();
    let document: Value = serde_json::from_str(&std::fs::read_to_string(tempo.path("c.json")).unwrap()).unwrap();
    assert_eq!(document["prompt"], PROMPT);
    let (measure, most) = budget.split_once('=').unwrap();
    assert_eq!(
        (&document["budget"]["measure"], &document["budget"]["most"]),
        (&measure.into(), &most.parse::<u64>().unwrap().into())
    );
    document["lanes"].as_array().unwrap().clone()
}

/// The end event of a run of `tempo generate` with so many steps, and the trace as a file.
fn generated(flags: &[&str], steps: u64) -> (Tempo, Value) {
    let steps = steps.to_string();
    let mut tempo =
        Tempo::generate(&[&["--prompt", PROMPT, "--max-steps", &steps, "--trace", "t.jsonl"], flags].concat());
    tempo.succeeds();
    let trace = std::fs::read_to_string(tempo.path("t.jsonl")).unwrap();
    let end = serde_json::from_str(trace.lines().last().unwrap()).unwrap();
    (tempo, end)
}

/// The readings of that trace as `tempo score` scores them: ids and mean.
fn scored(tempo: &Tempo) -> Vec<(Vec<Value>, f64)> {
    let trace = tempo.path("t.jsonl");
    let flags = ["score", "--device", "cpu", "--threads", "1", "--format", "json", "--trace", trace.to_str().unwrap()];
    let scores: Value = serde_json::from_str(&Tempo::new(&flags).succeeds()).unwrap();
    let readings = scores["readings"].as_array().unwrap().iter();
    let ids = |tokens: &Value| tokens.as_array().unwrap().iter().map(|token| token["id"].clone()).collect();
    readings.map(|reading| (ids(&reading["tokens"]), reading["mean"].as_f64().unwrap_or(f64::NEG_INFINITY))).collect()
}

/// The path of a search that its budget has stopped is the beginning of one that went on. Passes of a step that did not become
/// whole count, and never come to more than the budget.
fn begins_a_search(row: &Value, flags: &[&str]) {
    let steps = usize::try_from(row["steps"].as_u64().unwrap()).unwrap();
    let (tempo, end) = generated(flags, 9);
    let ids = row["ids"].as_array().unwrap();
    assert_eq!((ids.len(), ids.as_slice()), (steps, &end["readings"][0]["ids"].as_array().unwrap()[..steps]));
    assert!(end["text"].as_str().unwrap().starts_with(row["reading"].as_str().unwrap()), "{row}");
    let trace = tempo.path("t.jsonl");
    let flags = ["score", "--device", "cpu", "--threads", "1", "--format", "json", "--trace", trace.to_str().unwrap()];
    let scores: Value = serde_json::from_str(&Tempo::new(&flags).succeeds()).unwrap();
    let tokens = scores["readings"][0]["tokens"].as_array().unwrap();
    let sum: f64 = tokens[..steps].iter().map(|token| token["log_probability"].as_f64().unwrap()).sum();
    let mean = row["mean_log_probability"].as_f64().unwrap();
    assert!((mean - sum / steps as f64).abs() < 1e-5, "{row}");
    assert!(
        row["passes"].as_u64() <= end["work"]["passes"].as_u64() && row["passes"] == row["rows"].as_u64().unwrap() - 6
    );
}

/// A row of the table is what separate programs make of the same lane and as many steps.
fn equals_separate_runs(row: &Value, flags: &[&str]) {
    let steps = row["steps"].as_u64().unwrap();
    assert!(steps > 0, "{row}");
    if row["decoder"] == "mcts" {
        return begins_a_search(row, flags);
    }
    let (tempo, end) = generated(flags, steps);
    assert_eq!(end["stats"]["steps"], row["steps"], "{row}");
    let mut scores = scored(&tempo);
    let best = scores.iter().map(|(_, mean)| *mean).fold(f64::NEG_INFINITY, f64::max);
    let mean = row["mean_log_probability"].as_f64().unwrap();
    assert!((mean - best).abs() < 1e-5, "{mean} is not {best}: {row}");
    let (ids, _) = scores.iter().find(|(_, mean)| (mean - best).abs() < 1e-9).unwrap();
    assert_eq!(row["ids"].as_array().unwrap(), ids);
    let reading = end["readings"].as_array().unwrap().iter().find(|reading| reading["ids"] == row["ids"]).unwrap();
    assert_eq!((&row["reading"], &row["kind"]), (&reading["text"], &reading["kind"]));
    scores.sort_by_key(|(ids, _)| ids.iter().map(|id| id.as_u64().unwrap()).collect::<Vec<_>>());
    scores.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(row["distinct_readings"], scores.len(), "{row}");
    for key in ["passes", "rows", "peak_rows", "cache_bytes"] {
        assert_eq!(row[key], end["work"][key], "{key} of {row}");
    }
    assert!(row["milliseconds"].as_f64() > Some(0.0));
}

#[test]
fn every_lane_is_a_run_of_its_own_whatever_the_budget() {
    let lanes = LANES.map(|(lane, _)| lane).join("; ");
    for (budget, key, most) in [
        ("steps=4", "steps", 4),
        ("passes=60", "passes", 60),
        ("rows=90", "rows", 90),
        ("bytes=207360", "cache_bytes", 207_360),
    ] {
        let rows = compared(&lanes, budget);
        assert_eq!(rows.len(), LANES.len());
        for (row, (lane, flags)) in rows.iter().zip(LANES) {
            assert_eq!((&row["lane"], &row["decoder"]), (&lane.into(), &lane.split(' ').next().unwrap().into()));
            let used = row[key].as_u64().unwrap();
            assert!(used <= most, "{budget}: {row}");
            if row["reason"] == "budget" && key != "cache_bytes" {
                // The next step would not have fitted: none of these takes more than so much.
                let step = if row["decoder"] == "mcts" || key == "steps" { 1 } else { 8 };
                assert!(used + step > most, "{budget}: {row}");
            }
            equals_separate_runs(row, flags);
        }
        assert!(rows.iter().any(|row| row["reason"] == "budget"), "{budget}: {rows:?}");
    }
}

#[test]
fn a_set_of_two_does_not_fit_where_one_row_is_left() {
    let rows = compared("tempo selection-threshold=0.05; beam beams=2; greedy", "rows=30");
    for row in &rows[..2] {
        assert!(row["rows"].as_u64() <= Some(30), "{row}");
    }
    assert_eq!((&rows[2]["rows"], &rows[2]["reason"]), (&30.into(), &"budget".into()));
    // 7 tokens of the prompt and one of the first step, then two a step.
    assert_eq!(rows[1]["rows"].as_u64().unwrap() % 2, 1, "{}", rows[1]);
    assert!(rows[0]["paths"].as_f64() > Some(1.0) && rows[1]["paths"].is_null());
}

#[test]
fn what_a_lane_says_itself_counts() {
    let rows =
        compared("greedy max-steps=3; tempo preset=as-described max-tokens=2; sample top-k=1 max-steps=3", "rows=200");
    assert_eq!((&rows[0]["steps"], &rows[0]["reason"]), (&3.into(), &"max-steps".into()));
    assert_eq!((&rows[1]["options"]["weighting"], &rows[1]["steps"]), (&"none".into(), &2.into()));
    assert_eq!(rows[0]["reading"], rows[2]["reading"]);
}

#[test]
fn equal_inputs_give_equal_tables_and_lanes_do_not_touch_each_other() {
    let timeless = |mut rows: Vec<Value>| {
        for row in &mut rows {
            row["milliseconds"] = Value::Null;
        }
        rows
    };
    let lanes = LANES.map(|(lane, _)| lane).join(" ; ");
    let all = timeless(compared(&lanes, "rows=60"));
    assert_eq!(all, timeless(compared(&lanes, "rows=60")));
    for (row, (lane, _)) in all.iter().zip(LANES) {
        assert_eq!(std::slice::from_ref(row), timeless(compared(lane, "rows=60")));
    }
}

#[test]
fn the_table_has_a_line_for_each_lane_and_its_reading() {
    let printed = compare(&["--prompt", "The cat", "--budget", "rows=20"]).succeeds();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 2 + 2 * 4, "{printed}");
    assert!(lines[0].contains("rows=20") && lines[1].ends_with("ended"), "{printed}");
    assert!(lines[2].starts_with("greedy ") && lines[2].ends_with("budget"), "{printed}");
    assert!(lines[3].trim().len() > 5, "{printed}");
}

#[test]
fn a_budget_that_is_over_before_the_first_token_is_said() {
    let mut tempo = compare(&["--prompt", "The cat", "--lanes", "mcts simulations=64", "--budget", "rows=20"]);
    let output = tempo.run();
    assert!(output.status.success());
    assert!(
        stderr(&output).contains("lane 1 (mcts simulations=64): rows=20 is over before its first step"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_is_wrong_is_named_before_anything_is_computed() {
    let lane = |lanes: &'static str| vec!["--lanes", lanes];
    let budget = |budget: &'static str| vec!["--budget", budget];
    let nine = "greedy;greedy;greedy;greedy;greedy;greedy;greedy;greedy;greedy";
    for (flags, words) in [
        (lane(""), &["there is no lane"][..]),
        (lane(" "), &["there is no lane"]),
        (lane("greedy;"), &["lane 2 is empty"]),
        (lane("greedy;;greedy"), &["lane 2 is empty"]),
        (lane(nine), &["9 lanes", "at most 8"]),
        (lane("greedy; beem beams=2"), &["lane 2", "beem", "beam?"]),
        (lane("sample; beam beems=2"), &["lane 2 (beam)", "beems", "beams?"]),
        (lane("beam samples=2"), &["lane 1 (beam)", "samples", "no effect", "beams?"]),
        (lane("greedy; mcts temperature=0.5"), &["lane 2 (mcts)", "temperature", "did you mean"]),
        (lane("beam temperature=0.5"), &["lane 1 (beam)", "temperature", "own probabilities"]),
        (lane("tempo final-threshold=0.5"), &["lane 1 (tempo)", "final-threshold", "schedule?"]),
        (lane("tempo candidates=5"), &["lane 1 (tempo)", "candidates", "trace"]),
        (lane("tempo selection_threshold=0.5"), &["lane 1 (tempo)", "selection-threshold?"]),
        (lane("tempo --selection-threshold=0.5"), &["lane 1 (tempo)", "selection-threshold?", "dashes"]),
        (lane("beam beams"), &["lane 1 (beam)", "beams", "no value"]),
        (lane("beam beams=2 beams=3"), &["lane 1 (beam)", "beams", "twice"]),
        (lane("tempo max-steps=2 max-tokens=3"), &["lane 1 (tempo)", "max-tokens", "twice"]),
        (lane("beam beams=many"), &["lane 1 (beam)", "beams", "whole number", "many"]),
        (lane("beam beams=-1"), &["lane 1 (beam)", "beams", "whole number"]),
        (lane("beam beams=65"), &["lane 1 (beam)", "beams", "between 1 and 64"]),
        (lane("tempo selection-threshold=NaN"), &["lane 1 (tempo)", "selection_threshold", "finite"]),
        (lane("tempo combine=median"), &["lane 1 (tempo)", "combine", "mixture"]),
        (lane("tempo preset=best"), &["lane 1 (tempo)", "preset", "as-described"]),
        (lane("beam preset=pruned"), &["lane 1 (beam)", "preset"]),
        (lane("tempo min-steps=9 max-steps=3"), &["lane 1 (tempo)", "min_steps 9", "contradict"]),
        (lane("greedy; tempo capacity=3"), &["lane 2", "capacity"]),
        (budget("rows"), &["rows", "steps=N"]),
        (budget("tokens=5"), &["tokens=5", "steps=N"]),
        (budget("rows=0"), &["rows=0", "1 or more"]),
        (budget("rows=many"), &["rows=many", "whole number"]),
        (budget("rows="), &["rows=", "whole number"]),
        (budget("rows=7"), &["rows=7", "too small for the prompt", "rows=8"]),
        (budget("passes=1"), &["passes=1", "too small for the prompt", "passes=2"]),
        (budget("bytes=100"), &["bytes=100", "too small for the prompt"]),
        (vec!["--out", "."], &["folder"]),
        (vec!["--out", "no/such/c.json"], &["no/such/c.json"]),
    ] {
        let mut tempo = compare(
            &[&["--prompt", PROMPT, "--out", "c.json"][..if flags[0] == "--out" { 2 } else { 4 }], &flags].concat(),
        );
        let error = tempo.fails();
        assert!(words.iter().all(|word| error.contains(word)), "{flags:?}: {error}");
        assert!(!tempo.path("c.json").exists(), "{flags:?}");
    }
}

#[test]
fn a_file_that_is_there_survives_a_comparison_that_fails() {
    let mut tempo =
        compare(&["--prompt", PROMPT, "--lanes", "tempo capacity=3", "--out", "c.json"]).file("c.json", "old");
    tempo.fails();
    assert_eq!(std::fs::read_to_string(tempo.path("c.json")).unwrap(), "old");
}
