//! Files as people have them, that the library behind would renumber, cut, guess or panic at.

use serde_json::{Value, json};

use super::{Tokenizer, joined, tokenizer};
use crate::TokenizerError;

fn added(id: u32, content: &str) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": true})
}

fn parse(vocab: &Value, rest: &Value, size: usize) -> Result<Tokenizer, String> {
    Tokenizer::parse(tokenizer(vocab, rest).as_bytes(), size).map_err(|error| error.to_string())
}

fn with_model(model: &Value) -> Value {
    let mut whole = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": {}, "merges": []});
    for (key, value) in model.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({"model": whole})
}

fn remarks(tokenizer: &Tokenizer) -> String {
    tokenizer.remarks().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn added_tokens_keep_the_numbers_of_the_file() {
    let rest = json!({"added_tokens": [added(7, "<|user|>"), added(9, "<|end|>")]});
    let found = parse(&json!({"a": 0, "b": 1}), &rest, 12).unwrap();
    assert_eq!(found.encode("a<|end|>b<|user|>").unwrap(), [0, 9, 1, 7]);
    assert_eq!((found.bytes_of(9), found.bytes_of(2), found.size()), (&b"<|end|>"[..], &b""[..], 10));
    // The vocabulary has a hole of its own, where the library would count on.
    let found = parse(&json!({"a": 0, "b": 3}), &json!({"added_tokens": [added(2, "<x>")]}), 4).unwrap();
    assert_eq!(found.encode("b<x>").unwrap(), [3, 2]);
}

#[test]
fn added_tokens_that_take_the_number_of_another_are_refused() {
    for (tokens, words) in [
        (json!([added(1, "<x>")]), "its added token \"<x>\" has the id 1, which is that of \"b\""),
        (json!([added(5, "b")]), "its added token \"b\" has the id 5, and 1 in the vocabulary of its model"),
        (json!([added(5, "<x>"), added(5, "<y>")]), "its added tokens \"<x>\" and \"<y>\" both have the id 5"),
    ] {
        let error = parse(&json!({"a": 0, "b": 1}), &json!({"added_tokens": tokens}), 9).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let unigram = json!({"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]},
        "added_tokens": [added(5, "<x>")]});
    let error = parse(&json!({}), &unigram, 9).unwrap_err();
    assert!(error.contains("which does not follow on its vocabulary"), "{error}");
}

#[test]
fn a_token_without_embedding_is_refused_in_a_prompt_only() {
    let found = parse(&json!({"a": 0}), &json!({"added_tokens": [added(1, "<image>")]}), 1).unwrap();
    assert_eq!((found.encode("aa").unwrap(), found.size()), (vec![0, 0], 1));
    let error = found.encode("a<image>").unwrap_err().to_string();
    assert!(error.contains("its token \"<image>\" (1) has no embedding in the model of 1 tokens"), "{error}");
    assert!(remarks(&found).contains("a prompt with it is refused"), "{}", remarks(&found));
}

#[test]
fn characters_are_not_left_out_in_silence() {
    let found = parse(&json!({"a": 0, " ": 1}), &json!({}), 2).unwrap();
    assert_eq!(found.encode("a a").unwrap(), [0, 1, 0]);
    assert_eq!(found.left_out("a a"), None);
    assert_eq!(found.encode("a\u{f6} a4").unwrap(), [0, 1, 0]);
    assert_eq!(found.left_out("a\u{f6} a4").unwrap(), "'4', '\u{f6}'");
    assert!(remarks(&found).contains("no token for the unknown"));
    // Splitting takes the spaces away, which is no loss.
    let split = json!({"pre_tokenizer": {"type": "WhitespaceSplit"}});
    assert_eq!(parse(&json!({"a": 0}), &split, 2).unwrap().encode("a a").unwrap(), [0, 0]);
    let known = with_model(&json!({"unk_token": "?", "vocab": {"a": 0, "?": 1}}));
    let found = parse(&json!({}), &known, 2).unwrap();
    assert_eq!((found.encode("ab").unwrap(), found.remarks().len()), (vec![0, 1], 0));
    let byte_level = json!({"pre_tokenizer":
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}});
    let found = parse(&json!({"a": 0}), &byte_level, 2).unwrap();
    assert_eq!(
        (found.encode("a\u{f6}").unwrap(), found.left_out("a\u{f6}").unwrap().as_str()),
        (vec![0], "the byte 0xb6, the byte 0xc3")
    );
}

#[test]
fn dropout_is_off() {
    let merges = json!([["a", "b"]]);
    let model = with_model(&json!({"dropout": 0.9, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": merges}));
    let found = parse(&json!({}), &model, 3).unwrap();
    assert!((0..40).all(|_| found.encode("ab").unwrap() == [2]));
    assert!(remarks(&found).contains("tokenizer.json: its dropout of 0.9 is for training"), "{}", remarks(&found));
}

#[test]
fn a_part_that_the_library_does_not_know_is_named() {
    for (rest, words) in [
        (
            json!({"pre_tokenizer": {"type": "Quantum", "spin": 1}}),
            "its pre_tokenizer of type \"Quantum\" is not known",
        ),
        (json!({"normalizer": {"type": "Folded"}}), "its normalizer of type \"Folded\" is not known here"),
        (json!({"decoder": {"kind": 3}}), "its decoder has no type that is known here"),
        (json!({"model": {"type": "Tiktoken", "vocab": {"a": 0}}}), "its model of type \"Tiktoken\" is not known here"),
    ] {
        let error = parse(&json!({"a": 0}), &rest, 1).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn merges_that_make_no_token_are_refused_in_words() {
    let refused = |model: Value| parse(&json!({}), &with_model(&model), 9).unwrap_err();
    for merges in [json!([["a", "\u{e9}"]]), json!(["a \u{e9}"])] {
        let error = refused(json!({"vocab": {"a": 0, "\u{e9}": 1}, "merges": merges}));
        assert!(error.ends_with("its merge of \"a\" and \"\u{e9}\" makes no token"), "{error}");
    }
    let shorter =
        json!({"continuing_subword_prefix": "##", "vocab": {"a": 0, "b": 1, "abcde": 2}, "merges": [["a", "b"]]});
    assert!(refused(shorter).contains("makes no token"));
    let foreign = json!({"continuing_subword_prefix": "\u{e9}", "vocab": {"a": 0}});
    assert!(refused(foreign).contains("continuing_subword_prefix"));
    let error = refused(json!({"vocab": {"a": 0, "b": 1, "long": 2}, "merges": [["a", "b"]]}));
    assert!(error.contains("Token `ab` out of vocabulary"), "{error}");
}

#[test]
fn what_a_normalizer_puts_where_it_found_nothing_is_refused() {
    let replace = |pattern: Value| {
        let normalizer = json!({"type": "Sequence", "normalizers": [
            {"type": "Replace", "pattern": pattern, "content": " "}]});
        parse(&json!({"a": 0, " ": 1}), &json!({"normalizer": normalizer}), 2)
    };
    for pattern in ["^(?=\\p{L})", "$", "b*", "\\b"] {
        let error = replace(json!({"Regex": pattern})).unwrap_err();
        assert!(error.contains("its Replace normalizer finds nothing by"), "{error}");
    }
    let error = replace(json!({"Regex": "(?=zq)"})).unwrap().encode("a zq").unwrap_err().to_string();
    assert!(error.contains("a Replace normalizer of its finds nothing"), "{error}");
    assert!(replace(json!({"String": ""})).unwrap_err().contains("Replace normalizer"));
    let mut space = added(1, " ");
    space["normalized"] = json!(true);
    let strip =
        json!({"normalizer": {"type": "Strip", "strip_left": true, "strip_right": true}, "added_tokens": [space]});
    let error = parse(&json!({"a": 0}), &strip, 2).unwrap_err();
    assert!(error.contains("makes nothing of its added token \" \""), "{error}");
    let prepend = json!({"normalizer": {"type": "Prepend", "prepend": ""}});
    assert!(parse(&json!({"a": 0}), &prepend, 2).unwrap_err().contains("Prepend normalizer"));
    assert_eq!(replace(json!({"Regex": "b+"})).unwrap().encode("abba").unwrap(), [0, 1, 0]);
    let error =
        parse(&json!({"a": 0}), &json!({"pre_tokenizer": {"type": "FixedLength", "length": 0}}), 2).unwrap_err();
    assert!(error.contains("pieces of length 0"), "{error}");
}

#[test]
fn decoders_are_asked_what_a_token_stands_for() {
    let decoded = |vocab: Value, decoder: Value, ids: &[u32]| {
        let found = parse(&vocab, &json!({"decoder": decoder}), 9).unwrap();
        String::from_utf8(joined(&found, ids)).unwrap()
    };
    let words = json!({"play": 0, "##ing": 1, "the": 2, ".": 3, "[": 4});
    let decoder = json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
    assert_eq!(decoded(words.clone(), decoder, &[0, 1, 2, 0, 3, 4]), " playing the play. [");
    let decoder = json!({"type": "WordPiece", "prefix": "##", "cleanup": false});
    assert_eq!(decoded(words, decoder, &[0, 1, 3]), " playing .");
    let suffix = json!({"type": "BPEDecoder", "suffix": "</w>"});
    assert_eq!(decoded(json!({"a": 0, "b</w>": 1}), suffix, &[0, 1, 0]), "ab a");
    let other = json!({"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "_"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]});
    assert_eq!(decoded(json!({"_a": 0, "<0x41>": 1, "\u{2581}": 2}), other, &[0, 1, 0, 2]), " aA a\u{2581}");
}

#[test]
fn other_kinds_of_files_are_named() {
    let read = |bytes: &[u8]| Tokenizer::parse(bytes, 9);
    let json = tokenizer(&json!({"a": 0}), &json!({}));
    assert_eq!(read(format!("\u{feff}{json}").as_bytes()).unwrap().encode("a").unwrap(), [0]);
    let error = read(b"version https://git-lfs.github.com/spec/v1\n").unwrap_err();
    assert!(
        matches!(error, TokenizerError::Mistaken { .. }) && error.to_string().contains("Git LFS pointer"),
        "{error}"
    );
}

#[test]
fn a_token_behind_every_text_is_told_of() {
    let template = |ids: &[u32]| {
        json!({"added_tokens": [added(1, "</s>")], "post_processor": {"type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"</s>": {"id": "</s>", "ids": ids, "tokens": ["</s>"]}}}})
    };
    let found = parse(&json!({"a": 0}), &template(&[1]), 2).unwrap();
    assert!(remarks(&found).contains("it puts </s> (1) behind every text"), "{}", remarks(&found));
    let error = parse(&json!({"a": 0}), &template(&[8]), 2).unwrap_err();
    assert!(error.contains("it puts the token 8 around every text, the model has 2 tokens"), "{error}");
}
