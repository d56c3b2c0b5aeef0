//! Whatever is wrong, its name is in the error, the exit code is 2 and nothing is left behind.

use crate::harness::{Tempo, built_in_model};

/// What Git has in place of a large file.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";

/// Names and contents of a model folder.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn bad_settings_are_named() {
    let cases: &[(&[&str], &str)] = &[
        (&["--selection-threshold", "-0.1"], "--selection-threshold"),
        (&["--selection-threshold", "NaN"], "--selection-threshold"),
        (&["--selection-threshold", "inf"], "--selection-threshold"),
        (&["--temperature", "0"], "--temperature"),
        (&["--top-p", "1.5"], "0 to 1"),
        (&["--max-steps", "many"], "--max-steps"),
        (&["--combine", "sum"], "logit-mean"),
        (&["--colour", "red"], "--colour"),
        (&["--min-steps", "9", "--max-steps", "3"], "--min-steps 9 and --max-steps 3 contradict each other"),
        (&["--reading", "scored"], "set --reading-beams to how many"),
        (&["--readings", "100000000"], "--readings must be between 0 and 1000000, not 100000000"),
        (&["--exact-limit", "1000001"], "--exact-limit must be between 0 and 1000000"),
        (&["--exact-limit", "1000000"], "--exact-limit 1000000 may take"),
        (&["--meter-samples", "1000000"], "on this model give at most"),
        (&["--meter-proposal", "kin", "--meter-samples", "2"], "[possible values: weights, chain]"),
        (&["--prompt-file", "p.txt"], "--prompt and --prompt-file contradict"),
        (&["--trace", "-", "--format", "json"], "contradict"),
        (&["--trace", "no/such/t.jsonl"], "no folder"),
        (&["--config", "no.toml"], "no.toml"),
        (&["--capacity", "1", "--prompt", "one two three"], "--capacity"),
    ];
    for (flags, needle) in cases {
        let prompt: &[&str] = if flags.contains(&"--prompt") { &[] } else { &["--prompt", "The cat"] };
        let trace: &[&str] = if flags.contains(&"--trace") { &[] } else { &["--trace", "t.jsonl"] };
        let error = Tempo::generate(&[prompt, trace, flags].concat()).fails();
        assert!(error.contains(needle), "{flags:?}: {error}");
    }
}

#[test]
fn bad_prompts_are_named() {
    let cases: &[(&[&str], &str)] = &[
        (&["--prompt", ""], "empty prompt"),
        (&["--prompt-file", "empty.txt"], "empty prompt"),
        (&["--prompt-file", "bytes.txt"], "bytes.txt is not UTF-8"),
        (&["--prompt-file", "none.txt"], "none.txt"),
    ];
    for (flags, needle) in cases {
        let mut tempo = Tempo::generate(&[flags, &["--trace", "t.jsonl"][..]].concat())
            .file("empty.txt", "")
            .file("bytes.txt", [0x61, 0xff]);
        let error = tempo.fails();
        assert!(error.contains(needle), "{flags:?}: {error}");
    }
    let long = "word ".repeat(600);
    let error = Tempo::generate(&["--prompt", &long, "--trace", "t.jsonl"]).fails();
    assert!(error.contains("capacity"), "{error}");
}

#[test]
fn bad_configuration_files_and_variables_are_named() {
    let flags = ["--prompt", "a", "--trace", "t.jsonl", "--config", "c.toml"];
    let error = Tempo::generate(&flags).file("c.toml", "selection_treshold = 0.1").fails();
    assert!(error.contains("selection_treshold") && error.contains("c.toml"), "{error}");
    let error = Tempo::generate(&flags).file("c.toml", "temperature = \"hot\"").fails();
    assert!(error.contains("temperature"), "{error}");
    let error = Tempo::generate(&flags[..4]).env("TEMPO_TOP_K", "-3").fails();
    assert!(error.contains("TEMPO_TOP_K=-3"), "{error}");
}

