//! What sets the later families apart.

use super::*;

#[test]
fn gemma2_has_caps_that_a_file_need_not_name() {
    let gemma = resolve(r#"{"model_type": "gemma2"}"#);
    assert_eq!((gemma.hidden, gemma.vocab, gemma.max_positions, gemma.ropes.len()), (2304, 256_000, 8192, 1));
    assert_eq!((gemma.attention_cap, gemma.logit_cap), (Some(50.0), Some(30.0)));
    assert_eq!((gemma.family.qk_norm, gemma.family.norms, gemma.norm_offset), (QkNorm::None, Norms::Around, 1.0));
    assert_eq!((gemma.windows[0], gemma.windows[1], gemma.windows[2]), (Some(4096), None, Some(4096)));
    let uncapped = with("gemma2", &json!({"attn_logit_softcapping": null, "final_logit_softcapping": 12}));
    assert_eq!((uncapped.attention_cap, uncapped.logit_cap), (None, Some(12.0)));
}

#[test]
fn factors_of_granite_are_folded() {
    let keys = json!({"embedding_multiplier": 12.0, "residual_multiplier": 0.25, "attention_multiplier": 0.0625,
        "logits_scaling": 8, "rms_norm_eps": 1e-5});
    let granite = with("granite", &keys);
    assert_eq!((granite.embedding_scale, granite.attention_scale, granite.logit_scale), (48.0, 0.0625, 0.125));
    assert!((granite.rms_norm_eps - 16e-5).abs() < 1e-12);
    // As transformers has it: the attention's factor is 1 and not the inverse root of a head's size.
    let plain = with("granite", &json!({}));
    assert_eq!((plain.embedding_scale, plain.attention_scale, plain.logit_scale), (1.0, 1.0, 1.0));
    // Another family has no such keys.
    let llama = with("llama", &keys);
    assert_eq!((llama.embedding_scale, llama.logit_scale), (1.0, 1.0));
    for (key, value) in [("residual_multiplier", 0), ("embedding_multiplier", -1), ("logits_scaling", 0)] {
        let found = refusal("granite", &json!({key: value}));
        assert!(found.contains(&format!("{key} must be a positive number, found {value}")), "{found}");
    }
    let found = refusal("granite", &json!({"attention_multiplier": "much"}));
    assert!(found.contains("attention_multiplier must be a number"), "{found}");
}

#[test]
fn some_layers_of_smollm3_turn_nothing() {
    let smol = |keys: &Value| with("smollm3", keys);
    let by_default = smol(&json!({"num_hidden_layers": 5}));
    assert_eq!(by_default.layer_ropes, [0, 0, 0, 1, 0]);
    assert_eq!(by_default.ropes.iter().map(|rope| rope.rotated).collect::<Vec<_>>(), [8, 0]);
    assert_eq!((by_default.ropes[0].theta, by_default.tied, by_default.windows), (2e6, true, vec![None; 5]));
    assert_eq!(smol(&json!({"no_rope_layer_interval": 2})).layer_ropes, [0, 1, 0]);
    // A list may be longer than there are layers; with it all turn.
    let listed = smol(&json!({"no_rope_layers": [1, 1, 1, 0]}));
    assert_eq!((listed.layer_ropes, listed.ropes.len()), (vec![0; 3], 1));
    assert_eq!(smol(&json!({"no_rope_layers": [0, 1, 0]})).layer_ropes, [1, 0, 1]);
    let window = json!({"use_sliding_window": true, "sliding_window": 5, "no_rope_layers": [0, 1, 0]});
    assert_eq!(smol(&window).windows, [Some(5), None, Some(5)]);
    assert_eq!(smol(&json!({"use_sliding_window": true})).windows, [None; 3]);
    for (keys, words) in [
        (json!({"no_rope_layers": [1, 0]}), "no_rope_layers must be one entry per layer, found 2"),
        (json!({"no_rope_layers": "all"}), "no_rope_layers must be a list of whole numbers"),
        (json!({"no_rope_layer_interval": 0}), "no_rope_layer_interval must be from 1"),
    ] {
        let found = refusal("smollm3", &keys);
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn ends_that_files_of_these_families_leave_out() {
    let eos = |model_type: &str| with(model_type, &json!({})).eos;
    assert_eq!([eos("gemma2"), eos("granite"), eos("smollm3")], [[1], [2], [128_001]]);
    assert_eq!([eos("olmo2"), eos("phi3"), eos("gpt_neox")], [[50_279], [32_000], [2]]);
}

#[test]
fn ends_of_conversations_come_from_the_file_beside() {
    for (model_type, ends) in [
        ("gemma2", &[1, 107][..]),
        ("granite", &[0]),
        ("olmo2", &[100_257]),
        ("phi3", &[32_000, 32_001, 32_007]),
        ("smollm3", &[128_012]),
    ] {
        let generation = json!({"eos_token_id": ends}).to_string();
        let parsed = ConfigFile::parse(file(model_type, &json!({"eos_token_id": 7})).as_bytes()).unwrap();
        assert_eq!(parsed.resolve(Some(generation.as_bytes())).unwrap().eos, ends, "{model_type}");
        assert_eq!(parsed.resolve(None).unwrap().eos, [7], "{model_type}");
    }
}

#[test]
fn olmo2_normalises_after_its_blocks() {
    let olmo = with("olmo2", &json!({}));
    assert_eq!((olmo.family.norms, olmo.family.qk_norm), (Norms::After, QkNorm::AllHeads));
    assert!((olmo.rms_norm_eps - 1e-5).abs() < 1e-12 && !olmo.tied);
}

#[test]
fn phi3_has_a_window_only_where_a_file_names_it() {
    assert_eq!(with("phi3", &json!({})).windows, [None; 3]);
    assert_eq!(with("phi3", &json!({"sliding_window": null})).windows, [None; 3]);
    assert_eq!(with("phi3", &json!({"sliding_window": 2047})).windows, [Some(2047); 3]);
}

/// Of heads of 8, all of which is turned: four pairs.
fn longrope() -> Value {
    json!({"type": "longrope", "short_factor": [1.0, 1.5, 2, 2.5], "long_factor": [2.0, 3.0, 4.0, 5.0]})
}

#[test]
fn longrope_is_resolved_as_transformers_does() {
    let long = |keys: &Value| match with("phi3", keys).ropes.remove(0).scaling {
        RopeScaling::LongRope { short, long, original, factor } => {
            assert_eq!((&*short, &*long), (&[1.0, 1.5, 2.0, 2.5][..], &[2.0, 3.0, 4.0, 5.0][..]));
            (original, factor)
        }
        other => panic!("{other:?}"),
    };
    let phi3 = json!({"rope_scaling": longrope(), "max_position_embeddings": 131_072, "original_max_position_embeddings": 4096});
    let (original, factor) = long(&phi3);
    assert!(original == 4096 && (factor - (1.0 + 32.0_f64.ln() / 4096.0_f64.ln()).sqrt()).abs() < 1e-12, "{factor}");
    // The old name, and numbers of its own.
    let mut given = longrope();
    (given["type"], given["attention_factor"]) = ("su".into(), 1.5.into());
    given["original_max_position_embeddings"] = 64.into();
    assert_eq!(long(&json!({"rope_scaling": given, "max_position_embeddings": 128})), (64, 1.5));
    // A text as long as the original context is not stretched.
    assert_eq!(long(&json!({"rope_scaling": longrope(), "max_position_embeddings": 64})), (64, 1.0));
}

#[test]
fn longrope_that_cannot_be_is_refused_by_key() {
    for (key, value, words) in [
        (
            "long_factor",
            json!([1.0, 2.0, 3.0]),
            "long_factor must be 4 numbers, one for each pair that is turned, found 3",
        ),
        (
            "short_factor",
            json!([1, 1, 1, 1, 1]),
            "short_factor must be 4 numbers, one for each pair that is turned, found 5",
        ),
        ("short_factor", Value::Null, "short_factor must be 4 numbers"),
        ("long_factor", json!([1.0, 2.0, 0.0, 4.0]), "long_factor must be a positive number, found 0"),
        ("long_factor", json!("long"), "long_factor must be a list of numbers"),
        ("attention_factor", json!(-1.0), "attention_factor must be a positive number"),
        ("original_max_position_embeddings", json!(0), "original_max_position_embeddings must be from 1"),
        ("partial_rotary_factor", json!(0.5), "short_factor must be 2 numbers"),
    ] {
        let mut given = longrope();
        given[key] = value;
        let found = refusal("phi3", &json!({"rope_scaling": given}));
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn a_part_of_a_head_is_turned() {
    let rotated = |share: f64| with("phi3", &json!({"partial_rotary_factor": share})).ropes[0].rotated;
    assert_eq!([rotated(1.0), rotated(0.75), rotated(0.25)], [8, 6, 2]);
    for share in [0.0, 1.5, -0.5, 0.4] {
        let found = refusal("phi3", &json!({"partial_rotary_factor": share}));
        assert!(found.contains("partial_rotary_factor must be above 0 and at most 1"), "{share}: {found}");
    }
}

#[test]
fn gpt_neox_has_keys_of_its_own() {
    let neox = |keys: &Value| with("gpt_neox", keys);
    // Other numbers of key heads are no key of its files.
    let plain = neox(&json!({"num_key_value_heads": 4}));
    assert_eq!((plain.kv_heads, plain.ropes[0].rotated, plain.ropes[0].theta), (8, 2, 1e4));
    assert!(plain.parallel && plain.by_head && plain.biases.qkv && plain.biases.output && plain.biases.mlp);
    assert!((plain.rms_norm_eps - 1e-5).abs() < 1e-12);
    let four = json!({"rotary_pct": 0.5, "rotary_emb_base": 5e3, "layer_norm_eps": 1e-3, "attention_bias": false,
        "use_parallel_residual": false});
    let five = json!({"rope_parameters": {"partial_rotary_factor": 0.5, "rope_theta": 5e3}, "layer_norm_eps": 1e-3,
        "attention_bias": false, "use_parallel_residual": false});
    for keys in [four, five] {
        let found = neox(&keys);
        assert_eq!((found.ropes[0].rotated, found.ropes[0].theta, found.parallel), (4, 5e3, false));
        assert!(!found.biases.qkv && found.biases.mlp && (found.rms_norm_eps - 1e-3).abs() < 1e-12);
    }
    assert!(!plain.tied && neox(&json!({"tie_word_embeddings": true})).tied);
    let parsed = |keys: &Value| ConfigFile::parse(file("gpt_neox", keys).as_bytes()).unwrap();
    let told = json!({"rotary_emb_base": 1e4, "layer_norm_eps": 1e-5, "max_position_embeddings": 8, "eos_token_id": 0});
    assert_eq!(parsed(&told).remarks(None), []);
    let remarks = parsed(&json!({"eos_token_id": 0})).remarks(None);
    assert!(
        remarks.iter().any(|remark| remark.to_string().contains("no layer_norm_eps: 1e-5 is taken")),
        "{remarks:?}"
    );
    for (keys, words) in [
        (json!({"hidden_act": "gelu_fast"}), "hidden_act gelu_fast (supported: gelu)"),
        (json!({"rotary_pct": 0.1}), "must be above 0 and at most 1, and an even part of the 8 numbers of a head"),
        (json!({"layer_norm_eps": 0}), "layer_norm_eps must be between 0 and 1"),
    ] {
        let found = refusal("gpt_neox", &keys);
        assert!(found.contains(words), "{found}");
    }
}
