//! `tempo score`, against an independent implementation and on bad input.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Tempo, stderr};

fn score(arguments: &[&str]) -> Tempo {
    Tempo::new(&[&["score", "--device", "cpu", "--threads", "1"], arguments].concat())
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&score(&[arguments, &["--format", "json"]].concat()).succeeds()).unwrap()
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// Both are null, or they differ by at most this.
fn near(found: &Value, golden: &Value, most: f64) {
    match (found.as_f64(), golden.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= most, "{a} is not {b}"),
        (None, None) => assert!(found.is_null() && golden.is_null()),
        _ => panic!("{found} is not {golden}"),
    }
}

#[test]
fn texts_are_scored_as_the_reference_scores_them() {
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(fixture("scores.json")).unwrap()).unwrap();
    let (mut tokens, mut nulls) = (0, 0);
    for golden in &cases {
        let (prompt, text) = (golden["prompt"].as_str().unwrap(), golden["text"].as_str().unwrap());
        let before: &[&str] = if prompt.is_empty() { &[] } else { &["--prompt", prompt] };
        let found = json(&[before, &["--text", text]].concat());
        let count = golden["tokens"].as_array().unwrap().len();
        assert_eq!(found["tokens"].as_array().unwrap().len(), count, "{text}");
        for (found, golden) in found["tokens"].as_array().unwrap().iter().zip(golden["tokens"].as_array().unwrap()) {
            assert_eq!(found.as_object().unwrap().len(), 6);
            assert_eq!((&found["id"], &found["position"]), (&golden["id"], &golden["position"]));
            near(&found["log_probability"], &golden["log_probability"], 1e-3);
            near(&found["entropy"], &golden["entropy"], 1e-3);
            // Tokens of nearly equal logits may change places.
            near(&found["rank"], &golden["rank"], 1.0);
            nulls += usize::from(golden["rank"].is_null());
            tokens += 1;
        }
        let perplexity = golden["perplexity"].as_f64().unwrap_or_default();
        for (key, most) in [("sum", 0.02), ("mean", 1e-3), ("perplexity", 1e-3 * perplexity)] {
            near(&found[key], &golden[key], most);
        }
        let text: String =
            found["tokens"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert!(
            golden["text"].as_str().unwrap().contains("Zürich") || text.ends_with(golden["text"].as_str().unwrap())
        );
    }
    assert!(tokens > 400 && nulls == 2, "{tokens} tokens in several passes, {nulls} without context");
}

#[test]
fn a_trace_brings_its_readings_and_one_of_version_1_the_probable_one() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("t.jsonl");
    let trace = trace.to_str().unwrap();
    let flags =
        ["--prompt", "The cat", "--max-steps", "6", "--readings", "2", "--preset", "explorer", "--trace", trace];
    Tempo::generate(&flags).succeeds();
    let found = json(&["--trace", trace]);
    let readings = found["readings"].as_array().unwrap();
    let kinds: Vec<_> = readings.iter().map(|reading| reading["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["probable", "viterbi", "drawn", "drawn"]);
    // A reading is scored as the same text is.
    let text: String =
        readings[1]["tokens"].as_array().unwrap().iter().map(|token| token["text"].as_str().unwrap()).collect();
    let alone = json(&["--prompt", "The cat", "--text", &text]);
    near(&readings[1]["sum"], &alone["sum"], 1e-4);
    assert_eq!(readings[1]["tokens"], alone["tokens"]);

    let old = json(&["--trace", &fixture("tempo/defaults.jsonl")]);
    let readings = old["readings"].as_array().unwrap();
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0]["kind"], "probable");
    let end: Value =
        serde_json::from_str(std::fs::read_to_string(fixture("tempo/defaults.jsonl")).unwrap().lines().last().unwrap())
            .unwrap();
    let text: String =
        readings[0]["tokens"].as_array().unwrap().iter().map(|token| token["text"].as_str().unwrap()).collect();
    assert_eq!(end["text"], text);
    assert!(score(&["--trace", trace]).succeeds().contains("perplexity"));
}

#[test]
fn the_table_is_for_people() {
    let table = score(&["--text", "Once\u{1b}[2J"]).succeeds();
    assert!(table.contains("ln p") && table.contains("nats a token") && !table.contains('\u{1b}'), "{table}");
    let mut from_file = score(&["--prompt-file", "p.txt", "--text-file", "t.txt"]).file("p.txt", "The cat\n");
    from_file = from_file.file("t.txt", " sat on the mat.\n");
    assert_eq!(from_file.succeeds(), score(&["--prompt", "The cat", "--text", " sat on the mat."]).succeeds());
}

#[test]
fn bad_input_is_named() {
    let broken = "{\"type\":\"run\"}\n";
    let fails = |arguments: &[&str]| score(arguments).file("t.txt", "").file("b.jsonl", broken).fails();
    assert!(fails(&["--text", ""]).contains("empty text"));
    assert!(fails(&["--text-file", "t.txt"]).contains("empty text"));
    assert!(fails(&["--text-file", "no.txt"]).contains("cannot read the text file no.txt"));
    assert!(fails(&["--trace", "no.jsonl"]).contains("cannot read the trace no.jsonl"));
    assert!(fails(&["--trace", "t.txt"]).contains("t.txt is no trace"));
    assert!(fails(&["--trace", "b.jsonl"]).contains("b.jsonl, line 1"));
    let trace = fixture("tempo/defaults.jsonl");
    assert!(fails(&["--prompt", "a", "--trace", &trace]).contains("--prompt and --trace contradict each other"));
    let long = "the hen and the duck ".repeat(2_000);
    let error = fails(&["--text", &long]);
    assert!(error.contains("the model's context has") && error.contains("shorter"), "{error}");
    let both = score(&["--text", "a", "--trace", &trace]).run();
    assert!(both.status.code() == Some(2) && stderr(&both).contains("cannot be used with"));
    let none = score(&[]).run();
    assert!(none.status.code() == Some(2) && stderr(&none).contains("--text-file"));
}
