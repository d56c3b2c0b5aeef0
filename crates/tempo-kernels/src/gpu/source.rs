//! The text of the kernels that are not products: declarations from Rust, then the shader.

use crate::WeightFormat;

use super::product::{load, word};
use super::shapes::{AttentionShape, DigestShape, EmbedShape, NormShape, ReceivedShape, RotateShape};
use super::wgsl::{SharedStruct, constant};
use super::{digest, inputs};

const EMBED: &str = include_str!("shaders/embed.wgsl");
const ROTATE: &str = include_str!("shaders/rotate.wgsl");
const ATTENTION: &str = include_str!("shaders/attention.wgsl");
const RECEIVED: &str = include_str!("shaders/received.wgsl");
const DIGEST: &str = include_str!("shaders/digest.wgsl");
const FACTS: &str = include_str!("shaders/facts.wgsl");
const COMBINE: &str = include_str!("shaders/combine.wgsl");
const EDGE: &str = include_str!("shaders/edge.wgsl");
const GATHER: &str = include_str!("shaders/gather.wgsl");
const BIN: &str = include_str!("shaders/bin.wgsl");
const COUNT: &str = include_str!("shaders/count.wgsl");
const LIST: &str = include_str!("shaders/list.wgsl");
const NORM_ADD: &str = include_str!("shaders/norm_add.wgsl");

/// Invocations of a workgroup, where a kernel needs no other number.
pub(super) const THREADS: usize = 64;
/// Invocations that rotate a head.
const ROTATE_THREADS: usize = 32;

fn threads(count: usize) -> String {
    constant("THREADS", count)
}

pub(super) fn embed(format: WeightFormat) -> String {
    let text = EMBED.replace("{{word}}", word(format)).replace("{{load}}", &load(format, "at", ""));
    threads(THREADS) + &EmbedShape::declaration() + &inputs::declarations() + &text
}

pub(super) fn rotate(norm: bool) -> String {
    // A head is one of some that are normalised together; each of their workgroups adds up all of them.
    let squares = "    let is_key = head >= shape.heads;
    let together = select(shape.q_together, shape.k_together, is_key);
    let place = (head - select(0u, shape.heads, is_key)) % together;
    let weights = select(0u, shape.q_together, is_key) * dim + place * dim;
    if (head < turned) {
        let first = begin - place * dim;
        var sum = 0.0;
        for (var i = thread; i < together * dim; i += THREADS) {
            sum += qkv[first + i] * qkv[first + i];
        }
        squares[thread] = sum;
    }
    workgroupBarrier();
    if (head < turned) {
        var sum = 0.0;
        for (var i = 0u; i < THREADS; i += 1u) {
            sum += squares[i];
        }
        factor = inverseSqrt(sum / f32(together * dim) + shape.epsilon);
    }
";
    let weigh = "        a *= norms[weights + i];
        b *= norms[weights + half + i];
";
    let text = ROTATE.replace("{{norm}}", if norm { squares } else { "" });
    let text = text.replace("{{weigh}}", if norm { weigh } else { "" });
    let array = if norm { "var<workgroup> squares: array<f32, THREADS>;\n" } else { "" };
    let text = text.replace("{{squares}}", array);
    threads(ROTATE_THREADS) + &RotateShape::declaration() + &inputs::declarations() + &text
}

pub(super) fn attention(count: usize) -> String {
    threads(count) + &AttentionShape::declaration() + &inputs::declarations() + ATTENTION
}

pub(super) fn received() -> String {
    threads(THREADS) + &ReceivedShape::declaration() + &inputs::declarations() + RECEIVED
}

pub(super) fn facts() -> String {
    of_digest() + DIGEST + FACTS
}

pub(super) fn combine() -> String {
    of_digest() + DIGEST + COMBINE
}

pub(super) fn gather() -> String {
    of_digest() + EDGE + GATHER
}

pub(super) fn count() -> String {
    of_digest() + BIN + COUNT
}

pub(super) fn list() -> String {
    of_digest() + BIN + EDGE + LIST
}

fn of_digest() -> String {
    let shared = threads(THREADS) + &DigestShape::declaration() + &digest::declarations();
    shared + &inputs::declarations() + &inputs::request_declarations()
}

pub(super) fn norm_add() -> String {
    threads(THREADS) + &NormShape::declaration() + NORM_ADD
}
