// Lists the tokens of every row's upper bins, as many whole bins as there is room for. One workgroup per slice and row.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> bins: array<u32>;
@group(0) @binding(2) var<storage, read_write> lists: array<List>;
@group(0) @binding(3) var<uniform> shape: DigestShape;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let row = group.y;
    let edge = edge_of(row * BINS, thread);
    let most = lists[row].facts.max;
    if (group.x == 0u && thread == 0u) {
        lists[row].edge = edge;
    }
    let begin = group.x * shape.slice;
    let end = min(begin + shape.slice, shape.vocab);
    for (var v = begin + thread; v < end; v += THREADS) {
        let z = logits[row * shape.vocab + v];
        if (bin_of(most, z) >= edge) {
            let at = atomicAdd(&lists[row].count, 1u);
            if (at < LISTED) {
                lists[row].tokens[at] = v;
                lists[row].logits[at] = z;
            }
        }
    }
}
