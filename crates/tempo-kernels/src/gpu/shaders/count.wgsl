// Of every row by itself: its facts, and a histogram of its logits. One workgroup per slice and row.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: Inputs;
@group(0) @binding(2) var<storage, read> partial: array<Facts>;
@group(0) @binding(3) var<storage, read_write> bins: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> lists: array<List>;
@group(0) @binding(5) var<uniform> shape: DigestShape;

var<workgroup> counts: array<atomic<u32>, BINS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let row = group.y;
    for (var i = thread; i < BINS; i += THREADS) {
        atomicStore(&counts[i], 0u);
    }
    var most = partial[row * SLICES].max;
    for (var i = 1u; i < shape.slices; i += 1u) {
        most = max(most, partial[row * SLICES + i].max);
    }
    if (group.x == 0u && thread == 0u) {
        let inverse = bitcast<f32>(inputs.words[inputs.head.digest_at + REQUEST_INVERSE]);
        var fact = Facts(most, 0.0, 0.0, 0.0);
        for (var i = 0u; i < shape.slices; i += 1u) {
            let other = partial[row * SLICES + i];
            fact.sum += other.sum * exp(other.max - most);
            fact.tempered += other.tempered * exp((other.max - most) * inverse);
            fact.bad = max(fact.bad, other.bad);
        }
        lists[row].facts = fact;
        atomicStore(&lists[row].count, 0u);
    }
    workgroupBarrier();
    let begin = group.x * shape.slice;
    let end = min(begin + shape.slice, shape.vocab);
    for (var v = begin + thread; v < end; v += THREADS) {
        atomicAdd(&counts[bin_of(most, logits[row * shape.vocab + v])], 1u);
    }
    workgroupBarrier();
    for (var i = thread; i < BINS; i += THREADS) {
        let count = atomicLoad(&counts[i]);
        if (count > 0u) {
            atomicAdd(&bins[row * BINS + i], count);
        }
    }
}
