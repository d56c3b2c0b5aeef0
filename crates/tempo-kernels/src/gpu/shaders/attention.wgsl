// One head of a query and all rows: scores, softmax, the mix of values, and what every row received, in one pass.
// One workgroup per head and query. Its line of `scores` is its own, so nothing is added up across workgroups.

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> inputs: Inputs;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;
@group(0) @binding(5) var<storage, read_write> received: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<uniform> shape: AttentionShape;

const PARTS = 8u;
const EACH = THREADS / PARTS;
var<workgroup> lines: array<f32, THREADS>;
var<workgroup> parts: array<f32, PARTS>;
var<workgroup> mixed: array<vec4<f32>, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let head = group.x;
    let query = group.y;
    let context = inputs.head.context;
    let slot = inputs.words[QUERY_WORDS * query + QUERY_SLOT];
    let own_set = inputs.words[QUERY_WORDS * query + QUERY_SET];
    let lane = inputs.words[QUERY_WORDS * query + QUERY_LANE];
    let in_set = inputs.head.in_set;
    let key_sets = inputs.head.keys_at;
    let key_slots = key_sets + context;
    let lanes_from = inputs.head.lanes_at;
    let has_lanes = lanes_from != NONE;
    let lanes_to = lanes_from + context;
    let key_biases = inputs.head.biases_at + inputs.head.bias_stride * query;
    let line = (query * shape.heads + head) * shape.rows;
    let vectors = shape.vectors;
    let mine = (query * shape.heads + head) * vectors;
    let cache = (head / shape.group) * shape.rows * vectors;

    var most = HIDDEN;
    for (var row = thread; row < context; row += THREADS) {
        let key_set = inputs.words[key_sets + row];
        let key_slot = inputs.words[key_slots + row];
        var visible = key_set < own_set;
        if (in_set == IN_SET_VISIBLE) {
            visible = key_set <= own_set;
        } else if (in_set == IN_SET_ORDERED) {
            visible = key_slot < slot;
        }
        if (shape.window > 0u && key_set + shape.window <= own_set) {
            visible = false;
        }
        if (visible && has_lanes) {
            visible = inputs.words[lanes_from + row] <= lane && lane < inputs.words[lanes_to + row];
        }
        let own = key_slot == slot;
        var score = HIDDEN;
        // A dead row has no slot: its slot and set are beyond all others.
        if (key_slot != NONE && (visible || own)) {
            var sum = 0.0;
            let at = cache + row * vectors;
            for (var i = 0u; i < vectors; i += 1u) {
                sum += dot(q[mine + i], keys[at + i]);
            }
            if (shape.cap > 0.0) {
                sum = shape.cap * tanh(sum / shape.cap);
            }
            score = sum + select(bitcast<f32>(inputs.words[key_biases + row]), 0.0, own);
        }
        scores[line + row] = score;
        most = max(most, score);
    }
    lines[thread] = most;
    workgroupBarrier();
    if (thread < PARTS) {
        var part = lines[thread * EACH];
        for (var i = 1u; i < EACH; i += 1u) {
            part = max(part, lines[thread * EACH + i]);
        }
        parts[thread] = part;
    }
    workgroupBarrier();
    most = parts[0];
    for (var i = 1u; i < PARTS; i += 1u) {
        most = max(most, parts[i]);
    }

    var total = 0.0;
    for (var row = thread; row < context; row += THREADS) {
        let weight = exp(scores[line + row] - most);
        scores[line + row] = weight;
        total += weight;
    }
    lines[thread] = total;
    workgroupBarrier();
    if (thread < PARTS) {
        var part = lines[thread * EACH];
        for (var i = 1u; i < EACH; i += 1u) {
            part += lines[thread * EACH + i];
        }
        parts[thread] = part;
    }
    storageBarrier();
    workgroupBarrier();
    total = parts[0];
    for (var i = 1u; i < PARTS; i += 1u) {
        total += parts[i];
    }
    let inverse = 1.0 / total;

    // Invocations take four columns each, groups of them take rows in turn.
    let groups = THREADS / vectors;
    let turn = thread / vectors;
    let part = thread % vectors;
    var sum = vec4<f32>();
    if (turn < groups) {
        for (var row = turn; row < context; row += groups) {
            sum += scores[line + row] * values[cache + row * vectors + part];
        }
    }
    mixed[thread] = sum;
    storageBarrier();
    workgroupBarrier();
    if (thread < vectors) {
        for (var i = 1u; i < groups; i += 1u) {
            sum += mixed[i * vectors + thread];
        }
        sum *= inverse;
        let to = query * shape.stride + head * shape.dim + 4u * thread;
        let left = shape.dim - 4u * thread;
        out[to] = sum.x;
        if (left > 1u) { out[to + 1u] = sum.y; }
        if (left > 2u) { out[to + 2u] = sum.z; }
        if (left > 3u) { out[to + 3u] = sum.w; }
    }

    let weight = bitcast<f32>(inputs.words[inputs.head.layers_at + shape.layer]) * inverse;
    let is_first = inputs.head.first_measured == shape.layer;
    let observed = inputs.head.observe == OBSERVE_ATTENTION;
    let logits = query - inputs.head.logits_start;
    let measured = query >= inputs.head.logits_start && logits < inputs.head.measured_rows && (is_first || weight > 0.0);
    let to = (logits * shape.heads + head) * shape.rows;
    if (measured || observed) {
        for (var row = thread; row < context; row += THREADS) {
            let share = scores[line + row];
            if (observed) {
                scores[line + row] = share * inverse;
            } else if (is_first) {
                received[to + row] = share * weight;
            } else {
                received[to + row] += share * weight;
            }
        }
    }
}
