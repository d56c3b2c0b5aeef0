//! Blocks of bytes to numbers, exactly as ggml computes them: the same operations in float32, in the same order.
//!
//! Each function below reads one block. A block type is `d * q + m`: integers of few bits, and a scale (`d`) and perhaps
//! an offset (`m`) in half precision for 32 of them; the `K` types hold 256 and quantise the scales themselves.

use half::{bf16, f16};

use crate::error::GgufError;
use crate::kind::TensorType;

/// Appends the numbers in `bytes`, which are whole blocks of `kind`, to `out`.
///
/// Memory: `out` grows by `bytes.len() / block_bytes * block_elements` numbers, at most 7.2 times the bytes given.
///
/// # Errors
/// When the type is not read, or the bytes are no whole blocks; `out` is unchanged then.
pub fn dequantise(kind: TensorType, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), GgufError> {
    match kind {
        TensorType::F32 => blocks(kind, bytes, out, |block, to| *to = [f32::from_le_bytes(*block)]),
        TensorType::F16 => blocks(kind, bytes, out, |block, to| *to = [f16::from_le_bytes(*block).to_f32()]),
        TensorType::BF16 => blocks(kind, bytes, out, |block, to| *to = [bf16::from_le_bytes(*block).to_f32()]),
        TensorType::Q4_0 => blocks(kind, bytes, out, q4_0),
        TensorType::Q4_1 => blocks(kind, bytes, out, q4_1),
        TensorType::Q5_0 => blocks(kind, bytes, out, q5_0),
        TensorType::Q5_1 => blocks(kind, bytes, out, q5_1),
        TensorType::Q8_0 => blocks(kind, bytes, out, q8_0),
        TensorType::Q4_K => blocks(kind, bytes, out, q4_k),
        TensorType::Q5_K => blocks(kind, bytes, out, q5_k),
        TensorType::Q6_K => blocks(kind, bytes, out, q6_k),
        _ => Err(GgufError::Unreadable { kind }),
    }
}

/// The whole blocks in `bytes` as they are, where a block of `kind` is a scale and 32 whole numbers that it multiplies:
/// `Q8_0`, and `Q4_0`, whose numbers are -8 to 7. `None` for every other type.
pub fn scaled_blocks(kind: TensorType, bytes: &[u8]) -> Option<impl Iterator<Item = (f16, [i8; 32])>> {
    let values: fn(&[u8]) -> [i8; 32] = match kind {
        TensorType::Q4_0 => q4_0_values,
        TensorType::Q8_0 => q8_0_values,
        _ => return None,
    };
    let size = usize::try_from(kind.block_bytes()).ok()?;
    Some(bytes.chunks_exact(size).map(move |block| (f16::from_le_bytes([block[0], block[1]]), values(&block[2..]))))
}

/// Reads block after block of `B` bytes, `E` elements each.
fn blocks<const B: usize, const E: usize>(
    kind: TensorType,
    bytes: &[u8],
    out: &mut Vec<f32>,
    read: impl Fn(&[u8; B], &mut [f32; E]),
) -> Result<(), GgufError> {
    debug_assert_eq!((E as u64, B as u64), (kind.block_elements(), kind.block_bytes()), "{kind}");
    let (blocks, rest) = bytes.as_chunks::<B>();
    if !rest.is_empty() {
        let expected = format!("a multiple of {B}");
        return Err(GgufError::Length { kind, expected, found: bytes.len() });
    }
    let begin = out.len();
    out.resize(begin + blocks.len() * E, 0.0);
    for (block, to) in blocks.iter().zip(out[begin..].as_chunks_mut::<E>().0) {
        read(block, to);
    }
    Ok(())
}

/// The number in half precision at byte `at`.
fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// Element `i` is the low half of byte `i`, element `i + 16` the high half; less 8.
fn q4_0_values(halves: &[u8]) -> [i8; 32] {
    std::array::from_fn(|i| (halves[i % 16] >> (i / 16 * 4) & 15).cast_signed() - 8)
}

fn q4_0(block: &[u8; 18], to: &mut [f32; 32]) {
    let d = half_at(block, 0);
    *to = q4_0_values(&block[2..]).map(|value| f32::from(value) * d);
}

/// As `Q4_0`, with an offset in the block.
fn q4_1(block: &[u8; 20], to: &mut [f32; 32]) {
    let (d, m) = (half_at(block, 0), half_at(block, 2));
    for (i, byte) in block[4..].iter().enumerate() {
        to[i] = f32::from(byte & 15) * d + m;
        to[i + 16] = f32::from(byte >> 4) * d + m;
    }
}

