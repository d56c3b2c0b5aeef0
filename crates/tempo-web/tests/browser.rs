//! The face in a real browser: a worker of headless Chromium, on the CPU and on a software WebGPU. Whole runs are
//! held against the independent reference.
//!
//! `scripts/test.sh` runs it with wasm-bindgen-test-runner; natively there is nothing to test here.
#![cfg(target_family = "wasm")]
#![expect(clippy::unwrap_used, reason = "tests: what fails shows where")]

#[path = "browser/decoders.rs"]
mod decoders;

use js_sys::{Function, Object, Reflect, Uint8Array};
use serde_json::{Value, json};
use tempo_web::{ModelParts, Tempo, WeightSource};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! model {
    ($file:literal) => {
        include_bytes!(concat!("../../../www/public/models/storyteller/", $file)).as_slice()
    };
}

macro_rules! reference {
    ($case:literal) => {
        include_str!(concat!("../../../tests/fixtures/tempo/", $case, ".jsonl"))
    };
}

#[wasm_bindgen(inline_js = r"
export function source(name, bytes, trouble) {
  const log = [];
  return {
    log,
    files: () => [{ name, bytes: bytes.length }],
    async read(file, start, end) {
      log.push([start, end]);
      if (trouble === 'short' && log.length > 2) end -= 1;
      if (trouble === 'throws' && log.length > 2) throw new Error('the connection broke');
      return bytes.slice(start, end);
    },
  };
}
export function largest(source) {
  return Math.max(...source.log.map(([start, end]) => end - start));
}
")]
extern "C" {
    fn source(name: &str, bytes: Uint8Array, trouble: &str) -> WeightSource;
    fn largest(source: &WeightSource) -> f64;
}

fn bytes(of: &[u8]) -> Uint8Array {
    Uint8Array::from(of)
}

fn parts(parts: &[(&str, JsValue)]) -> ModelParts {
    let model = Object::new();
    for (key, value) in parts {
        Reflect::set(&model, &(*key).into(), value).unwrap();
    }
    model.unchecked_into()
}

fn model(config: &[u8], weights: WeightSource) -> ModelParts {
    parts(&[
        ("id", "storyteller".into()),
        ("config", bytes(config).into()),
        ("generation", bytes(model!("generation_config.json")).into()),
        ("tokenizer", bytes(model!("tokenizer.json")).into()),
        ("weights", weights.into()),
    ])
}

fn story() -> WeightSource {
    source("model.safetensors", bytes(model!("model.safetensors")), "")
}

fn no_progress() -> Function {
    Function::new_no_args("")
}

async fn opened(device: &str, weights: &str, kernels: &str) -> Result<Tempo, JsValue> {
    Tempo::open(device.into(), weights.into(), Some(kernels.into())).await
}

async fn loaded_by(device: &str, kernels: &str) -> Tempo {
    let mut tempo = opened(device, "f32", kernels).await.unwrap();
    tempo.load(model(model!("config.json"), story()), no_progress()).await.unwrap();
    tempo
}

async fn loaded(device: &str) -> Tempo {
    loaded_by(device, "fused").await
}

/// A plain object as JSON.
fn plain(value: &JsValue) -> Value {
    let text = js_sys::JSON::stringify(value).unwrap();
    serde_json::from_str(&String::from(text)).unwrap()
}

fn object(value: &Value) -> JsValue {
    js_sys::JSON::parse(&value.to_string()).unwrap()
}

/// Code and message of an error.
fn code_and_message(error: &JsValue) -> (String, String) {
    let part = |name: &str| Reflect::get(error, &name.into()).unwrap().as_string().unwrap_or_default();
    (part("code"), part("message"))
}

async fn events(tempo: &mut Tempo) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let event = tempo.step(None).await.unwrap();
        if event.is_undefined() {
            return events;
        }
        events.push(plain(&event));
    }
}

