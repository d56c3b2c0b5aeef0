// h[query] = scale * embedding[token]: one invocation per 8 columns of a query.

@group(0) @binding(0) var<storage, read> words: array<{{word}}>;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read> inputs: Inputs;
@group(0) @binding(3) var<storage, read_write> h: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: EmbedShape;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let query = id.y;
    let unit = id.x;
    let token = inputs.words[QUERY_WORDS * query + QUERY_TOKEN];
    if (unit >= shape.units || token < shape.first || token >= shape.first + shape.rows) {
        return;
    }
    let at = (token - shape.first) * shape.units + unit;
{{load}}
    let to = 2u * (query * shape.units + unit);
    h[to] = lo * shape.scale;
    h[to + 1u] = hi * shape.scale;
}
