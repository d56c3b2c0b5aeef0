//! What a run prints, and where its prompt comes from.

use serde_json::Value;

use crate::harness::{Tempo, stderr};

#[test]
fn one_member_sets_are_greedy_text_whatever_the_threshold() {
    let text = |threshold| {
        let flags = ["--max-set", "1", "--max-steps", "12", "--format", "text", "--selection-threshold", threshold];
        Tempo::generate(&[&["--prompt", "Once upon a time"], &flags[..]].concat()).succeeds()
    };
    assert_eq!(text("0"), text("1.5"));
    assert!(text("0").trim().len() > 10);
}

#[test]
fn the_lattice_is_the_default_and_has_no_escapes_in_a_pipe() {
    let text = Tempo::generate(&["--prompt", "Once upon a time", "--max-steps", "6"]).succeeds();
    for line in ["prompt    Once upon a time", "viterbi   ", "probable  ", "brackets  ", "6 steps, "] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}: {text}");
    }
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn formats_agree_with_each_other() {
    let printed = |format, more: &[&str]| {
        Tempo::generate(&[&["--prompt", "The cat", "--max-steps", "6", "--format", format], more].concat()).succeeds()
    };
    let document: Value = serde_json::from_str(&printed("json", &["--show-ids"])).unwrap();
    assert_eq!(document["prompt"], "The cat");
    assert_eq!(document["sets"].as_array().unwrap().len(), 6);
    assert!(document["sets"][0]["members"][0]["id"].is_u64());
    assert_eq!(document["text"].as_str().unwrap(), printed("text", &[]).strip_suffix('\n').unwrap());
    assert_eq!(document["brackets"].as_str().unwrap(), printed("brackets", &[]).strip_suffix('\n').unwrap());
}

#[test]
fn the_chosen_reading_is_the_text_and_the_first_line() {
    let run = |more: &[&str]| {
        let flags = ["--prompt", "The cat", "--max-steps", "24", "--preset", "as-described"];
        Tempo::generate(&[&flags, more].concat()).succeeds()
    };
    let document: Value = serde_json::from_str(&run(&["--format", "json", "--readings", "3", "--seed", "5"])).unwrap();
    let readings = document["readings"].as_array().unwrap();
    let kinds: Vec<&str> = readings.iter().map(|reading| reading["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["probable", "viterbi", "drawn", "drawn", "drawn"]);
    let [probable, viterbi] = [0, 1].map(|index| readings[index]["text"].as_str().unwrap());
    assert_ne!(probable, viterbi, "sets are open here");
    assert_eq!(run(&["--format", "text"]).strip_suffix('\n'), Some(viterbi));
    assert_eq!(run(&["--format", "text", "--reading", "probable"]).strip_suffix('\n'), Some(probable));
    for (flags, order) in [(&[][..], ["viterbi", "probable"]), (&["--reading", "probable"], ["probable", "viterbi"])] {
        let lattice = run(flags);
        let names = lattice.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name);
        let names: Vec<&str> = names.filter(|name| order.contains(name)).collect();
        assert_eq!(names, order);
    }
    let again: Value = serde_json::from_str(&run(&["--format", "json", "--readings", "3", "--seed", "5"])).unwrap();
    assert_eq!(again["readings"], document["readings"], "equal seeds, equal readings");
}

#[test]
fn without_any_prompt_the_built_in_model_has_an_example() {
    let output = Tempo::generate(&["--max-steps", "1"]).run();
    assert!(output.status.success());
    assert!(stderr(&output).contains("Once upon a time"));
}

#[test]
fn a_prompt_comes_from_text_file_or_standard_input() {
    let flags = ["--max-steps", "3", "--format", "json"];
    let want = Tempo::generate(&[&["--prompt", "The cat"], &flags[..]].concat()).succeeds();
    let prompt_of = |text: &str| serde_json::from_str::<Value>(text).unwrap()["sets"].clone();
    let file =
        Tempo::generate(&[&["--prompt-file", "p.txt"], &flags[..]].concat()).file("p.txt", "The cat\n").succeeds();
    assert_eq!(prompt_of(&file), prompt_of(&want));
    let mut tempo = Tempo::generate(&[&["--prompt-file", "-"], &flags[..]].concat()).file("p.txt", "The cat\n");
    let input = std::fs::File::open(tempo.path("p.txt")).unwrap();
    tempo.command.stdin(input);
    assert_eq!(prompt_of(&tempo.succeeds()), prompt_of(&want));
}
