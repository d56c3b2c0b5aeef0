//! What configurations mean, family by family, as a table.

use serde_json::{Value, json};

use super::*;
use crate::rope::RopeScaling;
use crate::testing::resolve;

/// The smallest file there is, plus some keys.
fn file(model_type: &str, keys: &Value) -> String {
    let mut file = json!({"model_type": model_type, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3,
        "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 100});
    for (key, value) in keys.as_object().unwrap() {
        file[key] = value.clone();
    }
    file.to_string()
}

fn with(model_type: &str, keys: &Value) -> DecoderConfig {
    resolve(&file(model_type, keys))
}

fn refusal(model_type: &str, keys: &Value) -> String {
    let parsed = ConfigFile::parse(file(model_type, keys).as_bytes());
    parsed.and_then(|file| file.resolve(None)).unwrap_err().to_string()
}

#[test]
fn families_differ_in_defaults() {
    let llama = with("llama", &json!({}));
    assert_eq!((llama.head_dim, llama.max_positions, llama.tied), (8, 2048, false));
    assert_eq!((llama.rope.theta, llama.rope.scaling), (10_000.0, RopeScaling::Default));
    assert_eq!(llama.windows, [None, None, None]);
    assert_eq!((llama.biases, llama.qk_norm), (Biases::default(), false));
    assert!((llama.rms_norm_eps - 1e-6).abs() < 1e-12);

    assert_eq!(with("mistral", &json!({})).windows, [Some(4096); 3]);
    assert_eq!(with("mistral", &json!({"sliding_window": null})).windows, [None; 3]);
    assert_eq!(with("mistral", &json!({"sliding_window": 5})).windows, [Some(5); 3]);

    let qwen2 = with("qwen2", &json!({"sliding_window": 5}));
    assert!(qwen2.biases.qkv && !qwen2.biases.output);
    assert_eq!(qwen2.windows, [None; 3]);

    let qwen3 = with("qwen3", &json!({"attention_bias": true}));
    assert!(qwen3.qk_norm && qwen3.biases.qkv && qwen3.biases.output);
    assert_eq!(qwen3.head_dim, 128);
}

#[test]
fn windows_of_some_layers() {
    let on = json!({"use_sliding_window": true, "sliding_window": 5, "max_window_layers": 1});
    assert_eq!(with("qwen2", &on).windows, [None, Some(5), Some(5)]);
    let listed = json!({"use_sliding_window": true, "sliding_window": 5,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]});
    assert_eq!(with("qwen3", &listed).windows, [Some(5), None, Some(5)]);
}

#[test]
fn both_spellings_of_rope() {
    let four = json!({"rope_theta": 5e5, "torch_dtype": "float32", "rope_scaling": {"type": "linear", "factor": 4.0}});
    let five = json!({"dtype": "float32",
        "rope_parameters": {"rope_theta": 5e5, "rope_type": "linear", "factor": 4}});
    for keys in [four, five] {
        let rope = with("llama", &keys).rope;
        assert_eq!((rope.theta, rope.scaling), (5e5, RopeScaling::Linear { factor: 4.0 }));
    }
    let llama3 = json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}});
    let expected = RopeScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original: 8192.0 };
    assert_eq!(with("llama", &llama3).rope.scaling, expected);
    assert_eq!(with("llama", &json!({"rope_scaling": null})).rope.scaling, RopeScaling::Default);
}

#[test]
fn end_of_text_tokens() {
    let eos = |config: Value, generation: Option<Value>| {
        let generation = generation.map(|value| value.to_string());
        let file = ConfigFile::parse(file("llama", &config).as_bytes()).unwrap();
        file.resolve(generation.as_ref().map(String::as_bytes)).unwrap().eos
    };
    assert_eq!(eos(json!({"eos_token_id": 2}), None), [2]);
    assert_eq!(eos(json!({"eos_token_id": [2, 3]}), None), [2, 3]);
    assert_eq!(eos(json!({"eos_token_id": null}), None), [0; 0]);
    assert_eq!(eos(json!({"eos_token_id": 2}), Some(json!({"eos_token_id": [5, 6]}))), [5, 6]);
    assert_eq!(eos(json!({"eos_token_id": 2}), Some(json!({"eos_token_id": null}))), [2]);
    assert_eq!(eos(json!({"eos_token_id": 2}), Some(json!({"bos_token_id": 1}))), [2]);
}

#[test]
fn what_is_not_done_is_refused_by_name() {
    for (model_type, keys, words) in [
        ("gpt2", json!({}), "model_type gpt2 (supported: llama, mistral, qwen2, qwen3)"),
        ("llama", json!({"hidden_act": "gelu"}), "hidden_act gelu"),
        ("llama", json!({"quantization_config": {"quant_method": "awq"}}), "quantization_config awq"),
        ("llama", json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}), "rope scaling yarn"),
        ("llama", json!({"rope_scaling": {"type": "dynamic", "factor": 4.0}}), "rope scaling dynamic"),
        ("qwen3", json!({"layer_types": ["chunked_attention"]}), "layer type chunked_attention"),
        ("llama", json!({"partial_rotary_factor": 0.5}), "partial_rotary_factor 0.5"),
        ("llama", json!({"rope_parameters": {"full_attention": {}}}), "per layer type"),
    ] {
        let words_found = refusal(model_type, &keys);
        assert!(words_found.contains(words), "{words_found}");
    }
}

#[test]
fn numbers_that_cannot_be_are_refused_by_key() {
    for (keys, words) in [
        (json!({"hidden_size": 0}), "hidden_size must be from 1"),
        (json!({"hidden_size": null}), "hidden_size must be from 1 to 131072, found nothing"),
        (json!({"vocab_size": 1_u64 << 60}), "vocab_size"),
        (json!({"num_hidden_layers": 1_000_000_000}), "num_hidden_layers"),
        (json!({"num_key_value_heads": 3}), "a divisor of num_attention_heads, found 3"),
        (json!({"head_dim": 7}), "head_dim must be even"),
        (json!({"hidden_size": 4}), "head_dim must be even and at least 2, found 0"),
        (json!({"rms_norm_eps": -1.0}), "rms_norm_eps"),
        (json!({"rope_theta": 0.0}), "rope_theta"),
        (json!({"rope_scaling": {"rope_type": "linear"}}), "factor must be a positive number, found nothing"),
        (json!({"rope_scaling": {"rope_type": "linear", "factor": -2.0}}), "found -2"),
        (json!({"max_position_embeddings": u64::MAX}), "max_position_embeddings"),
    ] {
        let words_found = refusal("llama", &keys);
        assert!(words_found.contains(words), "{words_found}");
    }
    let error = refusal("llama", &json!({"hidden_size": "wide"}));
    assert!(error.contains("config.json is not the JSON expected there"), "{error}");
    let layers = json!({"use_sliding_window": true, "layer_types": ["full_attention"]});
    assert!(refusal("qwen2", &layers).contains("one entry per layer, found 1"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}", number in proptest::num::i64::ANY, key in 0..12_usize) {
        let _ = ConfigFile::parse(text.as_bytes());
        let keys = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
            "num_key_value_heads", "head_dim", "max_position_embeddings", "sliding_window", "max_window_layers",
            "rope_theta", "eos_token_id"];
        for family in Architecture::ALL {
            let file = file(family.name(), &json!({keys[key]: number, "use_sliding_window": true}));
            let _ = ConfigFile::parse(file.as_bytes()).and_then(|file| file.resolve(None));
        }
    }
}
