//! Models by name, from a hub on this computer.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Tempo, built_in_model, read_events, run_event, stderr};
use crate::server::{Files, Reply, Server, hub};

const SHORT: [&str; 6] = ["--prompt", "The cat", "--max-steps", "4", "--format", "text"];

/// The built-in model as a repository, with what nobody needs beside it.
fn repository() -> Files {
    let names = ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"];
    let file = |name: &str| (name.to_owned(), std::fs::read(built_in_model().join(name)).unwrap());
    names.into_iter().map(file).chain([("pytorch_model.bin".to_owned(), vec![0; 9])]).collect()
}

fn serve(files: Files) -> Server {
    Server::start(move |request, _| hub(&files, request))
}

/// The program with the cache in this folder and this hub.
fn tempo(arguments: &[&str], home: &Path, server: &Server) -> Tempo {
    Tempo::new(arguments).env("HF_HOME", home.to_str().unwrap()).env("HF_ENDPOINT", &server.address)
}

fn generate(model: &str, home: &Path, server: &Server) -> Tempo {
    let run = ["generate", "--device", "cpu", "--threads", "1", "--trace", "t.jsonl", "--model", model];
    tempo(&[&run[..], &SHORT].concat(), home, server)
}

#[test]
fn a_model_is_fetched_by_its_name_once() {
    let home = tempfile::tempdir().unwrap();
    let server = serve(repository());
    let mut first = generate("owner/name", home.path(), &server);
    let output = first.run();
    let notes = stderr(&output);
    assert!(output.status.success(), "{notes}");
    assert_eq!(output.stdout, Tempo::generate(&SHORT).run().stdout, "the same model");
    assert_eq!(run_event(&read_events(&first.path("t.jsonl"))).model.id, "owner/name");
    assert!(notes.contains("note: fetching owner/name at 0123456789ab into the cache"), "{notes}");
    assert!(notes.contains("note: model.safetensors: 6.") && notes.contains("(100 %)"), "{notes}");
    assert!(!server.files().iter().any(|file| file == "pytorch_model.bin"));

    let asked = server.requests().len();
    let mut again = generate("owner/name", home.path(), &server).env("HF_HUB_OFFLINE", "1");
    let second = again.run();
    assert_eq!(second.stdout, output.stdout, "{}", stderr(&second));
    assert!(!stderr(&second).contains("fetching"));
    let bench = ["bench", "--device", "cpu", "--sets", "1", "--steps", "1", "--json", "--model", "hf.co/owner/name"];
    let bench: Value = serde_json::from_str(&tempo(&bench, home.path(), &server).succeeds()).unwrap();
    assert_eq!(bench["model"], "owner/name");
    assert_eq!(server.requests().len(), asked, "what is here asks for nothing");
}

#[test]
fn of_gguf_files_the_one_that_is_meant_runs() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/gguf");
    let file = |name: &str| std::fs::read(fixtures.join(name)).unwrap();
    let files = [("m-Q8_0.gguf", file("qwen2.gguf")), ("m-F16.gguf", file("qwen3.gguf"))];
    let server = serve(files.map(|(name, content)| (name.to_owned(), content)).into());
    let home = tempfile::tempdir().unwrap();
    let described = |name: &str| -> Value {
        serde_json::from_str(&tempo(&["inspect", name, "--json"], home.path(), &server).succeeds()).unwrap()
    };
    assert_eq!(described("owner/name")["architecture"], "qwen2", "Q8_0 comes before F16");
    assert_eq!(described("owner/name:f16")["architecture"], "qwen3");
    let mut run = generate("owner/name/m-F16.gguf", home.path(), &server);
    run.succeeds();
    assert_eq!(run_event(&read_events(&run.path("t.jsonl"))).model.id, "m-F16");
}

