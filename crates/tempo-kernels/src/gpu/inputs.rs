//! A pass as the words that the kernels read: a head with fixed fields, then lists as long as the pass makes them.

use bytemuck::Zeroable;

use crate::{
    Chunk, CombineRule, Decoder, DigestRequest, HIDDEN, InSet, LogitsRequest, MOST_DIGEST_ROWS, MOST_SUPPRESSED,
    Observe, Pass, Query,
};

use super::wgsl::{SharedStruct, constants, shared_structs};

/// Stands for no slot and no set.
const NONE: u32 = u32::MAX;

shared_structs! {
    /// What every chunk begins with. `…_at` is where a list begins, counted from the end of the head.
    struct Head {
        /// How many.
        queries: u32,
        /// Cache rows that are read.
        context: u32,
        /// First query whose logits are wanted.
        logits_start: u32,
        /// How many of them.
        logits_rows: u32,
        /// How many of these, from the first on, are measured.
        measured_rows: u32,
        /// Row of the answer that the first of them goes to.
        first_logits: u32,
        /// Who sees whom among the members of a set: `IN_SET_…`.
        in_set: u32,
        /// What is shown of the model's inside: `OBSERVE_…`.
        observe: u32,
        /// First layer of which the attention is measured.
        first_measured: u32,
        /// Share of one query's head in the attention received.
        share: f32,
        /// 1: earlier chunks have been measured.
        measured_before: u32,
        /// Sets of the rows; then their slots.
        keys_at: u32,
        /// Biases of the rows: a line of them for each query, or one for all.
        biases_at: u32,
        /// From one query's line to the next; 0: there is one for all.
        bias_stride: u32,
        /// The first lanes of the rows; then those after their last; `NONE`: every row is part of every lane.
        lanes_at: u32,
        /// Weight of each layer in what is measured.
        layers_at: u32,
        /// Cosines, then sines, of each query, for each kind of rotation.
        angles_at: u32,
        /// The request for a digest.
        digest_at: u32,
    }

    /// One of the queries, which come first after the head.
    struct QueryWords {
        token: u32,
        slot: u32,
        set: u32,
        row: u32,
        lane: u32,
    }

    /// A request for a digest.
    struct Request {
        /// How rows become one distribution: `RULE_…`.
        rule: u32,
        /// 1 / temperature.
        inverse: f32,
        /// Rows that are combined; the others follow.
        combined: u32,
        /// Tokens that are left out.
        suppressed_count: u32,
        suppressed: [u32; MOST_SUPPRESSED],
        /// Of each row.
        weights: [f32; MOST_DIGEST_ROWS],
    }
}

/// Structs and constants of the inputs, as shaders see them: `inputs.head`, and `inputs.words` after it.
pub(super) fn declarations() -> String {
    let head = Head::declaration();
    let inputs = "struct Inputs {\n    head: Head,\n    words: array<u32>,\n}\n";
    let codes = constants([
        ("IN_SET_ISOLATED", InSet::Isolated as usize),
        ("IN_SET_VISIBLE", InSet::Visible as usize),
        ("IN_SET_ORDERED", InSet::Ordered as usize),
        ("OBSERVE_NOTHING", Observe::Nothing as usize),
        ("OBSERVE_ATTENTION", Observe::Attention as usize),
        ("NONE", NONE as usize),
    ]);
    format!("{head}{inputs}{}{codes}const HIDDEN = {HIDDEN:e}f;\n", QueryWords::offsets("QUERY"))
}

/// What only the kernels of a digest read of them.
pub(super) fn request_declarations() -> String {
    let rules = constants([
        ("RULE_FIRST", CombineRule::First as usize),
        ("RULE_LAST", CombineRule::Last as usize),
        ("RULE_MIXTURE", CombineRule::Mixture as usize),
        ("RULE_LOGIT_MEAN", CombineRule::LogitMean as usize),
        ("RULE_MAX", CombineRule::Max as usize),
    ]);
    Request::offsets("REQUEST") + &rules
}

