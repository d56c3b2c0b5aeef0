//! Kernels that multiply rows by a matrix: what they differ in, and the text that all of them share.

use crate::{Activation, Decoder, WeightFormat};

use super::inputs;
use super::shapes::ProductShape;
use super::wgsl::SharedStruct;

const PRODUCT: &str = include_str!("shaders/product.wgsl");

/// Rows of a workgroup of [`Tile::Shared`].
pub(super) const TILE_ROWS: usize = 32;
/// Outputs of a workgroup of [`Tile::Shared`].
pub(super) const TILE_OUTPUTS: usize = 64;

/// What a product ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Epilogue {
    /// Results are stored.
    Store,
    /// Results are added to what is there.
    Add,
    /// Results come in pairs; the first, activated, times the second is stored.
    Gate(Activation),
    /// Results are activated and stored.
    Activate(Activation),
}

impl Epilogue {
    /// What the first product of a feed-forward block ends with.
    pub(super) fn opening(decoder: &Decoder) -> Self {
        if decoder.gated { Self::Gate(decoder.activation) } else { Self::Activate(decoder.activation) }
    }
}

/// One kernel that multiplies rows by a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Product {
    pub(super) format: WeightFormat,
    /// Rows that a workgroup takes at once.
    pub(super) rows: usize,
    /// The rows are normalised first.
    pub(super) norm: bool,
    pub(super) epilogue: Epilogue,
    /// Only the rows whose logits are wanted.
    pub(super) logits: bool,
    pub(super) tile: Tile,
}

/// How a product is spread over invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tile {
    /// Few rows: a group of lanes computes some outputs for all of them.
    Lanes(Lanes),
    /// Many rows: rows and weights go through shared memory.
    Shared,
}

/// How a product of few rows is spread over invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lanes {
    /// Invocations that share the columns of an output.
    pub(super) each: usize,
    /// Groups of lanes in a workgroup.
    pub(super) groups: usize,
    /// Outputs of a group of lanes; even.
    pub(super) outputs: usize,
}

impl Product {
    /// Results of one workgroup: outputs, or pairs of outputs.
    pub(super) fn results(self) -> usize {
        self.results_of(match self.tile {
            Tile::Lanes(Lanes { groups, outputs, .. }) => groups * outputs,
            Tile::Shared => TILE_OUTPUTS,
        })
    }

    /// Results of so many outputs.
    pub(super) fn results_of(self, outputs: usize) -> usize {
        if matches!(self.epilogue, Epilogue::Gate(_)) { outputs / 2 } else { outputs }
    }

    /// What the kernel declares, without its entry point.
    pub(super) fn declarations(self) -> String {
        let (shape, inputs) = (ProductShape::declaration(), inputs::declarations());
        format!("{shape}{inputs}{PRODUCT}{}", activate(self.epilogue)).replace("{{word}}", word(self.format))
    }

    /// Where its rows are: the first, how many, and where `{{row}}` goes.
    pub(super) fn rows_of_inputs(self) -> [&'static str; 3] {
        if self.logits {
            ["inputs.head.logits_start", "inputs.head.logits_rows", "(inputs.head.first_logits + {{row}})"]
        } else {
            ["0u", "inputs.head.queries", "{{row}}"]
        }
    }

    /// What becomes of a result, `value` (and `up`, of a pair), whose number is `n`.
    pub(super) fn put(self, to_row: &str) -> String {
        let mut text = format!("        let to = {to_row} * shape.stride + shape.first + n;\n");
        match self.epilogue {
            Epilogue::Store => {
                text += "        value += bias[shape.first + n];\n";
                if self.logits {
                    text += "        if (shape.cap > 0.0) {\n            value = shape.cap * tanh(value / shape.cap);\n        }\n";
                }
                text += "        y[to] = value;\n";
            }
            Epilogue::Add => text += "        y[to] += value + bias[shape.first + n];\n",
            Epilogue::Activate(_) => text += "        y[to] = activate(value + bias[shape.first + n]);\n",
            Epilogue::Gate(_) => {
                text += "        let gate = value + bias[shape.first + n];\n";
                // The biases of all gates come before those of all ups.
                text += "        up += bias[shape.second_bias + shape.first + n];\n";
                text += "        y[to] = activate(gate) * up;\n";
            }
        }
        text
    }
}

/// The type of one unit of 8 columns, or of half of one.
pub(super) fn word(format: WeightFormat) -> &'static str {
    match format {
        WeightFormat::F32 => "vec4<f32>",
        WeightFormat::F16 => "vec4<u32>",
        WeightFormat::Q8 => "vec2<u32>",
        WeightFormat::Q4 => "u32",
    }
}

/// Reads the unit at `at` of `words` as `lo` and `hi`, four numbers each.
pub(super) fn load(format: WeightFormat, at: &str, suffix: &str) -> String {
    let s = suffix;
    let scale = format!(
        "    let b{s} = unpack2x16float(scales[({at}) >> 3u]);\n    let d{s} = select(b{s}.x, b{s}.y, (({at}) & 4u) == 4u);\n"
    );
    match format {
        WeightFormat::F32 => {
            format!("    let lo{s} = words[2u * ({at})];\n    let hi{s} = words[2u * ({at}) + 1u];\n")
        }
        WeightFormat::F16 => format!(
            "    let q{s} = words[{at}];\n    let lo{s} = vec4(unpack2x16float(q{s}.x), unpack2x16float(q{s}.y));\n    let \
             hi{s} = vec4(unpack2x16float(q{s}.z), unpack2x16float(q{s}.w));\n"
        ),
        WeightFormat::Q8 => format!(
            "{scale}    let q{s} = words[{at}];\n    let e{s} = 127.0 * d{s};\n    let lo{s} = unpack4x8snorm(q{s}.x) * \
             e{s};\n    let hi{s} = unpack4x8snorm(q{s}.y) * e{s};\n"
        ),
        WeightFormat::Q4 => format!(
            "{scale}    let q{s} = words[{at}];\n    let lo{s} = (vec4<f32>(vec4<u32>(q{s}, q{s} >> 4u, q{s} >> 8u, q{s} \
             >> 12u) & vec4<u32>(15u)) - 8.0) * d{s};\n    let hi{s} = (vec4<f32>(vec4<u32>(q{s} >> 16u, q{s} >> 20u, q{s} \
             >> 24u, q{s} >> 28u) & vec4<u32>(15u)) - 8.0) * d{s};\n"
        ),
    }
}

fn activate(epilogue: Epilogue) -> &'static str {
    let (Epilogue::Gate(activation) | Epilogue::Activate(activation)) = epilogue else { return "" };
    match activation {
        Activation::Silu => "fn activate(x: f32) -> f32 {\n    return x / (1.0 + exp(-x));\n}\n",
        // tanh of large numbers overflows on some devices.
        Activation::GeluTanh => {
            "fn activate(x: f32) -> f32 {\n    let inner = 0.7978845608 * (x + 0.044715 * x * x * x);\n    return 0.5 * x * \
             (1.0 + tanh(clamp(inner, -20.0, 20.0)));\n}\n"
        }
        // Abramowitz and Stegun, 7.1.26.
        Activation::Gelu => {
            "fn activate(x: f32) -> f32 {\n    let z = 0.7071067811865476 * abs(x);\n    let t = 1.0 / (1.0 + 0.3275911 * z);\n    \
             let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;\n    \
             return 0.5 * (x + abs(x) * (1.0 - p * exp(-z * z)));\n}\n"
        }
    }
}
