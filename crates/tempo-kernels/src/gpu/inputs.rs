//! A pass as the words that the kernels read; shaders/step.wgsl names them.

use crate::{Chunk, Decoder, DigestRequest, InSet, MOST_DIGEST_ROWS, MOST_SUPPRESSED, Observe, Pass, Rule};

/// Words before the queries.
const HEAD: usize = 16;
/// Stands for no slot and no set.
const NOBODY: u32 = u32::MAX;

/// The words of one chunk.
pub(super) fn pack(decoder: &Decoder, pass: &Pass, chunk: &Chunk, words: &mut Vec<u32>) {
    let queries = &pass.queries[chunk.queries.clone()];
    let keys = &pass.keys[..chunk.context];
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
    if chunk.digests {
        words.extend(pass.digest.iter().flat_map(request));
    }
    let measured = (0..decoder.layers.len()).find(|layer| chunk.measures && weight(*layer) > 0.0);
    let share = 1.0 / (decoder.heads * pass.logits.len().max(1)) as f32;
    words[..14].copy_from_slice(&[
        small(queries.len()),
        small(keys.len()),
        small(chunk.logits.start),
        small(chunk.logits.len()),
        small(chunk.first_logits),
        match pass.in_set {
            InSet::Isolated => 0,
            InSet::Visible => 1,
            InSet::Ordered => 2,
        },
        u32::from(pass.observe == Observe::Attention),
        measured.map_or(NOBODY, small),
        share.to_bits(),
        // Chunks before this one have left what they measured.
        u32::from(chunk.first_logits > 0),
        small(keys_at),
        small(layers_at),
        small(angles_at),
        small(digest_at),
    ]);
}

/// Words of a request for a digest.
const REQUEST: usize = 4 + MOST_DIGEST_ROWS + MOST_SUPPRESSED;

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
    words[4 + MOST_DIGEST_ROWS..][..request.suppressed.len()].copy_from_slice(&request.suppressed);
    words
}

/// Words that a pass of so many queries and rows takes at most.
pub(super) fn words(decoder: &Decoder, queries: usize, rows: usize) -> usize {
    HEAD + REQUEST
        + 4 * queries
        + 3 * rows
        + decoder.layers.len()
        + decoder.frequencies.len() * queries * decoder.head_dim
}
