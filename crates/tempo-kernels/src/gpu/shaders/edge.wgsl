// The lowest bin of a list: as many whole bins from the top as there is room for. `line` is where the counts begin.

const EACH = BINS / THREADS;
var<workgroup> above: array<u32, THREADS>;
var<workgroup> edges: array<u32, THREADS>;

fn edge_of(line: u32, thread: u32) -> u32 {
    let first = thread * EACH;
    var count = 0u;
    for (var i = 0u; i < EACH; i += 1u) {
        count += bins[line + first + i];
    }
    above[thread] = count;
    workgroupBarrier();
    // Tokens in bins above this invocation's, then down its own bins while there is room.
    count = 0u;
    for (var i = thread + 1u; i < THREADS; i += 1u) {
        count += above[i];
    }
    var edge = first + EACH;
    for (var i = 0u; i < EACH; i += 1u) {
        let bin = first + EACH - 1u - i;
        count += bins[line + bin];
        if (count > LISTED) {
            break;
        }
        edge = bin;
    }
    edges[thread] = edge;
    workgroupBarrier();
    // Bins fill from the top: the first invocation from above that stopped in its own bins has the edge.
    edge = 0u;
    for (var i = 0u; i < THREADS; i += 1u) {
        if (edges[i] > i * EACH) {
            edge = max(edge, edges[i]);
        }
    }
    return edge;
}
