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
}
