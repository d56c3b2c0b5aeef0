//! What a model's metadata may leave out, and what it may not say.

use tempo_gguf::{ModelFacts, RopeScaling, TensorType, WindowPattern};

use crate::writer::Writer;

/// A llama of one tensor, without the keys in `without`.
fn llama(without: &[&str]) -> Writer {
    let sizes = [
        ("llama.embedding_length", 64),
        ("llama.feed_forward_length", 172),
        ("llama.block_count", 1),
        ("llama.attention.head_count", 8),
        ("llama.context_length", 512),
    ];
    let writer =
        Writer::new().string("general.architecture", "llama").tensor("token_embd.weight", &[64, 100], TensorType::F32);
    let sizes = sizes.into_iter().filter(|(key, _)| !without.contains(key));
    let writer = sizes.fold(writer, |writer, (key, value)| writer.u32(key, value));
    if without.contains(&"eps") { writer } else { writer.f32("llama.attention.layer_norm_rms_epsilon", 1e-5) }
}

fn facts(writer: &Writer) -> Result<ModelFacts, String> {
    ModelFacts::new(&writer.parsed(), &["llama", "qwen2"]).map_err(|error| error.to_string())
}

fn says(writer: &Writer, expected: &str) {
    assert_eq!(facts(writer).unwrap_err(), expected);
}

#[test]
fn what_is_left_out_has_a_value() {
    let facts = facts(&llama(&[])).unwrap();
    assert_eq!((facts.kv_heads, facts.head_dim, facts.rotated, facts.vocab), (8, 8, 8, 100));
    assert_eq!((facts.rope_theta, facts.rope_scaling), (None, RopeScaling::None));
    assert_eq!((facts.tied, facts.rope_factors), (true, false));
    assert_eq!((facts.eos_ids, facts.eos_by_name, facts.left_out), (vec![], vec![], vec![]));
}

#[test]
fn what_is_needed_is_named() {
    for key in ["embedding_length", "feed_forward_length", "block_count", "attention.head_count", "context_length"] {
        let key = format!("llama.{key}");
        says(&llama(&[&key]), &format!("the metadata has no key {key}"));
        says(&llama(&[&key]).u32(&key, 0), &format!("{key} must be at least 1, found 0"));
        says(
            &llama(&[&key]).raw(&key, 10, &(1u64 << 32).to_le_bytes()),
            &format!("{key} must be an integer of 32 bits without a sign, found 4294967296"),
        );
    }
    says(&llama(&["eps"]), "the metadata has no key llama.attention.layer_norm_rms_epsilon");
    says(&Writer::new(), "the metadata has no key general.architecture");
    says(
        &Writer::new().string("general.architecture", "mamba"),
        "general.architecture must be one of llama, qwen2, found mamba",
    );
}

#[test]
fn numbers_that_contradict_each_other() {
    says(
        &llama(&[]).u32("llama.attention.head_count_kv", 3),
        "llama.attention.head_count_kv must be a divisor of the 8 heads, found 3",
    );
    says(
        &llama(&["llama.block_count"]).u32("llama.block_count", 2),
        "llama.block_count must be at most the 1 tensors of the file, found 2",
    );
    says(
        &llama(&["llama.attention.head_count"]).u32("llama.attention.head_count", 7),
        "llama.attention.head_count must be a divisor of the width 64, or attention.key_length be there, found 7",
    );
    says(&llama(&[]).u32("llama.attention.key_length", 9), "llama.attention.key_length must be even, found 9");
    says(
        &llama(&[]).u32("llama.attention.value_length", 16),
        "llama.attention.value_length must be the size of a key, 8, found 16",
    );
    says(
        &llama(&[]).u32("llama.rope.dimension_count", 10),
        "llama.rope.dimension_count must be even and at most the head size 8, found 10",
    );
    says(
        &llama(&["llama.embedding_length"]).u32("llama.embedding_length", 32),
        "tensor token_embd.weight must have the dimensions [32, vocabulary], found [64, 100]",
    );
    says(&llama(&[]).f32("llama.rope.freq_base", -1.0), "llama.rope.freq_base must be finite and above 0, found -1");
    says(
        &llama(&[]).f32("llama.rope.freq_base", f32::NAN),
        "llama.rope.freq_base must be finite and above 0, found NaN",
    );
    says(&llama(&[]).u32("split.count", 3), "split.count must be 1, all in one file, found 3");
}

