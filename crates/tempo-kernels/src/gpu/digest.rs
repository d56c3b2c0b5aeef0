//! The answer of the digest's kernels: where its words are, and what they say.

use crate::{
    CombineRule, Digest, DigestRequest, LogitsRequest, MOST_LISTED, MOST_LISTS, MOST_TOLD_ROWS, Outputs, RowFacts,
    RowList,
};

use super::wgsl::{Atomic, SharedStruct, constants, shared_structs};

/// Slices of the vocabulary, one workgroup each, at most.
pub(super) const SLICES: usize = 64;
/// Bits of a share that do not tell its bin, and the bins that the others make of shares, which are at most 1.
const BIN_BITS: usize = 20;
/// Counts of shares by their upper bits.
pub(super) const BINS: usize = 1 << 30 >> BIN_BITS;
/// Bins of one nat of logits, where every row has its list: what is further below the largest than all bins is in the last.
const BINS_PER_NAT: usize = 32;
/// Words of the largest answer.
pub(super) const MOST_WORDS: usize =
    if Answer::WORDS > MOST_LISTS * List::WORDS { Answer::WORDS } else { MOST_LISTS * List::WORDS };
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

    /// What a digest tells of one row.
    struct ToldRow {
        facts: Facts,
        /// Raw logits of the listed tokens.
        logits: [f32; MOST_LISTED],
    }

    /// What is read in place of logits.
    struct Answer {
        /// Tokens that belong to the list; more than there is room for when the first bin alone is too full.
        count: Atomic,
        /// Every share from here on is listed.
        edge: f32,
        /// Of the mean of the combined rows.
        mean: Facts,
        /// Of every slice.
        sums: [Sums; SLICES],
        tokens: [u32; MOST_LISTED],
        /// No more of them are read than there are.
        rows: [ToldRow; MOST_TOLD_ROWS],
    }

    /// What is read in place of one row of logits.
    struct List {
        /// Tokens that are listed.
        count: Atomic,
        /// The lowest bin that is listed; the number of bins: none is.
        edge: u32,
        facts: Facts,
        tokens: [u32; MOST_LISTED],
        /// Raw logits of these tokens.
        logits: [f32; MOST_LISTED],
    }
}

/// Structs and constants of the answer, as shaders see them.
pub(super) fn declarations() -> String {
    let constants = constants([
        ("SLICES", SLICES),
        ("LISTED", MOST_LISTED),
        ("BINS", BINS),
        ("BIN_BITS", BIN_BITS),
        ("TOLD_ROWS", MOST_TOLD_ROWS),
    ]);
    let per_nat = format!("const BINS_PER_NAT = {BINS_PER_NAT}.0;\n");
    let structs = [Facts::declaration(), Sums::declaration(), ToldRow::declaration(), Answer::declaration()];
    structs.concat() + &List::declaration() + &constants + &per_nat
}

/// Tokens of a slice, and how many slices that makes. A software adapter takes workgroups one after another, and
/// each costs it more than its tokens do.
pub(super) fn slices(vocab: usize, software: bool) -> (usize, usize) {
    let least = if software { 1024 } else { 256 };
    let slice = vocab.div_ceil(SLICES).max(least);
    (slice, vocab.div_ceil(slice))
}

/// Words of the answer for so many rows.
pub(super) fn words(request: &LogitsRequest, rows: usize) -> usize {
    match request {
        LogitsRequest::Combined(_) => Answer::WORDS - (MOST_TOLD_ROWS - rows) * ToldRow::WORDS,
        LogitsRequest::EachRow { .. } => rows * List::WORDS,
    }
}

/// What these words say of so many rows.
pub(super) fn read(words: &[f32], request: &LogitsRequest, rows: usize) -> Outputs {
    match request {
        LogitsRequest::Combined(request) => {
            Outputs { digest: Some(read_digest(words, request, rows)), ..Outputs::default() }
        }
        LogitsRequest::EachRow { .. } => {
            Outputs { lists: words.chunks_exact(List::WORDS).map(read_list).collect(), ..Outputs::default() }
        }
    }
}

fn row_facts(Facts { max, sum, tempered, bad }: Facts) -> RowFacts {
    RowFacts { max, sum: if bad == 0.0 { sum } else { f32::NAN }, sum_at_temperature: tempered }
}

fn read_list(words: &[f32]) -> RowList {
    let List { count, edge, facts, tokens, logits } = bytemuck::from_bytes(bytemuck::cast_slice(words));
    let (listed, edge) = (count.0 as usize, *edge as usize);
    // The first bin alone may be too full, and then nothing can be promised.
    let listed = if edge < BINS && listed <= MOST_LISTED { listed } else { 0 };
    // A difference that is a little smaller than the edge of a bin may be rounded to it.
    let below = (BINS - edge.min(BINS)) as f64 / BINS_PER_NAT as f64 * (1.0 - 1e-6);
    RowList {
        facts: row_facts(*facts),
        tokens: tokens[..listed].to_vec(),
        logits: logits[..listed].to_vec(),
        complete_to: if listed > 0 { f64::from(facts.max) - below } else { f64::MAX },
    }
}

fn read_digest(words: &[f32], request: &DigestRequest, rows: usize) -> Digest {
    let mut whole = words.to_vec();
    whole.resize(Answer::WORDS, 0.0);
    let Answer { count, edge, mean, sums, tokens, rows: told } = bytemuck::from_bytes(bytemuck::cast_slice(&whole));
    let told = &told[..rows];
    let sum = |of: fn(&Sums) -> f32| sums.iter().map(|sums| f64::from(of(sums))).sum();
    // More than there is room for: the first bin alone is too full, and nothing can be promised.
    let listed = count.0 as usize;
    let (listed, complete_to) = if listed > MOST_LISTED { (0, f32::INFINITY) } else { (listed, edge * MARGIN) };
    Digest {
        rows: told.iter().map(|row| row_facts(row.facts)).collect(),
        peak: if request.rule == CombineRule::LogitMean { mean.max } else { 0.0 },
        total: sum(|sums| sums.total),
        left: sum(|sums| sums.left),
        log_sum: sum(|sums| sums.log_sum),
        tokens: tokens[..listed].to_vec(),
        logits: told.iter().flat_map(|row| &row.logits[..listed]).copied().collect(),
        complete_to,
    }
}
