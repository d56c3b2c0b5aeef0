// y = x W^T for a few rows of x, every weight read once for all of them.
//
// {{lanes}} invocations share the columns of {{outputs}} outputs; {{groups}} such groups make a workgroup. Accumulators are
// written out one by one: an array that a loop indexes would go to memory. One barrier, then every sum is somebody's.

struct Shape {
    units: u32,      // 8 columns each
    outputs: u32,    // rows of the matrix in this part; of gate and up, rows of one of the two
    first: u32,      // where its results begin in a row of y
    stride: u32,     // of y
    columns: f32,    // padding excluded
    epsilon: f32,
    cap: f32,        // on results; 0: none
    stride_bias: u32, // where the biases of the second of each pair begin
}

@group(0) @binding(0) var<storage, read> words: array<{{word}}>;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> norm: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> inputs: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<uniform> shape: Shape;

const LANES = {{lanes}}u;
const GROUPS = {{groups}}u;
const OUTPUTS = {{outputs}}u;
const ROWS = {{rows}}u;
var<workgroup> sums: array<f32, {{sums}}>;
{{squares}}
{{activate}}
@compute @workgroup_size({{threads}})
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let lane = thread % LANES;
    let part = thread / LANES;
    let units = shape.units;
    let block = (group.y * groups.x + group.x) * GROUPS;
    let row = group.z * ROWS;
    let begin = (row + {{first_row}}) * 2u * units;
{{begin}}
    for (var unit = lane; unit < units; unit += LANES) {
{{step}}
    }
{{store}}
    workgroupBarrier();
    for (var i = thread; i < GROUPS * {{results}}u * ROWS; i += {{threads}}u) {
        let r = i % ROWS;
        let output = i / ROWS;
        let n = block * {{results}}u + output;
        if (n >= shape.outputs || row + r >= {{all_rows}}) {
            continue;
        }
{{finish}}
    }
}
