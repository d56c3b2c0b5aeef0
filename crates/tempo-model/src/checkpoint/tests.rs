//! Files that lie, each with its words, and random damage: no panic, no large allocation.

use proptest::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};

use super::*;

fn file(tensors: &[(&str, &[usize], &[f32])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|n| n.to_le_bytes()).collect()).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()));
    serialize(views, None).unwrap()
}

fn sound() -> Vec<u8> {
    file(&[("a", &[2, 2], &[1.0, 2.0, 3.0, 4.0]), ("b", &[3], &[5.0, 6.0, 7.0])])
}

fn with_header(json: &str, data: usize) -> Vec<u8> {
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(json.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn open(files: &[(&str, &[u8])]) -> Result<Checkpoint<FileRanges>, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    pollster::block_on(Checkpoint::open_folder(folder.path()))
}

#[test]
fn reads_pieces_of_the_right_tensor() {
    let mut checkpoint = open(&[(SINGLE, &sound())]).unwrap();
    let names: Vec<&String> = checkpoint.tensors().keys().collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(checkpoint.tensors()["a"].shape, [2, 2]);
    let mut read = |name: &str, range| pollster::block_on(checkpoint.read(name, range)).map(Numbers::into_f32);
    assert_eq!(read("b", 1..3).unwrap(), [6.0, 7.0]);
    assert_eq!(read("a", 3..4).unwrap(), [4.0]);
    assert_eq!(read("a", 3..400).unwrap(), [4.0], "never more than the tensor has");
    assert_eq!(read("a", 400..u64::MAX).unwrap(), [0.0; 0]);
    assert!(read("c", 0..1).is_err());
}

#[test]
fn reads_shards() {
    let (one, two) = (file(&[("a", &[1], &[1.0]), ("x", &[1], &[9.0])]), file(&[("b", &[1], &[2.0])]));
    let index = br#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#;
    let mut checkpoint = open(&[(INDEX, index), ("one.safetensors", &one), ("two.safetensors", &two)]).unwrap();
    assert_eq!(pollster::block_on(checkpoint.read("b", 0..1)).unwrap(), Numbers::Plain(vec![2.0]));
    assert!(!checkpoint.tensors().contains_key("x"), "what the index does not name is not there");
}

#[test]
fn files_that_lie_are_refused_in_words() {
    let whole = sound();
    let entry = |offsets: &str| format!(r#"{{"a": {{"dtype": "F32", "shape": [2], "data_offsets": {offsets}}}}}"#);
    for (bytes, words) in [
        (Vec::new(), "it has only 0 bytes"),
        (whole[..7].to_vec(), "it has only 7 bytes"),
        (whole[..whole.len() - 1].to_vec(), "damaged or cut short"),
        (whole[..40].to_vec(), "its header claims"),
        (u64::MAX.to_le_bytes().to_vec(), "its header claims 18446744073709551615 bytes, the file has 8"),
        ((1_u64 << 40).to_le_bytes().repeat(9), "its header claims 1099511627776 bytes"),
        (with_header("{}", 4), "its tensors end at byte 10, the file at 14"),
        (with_header("[1]", 0), "its header is no list of tensors"),
        (with_header("\u{1}", 0), "its header is no JSON (expected value"),
        (with_header(r#"{"a": 3}"#, 0), r#"of tensor "a" its header has no entry"#),
        (
            with_header(r#"{"a": {"shape": [1], "data_offsets": [0, 4]}}"#, 4),
            r#"of tensor "a" its header has no dtype"#,
        ),
        (
            with_header(r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}"#, 4),
            "data_offsets that are not two",
        ),
        (with_header(&entry("[0, 4]"), 4), "invalid shape, data type, or offset"),
        (with_header(&entry("[4, 12]"), 12), "invalid offset for tensor `a`"),
        (with_header(&entry("[8, 0]"), 8), "invalid offset for tensor `a`"),
        (with_header(&entry("[0, 18446744073709551615]"), 8), "invalid shape, data type, or offset"),
        (with_header(&entry("[-1, 7]"), 8), r#"of tensor "a" its header has the number -1 in data_offsets"#),
        (with_header(&entry("[0, 8]").replace("[2]", "[4294967296, 4294967296]"), 8), "overflow"),
        (with_header(&entry("[0, 8]").replace("F32", "F31"), 8), r#"has the dtype "F31", which is not known"#),
    ] {
        let error = open(&[(SINGLE, &bytes)]).unwrap_err();
        assert!(matches!(error, LoadError::Header { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.starts_with("model.safetensors is not a sound safetensors file") && text.contains(words),
            "{text}"
        );
    }
}

#[test]
fn what_a_header_says_of_the_whole_file_may_be_anything() {
    let tensor = r#""a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}"#;
    for about in [r#"{"format": "pt"}"#, r#"{"format": "pt", "step": 3, "more": {"a": null}}"#, "null", "[1]"] {
        let file = with_header(&format!(r#"{{"__metadata__": {about}, {tensor}}}"#), 8);
        assert_eq!(open(&[(SINGLE, &file)]).unwrap().tensors().len(), 1, "{about}");
    }
}

#[test]
fn what_a_file_is_instead_is_said_first() {
    for (bytes, words) in [
        (&b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"[..], "model.safetensors is a Git LFS pointer"),
        (b"<!doctype html>\n<html>", "model.safetensors is a web page (HTML)"),
        (b"{\"error\": \"Invalid username or password.\"}", "model.safetensors is JSON, as a server sends it"),
        (b"GGUF\x03\0\0\0", "model.safetensors is a GGUF file"),
    ] {
        let error = open(&[(SINGLE, bytes)]).unwrap_err();
        assert!(matches!(error, LoadError::Mistaken { .. }) && error.to_string().starts_with(words), "{error}");
    }
    let error = open(&[(INDEX, b"<html>")]).unwrap_err().to_string();
    assert!(error.starts_with("model.safetensors.index.json is a web page"), "{error}");
}

#[test]
fn a_single_file_goes_before_an_index_that_was_left() {
    let index = br#"{"weight_map": {"a": "model-00001-of-00002.safetensors"}}"#;
    let checkpoint = open(&[(INDEX, index), (SINGLE, &sound())]).unwrap();
    assert_eq!(checkpoint.tensors().len(), 2);
}

#[test]
fn an_index_that_lies_is_refused_in_words() {
    let shard = sound();
    for (index, words) in [
        (r#"{"weight_map": {"a": "two.safetensors"}}"#, r#"names the file "two.safetensors", which is not there"#),
        (r#"{"weight_map": {"a": "../one.safetensors"}}"#, "is no safetensors file beside it"),
        (r#"{"weight_map": {"a": "/etc/passwd"}}"#, "is no safetensors file beside it"),
        (r#"{"weight_map": {"a": ""}}"#, "is no safetensors file beside it"),
        (r#"{"weight_map": {"c": "one.safetensors"}}"#, "places tensor c in one.safetensors, which does not have it"),
        (r#"{"weight_map": 3}"#, "it has no weight_map; fetch the file again"),
        (r#"{"weight_map": {"a": 3}}"#, "is no safetensors file beside it"),
        ("{", "is not the JSON expected there"),
        ("", "is empty"),
    ] {
        let error = open(&[(INDEX, index.as_bytes()), ("one.safetensors", &shard)]).unwrap_err().to_string();
        assert!(error.starts_with(INDEX) && error.contains(words), "{error}");
    }
}

#[test]
fn a_folder_without_weights_is_named() {
    let error = open(&[]).unwrap_err();
    assert!(matches!(&error, LoadError::Read { path, .. } if path.ends_with(SINGLE)), "{error:?}");
}

proptest! {
    #[test]
    fn a_damaged_index_is_an_error_or_harmless(at: prop::sample::Index, byte: u8, cut: Option<prop::sample::Index>) {
        let mut index = br#"{"metadata": {"total_size": 28}, "weight_map": {"a": "one.safetensors", "b": "one.safetensors"}}"#.to_vec();
        let place = at.index(index.len());
        index[place] = byte;
        if let Some(cut) = cut {
            index.truncate(cut.index(index.len()));
        }
        if let Ok(checkpoint) = open(&[(INDEX, &index), ("one.safetensors", &sound())]) {
            prop_assert!(checkpoint.tensors().keys().all(|name| name == "a" || name == "b"));
        }
    }

    #[test]
    fn damage_is_an_error_or_harmless(at in 0..200_usize, byte: u8, cut in 0..200_usize, length in prop::option::of(any::<u64>())) {
        let mut bytes = sound();
        let index = at % bytes.len();
        bytes[index] = byte;
        if let Some(length) = length {
            bytes[..8].copy_from_slice(&length.to_le_bytes());
        }
        bytes.truncate(bytes.len() - cut % bytes.len() / 8);
        if let Ok(checkpoint) = open(&[(SINGLE, &bytes)]) {
            let total: u64 = checkpoint.tensors().values().map(|entry| entry.bytes).sum();
            prop_assert!(total <= bytes.len() as u64);
        }
    }
}

#[test]
fn a_single_file_may_have_any_name_and_several_need_an_index() {
    let checkpoint = open(&[("tiny.safetensors", &sound()), ("adapter_model.safetensors", b"")]).unwrap();
    assert_eq!(checkpoint.tensors().len(), 2);
    let error = open(&[("a.safetensors", &sound()), ("b.safetensors", &sound())]).unwrap_err().to_string();
    assert!(error.starts_with("there are a.safetensors, b.safetensors and no model.safetensors.index.json"), "{error}");
}
