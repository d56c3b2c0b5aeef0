//! What configurations mean, family by family, as a table.

use serde_json::{Value, json};

use tempo_kernels::Activation;

use super::*;
use crate::testing::resolve;

mod families;

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
    assert_eq!(llama.ropes, [RopeConfig { theta: 10_000.0, rotated: 8, scaling: RopeScaling::Default }]);
    assert_eq!(llama.windows, [None, None, None]);
    assert_eq!((llama.biases, llama.family.qk_norm), (Biases::default(), QkNorm::None));
    assert!((llama.rms_norm_eps - 1e-6).abs() < 1e-12);

    assert_eq!(with("mistral", &json!({})).windows, [Some(4096); 3]);
    assert_eq!(with("mistral", &json!({"sliding_window": null})).windows, [None; 3]);
    assert_eq!(with("mistral", &json!({"sliding_window": 5})).windows, [Some(5); 3]);

    let qwen2 = with("qwen2", &json!({"sliding_window": 5}));
    assert!(qwen2.biases.qkv && !qwen2.biases.output);
    assert_eq!(qwen2.windows, [None; 3]);

    let qwen3 = with("qwen3", &json!({"attention_bias": true}));
    assert!(qwen3.family.qk_norm == QkNorm::PerHead && qwen3.biases.qkv && qwen3.biases.output);
    assert_eq!(qwen3.head_dim, 128);
}

