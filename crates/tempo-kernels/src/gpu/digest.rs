//! The answer of the digest's kernels: where its words are, and what they say.

use crate::{Digest, DigestRequest, MOST_DIGEST_ROWS, MOST_LISTED, RowFacts, Rule};

/// Workgroups that share the vocabulary, at most.
pub(super) const CHUNKS: usize = 64;
/// Counts of shares by their upper bits.
pub(super) const BINS: usize = 1024;
// As shaders/digest.wgsl has them.
const FACTS: usize = 4;
const SUMS: usize = 72;
const TOKENS: usize = 328;
const LOGITS: usize = 424;
/// Words of an answer, whatever the number of rows.
pub(super) const WORDS: usize = LOGITS + MOST_LISTED * MOST_DIGEST_ROWS;
/// What a device that ranks in f32 leaves between what it lists and what it promises.
const MARGIN: f32 = 1.0 + 1e-5;

/// Tokens of a workgroup, and how many workgroups that makes. A program that plays a device takes workgroups one after
/// another, and each costs it more than its tokens do.
pub(super) fn chunks(vocab: usize, software: bool) -> (usize, usize) {
    let least = if software { 1024 } else { 256 };
    let chunk = vocab.div_ceil(CHUNKS).max(least);
    (chunk, vocab.div_ceil(chunk))
}

/// Reads an answer for so many rows.
pub(super) fn read(answer: &[f32], request: &DigestRequest) -> Digest {
    let rows = request.weights.len();
    let fact = |row: usize| {
        let [max, sum, sum_at_temperature, bad] = *answer[FACTS + 4 * row..].first_chunk().unwrap_or(&[f32::NAN; 4]);
        RowFacts { max, sum: if bad == 0.0 { sum } else { f32::NAN }, sum_at_temperature }
    };
    let sums = answer[SUMS..TOKENS].as_chunks::<4>().0;
    let sum = |which: usize| sums.iter().map(|sums| f64::from(sums[which])).sum();
    // More than there is room for: the first bin alone is too full, and nothing can be promised.
    let found = answer[0].to_bits() as usize;
    let (listed, complete_to) = if found > MOST_LISTED { (0, f32::INFINITY) } else { (found, answer[1] * MARGIN) };
    Digest {
        rows: (0..rows).map(fact).collect(),
        peak: if request.rule == Rule::LogitMean { fact(rows).max } else { 0.0 },
        total: sum(0),
        left: sum(1),
        log_sum: sum(2),
        tokens: answer[TOKENS..TOKENS + listed].iter().map(|token| token.to_bits()).collect(),
        logits: (0..rows).flat_map(|row| answer[LOGITS + row * MOST_LISTED..][..listed].iter().copied()).collect(),
        complete_to,
    }
}
