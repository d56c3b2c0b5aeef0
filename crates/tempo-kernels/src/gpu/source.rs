//! The text of the kernels: what is written out by hand in other shaders is written out by these functions.

use std::fmt::Write;

use crate::{Activation, WeightFormat};

use super::tiled;

const STEP: &str = include_str!("shaders/step.wgsl");
const EMBED: &str = include_str!("shaders/embed.wgsl");
const PRODUCT: &str = include_str!("shaders/product.wgsl");
const LINEAR: &str = include_str!("shaders/linear.wgsl");
const ROTATE: &str = include_str!("shaders/rotate.wgsl");
const ATTENTION: &str = include_str!("shaders/attention.wgsl");
const RECEIVED: &str = include_str!("shaders/received.wgsl");
const DIGEST: &str = include_str!("shaders/digest.wgsl");
const FACTS: &str = include_str!("shaders/facts.wgsl");
const COMBINE: &str = include_str!("shaders/combine.wgsl");
const GATHER: &str = include_str!("shaders/gather.wgsl");
const NORM_ADD: &str = include_str!("shaders/norm_add.wgsl");

/// What a product ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// Results are stored.
    Store,
    /// Results are added to what is there.
    Add,
    /// Results come in pairs; the first, activated, times the second is stored.
    Gate(Gate),
}

/// [`Activation`], as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Gate {
    Silu,
    GeluTanh,
}

impl From<Activation> for Gate {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Silu => Self::Silu,
            Activation::GeluTanh => Self::GeluTanh,
        }
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
    pub(super) end: End,
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
            Tile::Shared => tiled::OUTPUTS,
        })
    }

    fn results_of(self, outputs: usize) -> usize {
        if matches!(self.end, End::Gate(_)) { outputs / 2 } else { outputs }
    }

    /// The kernel.
    pub(super) fn source(self) -> String {
        let own = match self.tile {
            Tile::Lanes(lanes) => self.in_lanes(lanes),
            Tile::Shared => tiled::source(self),
        };
        let activate = activate(self.end);
        format!("{STEP}{PRODUCT}{activate}{own}").replace("{{word}}", word(self.format))
    }

    /// Where its rows are: the first, how many, and where `{{row}}` goes.
    pub(super) fn rows_of_inputs(self) -> [&'static str; 3] {
        if self.logits {
            ["inputs[LOGITS_START]", "inputs[LOGITS_ROWS]", "(inputs[LOGITS_AT] + {{row}})"]
        } else {
            ["0u", "inputs[QUERIES]", "{{row}}"]
        }
    }

    fn in_lanes(self, tile: Lanes) -> String {
        let Lanes { each: lanes, groups, outputs } = tile;
        let (rows, results) = (self.rows, self.results_of(outputs));
        let line = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();

        let mut begin = format!("    let n = (block + part) * {results}u;\n");
        for j in 0..outputs {
            let (pair, half) = (j % results, if j < results { "" } else { " + shape.outputs" });
            let _ = writeln!(begin, "    let w{j} = (min(n + {pair}u, shape.outputs - 1u){half}) * units;");
            begin += &line(rows, &|r| format!("    var a{r}_{j} = 0.0;\n"));
        }
        let mut step = String::new();
        for j in 0..outputs {
            step += &load(self.format, &format!("w{j} + unit"), &format!("_{j}"));
        }
        if self.norm {
            begin += &line(rows, &|r| format!("    var s{r} = 0.0;\n"));
            step += "    let n_lo = norm[2u * unit];\n    let n_hi = norm[2u * unit + 1u];\n";
            step +=
                &line(outputs, &|j| format!("    let v_lo_{j} = lo_{j} * n_lo;\n    let v_hi_{j} = hi_{j} * n_hi;\n"));
        }
        let v = if self.norm { "v_" } else { "" };
        for r in 0..rows {
            let _ = writeln!(step, "    let x{r} = x[begin + 2u * ({r}u * units + unit)];");
            let _ = writeln!(step, "    let y{r} = x[begin + 2u * ({r}u * units + unit) + 1u];");
            if self.norm {
                let _ = writeln!(step, "    s{r} += dot(x{r}, x{r}) + dot(y{r}, y{r});");
            }
            step += &line(outputs, &|j| format!("    a{r}_{j} += dot(x{r}, {v}lo_{j}) + dot(y{r}, {v}hi_{j});\n"));
        }
        let mut store = format!("    let at = part * {}u + lane;\n", outputs * rows * lanes);
        for j in 0..outputs {
            store += &line(rows, &|r| format!("    sums[at + {}u] = a{r}_{j};\n", (j * rows + r) * lanes));
        }
        let mut squares = String::new();
        if self.norm {
            let _ = writeln!(squares, "var<workgroup> squares: array<f32, {}>;", rows * lanes);
            store += "    if (part == 0u) {\n";
            store += &line(rows, &|r| format!("        squares[{}u + lane] = s{r};\n", r * lanes));
            store += "    }\n";
        }
        let [first_row, all_rows, to_row] = self.rows_of_inputs();
        let to_row = to_row.replace("{{row}}", "(row + r)");
        LINEAR
            .replace("{{lanes}}", &lanes.to_string())
            .replace("{{groups}}", &groups.to_string())
            .replace("{{outputs}}", &outputs.to_string())
            .replace("{{threads}}", &(lanes * groups).to_string())
            .replace("{{rows}}", &rows.to_string())
            .replace("{{results}}", &results.to_string())
            .replace("{{sums}}", &(lanes * groups * outputs * rows).to_string())
            .replace("{{squares}}", &squares)
            .replace("{{begin}}", &begin)
            .replace("{{step}}", &step)
            .replace("{{store}}", &store)
            .replace("{{finish}}", &self.finish(tile, results, &to_row))
            .replace("{{first_row}}", first_row)
            .replace("{{all_rows}}", all_rows)
    }

    /// What becomes of the sums of one result.
    fn finish(self, tile: Lanes, results: usize, to_row: &str) -> String {
        let Lanes { each: lanes, outputs, .. } = tile;
        let rows = self.rows;
        let mut text = String::new();
        let sum = |text: &mut String, name: &str, of: &str, at: &str| {
            let _ = writeln!(text, "        var {name} = 0.0;");
            let _ = writeln!(text, "        for (var l = 0u; l < {lanes}u; l += 1u) {{");
            let _ = writeln!(text, "            {name} += {of}[({at}) * {lanes}u + l];\n        }}");
        };
        let group = format!("(output / {results}u) * {outputs}u + output % {results}u");
        sum(&mut text, "value", "sums", &format!("({group}) * {rows}u + r"));
        if matches!(self.end, End::Gate(_)) {
            sum(&mut text, "up", "sums", &format!("({group} + {results}u) * {rows}u + r"));
        }
        if self.norm {
            sum(&mut text, "square", "squares", "r");
            text += "        let factor = inverseSqrt(square / shape.columns + shape.epsilon);\n";
            text += "        value *= factor;\n";
            if matches!(self.end, End::Gate(_)) {
                text += "        up *= factor;\n";
            }
        }
        text + &self.put(to_row)
    }

    /// What becomes of a result, `value` (and `up`, of a pair), whose number is `n`.
    pub(super) fn put(self, to_row: &str) -> String {
        let mut text = format!("        let to = {to_row} * shape.stride + shape.first + n;\n");
        match self.end {
            End::Store => {
                text += "        value += bias[shape.first + n];\n";
                if self.logits {
                    text += "        if (shape.cap > 0.0) {\n            value = shape.cap * tanh(value / shape.cap);\n        }\n";
                }
                text += "        y[to] = value;\n";
            }
            End::Add => text += "        y[to] += value + bias[shape.first + n];\n",
            End::Gate(_) => {
                text += "        let gate = value + bias[shape.first + n];\n";
                // The biases of all gates come before those of all ups.
                text += "        up += bias[shape.stride_bias + shape.first + n];\n";
                text += "        y[to] = activate(gate) * up;\n";
            }
        }
        text
    }
}

