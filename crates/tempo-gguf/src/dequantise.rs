//! Blocks of bytes to numbers, exactly as ggml computes them: the same operations in float32, in the same order.
//!
//! Each function below reads one block. A block type is `d * q + m`: integers of few bits, and a scale (`d`) and perhaps
//! an offset (`m`) in half precision for 32 of them; the `K` types hold 256 and quantise the scales themselves. In `IQ4` and
//! `MXFP4` the four bits of a number are a place in a table.

use half::{bf16, f16};

use crate::error::GgufError;
use crate::kind::TensorType;

/// Appends the numbers in `bytes`, which are whole blocks of `kind`, to `out`.
///
/// Memory: `out` grows by `bytes.len() / block_bytes * block_elements` numbers, at most 12.2 times the bytes given.
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
        TensorType::Q2_K => blocks(kind, bytes, out, q2_k),
        TensorType::Q3_K => blocks(kind, bytes, out, q3_k),
        TensorType::Q4_K => blocks(kind, bytes, out, q4_k),
        TensorType::Q5_K => blocks(kind, bytes, out, q5_k),
        TensorType::Q6_K => blocks(kind, bytes, out, q6_k),
        TensorType::IQ4_NL => blocks(kind, bytes, out, iq4_nl),
        TensorType::IQ4_XS => blocks(kind, bytes, out, iq4_xs),
        TensorType::MXFP4 => blocks(kind, bytes, out, mxfp4),
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

/// 2 times 128 elements, each four runs of 32: two bits of 32 bytes. A byte for every 16 elements comes first: four bits of
/// scale, four of minimum.
fn q2_k(block: &[u8; 84], to: &mut [f32; 256]) {
    let (d, least) = (half_at(block, 80), half_at(block, 82));
    let (scales, bytes) = block[..80].split_at(16);
    for (element, to) in to.iter_mut().enumerate() {
        let scale = scales[element / 16];
        let bits = bytes[element / 128 * 32 + element % 32] >> (element / 32 % 4 * 2) & 3;
        *to = d * f32::from(scale & 15) * f32::from(bits) - least * f32::from(scale >> 4);
    }
}

/// As `Q2_K`, with 32 bytes before the others: bit `part` of byte `i` is 0 where 4 is taken from element `i` of that part.
/// Sixteen scales of 6 bits, less 32: the low halves of 8 bytes, their high halves, and two bits of 4 bytes.
fn q3_k(block: &[u8; 110], to: &mut [f32; 256]) {
    let d = half_at(block, 108);
    let (high, rest) = block[..108].split_at(32);
    let (bytes, packed) = rest.split_at(64);
    for (element, to) in to.iter_mut().enumerate() {
        let (part, i, run) = (element / 32, element % 32, element / 16);
        let scale = packed[run % 8] >> (run / 8 * 4) & 15 | (packed[8 + run % 4] >> (run / 4 * 2) & 3) << 4;
        let bits = (bytes[part / 4 * 32 + i] >> (part % 4 * 2) & 3).cast_signed();
        let less = if high[i] >> part & 1 == 1 { 0 } else { 4 };
        *to = d * (f32::from(scale) - 32.0) * f32::from(bits - less);
    }
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

/// What the four bits of the `IQ4` types stand for.
const IQ4: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// The same of `MXFP4`, twice what the format says: a sign, two bits of exponent, one of mantissa.
const E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Element `i` of 32 by the low half of byte `i`, element `i + 16` by the high half.
fn by_table(table: [i8; 16], halves: &[u8], d: f32, to: &mut [f32]) {
    for (i, to) in to.iter_mut().enumerate() {
        *to = d * f32::from(table[usize::from(halves[i % 16] >> (i / 16 * 4) & 15)]);
    }
}

fn iq4_nl(block: &[u8; 18], to: &mut [f32; 32]) {
    by_table(IQ4, &block[2..], half_at(block, 0), to);
}

/// 8 times 32 elements as `IQ4_NL`. Their scales have 6 bits, less 32: two of a word, then four of half a byte.
fn iq4_xs(block: &[u8; 136], to: &mut [f32; 256]) {
    let (d, high) = (half_at(block, 0), u16::from_le_bytes([block[2], block[3]]));
    let (low, bytes) = block[4..].split_at(4);
    for (part, to) in to.chunks_exact_mut(32).enumerate() {
        let upper = (high >> (part * 2) & 3) << 4;
        let scale = u16::from(low[part / 2] >> (part % 2 * 4) & 15) | upper;
        by_table(IQ4, &bytes[part * 16..][..16], d * (f32::from(scale) - 32.0), to);
    }
}

/// The scale is a power of two, by its exponent and 128 more; half of it, because the table has twice the numbers. The two
/// smallest are no normal numbers.
fn mxfp4(block: &[u8; 17], to: &mut [f32; 32]) {
    let exponent = u32::from(block[0]);
    let d = f32::from_bits(if exponent < 2 { 0x0020_0000 << exponent } else { (exponent - 1) << 23 });
    by_table(E2M1, &block[1..], d, to);
}
