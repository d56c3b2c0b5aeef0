// Many rows times a matrix, for prompts: y[row, n] = sum over k of x[row, k] * w[n, k].
// A workgroup takes ROWS rows and OUTPUTS outputs. 32 columns of both go to shared memory at a time, so that every number
// that is fetched is used ROWS or OUTPUTS times; every invocation keeps 4 x 8 sums, written out one by one.

// Four columns of every row, then the next four.
var<workgroup> tile_x: array<vec4<f32>, 8u * ROWS>;
var<workgroup> tile_w: array<vec4<f32>, 8u * OUTPUTS>;
{{squares}}
@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let units = shape.units;
    let first = (group.y * groups.x + group.x) * RESULTS;
    let row = group.z * ROWS;
    // Where this invocation stands among the sums ...
    let across = thread % 8u;
    let down = thread / 8u;
    // ... and among what is fetched: four neighbours fetch a line of weights, eight a line of rows.
    let part = thread % 4u;
    let line = thread / 4u;
{{begin}}
    for (var unit = 0u; unit < units; unit += 4u) {
{{fetch}}
        workgroupBarrier();
        for (var k = 0u; k < 8u; k += 1u) {
{{step}}
        }
        workgroupBarrier();
    }
{{reduce}}
{{finish}}
}
