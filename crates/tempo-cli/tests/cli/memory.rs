//! How much memory a model takes: loading streams, so the peak stays near the size of the weights in f32.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::harness::{Tempo, built_in_model};

const MIB: u64 = 1 << 20;

/// The high-water mark of a short bench on one thread; `None` where the system does not tell.
fn peak(model: &Path) -> Option<u64> {
    let model = model.to_str().unwrap();
    let arguments = [
        "bench",
        "--json",
        "--device",
        "cpu",
        "--threads",
        "1",
        "--steps",
        "1",
        "--prompt-tokens",
        "4",
        "--model",
        model,
    ];
    let report: Value = serde_json::from_str(&Tempo::new(&arguments).succeeds()).unwrap();
    report["peak_bytes"].as_u64()
}

/// A llama of these sizes with all weights zero in bf16; the file is sparse, so writing it takes no time.
/// Returns the bytes that its weights take in f32.
fn write_zeros(folder: &Path, hidden: u64, intermediate: u64, layers: u64, vocab: u64) -> u64 {
    let mut shapes: Vec<(String, Vec<u64>)> = vec![("model.embed_tokens.weight".into(), vec![vocab, hidden])];
    for layer in 0..layers {
        let mut add = |name: &str, shape: &[u64]| {
            shapes.push((format!("model.layers.{layer}.{name}.weight"), shape.to_vec()));
        };
        for name in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"] {
            add(name, &[hidden, hidden]);
        }
        add("mlp.gate_proj", &[intermediate, hidden]);
        add("mlp.up_proj", &[intermediate, hidden]);
        add("mlp.down_proj", &[hidden, intermediate]);
        add("input_layernorm", &[hidden]);
        add("post_attention_layernorm", &[hidden]);
    }
    shapes.push(("model.norm.weight".into(), vec![hidden]));

    let mut header = Map::new();
    let mut end = 0;
    for (name, shape) in shapes {
        let start = end;
        end += 2 * shape.iter().product::<u64>();
        header.insert(name, json!({"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}));
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = std::fs::File::create(folder.join("model.safetensors")).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(&header).unwrap();
    file.set_len(8 + header.len() as u64 + end).unwrap();
    let config = json!({
        "model_type": "llama", "hidden_size": hidden, "intermediate_size": intermediate, "num_hidden_layers": layers,
        "num_attention_heads": 8, "vocab_size": vocab, "tie_word_embeddings": true, "max_position_embeddings": 64,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    2 * end
}

#[test]
#[cfg(target_os = "linux")]
fn a_model_of_three_million_parameters_runs_in_300_mb() {
    let peak = peak(&built_in_model()).unwrap();
    assert!(peak < 300 * MIB, "{} MiB", peak / MIB);
}

#[test]
#[cfg(target_os = "linux")]
fn a_model_larger_than_the_memory_is_refused_by_its_header() {
    let folder = tempfile::tempdir().unwrap();
    write_zeros(folder.path(), 1 << 17, 64, 1, 1 << 22);
    std::fs::copy(built_in_model().join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let model = folder.path().to_str().unwrap();
    let output = Tempo::new(&["inspect", model]).run();
    let told = String::from_utf8(output.stdout).unwrap();
    let refused = told
        .lines()
        .any(|line| line.starts_with("unsupported   its weights take ") && line.contains(" GB, the memory is "));
    assert!(refused && output.status.code() == Some(2), "{told}");
    let error = Tempo::new(&["generate", "--device", "cpu", "--prompt", "a", "--model", model]).fails();
    assert!(error.contains("its weights take ") && error.contains("take a smaller model"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn loading_never_holds_the_weights_twice() {
    let folder = tempfile::tempdir().unwrap();
    let needed = write_zeros(folder.path(), 1024, 4096, 6, 16_384);
    let peak = peak(folder.path()).unwrap();
    assert!(needed > 380 * MIB, "large enough for everything else to be small: {} MiB", needed / MIB);
    assert!(peak as f64 <= 1.3 * needed as f64, "{} MiB for weights of {} MiB", peak / MIB, needed / MIB);
}
