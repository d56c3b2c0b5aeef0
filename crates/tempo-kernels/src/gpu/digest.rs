//! The answer of the digest's kernels: where its words are, and what they say.

use crate::{CombineRule, Digest, DigestRequest, MOST_DIGEST_ROWS, MOST_LISTED, RowFacts};

use super::wgsl::{Atomic, SharedStruct, constants, shared_structs};

/// Slices of the vocabulary, one workgroup each, at most.
pub(super) const SLICES: usize = 64;
/// Bits of a share that do not tell its bin, and the bins that the others make of shares, which are at most 1.
const BIN_BITS: usize = 20;
/// Counts of shares by their upper bits.
pub(super) const BINS: usize = 1 << 30 >> BIN_BITS;
/// Words of an answer, whatever the number of rows.
pub(super) const WORDS: usize = Answer::WORDS;
/// What a device that ranks in f32 leaves between what it lists and what it promises.
const MARGIN: f32 = 1.0 + 1e-5;

shared_structs! {
    /// Of a row of logits, or of a part of one.
    struct Facts {
        /// The largest.
        max: f32,
        /// Sum of `exp(z - max)`.
        sum: f32,
        /// Sum of `exp((z - max) / temperature)`.
        tempered: f32,
        /// 1: a logit is not finite.
        bad: f32,
    }

    /// Over the tokens of a slice. `u` is a token's share.
    struct Sums {
        /// Of `u`.
        total: f32,
        /// Of `u` without the suppressed tokens.
        left: f32,
        /// Of `u ln u` without them.
        log_sum: f32,
    }

    /// What is read in place of logits.
    struct Answer {
        /// Tokens that belong to the list; more than there is room for when the first bin alone is too full.
        count: Atomic,
        /// Every share from here on is listed.
        edge: f32,
        /// Of every row, then of their mean.
        facts: [Facts; MOST_DIGEST_ROWS + 1],
        /// Of every slice.
        sums: [Sums; SLICES],
        tokens: [u32; MOST_LISTED],
        /// Raw logits of these tokens, row by row.
        logits: [[f32; MOST_LISTED]; MOST_DIGEST_ROWS],
    }
}

/// Structs and constants of the answer, as shaders see them.
pub(super) fn declarations() -> String {
    let constants = constants([
        ("SLICES", SLICES),
        ("LISTED", MOST_LISTED),
        ("BINS", BINS),
        ("BIN_BITS", BIN_BITS),
        ("DIGEST_ROWS", MOST_DIGEST_ROWS),
    ]);
    [Facts::declaration(), Sums::declaration(), Answer::declaration(), constants].concat()
}

/// Tokens of a slice, and how many slices that makes. A software adapter takes workgroups one after another, and
/// each costs it more than its tokens do.
pub(super) fn slices(vocab: usize, software: bool) -> (usize, usize) {
    let least = if software { 1024 } else { 256 };
    let slice = vocab.div_ceil(SLICES).max(least);
    (slice, vocab.div_ceil(slice))
}

/// Reads an answer of [`WORDS`] words for the rows of a request.
pub(super) fn read(words: &[f32], request: &DigestRequest) -> Digest {
    let rows = request.weights.len();
    let Answer { count, edge, facts, sums, tokens, logits } = bytemuck::from_bytes(bytemuck::cast_slice(words));
    let fact = |row: usize| {
        let Facts { max, sum, tempered, bad } = facts[row];
        RowFacts { max, sum: if bad == 0.0 { sum } else { f32::NAN }, sum_at_temperature: tempered }
    };
    let sum = |of: fn(&Sums) -> f32| sums.iter().map(|sums| f64::from(of(sums))).sum();
    // More than there is room for: the first bin alone is too full, and nothing can be promised.
    let listed = count.0 as usize;
    let (listed, complete_to) = if listed > MOST_LISTED { (0, f32::INFINITY) } else { (listed, edge * MARGIN) };
    Digest {
        rows: (0..rows).map(fact).collect(),
        peak: if request.rule == CombineRule::LogitMean { facts[rows].max } else { 0.0 },
        total: sum(|sums| sums.total),
        left: sum(|sums| sums.left),
        log_sum: sum(|sums| sums.log_sum),
        tokens: tokens[..listed].to_vec(),
        logits: logits[..rows].iter().flat_map(|row| &row[..listed]).copied().collect(),
        complete_to,
    }
}
