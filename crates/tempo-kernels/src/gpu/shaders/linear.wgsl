// y = x W^T for a few rows of x, every weight read once for all of them.
//
// LANES invocations share the columns of OUTPUTS outputs; GROUPS such groups make a workgroup. Accumulators are written out
// one by one: an array that a loop indexes would go to memory. After one barrier every result has an invocation that adds up
// its sums.

const THREADS = LANES * GROUPS;
var<workgroup> sums: array<f32, THREADS * OUTPUTS * ROWS>;
{{squares}}
@compute @workgroup_size(THREADS)
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
    for (var i = thread; i < GROUPS * RESULTS * ROWS; i += THREADS) {
        let r = i % ROWS;
        let output = i / ROWS;
        let n = block * RESULTS + output;
        if (n >= shape.outputs || row + r >= {{all_rows}}) {
            continue;
        }
{{finish}}
    }
}