#[test]
fn gemma3_has_defaults_for_everything() {
    let gemma = resolve(r#"{"model_type": "gemma3_text"}"#);
    let sizes = (gemma.hidden, gemma.intermediate, gemma.layers, gemma.heads, gemma.kv_heads, gemma.head_dim);
    assert_eq!(sizes, (2304, 9216, 26, 8, 4, 256));
    assert_eq!((gemma.vocab, gemma.max_positions, gemma.tied, gemma.eos), (262_208, 131_072, true, vec![1]));
    assert_eq!(
        (gemma.family.activation.activation, gemma.embedding_scale, gemma.attention_scale),
        (Activation::GeluTanh, 48.0, 1.0 / 16.0)
    );
    assert_eq!((gemma.attention_cap, gemma.logit_cap), (None, None));
    assert_eq!(
        (gemma.family.qk_norm, gemma.family.norms, gemma.norm_offset, gemma.biases),
        (QkNorm::PerHead, Norms::Around, 1.0, Biases::default())
    );
    let plain = |theta| RopeConfig { theta, rotated: 256, scaling: RopeScaling::Default };
    assert_eq!(gemma.ropes, [plain(1e6), plain(1e4)]);
    let full: Vec<usize> = (0..26).filter(|&layer| gemma.windows[layer].is_none()).collect();
    assert_eq!((full, gemma.windows[0]), (vec![5, 11, 17, 23], Some(4096)));
    assert!((0..26).all(|layer| gemma.layer_ropes[layer] == usize::from(gemma.windows[layer].is_some())));

    let llama = with("llama", &json!({"final_logit_softcapping": 3.0, "query_pre_attn_scalar": 9}));
    assert_eq!(
        (llama.family.activation.activation, llama.embedding_scale, llama.norm_offset),
        (Activation::Silu, 1.0, 0.0)
    );
    assert_eq!(
        (llama.logit_cap, llama.family.norms, llama.layer_ropes, llama.ropes.len()),
        (None, Norms::Before, vec![0; 3], 1)
    );
    assert!((llama.attention_scale - 8.0_f64.powf(-0.5)).abs() < 1e-15);
}

#[test]
fn keys_of_gemma3() {
    let gemma = |keys: &Value| with("gemma3_text", keys);
    let capped =
        gemma(&json!({"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30, "query_pre_attn_scalar": 64,
        "attention_bias": true, "tie_word_embeddings": false, "eos_token_id": null}));
    assert_eq!((capped.attention_cap, capped.logit_cap, capped.attention_scale), (Some(50.0), Some(30.0), 0.125));
    assert!(capped.biases.qkv && capped.biases.output && !capped.tied && capped.eos.is_empty());
    let pattern = gemma(&json!({"sliding_window": 7, "sliding_window_pattern": 2, "layer_types": null}));
    assert_eq!((pattern.windows, pattern.layer_ropes), (vec![Some(7), None, Some(7)], vec![1, 0, 1]));
    let listed = json!({"layer_types": ["full_attention", "sliding_attention", "full_attention"], "sliding_window": 7});
    assert_eq!(gemma(&listed).windows, [None, Some(7), None]);
    // A window that is off leaves the layers their angles.
    let off = gemma(&json!({"sliding_window": null, "sliding_window_pattern": 3}));
    assert_eq!((off.windows, off.layer_ropes), (vec![None; 3], vec![1, 1, 0]));
}

#[test]
fn both_spellings_of_the_angles_of_gemma3() {
    let four =
        json!({"rope_theta": 5e5, "rope_local_base_freq": 2e4, "rope_scaling": {"rope_type": "linear", "factor": 8}});
    let five = json!({"rope_parameters": {"full_attention": {"rope_theta": 5e5, "rope_type": "linear", "factor": 8.0},
        "sliding_attention": {"rope_theta": 2e4, "rope_type": "default"}}});
    for keys in [four, five] {
        let full = RopeConfig { theta: 5e5, rotated: 256, scaling: RopeScaling::Linear { factor: 8.0 } };
        let local = RopeConfig { theta: 2e4, rotated: 256, scaling: RopeScaling::Default };
        assert_eq!(with("gemma3_text", &keys).ropes, [full, local]);
    }
    let half = json!({"rope_parameters": {"full_attention": null, "sliding_attention": {"rope_type": "default"}}});
    assert_eq!(
        with("gemma3_text", &half).ropes[0],
        RopeConfig { theta: 1e6, rotated: 256, scaling: RopeScaling::Default }
    );
}

#[test]
fn of_a_model_that_reads_images_the_text_part_is_taken() {
    let file = json!({"model_type": "gemma3", "eos_token_id": [1, 106], "vision_config": {"hidden_size": 1152},
        "text_config": {"model_type": "gemma3_text", "hidden_size": 2560, "num_hidden_layers": 34, "sliding_window": 1024}});
    let config = resolve(&file.to_string());
    assert_eq!((config.hidden, config.layers, config.windows[0], config.eos), (2560, 34, Some(1024), vec![1, 106]));
    let error = refusal("qwen2_vl", &json!({"text_config": {"model_type": "qwen2"}}));
    assert!(error.contains("model_type qwen2_vl"), "{error}");
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
        let rope = with("llama", &keys).ropes.remove(0);
        assert_eq!((rope.theta, rope.scaling), (5e5, RopeScaling::Linear { factor: 4.0 }));
    }
    let llama3 = json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}});
    let expected = RopeScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original: 8192.0 };
    assert_eq!(with("llama", &llama3).ropes[0].scaling, expected);
    assert_eq!(with("llama", &json!({"rope_scaling": null})).ropes[0].scaling, RopeScaling::Default);
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
        (
            "gpt2",
            json!({}),
            "model_type gpt2 (supported: llama, mistral, qwen2, qwen3, gemma2, gemma3_text, gpt_neox, granite, olmo2, phi3, smollm3)",
        ),
        ("llama", json!({"hidden_act": "gelu"}), "hidden_act gelu"),
        ("llama", json!({"quantization_config": {"quant_method": "awq"}}), "quantization_config awq"),
        (
            "llama",
            json!({"quantization": {"group_size": 32, "bits": 4}}),
            "quantization of 4 bits in groups of 32, as MLX packs them (supported: f32",
        ),
        ("llama", json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}), "rope scaling yarn"),
        ("llama", json!({"rope_scaling": {"type": "dynamic", "factor": 4.0}}), "rope scaling dynamic"),
        ("qwen3", json!({"layer_types": ["chunked_attention"]}), "layer type chunked_attention"),
        ("llama", json!({"partial_rotary_factor": 0.5}), "partial_rotary_factor 0.5"),
        ("llama", json!({"rope_parameters": {"full_attention": {}}}), "per layer type"),
        ("gemma3_text", json!({"rope_parameters": {"rope_theta": 1e4}}), "rope_parameters for all layers"),
        (
            "gemma3_text",
            json!({"rope_parameters": {"sliding_attention": {"rope_type": "yarn"}}}),
            "rope scaling yarn (supported",
        ),
        ("gemma3_text", json!({"hidden_activation": "gelu"}), "hidden_activation gelu (supported: gelu_pytorch_tanh)"),
        ("gemma3_text", json!({"use_bidirectional_attention": true}), "use_bidirectional_attention true"),
        ("gemma3", json!({}), "model_type gemma3 (supported"),
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
    assert_eq!(error, "config.json: hidden_size must be a whole number, found \"wide\"");
    for (keys, words) in [
        (json!({"sliding_window_pattern": 0}), "sliding_window_pattern must be from 1"),
        (json!({"sliding_window": 0}), "sliding_window must be from 1"),
        (json!({"query_pre_attn_scalar": 0}), "query_pre_attn_scalar must be a positive number, found 0"),
        (json!({"final_logit_softcapping": -30.0}), "final_logit_softcapping must be a positive number"),
        (json!({"rope_local_base_freq": 1}), "rope_local_base_freq must be a finite number above 1"),
        (json!({"layer_types": []}), "one entry per layer, found 0"),
    ] {
        let words_found = refusal("gemma3_text", &keys);
        assert!(words_found.contains(words), "{words_found}");
    }
    let layers = json!({"use_sliding_window": true, "layer_types": ["full_attention"]});
    assert!(refusal("qwen2", &layers).contains("one entry per layer, found 1"));
}

