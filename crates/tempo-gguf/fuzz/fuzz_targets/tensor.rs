//! Any bytes as blocks: the first byte is the number of the type.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tempo_gguf::{TensorType, dequantise};

fuzz_target!(|bytes: &[u8]| {
    let Some((&id, bytes)) = bytes.split_first() else { return };
    let Some(kind) = TensorType::from_id(id.into()) else { return };
    let mut out = Vec::new();
    let whole = bytes.len() as u64 % kind.block_bytes() == 0;
    assert_eq!(dequantise(kind, bytes, &mut out).is_ok(), whole && kind.is_readable());
    if whole && kind.is_readable() {
        let blocks = bytes.len() as u64 / kind.block_bytes();
        assert_eq!(kind.bytes(out.len() as u64), Some(bytes.len() as u64));
        assert_eq!(out.len() as u64, blocks * kind.block_elements());
    }
});
