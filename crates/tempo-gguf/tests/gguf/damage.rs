//! Damaged files: never a panic, never more memory than a multiple of the bytes.
//!
//! Without `unsafe` there is no counting allocator here. Two things stand in for it: every length that comes out is
//! compared with the bytes that went in, which a count believed too early would exceed, and the fuzzer (`fuzz/`) runs
//! with limits on memory and on each allocation. The reason why it holds is in `cursor.rs`: nothing is allocated for a
//! count before the prefix holds the least bytes of what it counts.

use proptest::prelude::*;
use tempo_gguf::{Array, Header, ModelFacts, Parsed, TokenizerFacts, Value};

use crate::fixtures::MODELS;
use crate::writer::rich;

/// One thing that happens to a file.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    /// A number that is often a count becomes an extreme one.
    Extreme(prop::sample::Index, u64),
    Truncate(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Flip(at, bits) => bytes[at.index(length)] ^= bits,
            Self::Extreme(at, value) => {
                let to = &mut bytes[at.index(length)..];
                to.iter_mut().zip(value.to_le_bytes()).for_each(|(to, byte)| *to = byte);
            }
            Self::Truncate(at) => bytes.truncate(at.index(length)),
            Self::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), 1..=255u8).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        2 => (index(), prop::sample::select(vec![0, 1, 255, 1 << 31, 1 << 32, 1 << 60, 1 << 63, u64::MAX]))
            .prop_map(|(at, value)| Damage::Extreme(at, value)),
        1 => index().prop_map(Damage::Truncate),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, more)| Damage::Insert(at, more)),
        1 => (index(), 1..40usize).prop_map(|(at, count)| Damage::Remove(at, count)),
    ]
}

/// Bytes that the text and the vectors of an array take, of elements and of what they own; by capacity.
fn memory(array: &Array) -> usize {
    match array {
        Array::U8(items) => items.capacity(),
        Array::I8(items) => items.capacity(),
        Array::Bool(items) => items.capacity(),
        Array::U16(items) => items.capacity() * 2,
        Array::I16(items) => items.capacity() * 2,
        Array::U32(items) => items.capacity() * 4,
        Array::I32(items) => items.capacity() * 4,
        Array::F32(items) => items.capacity() * 4,
        Array::U64(items) => items.capacity() * 8,
        Array::I64(items) => items.capacity() * 8,
        Array::F64(items) => items.capacity() * 8,
        Array::String(items) => {
            items.capacity() * size_of::<String>() + items.iter().map(String::capacity).sum::<usize>()
        }
        Array::Array(items) => items.capacity() * size_of::<Array>() + items.iter().map(memory).sum::<usize>(),
    }
}

/// All that can be done with a file.
fn look(bytes: &[u8], file_bytes: u64) {
    let Ok(parsed) = Header::parse(bytes, file_bytes) else { return };
    let header = match parsed {
        Parsed::NeedsMore { at_least } => {
            assert!(at_least > bytes.len() as u64 && at_least <= file_bytes);
            return;
        }
        Parsed::Complete(header) => header,
    };
    let size = usize::try_from(header.header_bytes()).unwrap();
    assert!(size <= bytes.len());
    let owned: usize = header
        .metadata()
        .map(|(key, value)| {
            let value = match value {
                Value::String(text) => text.capacity(),
                Value::Array(array) => memory(array),
                _ => 0,
            };
            key.len() + value
        })
        .sum();
    // An array of strings takes 24 bytes for 8, one of arrays 32 for 12.
    assert!(owned <= 3 * size, "{size} bytes became {owned}");
    assert!(header.metadata().len() * 13 + header.tensors().len() * 32 <= size);
    let mut places: Vec<_> = header.tensors().iter().map(tempo_gguf::Tensor::range).collect();
    places.sort_by_key(|place| place.start);
    assert!(places.iter().all(|place| place.start >= size as u64 && place.end <= file_bytes));
    assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for tensor in header.tensors().iter().filter(|tensor| tensor.range().end <= bytes.len() as u64) {
        let place = tensor.range();
        let bytes = &bytes[usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap()];
        let mut out = Vec::new();
        assert_eq!(tensor.dequantise(bytes, &mut out).is_ok(), tensor.kind().is_readable());
        assert!(!tensor.kind().is_readable() || out.len() as u64 == tensor.elements());
    }
    if let Ok(facts) = ModelFacts::new(&header, &["llama", "qwen2", "qwen3", "gemma3"]) {
        assert!(facts.layers <= header.tensors().len() as u64 && facts.head_dim > 0 && facts.kv_heads > 0);
    }
    if let Ok(facts) = TokenizerFacts::new(&header) {
        assert!(facts.bos_id.iter().chain(&facts.unk_id).all(|&id| (id as usize) < facts.tokens.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_an_error_or_harmless(
        which in 0..=MODELS.len(),
        damages in prop::collection::vec(damage(), 1..6),
        more in prop_oneof![Just(0u64), 0..10_000u64, Just(u64::MAX / 2)],
    ) {
        let mut bytes = MODELS.get(which).map_or_else(|| rich().file(), |(_, file)| file.to_vec());
        // Damage to the header, where it matters; the rest is numbers.
        let rest = bytes.split_off(bytes.len().min(2000));
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        bytes.extend(rest);
        look(&bytes, bytes.len() as u64 + more);
    }

    #[test]
    fn noise_is_an_error_or_harmless(noise in prop::collection::vec(any::<u8>(), 0..300), more in any::<u32>()) {
        look(&noise, noise.len() as u64 + u64::from(more));
        let begun = [&b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"[..], &noise].concat();
        look(&begun, begun.len() as u64 + u64::from(more));
    }
}

#[test]
fn sound_files_are_looked_at() {
    for (_, file) in MODELS {
        look(file, file.len() as u64);
    }
    look(&rich().file(), rich().file().len() as u64);
}
