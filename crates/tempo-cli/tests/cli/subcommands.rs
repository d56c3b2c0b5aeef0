//! `devices`, `inspect` and `bench`.

use serde_json::{Value, json};

use crate::harness::{Tempo, built_in_model};

#[test]
fn devices_say_what_auto_takes_and_why() {
    let document: Value = serde_json::from_str(&Tempo::new(&["devices", "--json"]).succeeds()).unwrap();
    assert!(document["auto"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert!(document["adapters"].is_array());
    assert!(Tempo::new(&["devices"]).succeeds().contains("auto  takes "));
}

#[test]
fn inspect_describes_a_folder_without_loading_it() {
    let built_in = built_in_model();
    let folder = built_in.to_str().unwrap();
    let document: Value = serde_json::from_str(&Tempo::new(&["inspect", folder, "--json"]).succeeds()).unwrap();
    assert_eq!(document["architecture"], "llama");
    assert_eq!(document["dtypes"][0], "f16");
    assert_eq!(document["unsupported"], Value::Array(Vec::new()));
    assert!(Tempo::new(&["inspect", folder]).succeeds().contains("per slot"));
    let error = Tempo::new(&["inspect", "nowhere"]).fails();
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn the_format_that_auto_takes_is_told_everywhere() {
    let built_in = built_in_model();
    let folder = built_in.to_str().unwrap();
    let reason = "weights f16: the file has f16, which it keeps as it is";
    let trace = tempfile::tempdir().unwrap();
    let trace = trace.path().join("t.jsonl");
    let generate = |more: &[&str]| {
        let trace = trace.to_str().unwrap();
        let flags = ["generate", "--model", folder, "--prompt", "A", "--max-steps", "1", "--trace", trace];
        let output = Tempo::new(&[&flags, more].concat()).run();
        assert!(output.status.success());
        let run = std::fs::read_to_string(trace).unwrap();
        let run: Value = serde_json::from_str(run.lines().next().unwrap()).unwrap();
        (String::from_utf8(output.stderr).unwrap(), run["model"]["weights"].clone())
    };
    let (told, weights) = generate(&[]);
    assert!(told.contains(reason) && weights == "f16", "{told}");
    let (told, weights) = generate(&["--weights", "q8"]);
    assert!(!told.contains("weights") && weights == "q8", "{told}");
    let silent = Tempo::generate(&["--prompt", "A", "--max-steps", "1"]).run();
    assert!(silent.stderr.is_empty(), "of the built-in model nothing is to be said");
    let document: Value = serde_json::from_str(&Tempo::new(&["inspect", folder, "--json"]).succeeds()).unwrap();
    assert_eq!((&document["weights"], &document["weights_reason"]), (&"f16".into(), &reason[13..].into()));
    assert!(Tempo::new(&["inspect", folder]).succeeds().contains("f16 on the cpu: the file has f16"));
    let bench = ["bench", "--json", "--steps", "1", "--prompt-tokens", "2", "--sets", "1"];
    let document: Value = serde_json::from_str(&Tempo::new(&bench).succeeds()).unwrap();
    assert_eq!(document["weights"], "f16");
}

#[test]
fn a_model_in_parts_is_run_by_any_of_them_and_a_missing_one_is_named() {
    let fixture =
        |name: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/gguf").join(name);
    let part = |part: u32| format!("parts-{part:05}-of-00004.gguf");
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=4 {
        std::fs::copy(fixture(&part(number)), folder.path().join(part(number))).unwrap();
    }
    let run = |model: &std::path::Path| {
        let model = model.to_str().unwrap();
        Tempo::generate(&["--model", model, "--prompt", "a b", "--max-steps", "3", "--format", "json"])
    };
    let lattice = |model: &std::path::Path| {
        let document: Value = serde_json::from_str(&run(model).succeeds()).unwrap();
        document["sets"].clone()
    };
    let whole = lattice(&fixture("qwen3.gguf"));
    assert!(whole.is_array() && whole == lattice(folder.path()), "a folder with nothing else");
    assert_eq!(whole, lattice(&folder.path().join(part(3))));
    std::fs::remove_file(folder.path().join(part(4))).unwrap();
    let error = run(&folder.path().join(part(1))).fails();
    assert!(error.contains(&part(4)), "{error}");
    let error = Tempo::new(&["inspect", folder.path().to_str().unwrap()]).fails();
    assert!(error.contains(&part(4)), "{error}");
}

#[test]
fn an_added_token_beyond_the_embedding_is_a_remark() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| std::fs::copy(built_in_model().join(name), folder.path().join(name)).unwrap();
    copy("config.json");
    copy("model.safetensors");
    let mut words: Value =
        serde_json::from_slice(&std::fs::read(built_in_model().join("tokenizer.json")).unwrap()).unwrap();
    let beyond = json!({
        "id": 4096, "content": "<image>", "special": true, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false,
    });
    words["added_tokens"].as_array_mut().unwrap().push(beyond);
    std::fs::write(folder.path().join("tokenizer.json"), words.to_string()).unwrap();
    let model = folder.path().to_str().unwrap();
    let shown = Tempo::new(&["inspect", model]).succeeds();
    assert!(shown.contains("its token \"<image>\" (4096) has no embedding in the model of 4096 tokens"), "{shown}");
    Tempo::generate(&["--model", model, "--prompt", "A", "--max-steps", "1"]).succeeds();
    let error = Tempo::generate(&["--model", model, "--prompt", "A<image>", "--max-steps", "1"]).fails();
    assert!(error.starts_with("error: ") && error.contains("<image>"), "told first, and alone: {error}");
}

#[test]
fn inspect_fails_where_generate_would() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| std::fs::copy(built_in_model().join(name), folder.path().join(name)).unwrap();
    let inspect = || Tempo::new(&["inspect", folder.path().to_str().unwrap()]).run();
    copy("config.json");
    copy("model.safetensors");
    std::fs::write(folder.path().join("tokenizer.model"), "").unwrap();
    let output = inspect();
    assert_eq!(output.status.code(), Some(2));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("unsupported   there is tokenizer.model, but no tokenizer.json"), "{shown}");
    copy("tokenizer.json");
    std::fs::write(folder.path().join("generation_config.json"), "{").unwrap();
    let output = inspect();
    assert_eq!(output.status.code(), Some(0));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("remark        generation_config.json: "), "{shown}");
}

