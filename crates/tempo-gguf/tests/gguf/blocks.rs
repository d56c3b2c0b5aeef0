//! Blocks to numbers, compared with `gguf.quants`, the Python package of llama.cpp.

use tempo_gguf::{GgufError, TensorType, dequantise, scaled_blocks};

use crate::fixtures::fixture;

const BLOCKS: [(TensorType, &[u8]); 15] = [
    (TensorType::F16, fixture!("F16.bin")),
    (TensorType::BF16, fixture!("BF16.bin")),
    (TensorType::Q4_0, fixture!("Q4_0.bin")),
    (TensorType::Q4_1, fixture!("Q4_1.bin")),
    (TensorType::Q5_0, fixture!("Q5_0.bin")),
    (TensorType::Q5_1, fixture!("Q5_1.bin")),
    (TensorType::Q8_0, fixture!("Q8_0.bin")),
    (TensorType::Q2_K, fixture!("Q2_K.bin")),
    (TensorType::Q3_K, fixture!("Q3_K.bin")),
    (TensorType::Q4_K, fixture!("Q4_K.bin")),
    (TensorType::Q5_K, fixture!("Q5_K.bin")),
    (TensorType::Q6_K, fixture!("Q6_K.bin")),
    (TensorType::IQ4_NL, fixture!("IQ4_NL.bin")),
    (TensorType::IQ4_XS, fixture!("IQ4_XS.bin")),
    (TensorType::MXFP4, fixture!("MXFP4.bin")),
];

/// Bit for bit, as both do the same operations in float32; a NaN is a NaN.
#[test]
fn numbers_are_those_of_the_reference() {
    for (kind, fixture) in BLOCKS {
        let (size, rest) = fixture.split_first_chunk::<4>().unwrap();
        let (blocks, numbers) = rest.split_at(u32::from_le_bytes(*size) as usize);
        let expected: Vec<f32> = numbers.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let mut found = vec![7.0];
        dequantise(kind, blocks, &mut found).unwrap();
        assert_eq!(found.len() - 1, expected.len(), "{kind}");
        for (index, (found, expected)) in found[1..].iter().zip(&expected).enumerate() {
            let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
            assert!(same, "{kind}, element {index}: {found:e}, the reference has {expected:e}");
        }
        let finite = expected.iter().filter(|number| number.is_finite()).count();
        assert!(finite * 2 > expected.len(), "{kind}: only {finite} numbers to compare");
    }
}

#[test]
fn plain_numbers_are_copied() {
    let mut out = Vec::new();
    dequantise(TensorType::F32, &[1.5f32.to_le_bytes(), (-0.0f32).to_le_bytes()].concat(), &mut out).unwrap();
    assert_eq!(out.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), [1.5f32.to_bits(), 1 << 31]);
}

#[test]
fn bytes_that_are_no_whole_blocks_are_refused() {
    for kind in TensorType::ALL.iter().copied().filter(|kind| kind.is_readable()) {
        let size = usize::try_from(kind.block_bytes()).unwrap();
        for found in [1, size - 1, size + 1, 3 * size - 1] {
            let mut out = Vec::new();
            let error = dequantise(kind, &vec![0; found], &mut out).unwrap_err();
            assert_eq!(error.to_string(), format!("{kind}: a multiple of {size} bytes are needed, found {found}"));
            assert_eq!(out.capacity(), 0);
        }
        dequantise(kind, &[], &mut Vec::new()).unwrap();
    }
}

#[test]
fn any_bytes_of_any_length_are_whole_blocks_or_refused() {
    for kind in TensorType::ALL.iter().copied().filter(|kind| kind.is_readable()) {
        let (size, elements) = (kind.block_bytes(), kind.block_elements());
        for fill in [0_u8, 0x55, 0xaa, 0xff] {
            let bytes = vec![fill; usize::try_from(3 * size).unwrap()];
            for length in 0..=bytes.len() {
                let mut out = Vec::new();
                let read = dequantise(kind, &bytes[..length], &mut out).is_ok();
                let blocks = length as u64 / size;
                assert_eq!(read, (length as u64).is_multiple_of(size), "{kind}, {length}");
                assert_eq!(out.len() as u64, if read { blocks * elements } else { 0 }, "{kind}, {length}");
            }
        }
    }
}

#[test]
fn other_types_are_named() {
    let error = dequantise(TensorType::IQ2_XXS, &[0; 66], &mut Vec::new()).unwrap_err();
    assert_eq!(error, GgufError::Unreadable { kind: TensorType::IQ2_XXS });
    assert_eq!(
        error.to_string(),
        "tensors of type IQ2_XXS are not read; F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, \
         IQ4_NL, IQ4_XS, BF16, MXFP4 are"
    );
}

#[test]
fn types_differ_by_number() {
    for &kind in TensorType::ALL {
        assert_eq!(TensorType::from_id(kind.id()), Some(kind));
        assert_eq!(kind.bytes(3 * kind.block_elements()), Some(3 * kind.block_bytes()));
        assert_eq!(kind.bytes(kind.block_elements() + 1).is_none(), kind.block_elements() > 1);
    }
    assert!([4, 5, 31, 32, 33, 36, 37, 38, 42, u32::MAX].iter().all(|&id| TensorType::from_id(id).is_none()));
}

#[test]
fn blocks_with_one_scale_are_handed_out_as_they_are() {
    let bytes: Vec<u8> = (0..4 * 34 * 18).map(|i: usize| u8::try_from(i * i / 7 % 251).unwrap()).collect();
    for &kind in TensorType::ALL {
        let Some(blocks) = scaled_blocks(kind, &bytes) else {
            assert!(![TensorType::Q4_0, TensorType::Q8_0].contains(&kind));
            continue;
        };
        let mut out = Vec::new();
        dequantise(kind, &bytes, &mut out).unwrap();
        let numbers = blocks.flat_map(|(scale, values)| values.map(|value| scale.to_f32() * f32::from(value)));
        assert!(numbers.map(f32::to_bits).eq(out.iter().map(|number| number.to_bits())), "{kind}");
    }
}
