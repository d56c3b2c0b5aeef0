use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn tokenizer(vocab: &Value, rest: &Value) -> String {
    let mut file = json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": []}});
    for (key, value) in rest.as_object().unwrap() {
        file[key] = value.clone();
    }
    file.to_string()
}

fn byte_level() -> Tokenizer {
    let vocab = json!({"<|end|>": 0, "a": 1, "\u{120}": 2, "\u{120}cat": 3, "\u{c3}": 4, "\u{a9}": 5, "\u{c3}\u{a9}a\u{c3}": 6});
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let end = json!({"id": 0, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true});
    let rest = json!({"pre_tokenizer": byte_level, "decoder": byte_level, "added_tokens": [end]});
    Tokenizer::parse(tokenizer(&vocab, &rest).as_bytes(), 10).unwrap()
}

fn pieces() -> Tokenizer {
    let vocab =
        json!({"<s>": 0, "\u{2581}cat": 1, "<0xC3>": 2, "<0xA9>": 3, "s": 4, "<0x0A>": 5, "<0xZZ>": 6, "\u{2581}": 7});
    let decoder = json!({"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "\u{2581}"}, "content": " "}, {"type": "ByteFallback"},
        {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]});
    Tokenizer::parse(tokenizer(&vocab, &json!({"decoder": decoder})).as_bytes(), 8).unwrap()
}

#[test]
fn byte_level_tokens_are_their_bytes() {
    let tokenizer = byte_level();
    assert_eq!(tokenizer.bytes_of(3), b" cat");
    assert_eq!(tokenizer.bytes_of(4), [0xc3]);
    assert_eq!(tokenizer.bytes_of(0), b"<|end|>");
    assert_eq!(tokenizer.bytes_of(9), b"", "the model's vocabulary may be larger");
    assert_eq!(tokenizer.size(), 7);
}

fn joined(tokenizer: &Tokenizer, ids: &[u32]) -> Vec<u8> {
    ids.iter().flat_map(|&id| tokenizer.bytes_of(id)).copied().collect()
}

#[test]
fn tokens_in_a_row_join_their_bytes() {
    let tokenizer = byte_level();
    assert_eq!(joined(&tokenizer, &[3, 4, 5]), " cat\u{e9}".as_bytes());
    assert_eq!(joined(&tokenizer, &[4, 1, 0]), b"\xc3a<|end|>");
    let tokenizer = pieces();
    assert_eq!(joined(&tokenizer, &[1, 4, 2, 3, 5, 0, 7]), " cats\u{e9}\n<s> ".as_bytes());
}

#[test]
fn pieces_keep_their_space_and_spell_bytes() {
    let tokenizer = pieces();
    assert_eq!(tokenizer.bytes_of(1), b" cat");
    assert_eq!(tokenizer.bytes_of(2), [0xc3]);
    assert_eq!(tokenizer.bytes_of(3), [0xa9]);
    assert_eq!(tokenizer.bytes_of(6), b"<0xZZ>");
}

#[test]
fn the_byte_alphabet_is_a_bijection() {
    let bytes: BTreeSet<u8> = (0..0x200).filter_map(char::from_u32).filter_map(byte_of).collect();
    assert_eq!(bytes.len(), 256);
    assert_eq!((0..0x200).filter_map(char::from_u32).filter_map(byte_of).count(), 256);
    assert_eq!(byte_of('\u{120}'), Some(b' '));
    assert_eq!(byte_of('\u{10a}'), Some(b'\n'));
}

#[test]
fn a_tokenizer_has_to_fit_the_model() {
    let refuse = |json: &str, vocab| Tokenizer::parse(json.as_bytes(), vocab).unwrap_err().to_string();
    let error = refuse(&tokenizer(&json!({"a": 0, "b": 5}), &json!({})), 5);
    assert!(error.contains("largest token id is 5, the model has logits for 5 tokens"), "{error}");
    assert!(refuse(&tokenizer(&json!({}), &json!({})), 5).contains("vocabulary is empty"));
    assert!(refuse("{", 5).starts_with("tokenizer.json is not a tokenizer for this model"));
}

#[test]
fn a_vocabulary_with_a_lying_id_allocates_nothing() {
    let json = tokenizer(&json!({"a": u32::MAX}), &json!({}));
    assert!(Tokenizer::parse(json.as_bytes(), 100).is_err());
}