#[test]
fn scaling_of_positions() {
    let scaling = |writer: Writer| facts(&writer).map(|facts| facts.rope_scaling);
    let linear = Ok(RopeScaling::Linear { factor: 4.0 });
    let named = |name: &str| llama(&[]).string("llama.rope.scaling.type", name);
    assert_eq!(scaling(named("linear").f32("llama.rope.scaling.factor", 4.0)), linear);
    assert_eq!(scaling(llama(&[]).f32("llama.rope.scaling.factor", 4.0)), linear);
    assert_eq!(scaling(llama(&[]).f32("llama.rope.scale_linear", 4.0)), linear);
    assert_eq!(scaling(named("none").f32("llama.rope.scaling.factor", 4.0)), Ok(RopeScaling::None));
    assert_eq!(scaling(named("yarn")), Ok(RopeScaling::Other { name: "yarn".into() }));
    assert_eq!(scaling(named("linear")).unwrap_err(), "the metadata has no key llama.rope.scaling.factor");
    let factor = |name: &str, factor| named(name).f32("llama.rope.scaling.factor", factor);
    assert_eq!(scaling(factor("none", f32::NAN)), Ok(RopeScaling::None), "nobody asks for it");
    assert_eq!(scaling(llama(&[]).f32("llama.rope.scaling.factor", 0.0)), Ok(RopeScaling::None), "0 is none");
    assert!(scaling(factor("linear", f32::NAN)).is_err());
}

#[test]
fn tokens_that_do_not_exist_are_minus_one() {
    let writer = llama(&[])
        .raw("tokenizer.ggml.eot_token_id", 5, &(-1i32).to_le_bytes())
        .u32("tokenizer.ggml.eos_token_id", 99)
        .u32("tokenizer.ggml.eom_token_id", 99);
    let facts = facts(&writer).unwrap();
    assert_eq!((facts.eos_ids, facts.left_out), (vec![99], vec![]));
}

#[test]
fn end_tokens_that_cannot_be_are_told_of_and_left_out() {
    let writer = llama(&[])
        .u32("tokenizer.ggml.eos_token_id", 100)
        .string("tokenizer.ggml.eom_token_id", "7")
        .u32("tokenizer.ggml.pad_token_id", 100)
        .u32("tokenizer.ggml.eot_token_id", 7);
    let facts = facts(&writer).unwrap();
    assert_eq!(facts.eos_ids, [7]);
    let words: Vec<String> = facts.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "tokenizer.ggml.eos_token_id must be below 100, found 100",
            "tokenizer.ggml.eom_token_id must be an integer of 64 bits, found string"
        ]
    );
}

#[test]
fn end_tokens_are_known_by_their_text() {
    let tokens = ["a", "<|eot_id|>", "<|im_end|>", "<|end_of_text|>"];
    let writer = |types: [i32; 4]| {
        let types = types.iter().flat_map(|kind| kind.to_le_bytes()).collect::<Vec<_>>();
        llama(&[])
            .strings("tokenizer.ggml.tokens", &tokens)
            .raw_array("tokenizer.ggml.token_type", 5, 4, &types)
            .u32("tokenizer.ggml.eos_token_id", 3)
    };
    let facts = |types| facts(&writer(types)).unwrap();
    let found = facts([1, 3, 1, 3]);
    assert_eq!((found.eos_ids, found.eos_by_name), (vec![3, 1], vec!["<|eot_id|>".to_owned()]));
    assert_eq!(facts([1, 1, 4, 3]).eos_ids, [3, 2], "what is typed as text ends nothing");
}

