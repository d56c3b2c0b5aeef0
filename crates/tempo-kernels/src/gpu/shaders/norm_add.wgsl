// h += norm(x) * weight: one workgroup per query.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;
@group(0) @binding(3) var<uniform> shape: NormShape;

var<workgroup> squares: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let at = group.x * shape.stride;
    var sum = 0.0;
    for (var i = thread; i < shape.columns; i += THREADS) {
        sum += x[at + i] * x[at + i];
    }
    squares[thread] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var i = 0u; i < THREADS; i += 1u) {
        sum += squares[i];
    }
    let factor = inverseSqrt(sum / f32(shape.columns) + shape.epsilon);
    for (var i = thread; i < shape.columns; i += THREADS) {
        h[at + i] += x[at + i] * factor * weight[i];
    }
}
