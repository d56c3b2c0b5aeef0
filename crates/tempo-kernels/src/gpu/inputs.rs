//! A pass as the words that the kernels read; shaders/step.wgsl names them.

use std::ops::Range;

use crate::{Decoder, DigestRequest, InSet, Pass, Rule};

/// Words before the queries.
const HEAD: usize = 16;
/// Stands for no slot and no set.
const NOBODY: u32 = u32::MAX;

/// A part of a pass that is computed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Which of the pass's queries.
    pub(super) queries: Range<usize>,
    /// Rows that are read.
    pub(super) context: usize,
}

/// Splits a pass into chunks of at most `most` queries, which give the same when computed in order.
///
/// Members of one set may see each other, so a set is split only where nobody does; that earlier chunks need nothing of
/// later ones holds as long as sets come in order.
pub(super) fn chunks(pass: &Pass, most: usize) -> Vec<Chunk> {
    let all = 0..pass.queries.len();
    let whole = |queries: Range<usize>| Chunk { queries, context: pass.keys.len() };
    if all.len() <= most || !pass.queries.is_sorted_by_key(|query| query.set) {
        return vec![whole(all)];
    }
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for set in pass.queries.chunk_by(|a, b| a.set == b.set && pass.in_set != InSet::Isolated) {
        let end = start + set.len();
        match chunks.last_mut() {
            Some(chunk) if end - chunk.start <= most => chunk.end = end,
            _ => chunks.push(start..end),
        }
        start = end;
    }
    let part = |queries: Range<usize>| {
        if pass.measures() {
            return whole(queries);
        }
        // Rows of later sets are not read, and rows of the own set that come later are seen by nobody.
        let last = pass.queries[queries.end - 1];
        let read = pass.keys.iter().rposition(|key| key.set <= last.set).map_or(0, |row| row + 1);
        Chunk { queries, context: read.max(last.row + 1).min(pass.keys.len()) }
    };
    chunks.into_iter().map(part).collect()
}

/// The words of one chunk.
pub(super) fn pack(decoder: &Decoder, pass: &Pass, chunk: &Chunk, words: &mut Vec<u32>) {
    let queries = &pass.queries[chunk.queries.clone()];
    let keys = &pass.keys[..chunk.context];
    let logits = logits(pass, chunk);
    let small = |number: usize| u32::try_from(number).unwrap_or(NOBODY);
    words.clear();
    words.resize(HEAD, 0);
    words.extend(queries.iter().flat_map(|query| [query.token, query.slot, query.set, small(query.row)]));
    let keys_at = words.len();
    words.extend(keys.iter().map(|key| if key.live { key.set } else { NOBODY }));
    words.extend(keys.iter().map(|key| if key.live { key.slot } else { NOBODY }));
    words.extend(keys.iter().map(|key| key.bias.to_bits()));
    let layers_at = words.len();
    let weight = |layer: usize| pass.layer_weights.get(layer).copied().unwrap_or(0.0);
    words.extend((0..decoder.layers.len()).map(|layer| weight(layer).to_bits()));
    let angles_at = words.len();
    for rope in 0..decoder.frequencies.len() {
        let (cos, sin) = decoder.angles(rope, queries.iter().map(|query| query.position));
        words.extend(cos.into_iter().chain(sin).map(f32::to_bits));
    }
    let digest_at = words.len();
    if digests(pass) {
        words.extend(pass.digest.iter().flat_map(request));
    }
    let measured = pass.measures().then(|| (0..decoder.layers.len()).find(|layer| weight(*layer) > 0.0)).flatten();
    let share = 1.0 / (decoder.heads * pass.logits.len().max(1)) as f32;
    words[..14].copy_from_slice(&[
        small(queries.len()),
        small(keys.len()),
        small(logits.start),
        small(logits.len()),
        small((chunk.queries.start + logits.start).saturating_sub(pass.logits.start)),
        match pass.in_set {
            InSet::Isolated => 0,
            InSet::Visible => 1,
            InSet::Ordered => 2,
        },
        u32::from(pass.look),
        if logits.is_empty() { NOBODY } else { measured.map_or(NOBODY, small) },
        share.to_bits(),
        // Chunks before this one have left what they measured.
        u32::from(chunk.queries.start > pass.logits.start),
        small(keys_at),
        small(layers_at),
        small(angles_at),
        small(digest_at),
    ]);
}

/// Those of the chunk's own queries whose logits are wanted.
pub(super) fn logits(pass: &Pass, chunk: &Chunk) -> Range<usize> {
    let local = |i: usize| i.clamp(chunk.queries.start, chunk.queries.end) - chunk.queries.start;
    local(pass.logits.start)..local(pass.logits.end)
}

/// Rows that a digest can be made of.
pub(super) const DIGEST_ROWS: usize = 16;
/// Tokens that a digest can leave out.
pub(super) const SUPPRESSED: usize = 16;
/// Words of a request for a digest.
const REQUEST: usize = 4 + DIGEST_ROWS + SUPPRESSED;

/// The words of a request; shaders/digest.wgsl names them.
fn request(request: &DigestRequest) -> [u32; REQUEST] {
    let mut words = [0; REQUEST];
    words[0] = match request.rule {
        Rule::First => 0,
        Rule::Last => 1,
        Rule::Mixture => 2,
        Rule::LogitMean => 3,
        Rule::Max => 4,
    };
    words[1] = request.temperature.recip().to_bits();
    words[2] = u32::try_from(request.suppressed.len()).unwrap_or(0);
    for (word, weight) in words[4..].iter_mut().zip(&request.weights) {
        *word = weight.to_bits();
    }
    words[4 + DIGEST_ROWS..][..request.suppressed.len()].copy_from_slice(&request.suppressed);
    words
}

/// Whether the device can make this digest; it answers with logits otherwise.
pub(super) fn digests(pass: &Pass) -> bool {
    pass.digest.as_ref().is_some_and(|digest| {
        (1..=DIGEST_ROWS).contains(&pass.logits.len())
            && digest.weights.len() == pass.logits.len()
            && digest.suppressed.len() <= SUPPRESSED
    })
}

/// Words that a pass of so many queries and rows takes at most.
pub(super) fn words(decoder: &Decoder, queries: usize, rows: usize) -> usize {
    HEAD + REQUEST
        + 4 * queries
        + 3 * rows
        + decoder.layers.len()
        + decoder.frequencies.len() * queries * decoder.head_dim
}
