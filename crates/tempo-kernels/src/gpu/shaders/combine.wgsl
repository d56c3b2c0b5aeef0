// Every token's share by the rule, sums of what the digest needs over a chunk, and a histogram of the shares.
// One workgroup per chunk.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> bins: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> shares: array<f32>;
@group(0) @binding(5) var<storage, read_write> answer: array<u32>;
@group(0) @binding(6) var<uniform> shape: Shape;

const THREADS = 64u;
var<workgroup> facts: array<vec4<f32>, 17>;
var<workgroup> lines: array<vec4<f32>, 64>;
var<workgroup> counts: array<atomic<u32>, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let rows = inputs[LOGITS_ROWS];
    let request = inputs[DIGEST_AT];
    let rule = inputs[request + RULE];
    let inverse = bitcast<f32>(inputs[request + INVERSE]);
    for (var i = thread; i < BINS; i += THREADS) {
        atomicStore(&counts[i], 0u);
    }
    if (thread <= rows && thread <= 16u) {
        // The mean is there for its own rule only.
        if (thread < rows || rule == 3u) {
            var fact = partial[thread * CHUNKS];
            for (var i = 1u; i < shape.chunks; i += 1u) {
                let other = partial[thread * CHUNKS + i];
                fact.x = max(fact.x, other.x);
                fact.w = max(fact.w, other.w);
            }
            fact.y = 0.0;
            fact.z = 0.0;
            let scale = select(inverse, 1.0, thread == rows);
            for (var i = 0u; i < shape.chunks; i += 1u) {
                let other = partial[thread * CHUNKS + i];
                fact.y += other.y * exp(other.x - fact.x);
                fact.z += other.z * exp((other.x - fact.x) * scale);
            }
            facts[thread] = fact;
            if (group.x == 0u) {
                let to = FACTS + 4u * thread;
                answer[to] = bitcast<u32>(fact.x);
                answer[to + 1u] = bitcast<u32>(fact.y);
                answer[to + 2u] = bitcast<u32>(fact.z);
                answer[to + 3u] = bitcast<u32>(fact.w);
            }
        }
    }
    if (group.x == 0u && thread == 0u) {
        answer[COUNT] = 0u;
    }
    workgroupBarrier();

    let begin = group.x * shape.chunk;
    let end = min(begin + shape.chunk, shape.vocab);
    var sums = vec4<f32>();
    for (var v = begin + thread; v < end; v += THREADS) {
        var share = 0.0;
        if (rule == 3u) {
            share = exp(mean(v, rows, request, shape.vocab) - facts[rows].x);
        } else {
            for (var row = 0u; row < rows; row += 1u) {
                let fact = facts[row];
                let s = exp((logits[row * shape.vocab + v] - fact.x) * inverse) / fact.z;
                if (rule == 2u) {
                    share += bitcast<f32>(inputs[request + WEIGHTS + row]) * s;
                } else if (rule == 4u) {
                    share = max(share, s);
                } else if (row == select(0u, rows - 1u, rule == 1u)) {
                    share = s;
                }
            }
        }
        sums.x += share;
        if (is_suppressed(v, request)) {
            share = -1.0;
        } else {
            sums.y += share;
            if (share > 0.0) {
                sums.z += share * log(share);
            }
            atomicAdd(&counts[min(bitcast<u32>(share) >> BIN_BITS, BINS - 1u)], 1u);
        }
        shares[v] = share;
    }
    lines[thread] = sums;
    workgroupBarrier();
    for (var i = thread; i < BINS; i += THREADS) {
        let count = atomicLoad(&counts[i]);
        if (count > 0u) {
            atomicAdd(&bins[i], count);
        }
    }
    if (thread == 0u) {
        sums = vec4<f32>();
        for (var i = 0u; i < THREADS; i += 1u) {
            sums += lines[i];
        }
        let to = SUMS + 4u * group.x;
        answer[to] = bitcast<u32>(sums.x);
        answer[to + 1u] = bitcast<u32>(sums.y);
        answer[to + 2u] = bitcast<u32>(sums.z);
    }
}
