//! Tokenizers put together of any parts that the format knows: an error or a tokenizer that keeps its word, never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Tokenizer;

const VOCAB: u32 = 12;

fn normalizers() -> Vec<Value> {
    let replace = |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    vec![
        json!({"type": "NFC"}),
        json!({"type": "NFKD"}),
        json!({"type": "Lowercase"}),
        json!({"type": "StripAccents"}),
        json!({"type": "Nmt"}),
        json!({"type": "ByteLevel"}),
        json!({"type": "Strip", "strip_left": true, "strip_right": true}),
        json!({"type": "Prepend", "prepend": "\u{2581}"}),
        json!({"type": "Prepend", "prepend": ""}),
        json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": true,
            "lowercase": true}),
        replace(json!({"String": " "}), "\u{2581}"),
        replace(json!({"String": "a"}), ""),
        replace(json!({"String": ""}), "x"),
        replace(json!({"Regex": "^(?=\\p{L})"}), " "),
        replace(json!({"Regex": "$"}), "x"),
        replace(json!({"Regex": "\\b"}), "\u{65e5}"),
        replace(json!({"Regex": "b*"}), ""),
        replace(json!({"Regex": " {2,}"}), " "),
    ]
}

fn pre_tokenizers() -> Vec<Value> {
    let split = |pattern: Value, behavior: &str, invert: bool| json!({"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert});
    vec![
        json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}),
        json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true}),
        json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "first", "split": false}),
        json!({"type": "Whitespace"}),
        json!({"type": "WhitespaceSplit"}),
        json!({"type": "BertPreTokenizer"}),
        json!({"type": "UnicodeScripts"}),
        json!({"type": "Punctuation", "behavior": "Contiguous"}),
        json!({"type": "Digits", "individual_digits": true}),
        json!({"type": "CharDelimiterSplit", "delimiter": "a"}),
        json!({"type": "FixedLength", "length": 0}),
        json!({"type": "FixedLength", "length": 2}),
        split(json!({"Regex": "\\s*"}), "Isolated", false),
        split(json!({"Regex": ""}), "MergedWithPrevious", true),
        split(json!({"String": "a"}), "Removed", true),
        split(json!({"String": ""}), "MergedWithNext", false),
    ]
}

fn decoders() -> Vec<Value> {
    vec![
        json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}),
        json!({"type": "WordPiece", "prefix": "", "cleanup": true}),
        json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true}),
        json!({"type": "BPEDecoder", "suffix": ""}),
        json!({"type": "BPEDecoder", "suffix": "</w>"}),
        json!({"type": "CTC", "pad_token": "a", "word_delimiter_token": "|", "cleanup": true}),
        json!({"type": "Replace", "pattern": {"String": ""}, "content": "x"}),
        json!({"type": "Replace", "pattern": {"Regex": "^"}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
        json!({"type": "Strip", "content": "a", "start": 1, "stop": 1}),
        json!({"type": "Strip", "content": " ", "start": 9, "stop": 9}),
    ]
}

fn models() -> Vec<Value> {
    let bpe = |more: Value| {
        let mut model = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": {"a": 0, "b": 1, "ab": 2, "\u{2581}": 3, "\u{e9}": 4}, "merges": [["a", "b"]]});
        for (key, value) in more.as_object().unwrap() {
            model[key] = value.clone();
        }
        model
    };
    vec![
        bpe(json!({})),
        bpe(json!({"unk_token": "?"})),
        bpe(json!({"unk_token": "a", "fuse_unk": true, "byte_fallback": true, "dropout": 0.5})),
        bpe(json!({"continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"})),
        bpe(json!({"continuing_subword_prefix": "a", "merges": ["b ab"]})),
        bpe(json!({"continuing_subword_prefix": "\u{e9}", "merges": [["a", "\u{e9}"]]})),
        bpe(json!({"merges": [["\u{e9}", "\u{e9}"]], "ignore_merges": true})),
        bpe(json!({"merges": null})),
        bpe(json!({"dropout": 7.0})),
        json!({"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 0,
            "vocab": {"a": 0, "##b": 1}}),
        json!({"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 4_000_000_000_u32}}),
        json!({"type": "Unigram", "unk_id": 1, "vocab": [["a", -1.0], ["?", 0.0], ["", -2.0]], "byte_fallback": true}),
        json!({"type": "Unigram", "unk_id": null, "vocab": [["a", -1.0]], "byte_fallback": false}),
        json!({"type": "Unigram", "unk_id": 7, "vocab": [["a", -1.0]], "byte_fallback": false}),
        json!({"type": "Unigram", "unk_id": 0, "vocab": [], "byte_fallback": false}),
    ]
}

fn some(of: Vec<Value>) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop::sample::select(of), 0..3)
}

/// One part alone, several in their sequence.
fn together(parts: Vec<Value>, key: &str) -> Value {
    match parts.len() {
        0 => Value::Null,
        1 => parts.into_iter().next().unwrap(),
        _ => json!({"type": "Sequence", key: parts}),
    }
}

fn added() -> impl Strategy<Value = Value> {
    let content = prop::sample::select(vec!["<s>", "a", "", " ", "\u{e9}", "<image>"]);
    (0..VOCAB + 3, content, any::<[bool; 5]>()).prop_map(|(id, content, [single, left, right, normalized, special])| {
        json!({"id": id, "content": content, "single_word": single, "lstrip": left, "rstrip": right,
            "normalized": normalized, "special": special})
    })
}

/// Everything that a tokenizer may be made of, and a text.
fn file() -> impl Strategy<Value = (Value, String)> {
    let parts = (some(normalizers()), some(pre_tokenizers()), some(decoders()));
    let rest = (prop::sample::select(models()), prop::collection::vec(added(), 0..3));
    (parts, rest, "[ab \u{e9}\u{301}\u{65e5}<s>\n0.]{0,12}").prop_map(
        |((normalizer, pre, decoder), (model, added), text)| {
            let file = json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
            "normalizer": together(normalizer, "normalizers"), "pre_tokenizer": together(pre, "pretokenizers"),
            "post_processor": null, "decoder": together(decoder, "decoders"), "model": model});
            (file, text)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_parts_are_an_error_or_a_tokenizer((file, text) in file()) {
        let Ok(tokenizer) = Tokenizer::parse(file.to_string().as_bytes(), VOCAB as usize) else { return Ok(()) };
        prop_assert!((1..=VOCAB as usize).contains(&tokenizer.size()));
        for text in [&text, "", "a", "<image>"] {
            if let Ok(ids) = tokenizer.encode(text) {
                prop_assert!(ids.iter().all(|id| *id < VOCAB));
                prop_assert_eq!(tokenizer.encode(text).ok(), Some(ids), "the same text twice");
            }
        }
        for token in file["added_tokens"].as_array().unwrap() {
            let (id, content) = (u32::try_from(token["id"].as_u64().unwrap()).unwrap(), token["content"].as_str().unwrap());
            if id < VOCAB && !content.is_empty() {
                prop_assert_eq!(tokenizer.bytes_of(id), content.as_bytes(), "an added token has the file's number");
            }
        }
    }
}
