//! Sound files, whole and in pieces.

use tempo_gguf::{Array, GgufError, Header, Parsed, TensorType, Value};

use crate::writer::{Writer, rich};

#[test]
fn every_kind_of_value_is_read() {
    let header = rich().parsed();
    assert_eq!((header.version(), header.alignment(), header.metadata().len()), (3, 32, 18));
    let expected = [
        ("a.u8", Value::U8(200)),
        ("a.i8", Value::I8(-1)),
        ("a.u16", Value::U16(60_000)),
        ("a.i16", Value::I16(-2)),
        ("a.u32", Value::U32(4_000_000_000)),
        ("a.i32", Value::I32(-3)),
        ("a.f32", Value::F32(0.5)),
        ("a.bool", Value::Bool(true)),
        ("a.string", Value::String("text ▁".into())),
        ("a.u64", Value::U64(u64::MAX)),
        ("a.i64", Value::I64(-4)),
        ("a.f64", Value::F64(0.25)),
        ("b.u8s", Value::Array(Array::U8(vec![1, 2, 3]))),
        ("b.bools", Value::Array(Array::Bool(vec![true, false]))),
        ("b.arrays", Value::Array(Array::Array(vec![Array::String(vec!["in".into()]), Array::I32(vec![])]))),
    ];
    for (key, value) in expected {
        assert_eq!(header.value(key), Some(&value), "{key}");
    }
    assert_eq!(header.strings("b.strings").unwrap(), ["one", "", "three"]);
    assert_eq!(header.f32s("b.f32s").unwrap(), [1.0, -2.0]);
}

#[test]
fn every_kind_of_array_of_numbers_is_read() {
    for (kind, array) in [
        (0, Array::U8(vec![1, 0, 0, 0, 0, 0, 0, 0])),
        (1, Array::I8(vec![1, 0, 0, 0, 0, 0, 0, 0])),
        (2, Array::U16(vec![1, 0, 0, 0])),
        (3, Array::I16(vec![1, 0, 0, 0])),
        (4, Array::U32(vec![1, 0])),
        (5, Array::I32(vec![1, 0])),
        (6, Array::F32(vec![f32::from_bits(1), 0.0])),
        (10, Array::U64(vec![1])),
        (11, Array::I64(vec![1])),
        (12, Array::F64(vec![f64::from_bits(1)])),
    ] {
        let header = Writer::new().raw_array("k", kind, array.len() as u64, &1u64.to_le_bytes()).parsed();
        assert_eq!(header.value("k"), Some(&Value::Array(array)));
    }
}

#[test]
fn integers_of_any_width_are_taken_where_they_fit() {
    let header = rich().parsed();
    assert_eq!(header.u32("a.u8").unwrap(), 200);
    assert_eq!(header.i32("a.i8").unwrap(), -1);
    assert_eq!(header.u64("a.u64").unwrap(), u64::MAX);
    assert_eq!(header.i32s("b.u8s").unwrap(), [1, 2, 3]);
    let message = |error: GgufError| error.to_string();
    assert_eq!(message(header.u32("a.i8").unwrap_err()), "a.i8 must be an integer of 32 bits without a sign, found -1");
    assert_eq!(message(header.i32("a.u32").unwrap_err()), "a.u32 must be an integer of 32 bits, found 4000000000");
    assert_eq!(
        message(header.u32s("b.i32s").unwrap_err()),
        "b.i32s must be an array of integers of 32 bits without a sign, found -8"
    );
    assert_eq!(
        message(header.u32("a.f32").unwrap_err()),
        "a.f32 must be an integer of 32 bits without a sign, found f32"
    );
    assert_eq!(message(header.bool("a.u8").unwrap_err()), "a.u8 must be true or false, found u8");
    assert_eq!(message(header.string("b.strings").unwrap_err()), "b.strings must be a string, found array of strings");
    assert_eq!(message(header.f32("none").unwrap_err()), "the metadata has no key none");
    assert_eq!(header.optional::<u32>("none").unwrap(), None);
}

#[test]
fn tensors_are_found_with_their_place() {
    let header = rich().parsed();
    let begin = header.header_bytes().next_multiple_of(32);
    let first = header.tensor("first.weight").unwrap();
    assert_eq!((first.dimensions(), first.shape(), first.kind()), (&[32, 3][..], vec![3, 32], TensorType::Q8_0));
    assert_eq!((first.range(), first.row_bytes(), first.elements()), (begin..begin + 102, 34, 96));
    assert_eq!(header.tensor("second.weight").unwrap().range(), begin + 128..begin + 148);
    assert_eq!(header.tensors().len(), 2);
    assert_eq!(header.tensor("third").unwrap_err(), GgufError::MissingTensor { name: "third".into() });
}

#[test]
fn another_alignment_moves_the_tensors() {
    let header = Writer::new().u32("general.alignment", 1).tensor("a", &[1], TensorType::F32).parsed();
    assert_eq!(header.tensors()[0].range().start, header.header_bytes());
    let writer = Writer::new().u32("general.alignment", 256).tensor("a", &[1], TensorType::F32);
    let header = writer.header();
    let Parsed::Complete(parsed) = Header::parse(&header, 260).unwrap() else { panic!("the header is there") };
    assert_eq!((parsed.alignment(), parsed.tensors()[0].range()), (256, 256..260));
}

#[test]
fn version_2_is_the_same() {
    let mut writer = rich();
    writer.version = 2;
    assert_eq!(writer.parsed().version(), 2);
}

#[test]
fn a_file_without_tensors_needs_no_padding() {
    let header = Writer::new().string("general.architecture", "llama").parsed();
    assert!(header.tensors().is_empty());
}

/// The rules of a page that fetches the beginning: it always gets on, and never fetches a byte too much.
#[test]
fn every_prefix_asks_for_more_until_the_header_is_there() {
    let file = rich().file();
    let length = rich().header().len();
    let mut before = 0;
    for prefix in 0..length {
        match Header::parse(&file[..prefix], file.len() as u64).unwrap() {
            Parsed::NeedsMore { at_least } => {
                assert!(at_least > prefix as u64 && at_least <= length as u64, "{prefix} bytes ask for {at_least}");
                assert!(at_least >= before, "{prefix} bytes ask for {at_least}, fewer asked for {before}");
                before = at_least;
            }
            Parsed::Complete(_) => panic!("{prefix} of {length} bytes were enough"),
        }
    }
    for prefix in length..=file.len() {
        let Parsed::Complete(header) = Header::parse(&file[..prefix], file.len() as u64).unwrap() else {
            panic!("{prefix} bytes are more than the header")
        };
        assert_eq!(header, rich().parsed());
    }
}

/// What a count promises is asked for as soon as it was read, so that few requests are needed.
#[test]
fn a_count_needs_all_bytes_that_it_promises() {
    let file = Writer::new().strings("tokens", &["ab"; 1000]).u32("last", 1).file();
    let promised = 24 + (8 + 6 + 4 + 4 + 8) + 1000 * 8 + 13;
    // The count ends at byte 54; with a few more it was read, since what follows it at least is there too.
    for prefix in [54 + 13, 100, 8000] {
        let asked = Header::parse(&file[..prefix], file.len() as u64).unwrap();
        assert!(matches!(asked, Parsed::NeedsMore { at_least } if at_least >= promised), "{prefix}: {asked:?}");
    }
}
