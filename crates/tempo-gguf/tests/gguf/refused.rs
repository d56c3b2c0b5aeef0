//! Wrong files: what is wrong is named, and where.

use tempo_gguf::{GgufError, Header, TensorType};

use crate::writer::{Writer, complete, rich, text};

fn says(writer: &Writer, expected: &str) {
    assert_eq!(writer.refused().to_string(), expected);
}

#[test]
fn other_files_and_versions() {
    let with = |magic: &[u8; 4], version: u32| {
        let mut writer = rich();
        (writer.magic, writer.version) = (*magic, version);
        writer
    };
    says(&with(b"GGML", 3), "not a GGUF file: it begins with the bytes [47, 47, 4d, 4c]");
    says(&with(b"GGUF", 1), "GGUF versions 2 and 3 are read, this file has version 1");
    says(&with(b"GGUF", 4), "GGUF versions 2 and 3 are read, this file has version 4");
    says(&with(b"GGUF", 0), "GGUF versions 2 and 3 are read, this file has version 0");
    says(&with(b"GGUF", 3 << 24), "big-endian GGUF is not read, and this file is one, of version 3");
    assert_eq!(Header::parse(b"GGUF", 3).unwrap_err(), GgufError::Prefix { prefix: 4, file: 3 });
    assert_eq!(
        complete(b"").unwrap_err().to_string(),
        "the magic number at byte 0 needs 4 bytes, the file has room for 0"
    );
}

#[test]
fn counts_that_cannot_be_true() {
    let with = |tensors: Option<u64>, entries: Option<u64>| {
        let mut writer = Writer::new().u32("k", 1);
        (writer.tensor_count, writer.entry_count) = (tensors, entries);
        writer
    };
    says(&with(Some(1), None), "the tensor count at byte 24 needs 32 bytes, the file has room for 17");
    says(
        &with(Some(u64::MAX), None),
        "the tensor count at byte 24 needs 18446744073709551615 bytes, the file has room for 17",
    );
    says(&with(None, Some(2)), "the metadata count at byte 24 needs 26 bytes, the file has room for 17");
    says(
        &with(None, Some(1 << 60)),
        "the metadata count at byte 24 needs 14987979559889010688 bytes, the file has room for 17",
    );
    // One array cannot take the room of what must follow: here an entry of 17 bytes, of which 13 are certain.
    let writer = Writer::new().raw_array("k", 8, 3, &[0; 8]).u32("l", 1);
    says(&writer, "the elements of k at byte 49 needs 24 bytes, the file has room for 12");
    let writer = Writer::new().raw_array("k", 12, u64::MAX, &[0; 8]);
    says(&writer, "the elements of k at byte 49 needs 18446744073709551615 bytes, the file has room for 8");
    let writer = Writer::new().raw_array("k", 9, 1 << 61, &[0; 8]);
    assert!(matches!(writer.refused(), GgufError::Room { at: 49, .. }));
}

#[test]
fn lengths_that_cannot_be_true() {
    says(
        &Writer::new().raw("k", 8, &u64::MAX.to_le_bytes()),
        "the value of k at byte 45 needs 18446744073709551615 bytes, the file has room for 0",
    );
    says(
        &Writer::new().u32(&"k".repeat(65_536), 0),
        "the key of metadata entry 0 at byte 24 is 65536 bytes long, at most 65535 are allowed",
    );
    says(
        &Writer::new().tensor(&"t".repeat(256), &[1], TensorType::F32),
        "the name of tensor 0 at byte 24 is 256 bytes long, at most 255 are allowed",
    );
    let file = rich().file();
    let cut = complete(&file[..rich().header().len() - 1]).unwrap_err();
    assert_eq!(
        cut.to_string(),
        "the offset of tensor second.weight at byte 654 needs 8 bytes, the file has room for 7"
    );
}

#[test]
fn codes_without_a_meaning() {
    says(&Writer::new().raw("k", 13, &[0]), "the type of k at byte 33 must be a metadata type, 0 to 12, found 13");
    says(
        &Writer::new().raw_array("k", 77, 0, &[]),
        "the element type of k at byte 37 must be a metadata type, 0 to 12, found 77",
    );
    says(
        &Writer::new().tensor_at("t", &[1], 99, 0),
        "the type of tensor t at byte 45 must be the number of a ggml type, found 99",
    );
    says(
        &Writer::new().tensor_at("t", &[1], 31, 0),
        "tensor t is stored as Q4_0_4_4, a type that ggml has withdrawn; take a file in Q4_0 instead",
    );
}