/// The embedded story model's own.
fn story() -> Tokenizer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/public/models/storyteller");
    Tokenizer::load(&folder, 4096).unwrap()
}

#[test]
fn a_text_comes_back_whole() {
    let tokenizer = story();
    for text in ["Once upon a time", "", "two  spaces\n\ttab", "\u{e9} \u{65e5}\u{672c} \u{1f999} 2024"] {
        let ids = tokenizer.encode(text).unwrap();
        assert_eq!(ids[0], 0, "its post-processor begins with the end-of-text token");
        assert_eq!(joined(&tokenizer, &ids[1..]), text.as_bytes());
    }
}

#[test]
fn a_begin_of_text_that_was_typed_is_there_twice() {
    let tokenizer = story();
    let twice = |text| tokenizer.doubled_begin(&tokenizer.encode(text).unwrap());
    assert_eq!((twice("<|endoftext|>Once"), twice("Once"), twice("")), (Some(0), None, None));
}

#[test]
#[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
fn a_special_token_that_was_typed_is_text_in_a_conversation() {
    let tokenizer = story();
    let end = "<|endoftext|>";
    assert_eq!(tokenizer.specials(), [end, "<|pad|>"]);
    let text = format!("{end}say {end} twice{end}And then{end}");
    let start = end.len() + 4;
    let ids = tokenizer.encode_conversation(&text, &[start..start + end.len()]).unwrap();
    assert_eq!(joined(&tokenizer, &ids), text.as_bytes());
    let ends: Vec<usize> = (0..ids.len()).filter(|&at| ids[at] == 0).collect();
    assert_eq!((ends.len(), ends[0], *ends.last().unwrap()), (3, 0, ids.len() - 1), "the typed one is spelt");
    let plain = tokenizer.encode_conversation(&text, &[]).unwrap();
    assert_eq!(plain.iter().filter(|id| **id == 0).count(), 4);
    assert_eq!(tokenizer.encode(&text).unwrap()[1..], plain, "nothing is put around it");
}

#[test]
#[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
fn what_comes_before_a_text_does_not_come_before_a_part_of_one() {
    let vocab = json!({"<s>": 0, "\u{2581}": 1, "a": 2, "<": 3, "s": 4, ">": 5});
    let space = json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "first", "split": true});
    let begin = json!({"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true});
    let rest = json!({"pre_tokenizer": space, "decoder": space, "added_tokens": [begin]});
    let tokenizer = Tokenizer::parse(tokenizer(&vocab, &rest).as_bytes(), 6).unwrap();
    assert_eq!(tokenizer.encode_conversation("a<s>a", &[]).unwrap(), [1, 2, 0, 2]);
    assert_eq!(tokenizer.encode_conversation("a<s>a<s>", &[5..8]).unwrap(), [1, 2, 0, 2, 3, 4, 5]);
}

#[test]
fn every_token_stands_for_something() {
    let tokenizer = story();
    assert!((0..u32::try_from(tokenizer.size()).unwrap()).all(|id| !tokenizer.bytes_of(id).is_empty()));
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    for table in [json!(5), json!("!"), json!("AAAA")] {
        let normalizer =
            json!({"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": table}]});
        let json = tokenizer(&json!({"a": 0}), &json!({"normalizer": normalizer}));
        let error = Tokenizer::parse(json.as_bytes(), 5).unwrap_err().to_string();
        assert!(error.contains("precompiled normalizer cannot be read"), "{error}");
    }
}

proptest! {
    #[test]
    fn damage_is_an_error_or_a_tokenizer(at: prop::sample::Index, byte: u8, cut: Option<prop::sample::Index>) {
        let vocab = json!({"<s>": 0, "\u{2581}cat": 1, "<0xC3>": 2, "<0xA9>": 3, "s": 4});
        let decoder = json!({"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u{2581}"}, "content": " "}, {"type": "ByteFallback"}]});
        let mut bytes = tokenizer(&vocab, &json!({"decoder": decoder})).into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(tokenizer) = Tokenizer::parse(&bytes, 16) {
            // What it makes of a text may be anything, also a refusal.
            let _ = tokenizer.encode("a cat's");
            prop_assert!((0..16).all(|id| tokenizer.bytes_of(id).len() < bytes.len()));
        }
    }
}

mod files;
mod parts;
