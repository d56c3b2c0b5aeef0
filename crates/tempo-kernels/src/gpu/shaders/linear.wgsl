// y = x W^T for a few rows of x, every weight read once for all of them.
//
// {{lanes}} invocations share the columns of {{outputs}} outputs; {{groups}} such groups make a workgroup. Accumulators are
// written out one by one: an array that a loop indexes would go to memory. One barrier, then every sum is somebody's.

const LANES = {{lanes}}u;
const GROUPS = {{groups}}u;
const OUTPUTS = {{outputs}}u;
const ROWS = {{rows}}u;
var<workgroup> sums: array<f32, {{sums}}>;
{{squares}}
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
