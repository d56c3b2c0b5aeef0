// Every token's share by the rule, sums of what the digest needs over a slice, and a histogram of the shares.
// One workgroup per slice.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: Inputs;
@group(0) @binding(2) var<storage, read> partial: array<Facts>;
@group(0) @binding(3) var<storage, read_write> bins: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> shares: array<f32>;
@group(0) @binding(5) var<storage, read_write> answer: Answer;
@group(0) @binding(6) var<uniform> shape: DigestShape;

var<workgroup> facts: array<Facts, TOLD_ROWS + 1u>;
var<workgroup> lines: array<vec3<f32>, THREADS>;
var<workgroup> counts: array<atomic<u32>, BINS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let rows = inputs.head.logits_rows;
    let request = inputs.head.digest_at;
    let combined = inputs.words[request + REQUEST_COMBINED];
    let rule = inputs.words[request + REQUEST_RULE];
    let inverse = bitcast<f32>(inputs.words[request + REQUEST_INVERSE]);
    for (var i = thread; i < BINS; i += THREADS) {
        atomicStore(&counts[i], 0u);
    }
    // There are more invocations than rows; the one after the last row takes the mean.
    if (thread <= rows && thread <= TOLD_ROWS) {
        // The mean is there for its own rule only.
        if (thread < rows || rule == RULE_LOGIT_MEAN) {
            var fact = partial[thread * SLICES];
            for (var i = 1u; i < shape.slices; i += 1u) {
                let other = partial[thread * SLICES + i];
                fact.max = max(fact.max, other.max);
                fact.bad = max(fact.bad, other.bad);
            }
            fact.sum = 0.0;
            fact.tempered = 0.0;
            let scale = select(inverse, 1.0, thread == rows);
            for (var i = 0u; i < shape.slices; i += 1u) {
                let other = partial[thread * SLICES + i];
                fact.sum += other.sum * exp(other.max - fact.max);
                fact.tempered += other.tempered * exp((other.max - fact.max) * scale);
            }
            facts[thread] = fact;
            if (group.x == 0u) {
                if (thread < rows) { answer.rows[thread].facts = fact; } else { answer.mean = fact; }
            }
        }
    }
    if (group.x == 0u && thread == 0u) {
        atomicStore(&answer.count, 0u);
        // Lists may have left their words where no slice has its sums.
        for (var i = shape.slices; i < SLICES; i += 1u) {
            answer.sums[i] = Sums(0.0, 0.0, 0.0);
        }
    }
    workgroupBarrier();

    let begin = group.x * shape.slice;
    let end = min(begin + shape.slice, shape.vocab);
    var sums = vec3<f32>();
    for (var v = begin + thread; v < end; v += THREADS) {
        var share = 0.0;
        if (rule == RULE_LOGIT_MEAN) {
            share = exp(mean(v, combined, request, shape.vocab) - facts[rows].max);
        } else {
            for (var row = 0u; row < combined; row += 1u) {
                let fact = facts[row];
                let s = exp((logits[row * shape.vocab + v] - fact.max) * inverse) / fact.tempered;
                if (rule == RULE_MIXTURE) {
                    share += bitcast<f32>(inputs.words[request + REQUEST_WEIGHTS + row]) * s;
                } else if (rule == RULE_MAX) {
                    share = max(share, s);
                } else if (row == select(0u, combined - 1u, rule == RULE_LAST)) {
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
        sums = vec3<f32>();
        for (var i = 0u; i < THREADS; i += 1u) {
            sums += lines[i];
        }
        answer.sums[group.x] = Sums(sums.x, sums.y, sums.z);
    }
}
