// Turns queries and keys by their positions, writes keys and values to their cache rows.
// One workgroup per head and query; heads count through queries, keys and values.

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> inputs: Inputs;
@group(0) @binding(3) var<storage, read_write> q: array<f32>;
@group(0) @binding(4) var<storage, read_write> keys: array<f32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;
@group(0) @binding(6) var<uniform> shape: RotateShape;

{{squares}}
@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let head = group.x;
    let query = group.y;
    let dim = shape.dim;
    let half = dim / 2u;
    let begin = query * shape.stride + head * dim;
    let row = inputs.words[QUERY_WORDS * query + QUERY_ROW];
    let writes = inputs.head.observe == OBSERVE_NOTHING;
    let turned = shape.heads + shape.kv_heads;
    var factor = 1.0;
{{norm}}
    if (head >= turned) {
        let to = ((head - turned) * shape.rows + row) * shape.padded_dim;
        for (var i = thread; i < dim && writes; i += THREADS) {
            values[to + i] = qkv[begin + i];
        }
        return;
    }
    let pairs = inputs.head.queries * half;
    let angles = inputs.head.angles_at + 2u * shape.rope * pairs + query * half;
    let is_query = head < shape.heads;
    for (var i = thread; i < half; i += THREADS) {
        let cosine = bitcast<f32>(inputs.words[angles + i]);
        let sine = bitcast<f32>(inputs.words[angles + pairs + i]);
        var a = qkv[begin + i] * factor;
        var b = qkv[begin + half + i] * factor;
{{weigh}}
        let c = a * cosine - b * sine;
        let d = b * cosine + a * sine;
        if (is_query) {
            let to = (query * shape.heads + head) * shape.padded_dim;
            q[to + i] = c * shape.scale;
            q[to + half + i] = d * shape.scale;
        } else if (writes) {
            let to = ((head - shape.heads) * shape.rows + row) * shape.padded_dim;
            keys[to + i] = c;
            keys[to + half + i] = d;
        }
    }
}
