// Lists the tokens of the upper bins, as many whole bins as there is room for, with every row's raw logit.
// One workgroup per slice.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: Inputs;
@group(0) @binding(2) var<storage, read> bins: array<u32>;
@group(0) @binding(3) var<storage, read> shares: array<f32>;
@group(0) @binding(4) var<storage, read_write> answer: Answer;
@group(0) @binding(5) var<uniform> shape: DigestShape;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let rows = inputs.head.logits_rows;
    let edge = edge_of(0u, thread);
    if (group.x == 0u && thread == 0u) {
        answer.edge = bitcast<f32>(edge << BIN_BITS);
    }
    let begin = group.x * shape.slice;
    let end = min(begin + shape.slice, shape.vocab);
    for (var v = begin + thread; v < end; v += THREADS) {
        let share = shares[v];
        if (share >= 0.0 && min(bitcast<u32>(share) >> BIN_BITS, BINS - 1u) >= edge) {
            let at = atomicAdd(&answer.count, 1u);
            if (at < LISTED) {
                answer.tokens[at] = v;
                for (var row = 0u; row < rows; row += 1u) {
                    answer.rows[row].logits[at] = logits[row * shape.vocab + v];
                }
            }
        }
    }
}
