//! `devices`, `inspect` and `bench`.

use serde_json::Value;

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
    assert!(document["device_bytes"].as_u64().unwrap() > 10_000_000);
    let few = Tempo::new(&[&flags[..], &["--sets", "16,3"]].concat()).succeeds();
    let few: Value = serde_json::from_str(&few).unwrap();
    let sets: Vec<u64> = few["steps"].as_array().unwrap().iter().map(|step| step["set"].as_u64().unwrap()).collect();
    assert_eq!(sets, [16, 3]);
    assert!(Tempo::new(&["bench", "--sets", "4,0"]).fails().contains('0'));
    let error = Tempo::new(&["bench", "--device", "cpu", "--steps", "9999"]).fails();
    assert!(error.contains("positions"), "{error}");
}