/// The type of one unit of 8 columns, or of half of one.
fn word(format: WeightFormat) -> &'static str {
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

fn activate(end: End) -> &'static str {
    match end {
        End::Gate(Gate::Silu) => "fn activate(x: f32) -> f32 {\n    return x / (1.0 + exp(-x));\n}\n",
        // tanh of large numbers overflows on some devices.
        End::Gate(Gate::GeluTanh) => {
            "fn activate(x: f32) -> f32 {\n    let inner = 0.7978845608 * (x + 0.044715 * x * x * x);\n    return 0.5 * x * \
             (1.0 + tanh(clamp(inner, -20.0, 20.0)));\n}\n"
        }
        End::Store | End::Add => "",
    }
}

pub(super) fn embed(format: WeightFormat) -> String {
    format!("{STEP}{EMBED}").replace("{{word}}", word(format)).replace("{{load}}", &load(format, "at", ""))
}

pub(super) fn rotate(norm: bool) -> String {
    let squares = "    if (head < turned) {
        var sum = 0.0;
        for (var i = thread; i < dim; i += THREADS) {
            sum += qkv[begin + i] * qkv[begin + i];
        }
        squares[thread] = sum;
    }
    workgroupBarrier();
    if (head < turned) {
        var sum = 0.0;
        for (var i = 0u; i < THREADS; i += 1u) {
            sum += squares[i];
        }
        factor = inverseSqrt(sum / f32(dim) + shape.epsilon);
    }
";
    let weigh = "        let norm = select(dim, 0u, is_query);
        a *= norms[norm + i];
        b *= norms[norm + half + i];
";
    let text = ROTATE.replace("{{norm}}", if norm { squares } else { "" });
    let text = text.replace("{{weigh}}", if norm { weigh } else { "" });
    // Declared arrays that nobody uses are left out.
    let text = if norm { text } else { text.replace("var<workgroup> squares: array<f32, 32>;\n", "") };
    format!("{STEP}{text}")
}

pub(super) fn attention(threads: usize) -> String {
    format!("{STEP}{ATTENTION}").replace("{{threads}}", &threads.to_string())
}

pub(super) fn received() -> String {
    format!("{STEP}{RECEIVED}")
}

pub(super) fn facts() -> String {
    format!("{STEP}{DIGEST}{FACTS}")
}

pub(super) fn combine() -> String {
    format!("{STEP}{DIGEST}{COMBINE}")
}

pub(super) fn gather() -> String {
    // Gathering knows no means and takes nothing out.
    let (digest, _) = DIGEST.split_once("fn is_bad").unwrap_or((DIGEST, ""));
    format!("{STEP}{digest}{GATHER}")
}

pub(super) fn norm_add() -> String {
    NORM_ADD.to_owned()
}