#[test]
fn files_of_other_programs_are_read() {
    let parse = |text: &str| ConfigFile::parse(text.as_bytes()).and_then(|file| file.resolve(None));
    let plain = parse(&file("llama", &json!({}))).unwrap();
    let more = |keys: &str| file("llama", &json!({})).replacen('{', &format!("{{{keys},"), 1);
    for text in [
        format!("\u{feff}{}", file("llama", &json!({}))),
        more(r#""time_step_limit": [0.0, Infinity], "spare": NaN, "low": -Infinity"#),
        more(r#""hidden_size": 8, "hidden_size": 64.0"#),
        more(r#""sliding_window": "none", "layer_types": null, "pad_token_id": -1, "head_dim": null"#),
        more(r#""rope_scaling": {"rope_type": "default", "type": "default", "mrope_section": [4, 6, 6]}"#),
        more(r#""layer_types": [1, "full_attention"], "quantization_config": {}, "max_window_layers": "all""#),
    ] {
        assert_eq!(parse(&text).unwrap(), plain, "{text}");
    }
    let both = with("llama", &json!({"rope_scaling": {"rope_type": "linear", "type": "dynamic", "factor": 4.0}}));
    assert_eq!(both.ropes[0].scaling, RopeScaling::Linear { factor: 4.0 });
    let error = parse(&more(r#""rope_theta": Infinity"#)).unwrap_err().to_string();
    assert_eq!(error, "config.json: rope_theta must be a number, found \"Infinity\"");
    let error = parse("<!DOCTYPE html>").unwrap_err().to_string();
    assert!(error.starts_with("config.json is a web page (HTML)"), "{error}");
    assert!(parse("[1]").unwrap_err().to_string().contains("must be an object, found [1]"));
    for empty in ["", "\u{feff}\n"] {
        assert_eq!(parse(empty).unwrap_err().to_string(), "config.json is empty; download it once more");
    }
}

#[test]
fn what_is_left_out_or_taken_for_granted_is_told() {
    let remarks = |keys: &Value, generation: Option<&str>| {
        let file = ConfigFile::parse(file("llama", keys).as_bytes()).unwrap();
        assert!(file.resolve(generation.map(str::as_bytes)).is_ok());
        let remarks = file.remarks(generation.map(str::as_bytes));
        let altering = remarks.iter().filter(|remark| remark.alters_text).count();
        (remarks.iter().map(ToString::to_string).collect::<Vec<_>>(), altering)
    };
    let whole = json!({"rope_theta": 1e4, "rms_norm_eps": 1e-5, "max_position_embeddings": 64, "eos_token_id": 2});
    assert_eq!(remarks(&whole, None), (vec![], 0));
    let (words, altering) = remarks(&json!({}), None);
    assert_eq!((words.len(), altering), (4, 0), "{words:?}");
    assert!(words.contains(&"config.json: no rope_theta: 10000 is taken, as transformers does".into()), "{words:?}");
    let mut texts = whole.clone();
    texts["eos_token_id"] = json!("</s>");
    let (words, altering) = remarks(&texts, Some("{\"eos_token_id\": -1}"));
    assert_eq!(
        (words, altering),
        (
            vec![
                "generation_config.json: eos_token_id is -1, no token id; it is left out".into(),
                "config.json: eos_token_id is \"</s>\", no token id; it is left out".into()
            ],
            2
        )
    );
    let mut beyond = whole.clone();
    beyond["eos_token_id"] = json!([2, 4_000_000]);
    let (words, altering) = remarks(&beyond, None);
    assert!(altering == 1 && words[0].contains("eos_token_id 4000000 is no token of the"), "{words:?}");
    let (words, altering) = remarks(&whole, Some("{"));
    assert!(altering == 1 && words[0].ends_with("the file is left out"), "{words:?}");
    let five = json!({"rope_parameters": {"rope_theta": 1e4, "rope_type": "default"}, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 64, "eos_token_id": 2});
    assert_eq!(remarks(&five, None), (vec![], 0));
    let gemma = |keys: &Value| {
        let told = ConfigFile::parse(file("gemma2", keys).as_bytes()).unwrap().remarks(None);
        told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let told = gemma(&json!({"final_logit_softcapping": null, "head_dim": 8}));
    for (key, value) in [("rope_theta", "10000"), ("attn_logit_softcapping", "50"), ("query_pre_attn_scalar", "256")] {
        assert!(told.contains(&format!("config.json: no {key}: {value} is taken")), "{told}");
    }
    assert!(!told.contains("final_logit_softcapping") && !told.contains("head_dim"), "{told}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}", number in proptest::num::i64::ANY, key in 0..15_usize) {
        let _ = ConfigFile::parse(text.as_bytes());
        let keys = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
            "num_key_value_heads", "head_dim", "max_position_embeddings", "sliding_window", "max_window_layers",
            "rope_theta", "eos_token_id", "sliding_window_pattern", "query_pre_attn_scalar", "rope_local_base_freq"];
        for family in Family::ALL {
            let file = file(family.name, &json!({keys[key]: number, "use_sliding_window": true}));
            let _ = ConfigFile::parse(file.as_bytes()).and_then(|file| file.resolve(None));
        }
    }
}
