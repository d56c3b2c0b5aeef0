// The attention that every row received: the sum over measured queries and heads, times the share of one of them.

@group(0) @binding(0) var<storage, read> received: array<f32>;
@group(0) @binding(1) var<storage, read> inputs: Inputs;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> shape: ReceivedShape;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if (row >= inputs.head.context) {
        return;
    }
    var sum = 0.0;
    let lines = inputs.head.measured_rows * shape.heads;
    for (var line = 0u; line < lines; line += 1u) {
        sum += received[line * shape.rows + row];
    }
    sum *= inputs.head.share;
    if (inputs.head.measured_before == 1u) {
        sum += out[row];
    }
    out[row] = sum;
}
