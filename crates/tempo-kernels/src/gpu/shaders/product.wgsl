// What the products of few and of many rows bind.

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
