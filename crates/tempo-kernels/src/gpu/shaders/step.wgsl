// The head of every pass's inputs, in words. Packed by inputs.rs.
const QUERIES = 0u;        // how many
const CONTEXT = 1u;        // rows that are read
const LOGITS_START = 2u;   // first query whose logits are wanted
const LOGITS_ROWS = 3u;    // how many of them
const LOGITS_AT = 4u;      // row of the answer that the first of them goes to
const IN_SET = 5u;         // 0 isolated, 1 visible, 2 ordered
const LOOK = 6u;           // 1: write nothing, leave the attention
const FIRST_MEASURED = 7u; // first layer of which the attention is measured
const SHARE = 8u;          // f32: one look's share in the attention received
const ADD = 9u;            // 1: earlier chunks have been measured
const KEYS_AT = 10u;       // where the sets of the rows begin; then their slots, then their biases
const LAYERS_AT = 11u;     // f32: weight of each layer in what is measured
const ANGLES_AT = 12u;     // f32: cosines, then sines, of each query, for each kind of rotation
const HEAD = 16u;          // queries: token, slot, set, row
const NOBODY = 0xffffffffu;
