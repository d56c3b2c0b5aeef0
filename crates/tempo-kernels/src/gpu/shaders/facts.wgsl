// Of a slice of a row: its largest logit, the sums of exponentials with and without temperature, whether a logit is not
// finite. The row after the last is the weighted mean of the combined rows at temperature. One workgroup per slice and row.

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: Inputs;
@group(0) @binding(2) var<storage, read_write> partial: array<Facts>;
@group(0) @binding(3) var<storage, read_write> bins: array<u32>;
@group(0) @binding(4) var<uniform> shape: DigestShape;

var<workgroup> lines: array<vec4<f32>, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let rows = inputs.head.logits_rows;
    let request = inputs.head.digest_at;
    let combined = inputs.words[request + REQUEST_COMBINED];
    let row = group.y;
    let inverse = bitcast<f32>(inputs.words[request + REQUEST_INVERSE]);
    for (var i = group.x * THREADS + thread; i < BINS; i += shape.slices * THREADS) {
        bins[row * BINS + i] = 0u;
    }
    let begin = group.x * shape.slice;
    let end = min(begin + shape.slice, shape.vocab);
    // Of the mean, temperature is part already.
    let is_mean = row == rows;
    let scale = select(inverse, 1.0, is_mean);
    var most = -3.0e38;
    var bad = 0.0;
    for (var v = begin + thread; v < end; v += THREADS) {
        var z = 0.0;
        if (is_mean) { z = mean(v, combined, request, shape.vocab); } else { z = logits[row * shape.vocab + v]; }
        if (is_bad(z)) { bad = 1.0; } else { most = max(most, z); }
    }
    lines[thread] = vec4(most, 0.0, 0.0, bad);
    workgroupBarrier();
    for (var i = 0u; i < THREADS; i += 1u) {
        most = max(most, lines[i].x);
        bad = max(bad, lines[i].w);
    }
    workgroupBarrier();
    var plain = 0.0;
    var tempered = 0.0;
    for (var v = begin + thread; v < end; v += THREADS) {
        var z = 0.0;
        if (is_mean) { z = mean(v, combined, request, shape.vocab); } else { z = logits[row * shape.vocab + v]; }
        plain += exp(z - most);
        if (scale != 1.0) { tempered += exp((z - most) * scale); }
    }
    if (scale == 1.0) { tempered = plain; }
    lines[thread] = vec4(plain, tempered, 0.0, 0.0);
    workgroupBarrier();
    if (thread == 0u) {
        var sum = vec4<f32>();
        for (var i = 0u; i < THREADS; i += 1u) {
            sum += lines[i];
        }
        partial[row * SLICES + group.x] = Facts(most, sum.x, sum.y, bad);
    }
}