#[test]
fn bad_models_are_named() {
    let model = |files: Files| {
        let tempo = Tempo::generate(&["--prompt", "a", "--trace", "t.jsonl", "--model", "m"]);
        std::fs::create_dir(tempo.path("m")).unwrap();
        for (name, content) in files {
            std::fs::write(tempo.path("m").join(name), content).unwrap();
        }
        tempo
    };
    let original = |name| std::fs::read(built_in_model().join(name)).unwrap();
    let (config, weights, tokenizer) =
        (original("config.json"), original("model.safetensors"), original("tokenizer.json"));
    let error = Tempo::generate(&["--prompt", "a", "--model", "nowhere", "--trace", "t.jsonl"]).fails();
    assert!(error.contains("nowhere"), "{error}");
    let gpt2 = br#"{"model_type":"gpt2","hidden_size":8}"#;
    let cases: &[(&str, Files, &str)] = &[
        ("empty folder", &[], "config.json"),
        ("no JSON", &[("config.json", b"{")], "config.json"),
        ("a page", &[("config.json", b"<!doctype html>")], "config.json is a web page (HTML)"),
        (
            "a pointer",
            &[("config.json", &config), ("model.safetensors", LFS)],
            "model.safetensors is a Git LFS pointer",
        ),
        ("unknown architecture", &[("config.json", gpt2)], "gpt2"),
        ("no weights", &[("config.json", &config)], "model.safetensors"),
        ("cut short", &[("config.json", &config), ("model.safetensors", &weights[..100_000])], "model.safetensors"),
        ("lying header", &[("config.json", &config), ("model.safetensors", &[0xff; 64])], "model.safetensors"),
        ("no tokenizer", &[("config.json", &config), ("model.safetensors", &weights)], "tokenizer.json"),
        (
            "foreign tokenizer",
            &[("config.json", &config), ("model.safetensors", &weights), ("tokenizer.json", &tokenizer[..1000])],
            "tokenizer.json",
        ),
    ];
    for (what, files, needle) in cases {
        let error = model(files).fails();
        assert!(error.contains(needle) && error.contains("cannot load the model m"), "{what}: {error}");
    }
}

#[test]
fn what_is_taken_for_granted_is_a_remark() {
    let flags = ["--prompt", "<|endoftext|>a", "--max-steps", "2", "--model", "m", "--format", "text"];
    let model = |changed: &str, content: &[u8]| {
        let mut tempo = Tempo::generate(&flags);
        std::fs::create_dir(tempo.path("m")).unwrap();
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            std::fs::copy(built_in_model().join(name), tempo.path("m").join(name)).unwrap();
        }
        std::fs::write(tempo.path("m").join(changed), content).unwrap();
        let output = tempo.run();
        assert!(output.status.success());
        crate::harness::stderr(&output)
    };
    let notes = model("generation_config.json", b"<html>");
    assert!(notes.contains("note: generation_config.json: it is a web page (HTML)"), "{notes}");
    assert!(notes.contains("note: the prompt begins with <|endoftext|> twice"), "{notes}");
    assert!(!model("generation_config.json", b"{}").contains("generation_config.json"));
}

#[test]
fn a_prompt_that_leaves_no_room_is_a_remark() {
    let words = "word ".repeat(40);
    let notes = |capacity: &str| {
        let flags = ["--prompt", words.trim(), "--max-steps", "2", "--capacity", capacity];
        let output = Tempo::generate(&flags).run();
        (output.status.code(), crate::harness::stderr(&output))
    };
    let (_, error) = notes("1");
    let needed = error.split("needs ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let (code, notes) = notes(needed);
    assert_eq!(code, Some(0), "{notes}");
    assert!(notes.contains("note: nothing follows: the prompt of") && notes.contains("--capacity"), "{notes}");
    let long = "word ".repeat(600);
    let output = Tempo::generate(&["--prompt", &long, "--max-steps", "1", "--capacity", "2000"]).run();
    assert!(crate::harness::stderr(&output).contains("the model was made for 512"), "{output:?}");
}

#[test]
fn logits_that_are_not_finite_end_the_run_and_leave_no_trace() {
    let mut tempo = Tempo::generate(&["--prompt", "a", "--trace", "t.jsonl", "--model", "m"]);
    std::fs::create_dir(tempo.path("m")).unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let mut content = std::fs::read(built_in_model().join(name)).unwrap();
        if name == "model.safetensors" {
            let header = usize::try_from(u64::from_le_bytes(*content.first_chunk().unwrap())).unwrap();
            // A NaN in half precision, everywhere.
            for number in content[8 + header..].chunks_exact_mut(2) {
                number.copy_from_slice(&[0x00, 0x7e]);
            }
        }
        std::fs::write(tempo.path("m").join(name), content).unwrap();
    }
    let error = tempo.fails();
    assert!(error.contains("not finite"), "{error}");
}

/// The loaders of Vulkan and EGL are told to look for drivers where there are none.
#[cfg(target_os = "linux")]
#[test]
fn a_demanded_gpu_that_is_not_there_is_an_error() {
    let mut tempo = Tempo::new(&["generate", "--prompt", "a", "--device", "gpu", "--trace", "t.jsonl"])
        .env("VK_DRIVER_FILES", "/nowhere")
        .env("VK_ICD_FILENAMES", "/nowhere")
        .env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nowhere");
    let error = tempo.fails();
    assert!(error.contains("--device gpu") && error.contains("no graphics adapter"), "{error}");
}