#[test]
fn what_cannot_run_is_refused_before_its_weights_are_fetched() {
    let home = tempfile::tempdir().unwrap();
    let mut files = repository();
    files.insert("config.json".into(), br#"{"model_type": "gpt2", "hidden_size": 8}"#.to_vec());
    let server = serve(files);
    let error = generate("owner/name", home.path(), &server).fails();
    assert!(error.contains("cannot load the model owner/name") && error.contains("gpt2"), "{error}");
    assert!(!server.files().iter().any(|file| file == "model.safetensors"), "{:?}", server.files());

    let home = tempfile::tempdir().unwrap();
    let mut files = repository();
    let other = String::from_utf8(files["config.json"].clone())
        .unwrap()
        .replace("\"num_hidden_layers\": ", "\"num_hidden_layers\": 1");
    files.insert("config.json".into(), other.into_bytes());
    let server = Server::start(move |request, _| {
        let cut = request.file().is_some_and(|file| file == "model.safetensors").then_some(2 << 20);
        Reply { cut, ..hub(&files, request) }
    });
    let error = generate("owner/name", home.path(), &server).fails();
    assert!(error.contains("its weights were not fetched"), "a layer that the header has not: {error}");
    let asked: Vec<String> = server.files().into_iter().filter(|file| file == "model.safetensors").collect();
    assert_eq!(asked.len(), 1, "the header, in one request");
}

#[test]
fn inspect_fetches_headers_and_models_tells_what_is_here() {
    let home = tempfile::tempdir().unwrap();
    let server = serve(repository());
    let models = |flags: &[&str]| tempo(&[&["models"], flags].concat(), home.path(), &server).succeeds();
    assert!(models(&[]).starts_with("no models in "), "{}", models(&[]));
    let document: Value =
        serde_json::from_str(&tempo(&["inspect", "owner/name", "--json"], home.path(), &server).succeeds()).unwrap();
    assert_eq!((&document["architecture"], &document["unsupported"]), (&"llama".into(), &Value::Array(Vec::new())));
    assert!(
        models(&[]).contains("owner/name") && models(&[]).contains("does not run: a download that broke off"),
        "{}",
        models(&[])
    );

    generate("owner/name", home.path(), &server).succeeds();
    assert!(
        models(&[]).lines().any(|line| line.starts_with("owner/name  6.") && line.ends_with("  runs")),
        "{}",
        models(&[])
    );
    let hub = home.path().join("hub");
    let snapshot = hub.join("models--owner--name/snapshots").join(crate::server::COMMIT);
    let other = hub.join("models--other--gpt/snapshots").join("f".repeat(40));
    std::fs::create_dir_all(&other).unwrap();
    for name in ["tokenizer.json", "model.safetensors"] {
        std::fs::copy(snapshot.join(name), other.join(name)).unwrap();
    }
    std::fs::write(other.join("config.json"), r#"{"model_type": "gpt2"}"#).unwrap();
    let asked = server.requests().len();
    let listed: Value = serde_json::from_str(&models(&["--json"])).unwrap();
    let listed = listed["models"].as_array().unwrap();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["runs"]),
        (&format!("other/gpt@{}", "f".repeat(40)).into(), &false.into())
    );
    assert!(listed[0]["why_not"].as_str().unwrap().contains("gpt2"), "{listed:?}");
    assert_eq!((&listed[1]["runs"], &listed[1]["why_not"]), (&true.into(), &Value::Null));
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn a_path_wins_over_a_name_and_who_has_both_is_told() {
    let home = tempfile::tempdir().unwrap();
    let server = serve(repository());
    let with_path = || {
        let run = generate("owner/name", home.path(), &server);
        std::fs::create_dir_all(run.path("owner/name")).unwrap();
        for (name, content) in repository() {
            std::fs::write(run.path("owner/name").join(name), content).unwrap();
        }
        run
    };
    let output = with_path().run();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(server.requests().is_empty(), "a path asks nobody");
    generate("owner/name", home.path(), &server).succeeds();
    let notes = stderr(&with_path().run());
    assert!(notes.contains("the path is taken, hf.co/owner/name would be the other"), "{notes}");
}

#[test]
fn what_cannot_be_had_is_told_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(|request, _| match request.file() {
        Some(_) => Reply::coded(403, "GatedRepo"),
        None => hub(&repository(), request),
    });
    let fails = |model: &str| generate(model, home.path(), &server).fails();
    let error = fails("owner/name");
    assert!(error.contains("cannot load the model owner/name") && error.contains("accepted its terms"), "{error}");
    assert!(fails("owner/other").contains("has no repository owner/other"));
    let error = generate("owner/name:Q4_0", home.path(), &server).env("HF_HUB_OFFLINE", "1").fails();
    assert!(error.contains("HF_HUB_OFFLINE is set"), "{error}");
    let error = Tempo::generate(&["--prompt", "a", "--model", "owner/name"]).fails();
    assert!(error.contains("127.0.0.1:9 cannot be reached"), "{error}");
    assert!(fails("https://user:secret@h.example/m").contains("names no model"));
    let error = generate(&format!("{}/m/x.gguf?key=secret", server.address), home.path(), &server).fails();
    assert!(
        error.contains("/m/x.gguf: ") && !error.contains("secret"),
        "what lets a file be read is not shown: {error}"
    );
    assert!(fails("nowhere").contains("nowhere/config.json") || cfg!(windows));
}
