//! Flags, variables, configuration files, help.

use serde_json::Value;
use tempo_core::GenerationOptions;

use crate::harness::{Tempo, events, run_event, stderr};

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let options = |variable: Option<&str>, flags: &[&str]| {
        let mut tempo = Tempo::generate(&[&["--max-steps", "1", "--prompt", "a", "--trace", "-"], flags].concat())
            .file("c.toml", "max_set = 3\ncombine = \"max\"\n");
        if let Some(value) = variable {
            tempo = tempo.env("TEMPO_MAX_SET", value);
        }
        run_event(&events(&tempo.succeeds())).options
    };
    assert_eq!(options(None, &[]).max_set, GenerationOptions::default().max_set);
    assert_eq!(options(None, &["--config", "c.toml"]).max_set, 3);
    assert_eq!(options(Some("4"), &["--config", "c.toml"]).max_set, 4);
    let all = options(Some("4"), &["--config", "c.toml", "--max-set", "5"]);
    assert_eq!((all.max_set, all.combine), (5, tempo_core::Combine::Max));
}

#[test]
fn aliases_mean_their_options() {
    let flags = ["--prompt", "a", "--trace", "-", "--max-tokens", "1", "--attention-threshold", "0.3"];
    let trace = Tempo::generate(&flags).run();
    let events = events(&String::from_utf8(trace.stdout.clone()).unwrap());
    let options = &run_event(&events).options;
    assert_eq!(options.max_steps, 1);
    assert!((options.removal_limit - 0.3).abs() < 1e-12);
    assert_eq!(stderr(&trace).trim(), "warning: --removal-limit has no effect: removal is off, see --removal");
}

#[test]
fn the_help_names_every_option_with_its_default() {
    let help = Tempo::new(&["generate", "--help"]).succeeds();
    let Value::Object(options) = serde_json::to_value(GenerationOptions::default()).unwrap() else {
        panic!("options are an object")
    };
    for name in options.keys().map(String::as_str).chain(["model", "prompt", "prompt_file", "trace", "format"]) {
        let flag = format!("--{} ", name.replace('_', "-"));
        assert!(help.contains(&flag), "{flag}");
    }
    for words in ["--max-tokens", "--attention-threshold", "default: 0.1", "Examples:", "TEMPO_MAX_SET"] {
        assert!(help.contains(words), "{words}");
    }
}
