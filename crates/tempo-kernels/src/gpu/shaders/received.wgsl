// The attention that every row received: the sum over measured queries and heads, times one look's share.

struct Shape {
    heads: u32,
    rows: u32,       // length of a line
    unused0: u32,
    unused1: u32,
}

@group(0) @binding(0) var<storage, read> received: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if (row >= inputs[CONTEXT]) {
        return;
    }
    var sum = 0.0;
    let lines = inputs[LOGITS_ROWS] * shape.heads;
    for (var line = 0u; line < lines; line += 1u) {
        sum += received[line * shape.rows + row];
    }
    sum *= bitcast<f32>(inputs[SHARE]);
    if (inputs[ADD] == 1u) {
        sum += out[row];
    }
    out[row] = sum;
}
