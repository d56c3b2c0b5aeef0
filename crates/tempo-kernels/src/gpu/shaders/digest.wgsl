// What the three kernels of the digest share. The answer, in words: the head, facts of 17 rows, sums of every chunk,
// the listed tokens, their raw logits row by row.

struct Shape {
    vocab: u32,
    chunk: u32,      // tokens of a workgroup
    chunks: u32,     // workgroups that share the vocabulary
    unused1: u32,
}

const DIGEST_AT = 13u;      // in the inputs: where the request begins
const RULE = 0u;            // 0 first, 1 last, 2 mixture, 3 logit-mean, 4 max
const INVERSE = 1u;         // f32: 1 / temperature
const SUPPRESSED = 2u;      // how many, at most 16
const WEIGHTS = 4u;         // f32, of 16 rows
const IDS = 20u;            // suppressed tokens

const CHUNKS = 64u;         // at most
const LISTED = 96u;
const BINS = 1024u;         // of the upper bits of shares, which are at most 1
const BIN_BITS = 20u;
const COUNT = 0u;           // tokens that belong to the list; more than there is room for if the first bin is too full
const EDGE = 1u;            // f32: every share from here on is listed
const FACTS = 4u;
const SUMS = 72u;
const TOKENS = 328u;
const LOGITS = 424u;

fn is_bad(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}

fn is_suppressed(token: u32, request: u32) -> bool {
    for (var i = 0u; i < inputs[request + SUPPRESSED]; i += 1u) {
        if (inputs[request + IDS + i] == token) {
            return true;
        }
    }
    return false;
}

fn mean(token: u32, rows: u32, request: u32, vocab: u32) -> f32 {
    var sum = 0.0;
    for (var row = 0u; row < rows; row += 1u) {
        sum += bitcast<f32>(inputs[request + WEIGHTS + row]) * logits[row * vocab + token];
    }
    return sum * bitcast<f32>(inputs[request + INVERSE]);
}