/// The words of one chunk.
pub(super) fn pack(decoder: &Decoder, pass: &Pass, chunk: &Chunk, words: &mut Vec<u32>) {
    let queries = &pass.queries[chunk.queries.clone()];
    let keys = &pass.keys[..chunk.context];
    let small = |number: usize| u32::try_from(number).unwrap_or(NONE);
    words.clear();
    words.resize(Head::WORDS, 0);
    let here = |words: &[u32]| small(words.len() - Head::WORDS);
    for Query { token, slot, set, row, lane, .. } in queries {
        let query = QueryWords { token: *token, slot: *slot, set: *set, row: small(*row), lane: *lane };
        words.extend_from_slice(bytemuck::cast_slice(&[query]));
    }
    let keys_at = here(words);
    words.extend(keys.iter().map(|key| if key.live { key.set } else { NONE }));
    words.extend(keys.iter().map(|key| if key.live { key.slot } else { NONE }));
    let biases_at = here(words);
    if pass.biases.is_empty() {
        words.extend(keys.iter().map(|key| key.bias.to_bits()));
    } else {
        for query in chunk.queries.clone() {
            words.extend(keys.iter().zip(pass.biases_of(query)).map(|(key, bias)| (key.bias + bias).to_bits()));
        }
    }
    let mut lanes_at = NONE;
    if pass.has_lanes() {
        lanes_at = here(words);
        words.extend(keys.iter().map(|key| key.lanes.from));
        words.extend(keys.iter().map(|key| key.lanes.to));
    }
    let layers_at = here(words);
    let weight = |layer: usize| pass.layer_weights.get(layer).copied().unwrap_or(0.0);
    words.extend((0..decoder.layers.len()).map(|layer| weight(layer).to_bits()));
    let angles_at = here(words);
    for rope in 0..decoder.ropes.len() {
        let (cos, sin) = decoder.angles(rope, queries.iter().map(|query| query.position));
        words.extend(cos.into_iter().chain(sin).map(f32::to_bits));
    }
    let digest_at = here(words);
    if let Some(digest) = pass.digest.as_ref().filter(|_| chunk.digests) {
        words.extend_from_slice(bytemuck::cast_slice(&[request(digest)]));
    }
    let measured = (0..decoder.layers.len()).find(|layer| chunk.measures && weight(*layer) > 0.0);
    let head = Head {
        queries: small(queries.len()),
        context: small(keys.len()),
        logits_start: small(chunk.logits.start),
        logits_rows: small(chunk.logits.len()),
        measured_rows: small(chunk.measured.len()),
        first_logits: small(chunk.first_logits),
        in_set: pass.in_set as u32,
        observe: pass.observe as u32,
        first_measured: measured.map_or(NONE, small),
        share: 1.0 / (decoder.heads * pass.measured().len().max(1)) as f32,
        measured_before: u32::from(chunk.first_logits > 0),
        keys_at,
        biases_at,
        bias_stride: if pass.biases.is_empty() { 0 } else { small(keys.len()) },
        lanes_at,
        layers_at,
        angles_at,
        digest_at,
    };
    words[..Head::WORDS].copy_from_slice(bytemuck::cast_slice(&[head]));
}

fn request(digest: &LogitsRequest) -> Request {
    let (rule, weights, temperature, suppressed) = match digest {
        LogitsRequest::Combined(DigestRequest { rule, weights, temperature, suppressed }) => {
            (*rule as u32, weights.as_slice(), temperature, suppressed.as_slice())
        }
        LogitsRequest::EachRow { temperature } => (0, &[][..], temperature, &[][..]),
    };
    let combined = u32::try_from(weights.len()).unwrap_or(0);
    let mut request = Request { rule, inverse: temperature.recip(), combined, ..Request::zeroed() };
    for (to, token) in request.suppressed.iter_mut().zip(suppressed) {
        *to = *token;
        request.suppressed_count += 1;
    }
    request.weights[..weights.len()].copy_from_slice(weights);
    request
}

/// Words that a pass of so many queries and rows takes at most.
pub(super) fn words(decoder: &Decoder, queries: usize, rows: usize) -> usize {
    Head::WORDS
        + Request::WORDS
        + QueryWords::WORDS * queries
        + (4 + queries) * rows
        + decoder.layers.len()
        + decoder.ropes.len() * queries * decoder.head_dim
}