/// Runs what a reference ran and compares ids, slots and verdicts exactly, numbers closely.
async fn agrees(tempo: &mut Tempo, reference: &str, steps: usize) {
    let expected: Vec<Value> = reference.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    tempo.begin(expected[0]["prompt"]["text"].as_str().unwrap().into(), &object(&expected[0]["options"])).unwrap();
    for expected in &expected[..=steps] {
        let found = plain(&tempo.step(None).await.unwrap());
        let same = ["/type", "/step", "/prompt", "/ended", "/slots", "/live", "/over_budget"];
        for key in same {
            assert_eq!(found.pointer(key), expected.pointer(key), "{key} of step {}", expected["step"]);
        }
        close(&found["received"], &expected["received"], "received");
        for part in ["set", "verdicts", "candidates"] {
            close(&found[part], &expected[part], part);
        }
        // Traces of version 1 have no chain.
        if expected["chain"].is_array() {
            close(&found["chain"], &expected["chain"], "chain");
        }
        assert_eq!(found["timing"].is_object(), found["type"] == "step", "steps are timed");
    }
}

/// The fused kernels and the tensor operations make the same steps: sets, verdicts and candidates.
async fn ways_agree(device: &str, steps: usize) {
    let (mut fused, mut tensor) = (loaded(device).await, loaded_by(device, "tensor").await);
    let options = object(&json!({
        "selection_threshold": 0.03, "removal": "mask", "relative": 0.8, "min_steps": steps, "max_steps": steps
    }));
    for tempo in [&mut fused, &mut tensor] {
        tempo.begin("Once upon a time there was".into(), &options).unwrap();
    }
    let (expected, found) = (events(&mut fused).await, events(&mut tensor).await);
    let most = expected.iter().filter_map(|event| Some(event["set"].as_array()?.len())).max();
    assert!(most > Some(1), "sets of one alone tell little");
    for (found, expected) in found.iter().zip(&expected) {
        let (mut found, mut expected) = (found.clone(), expected.clone());
        for event in [&mut found, &mut expected] {
            // Only times may differ.
            event.as_object_mut().unwrap().remove("timing");
            event["stats"] = Value::Null;
        }
        close(&found, &expected, &format!("step {} on {device}", expected["step"]));
    }
    assert_eq!((found.len(), expected.len()), (steps + 2, steps + 2));
    if device == "gpu" {
        // Fused steps read a digest, tensor operations whole rows: nothing was compared with itself.
        let read = |tempo: &Tempo| plain(&tempo.counts().unwrap())["bytes_read"].as_u64().unwrap();
        assert!(read(&tensor) > 2 * read(&fused), "{} and {} bytes", read(&tensor), read(&fused));
    }
}

/// Equal, except that numbers with a fraction may differ by a thousandth.
fn close(found: &Value, expected: &Value, place: &str) {
    match (found, expected) {
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            a.iter().zip(b).for_each(|(a, b)| close(a, b, place));
        }
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{place}: {found} and {expected}");
            a.iter().for_each(|(key, value)| close(value, &b[key], &format!("{place}.{key}")));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let whole = a.fract() == 0.0 && b.fract() == 0.0;
            assert!((a - b).abs() < if whole { 0.5 } else { 1e-3 }, "{place}: {a} and {b}");
        }
        (a, b) => assert_eq!(a, b, "{place}"),
    }
}

#[wasm_bindgen_test]
async fn the_cpu_agrees_with_the_reference() {
    let mut tempo = loaded("cpu").await;
    let references = [
        reference!("mask-share"),
        reference!("rebuild-share"),
        reference!("budget-evict"),
        reference!("kin-rebuild-ordered"),
        reference!("score-gamma-rebuild-gamma"),
    ];
    for reference in references {
        let steps = reference.lines().count() - 2;
        agrees(&mut tempo, reference, steps).await;
    }
}

#[wasm_bindgen_test]
async fn on_the_cpu_tensor_operations_agree_with_the_fused_kernels() {
    ways_agree("cpu", 6).await;
    // What only the fused kernels know shows that the others compute.
    let mut tempo = opened("cpu", "q8", "tensor").await.unwrap();
    let error = tempo.load(model(model!("config.json"), story()), no_progress()).await.unwrap_err();
    let words = "unsupported model: q8 weights in tensor operations (supported: f32)";
    assert_eq!(code_and_message(&error), ("model-unsupported".into(), words.into()));
    let error = opened("cpu", "f32", "tensors").await.unwrap_err();
    assert_eq!(code_and_message(&error), ("device".into(), "no such way to compute: tensors".into()));
}