/// Whoever asks for the key is told; the rest of the file is read.
#[test]
fn values_that_are_none_are_wrong_when_they_are_asked_for() {
    let broken = [&2u64.to_le_bytes()[..], &[0xC3, 0x28]].concat();
    let items = [text("fine"), broken.clone(), broken.clone()].concat();
    let nested = [&8u32.to_le_bytes()[..], &1u64.to_le_bytes(), &broken].concat();
    for (writer, words) in [
        (Writer::new().raw("k", 8, &broken), "the value of k at byte 45 is not UTF-8"),
        (Writer::new().raw_array("k", 8, 3, &items), "element 1 of k at byte 69 is not UTF-8"),
        (Writer::new().raw_array("k", 9, 1, &nested), "element 0 of k at byte 69 is not UTF-8"),
        (Writer::new().raw("k", 7, &[2]), "the value of k at byte 37 must be 0 or 1, found 2"),
        (Writer::new().raw_array("k", 7, 3, &[0, 1, 9]), "element 2 of k at byte 51 must be 0 or 1, found 9"),
    ] {
        let header = writer.string("next", "read").parsed();
        assert_eq!(header.string("k").unwrap_err().to_string(), words);
        assert_eq!(header.optional::<bool>("k").unwrap_err().to_string(), words);
        assert_eq!(header.string("next"), Ok("read"));
    }
}

#[test]
fn arrays_within_arrays_within_arrays() {
    let deep = |levels: usize| {
        let level = [9u32.to_le_bytes().to_vec(), 1u64.to_le_bytes().to_vec()].concat();
        let innermost = [0u32.to_le_bytes().to_vec(), 1u64.to_le_bytes().to_vec(), vec![5]].concat();
        Writer::new().raw("k", 9, &[level.repeat(levels - 1), innermost].concat())
    };
    assert!(deep(4).parsed().value("k").is_some());
    says(&deep(5), "the value of k at byte 85: arrays are nested deeper than 4");
    assert!(matches!(deep(100_000).refused(), GgufError::Nested { .. }));
}

#[test]
fn the_same_name_twice() {
    says(&Writer::new().u32("k", 1).u32("l", 1).u32("k", 2), "the metadata has the key k twice");
    let writer = Writer::new().tensor("t", &[1], TensorType::F32).tensor("t", &[2], TensorType::F32);
    says(&writer, "the file lists the tensor t twice");
}

#[test]
fn dimensions() {
    let with = |dimensions: &[u64], kind| Writer::new().tensor_at("t", dimensions, kind, 0);
    // With a name long enough for the entry not to be too short.
    let none = Writer::new().tensor_at("t of none", &[], 0, 0);
    says(&none, "the dimensions of tensor t of none at byte 41 must be 1 to 4 in number, found 0");
    says(&with(&[1; 5], 0), "the dimensions of tensor t at byte 33 must be 1 to 4 in number, found 5");
    says(&with(&[4, 0], 0), "the dimensions of tensor t at byte 45 must be at least 1 each, found 0");
    says(&with(&[48, 2], 2), "tensor t: rows of 48 elements are no whole blocks of 32, as Q4_0 has them");
    says(&with(&[1 << 32, 1 << 32], 0), "tensor t of dimensions [4294967296, 4294967296] is larger than any file");
    says(&with(&[1 << 62], 0), "tensor t of dimensions [4611686018427387904] is larger than any file");
}

#[test]
fn places_of_tensors() {
    let at = |offset| Writer::new().tensor_at("t", &[1], 0, offset).header();
    let parse = |offset| Header::parse(&at(offset), 100).unwrap_err().to_string();
    assert_eq!(at(0).len(), 57);
    assert_eq!(parse(8), "tensor t: offset 8 is no multiple of the alignment 32");
    assert_eq!(parse(64), "tensor t: 4 bytes at offset 64 after byte 64 do not lie in a file of 100 bytes");
    assert!(Header::parse(&at(32), 100).is_ok(), "it ends with the file");
    assert!(matches!(Header::parse(&at(32), 99), Err(GgufError::Outside { .. })), "a byte is missing");
    assert!(matches!(Header::parse(&at(0u64.wrapping_sub(32)), 100), Err(GgufError::Outside { .. })));
    let writer = Writer::new().tensor("a", &[40], TensorType::F32).tensor_at("b", &[1], 0, 128);
    says(&writer, "the tensors a and b overlap at byte 224");
    let writer = Writer::new().tensor_at("b", &[8], 0, 0).tensor("a", &[8], TensorType::F32);
    assert!(matches!(writer.refused(), GgufError::Overlap { .. }));
    for alignment in [0, 3, 48] {
        let error = Writer::new().u32("general.alignment", alignment).refused();
        assert_eq!(error.to_string(), format!("general.alignment must be a power of two, found {alignment}"));
    }
    let writer = Writer::new().u32("general.alignment", 1 << 31).tensor("a", &[1], TensorType::F32);
    assert!(matches!(writer.refused(), GgufError::Outside { .. }));
}

#[test]
fn messages_stay_short() {
    let long = "k".repeat(60_000);
    for writer in [
        Writer::new().raw(&long, 99, &[0]),
        Writer::new().u32(&long, 1).u32(&long, 1),
        Writer::new().string("general.architecture", &long),
    ] {
        let error =
            complete(&writer.file()).and_then(|header| tempo_gguf::ModelFacts::new(&header, &["llama"])).unwrap_err();
        assert!(error.to_string().len() < 400);
    }
}