/// The fifth bits of elements `i` and `i + 16`, in their place.
fn fifth(high: u32, i: usize) -> (u8, u8) {
    let bit = |element: usize| u8::from(high >> element & 1 == 1) << 4;
    (bit(i), bit(i + 16))
}

/// The four bytes at `at`, one bit for each element.
fn bits_at(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

/// As `Q4_0`, with 32 fifth bits before the halves; less 16.
fn q5_0(block: &[u8; 22], to: &mut [f32; 32]) {
    let (d, high) = (half_at(block, 0), bits_at(block, 2));
    for (i, byte) in block[6..].iter().enumerate() {
        let (first, second) = fifth(high, i);
        to[i] = (f32::from(byte & 15 | first) - 16.0) * d;
        to[i + 16] = (f32::from(byte >> 4 | second) - 16.0) * d;
    }
}

/// As `Q5_0`, with an offset in the block.
fn q5_1(block: &[u8; 24], to: &mut [f32; 32]) {
    let (d, m, high) = (half_at(block, 0), half_at(block, 2), bits_at(block, 4));
    for (i, byte) in block[8..].iter().enumerate() {
        let (first, second) = fifth(high, i);
        to[i] = f32::from(byte & 15 | first) * d + m;
        to[i + 16] = f32::from(byte >> 4 | second) * d + m;
    }
}

fn q8_0_values(bytes: &[u8]) -> [i8; 32] {
    std::array::from_fn(|i| bytes[i].cast_signed())
}

fn q8_0(block: &[u8; 34], to: &mut [f32; 32]) {
    let d = half_at(block, 0);
    *to = q8_0_values(&block[2..]).map(|value| f32::from(value) * d);
}

/// The scale and the minimum, 6 bits each, of part `part` out of 8. The first four have bytes of their own, whose upper
/// two bits are those of the last four.
fn scale_and_minimum(packed: &[u8], part: usize) -> (f32, f32) {
    let (scale, minimum) = if part < 4 {
        (packed[part] & 63, packed[part + 4] & 63)
    } else {
        (
            packed[part + 4] & 15 | packed[part - 4] >> 6 << 4, // the low 4 bits here, the high 2 there
            packed[part + 4] >> 4 | packed[part] >> 6 << 4,
        )
    };
    (scale.into(), minimum.into())
}

/// 4 times 64 elements: the low halves of 32 bytes, then their high halves, each with its own scale and minimum.
fn q4_k(block: &[u8; 144], to: &mut [f32; 256]) {
    let (d, least) = (half_at(block, 0), half_at(block, 2));
    let (packed, bytes) = block[4..].split_at(12);
    for part in 0..8 {
        let (scale, minimum) = scale_and_minimum(packed, part);
        let (d, m) = (d * scale, least * minimum);
        let shift = part % 2 * 4;
        for (to, byte) in to[part * 32..][..32].iter_mut().zip(&bytes[part / 2 * 32..]) {
            *to = d * f32::from(byte >> shift & 15) - m;
        }
    }
}

/// As `Q4_K`, with 32 bytes before the halves: bit `part` of byte `i` is the fifth bit of element `i` of that part.
fn q5_k(block: &[u8; 176], to: &mut [f32; 256]) {
    let (d, least) = (half_at(block, 0), half_at(block, 2));
    let (packed, rest) = block[4..].split_at(12);
    let (high, bytes) = rest.split_at(32);
    for part in 0..8 {
        let (scale, minimum) = scale_and_minimum(packed, part);
        let (d, m) = (d * scale, least * minimum);
        let shift = part % 2 * 4;
        for ((to, byte), high) in to[part * 32..][..32].iter_mut().zip(&bytes[part / 2 * 32..]).zip(high) {
            *to = d * f32::from(byte >> shift & 15 | (high >> part & 1) << 4) - m;
        }
    }
}

/// 2 times 128 elements, each four runs of 32: low 4 bits from 64 bytes, high 2 bits from 32 bytes; less 32. A scale
/// of 8 bits for every 16 elements, and `d` at the end of the block.
fn q6_k(block: &[u8; 210], to: &mut [f32; 256]) {
    let d = half_at(block, 208);
    let (low, rest) = block.split_at(128);
    let (high, scales) = rest.split_at(64);
    for run in 0..8 {
        let (part, run) = (run / 4, run % 4);
        let low = &low[part * 64 + run % 2 * 32..][..32];
        let high = &high[part * 32..][..32];
        let first = part * 128 + run * 32;
        for i in 0..32 {
            let bits = low[i] >> (run / 2 * 4) & 15 | (high[i] >> (run * 2) & 3) << 4;
            let scale = f32::from(scales[(first + i) / 16].cast_signed());
            to[first + i] = d * scale * (f32::from(bits) - 32.0);
        }
    }
}