#[test]
fn both_names_of_the_base_of_angles() {
    let theta = |writer: Writer| {
        facts(&writer).map(|facts| (facts.rope_theta, facts.rope_theta_local(&writer.parsed()).unwrap()))
    };
    let other = || llama(&[]).f32("llama.rope.global.freq_base", 1e6).f32("llama.rope.local.freq_base", 2e4);
    assert_eq!(theta(other()), Ok((Some(1e6), Some(2e4))));
    assert_eq!(theta(other().f32("llama.rope.freq_base", 5e5)), Ok((Some(5e5), Some(2e4))));
    assert!(theta(llama(&[]).f32("llama.rope.global.freq_base", 0.0)).is_err());
}

#[test]
fn no_window_is_zero_or_nothing() {
    let window = |writer: Writer| facts(&writer).unwrap().sliding_window(&writer.parsed()).unwrap();
    assert_eq!(window(llama(&[]).u32("llama.attention.sliding_window", 5)), Some(5));
    assert_eq!(window(llama(&[]).u32("llama.attention.sliding_window", 0)), None);
}

#[test]
fn what_only_some_families_ask_for_refuses_nothing_to_the_others() {
    let writer = llama(&[])
        .string("llama.attention.sliding_window", "wide")
        .f32("llama.rope.freq_base_swa", f32::NAN)
        .u32("llama.attention.sliding_window_pattern", 0)
        .string("llama.final_logit_softcapping", "none");
    let (header, facts) = (writer.parsed(), facts(&writer).unwrap());
    let words = |error: tempo_gguf::GgufError| error.to_string();
    assert!(words(facts.sliding_window(&header).unwrap_err()).contains("llama.attention.sliding_window must be"));
    assert!(words(facts.rope_theta_local(&header).unwrap_err()).contains("finite and above 0, found NaN"));
    assert!(words(facts.sliding_window_pattern(&header).unwrap_err()).contains("at least 1, found 0"));
    assert!(words(facts.final_logit_softcap(&header).unwrap_err()).contains("must be a number, found string"));
}

#[test]
fn numbers_of_another_width_are_taken_where_they_fit() {
    let theta = |writer: Writer| facts(&writer).map(|facts| facts.rope_theta);
    let key = "llama.rope.freq_base";
    assert_eq!(theta(llama(&[]).raw(key, 12, &5e5_f64.to_le_bytes())), Ok(Some(5e5)));
    assert_eq!(theta(llama(&[]).u32(key, 10_000)), Ok(Some(10_000.0)));
    let error = theta(llama(&[]).raw(key, 12, &1e300_f64.to_le_bytes())).unwrap_err();
    assert!(error.starts_with("llama.rope.freq_base must be a number, found 1"), "{error}");
    assert!(theta(llama(&[]).string(key, "1e4")).unwrap_err().contains("must be a number, found string"));
}

#[test]
fn a_size_for_each_layer_has_to_be_the_same_in_all() {
    let key = "llama.attention.head_count_kv";
    let heads = |sizes: [u32; 2]| {
        let bytes: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        facts(&llama(&[]).raw_array(key, 4, 2, &bytes)).map(|facts| facts.kv_heads)
    };
    assert_eq!(heads([4, 4]), Ok(4));
    assert_eq!(heads([4, 2]).unwrap_err(), format!("{key} must be the same in every layer, found 4 and 2"));
    assert_eq!(facts(&llama(&[]).raw_array(key, 4, 0, &[])).unwrap_err(), format!("{key} must be at least 1, found 0"));
}

#[test]
fn windows_come_in_a_pattern_or_layer_by_layer() {
    let key = "llama.attention.sliding_window_pattern";
    let pattern = |writer: Writer| facts(&writer).unwrap().sliding_window_pattern(&writer.parsed());
    assert_eq!(pattern(llama(&[])), Ok(None));
    assert_eq!(pattern(llama(&[]).u32(key, 6)), Ok(Some(WindowPattern::Every(6))));
    assert_eq!(pattern(llama(&[]).raw_array(key, 7, 1, &[1])), Ok(Some(WindowPattern::Layers(vec![true]))));
    let error = pattern(llama(&[]).raw_array(key, 7, 0, &[])).unwrap_err().to_string();
    assert_eq!(error, format!("{key} must be as long as the 1 layers, found 0"));
}