#[wasm_bindgen_test]
async fn webgpu_agrees_with_the_reference_and_its_loss_has_a_code() {
    let mut tempo = loaded("gpu").await;
    assert_eq!(plain(&tempo.device().unwrap())["kind"], "gpu");
    let steps = reference!("mask-share").lines().count() - 2;
    agrees(&mut tempo, reference!("mask-share"), steps).await;
    // One read for the prompt, one for every step.
    let counts = plain(&tempo.counts().unwrap());
    assert_eq!((&counts["passes"], &counts["readbacks"]), (&json!(steps + 1), &json!(steps + 1)));
    assert!(counts["device_bytes"].as_u64() > Some(12_000_000), "{counts}");
    // A software adapter takes seconds for a step in tensor operations.
    ways_agree("gpu", 3).await;

    // A prompt is measured without a word to the run under way.
    let length = plain(&tempo.prompt_length("Once upon a time").unwrap());
    assert_eq!(length, json!({"tokens": 5, "max_positions": 512}));

    // The device does not come back in this worker, so its loss is tried here and nowhere else.
    tempo.begin("Once".into(), &object(&json!({"max_steps": 20}))).unwrap();
    tempo.step(None).await.unwrap();
    tempo.step(None).await.unwrap();
    tempo.destroy_device();
    let mut outcome = Ok(JsValue::UNDEFINED);
    for _ in 0..3 {
        outcome = tempo.step(None).await;
        if outcome.is_err() {
            break;
        }
    }
    assert_eq!(code_and_message(&outcome.unwrap_err()).0, "device-lost");
}

#[wasm_bindgen_test]
async fn weights_come_in_pieces_and_their_files_are_judged_first() {
    let mut tempo = opened("cpu", "f32", "fused").await.unwrap();
    let weights = story();
    tempo.load(model(model!("config.json"), weights.clone().unchecked_into()), no_progress()).await.unwrap();
    assert!(largest(&weights) <= f64::from(4 << 20), "{}", largest(&weights));

    let short = source("model.safetensors", bytes(model!("model.safetensors")), "short");
    let error = tempo.load(model(model!("config.json"), short), no_progress()).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "source", "{}", code_and_message(&error).1);
    let throws = source("model.safetensors", bytes(model!("model.safetensors")), "throws");
    let error = tempo.load(model(model!("config.json"), throws), no_progress()).await.unwrap_err();
    assert_eq!(
        code_and_message(&error),
        ("source".into(), "cannot read model.safetensors: the connection broke".into())
    );
    let cut = source("model.safetensors", bytes(&model!("model.safetensors")[..1_000_000]), "");
    let error = tempo.load(model(model!("config.json"), cut), no_progress()).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "model-weights", "{}", code_and_message(&error).1);
    let foreign = br#"{"model_type": "gpt2"}"#;
    let error = tempo.load(model(foreign, story()), no_progress()).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "model-unsupported", "{}", code_and_message(&error).1);
    let error = tempo.begin("x".into(), &object(&json!({}))).unwrap_err();
    assert_eq!(code_and_message(&error).0, "no-model", "what failed to load is not there");
}

#[wasm_bindgen_test]
async fn needs_are_told_before_anything_is_fetched() {
    let tempo = opened("cpu", "f32", "fused").await.unwrap();
    let need = plain(&tempo.need(parts(&[("config", bytes(model!("config.json")).into())])).await.unwrap());
    assert_eq!((&need["parameters"], &need["weights_bytes"]), (&json!(3_221_952), &json!(3_221_952 * 4)));
    assert!(need.get("obstacle").is_none());
    let error = tempo.need(parts(&[("config", bytes(b"{").into())])).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "model-config");
}