#[test]
fn bench_counts_one_pass_and_one_readback_whatever_the_set() {
    let flags = ["bench", "--device", "cpu", "--threads", "1", "--steps", "2", "--prompt-tokens", "4", "--json"];
    let document: Value = serde_json::from_str(&Tempo::new(&flags).succeeds()).unwrap();
    assert_eq!(document["device"], "cpu");
    assert_eq!(document["threads"], 1);
    assert_eq!(document["prefill"]["tokens"], 4);
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["set"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 4, 8]);
    assert!(steps.iter().all(|step| step["passes"] == 1 && step["readbacks"] == 1));
    assert!(
        steps.iter().all(|step| step["dispatches"].is_null() && step["submits"].is_null()),
        "the CPU is asked nothing"
    );
    assert!(document["device_bytes"].as_u64().unwrap() > 5_000_000);
    let few = Tempo::new(&[&flags[..], &["--sets", "16,3"]].concat()).succeeds();
    let few: Value = serde_json::from_str(&few).unwrap();
    let sets: Vec<u64> = few["steps"].as_array().unwrap().iter().map(|step| step["set"].as_u64().unwrap()).collect();
    assert_eq!(sets, [16, 3]);
    assert!(Tempo::new(&["bench", "--sets", "4,0"]).fails().contains('0'));
    let error = Tempo::new(&["bench", "--device", "cpu", "--steps", "9999"]).fails();
    assert!(error.contains("positions"), "{error}");
}
