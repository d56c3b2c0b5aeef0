// Turns queries and keys by their positions, writes keys and values to their cache rows.
// One workgroup per head and query; heads count through queries, keys and values.

struct Shape {
    heads: u32,
    kv_heads: u32,
    dim: u32,
    padded: u32,     // a head's size in whole vec4, in numbers
    rows: u32,       // cache rows
    qkv_stride: u32,
    rope: u32,       // which kind of rotation
    layer: u32,
    scale: f32,      // of the queries
    epsilon: f32,
    unused0: u32,
    unused1: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> inputs: array<u32>;
@group(0) @binding(3) var<storage, read_write> q: array<f32>;
@group(0) @binding(4) var<storage, read_write> keys: array<f32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;
@group(0) @binding(6) var<uniform> shape: Shape;

const THREADS = 32u;
var<workgroup> squares: array<f32, 32>;

@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let head = group.x;
    let query = group.y;
    let dim = shape.dim;
    let half = dim / 2u;
    let begin = query * shape.qkv_stride + head * dim;
    let row = inputs[HEAD + 4u * query + 3u];
    let writes = inputs[LOOK] == 0u;
    let turned = shape.heads + shape.kv_heads;
    var factor = 1.0;
{{norm}}
    if (head >= turned) {
        let to = ((head - turned) * shape.rows + row) * shape.padded;
        for (var i = thread; i < dim && writes; i += THREADS) {
            values[to + i] = qkv[begin + i];
        }
        return;
    }
    let pairs = inputs[QUERIES] * half;
    let angles = inputs[ANGLES_AT] + 2u * shape.rope * pairs + query * half;
    let is_query = head < shape.heads;
    for (var i = thread; i < half; i += THREADS) {
        let cosine = bitcast<f32>(inputs[angles + i]);
        let sine = bitcast<f32>(inputs[angles + pairs + i]);
        var a = qkv[begin + i] * factor;
        var b = qkv[begin + half + i] * factor;
{{weigh}}
        let c = a * cosine - b * sine;
        let d = b * cosine + a * sine;
        if (is_query) {
            let to = (query * shape.heads + head) * shape.padded;
            q[to + i] = c * shape.scale;
            q[to + half + i] = d * shape.scale;
        } else if (writes) {
            let to = ((head - shape.heads) * shape.rows + row) * shape.padded;
            keys[to + i] = c;
            keys[to + half + i] = d;
        }
    }
}