#[wasm_bindgen_test]
async fn a_gguf_file_is_a_whole_model() {
    let file = include_bytes!("../../../tests/fixtures/gguf/qwen3.gguf").as_slice();
    let given = |name: &str, part: &[u8]| parts(&[("weights", source(name, bytes(part), "").into())]);
    let exact = opened("cpu", "f32", "fused").await.unwrap();
    let exact = plain(&exact.need(given("tiny.gguf", file)).await.unwrap());
    let mut tempo = opened("cpu", "q8", "fused").await.unwrap();
    let need = plain(&tempo.need(given("tiny.gguf", file)).await.unwrap());
    assert_eq!((&need["architecture"], &need["parameters"]), (&json!("qwen3"), &exact["parameters"]));
    assert!(need["weights_bytes"].as_u64() < exact["weights_bytes"].as_u64(), "{need} and {exact}");

    tempo.warm(given("tiny.gguf", file), no_progress()).await.unwrap();
    let model = plain(&tempo.load(given("tiny.gguf", file), no_progress()).await.unwrap());
    assert_eq!((&model["id"], &model["vocab"]), (&json!("tiny"), &json!(8)));
    tempo.begin("a b".into(), &object(&json!({"max_steps": 3}))).unwrap();
    assert_eq!(events(&mut tempo).await.len(), 5);

    let error = tempo.need(given("cut.gguf", &file[..5000])).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "model-gguf", "{}", code_and_message(&error).1);
    assert!(code_and_message(&error).1.starts_with("cannot use cut.gguf: tensor "), "{}", code_and_message(&error).1);
    let error = tempo.load(given("none.gguf", b"{}"), no_progress()).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "model-gguf", "{}", code_and_message(&error).1);
    let error = tempo.begin("a".into(), &object(&json!({}))).unwrap_err();
    assert_eq!(code_and_message(&error).0, "no-model", "what failed to load is not there");
}

#[wasm_bindgen_test]
async fn what_a_caller_gets_wrong_has_a_code() {
    let mut tempo = loaded("cpu").await;
    for (options, code) in [
        (json!({"temperature": -1}), "options"),
        (json!({"selection_treshold": 0.1}), "options"),
        (json!({"max_steps": 2.5}), "options"),
        (json!({"combine": "median"}), "options"),
        (json!({"capacity": 2}), "context-full"),
    ] {
        let error = tempo.begin("Once upon a time".into(), &object(&options)).unwrap_err();
        assert_eq!(code_and_message(&error).0, code, "{options}: {}", code_and_message(&error).1);
    }
    let error = tempo.step(None).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "no-run");
    tempo.begin("Once".into(), &object(&json!({"max_steps": 1}))).unwrap();
    assert_eq!(events(&mut tempo).await.len(), 3);
    assert!(tempo.step(None).await.unwrap().is_undefined(), "after the end there is nothing");
}

#[wasm_bindgen_test]
async fn a_run_stops_changes_and_shows_where_it_looked() {
    let mut tempo = loaded("cpu").await;
    let options = |removal: &str| {
        object(&json!({"max_steps": 8, "removal": removal, "relative": 0.9, "selection_threshold": 0.05}))
    };
    tempo.begin("The king saw a".into(), &options("evict")).unwrap();
    for _ in 0..6 {
        tempo.step(None).await.unwrap();
    }
    let error = tempo.attention(1).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "attention-gone", "rows were given away: {}", code_and_message(&error).1);

    tempo.begin("The king saw a".into(), &options("mask")).unwrap();
    for _ in 0..4 {
        tempo.step(None).await.unwrap();
    }
    let maps = tempo.attention(2).await.unwrap();
    let weights = Reflect::get(&maps, &"weights".into()).unwrap().unchecked_into::<js_sys::Float32Array>().to_vec();
    let maps = plain(&maps);
    let keys = maps["keys"].as_array().unwrap().len();
    let rows = 6 * 6 * maps["queries"].as_array().unwrap().len();
    assert_eq!(weights.len(), rows * keys);
    assert!(weights.chunks(keys).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-4));
    let error = tempo.attention(7).await.unwrap_err();
    assert_eq!(code_and_message(&error).0, "attention-gone");

    tempo.change(&object(&json!({"max_steps": 20, "max_set": 1, "capacity": null}))).unwrap();
    let error = tempo.change(&object(&json!({"positions": "consecutive"}))).unwrap_err();
    assert_eq!(code_and_message(&error).0, "options");
    let step = plain(&tempo.step(None).await.unwrap());
    assert_eq!(step["set"].as_array().unwrap().len(), 1);
    tempo.stop();
    let rest = events(&mut tempo).await;
    assert_eq!((rest.len(), &rest[0]["reason"]), (1, &json!("stopped")));
}
