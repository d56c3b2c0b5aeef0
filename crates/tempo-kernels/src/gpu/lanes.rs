//! The text of the product for few rows.

use std::fmt::Write;

use super::product::{Epilogue, Lanes, Product, load};
use super::wgsl::constants;

const LINEAR: &str = include_str!("shaders/linear.wgsl");

/// The kernel.
pub(super) fn source(product: Product, tile: Lanes) -> String {
    let Lanes { each: lanes, groups, outputs } = tile;
    let (rows, results) = (product.rows, product.results_of(outputs));
    let line = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();

    let mut begin = format!("    let n = (block + part) * {results}u;\n");
    for j in 0..outputs {
        let (pair, half) = (j % results, if j < results { "" } else { " + shape.outputs" });
        let _ = writeln!(begin, "    let w{j} = (min(n + {pair}u, shape.outputs - 1u){half}) * units;");
        begin += &line(rows, &|r| format!("    var a{r}_{j} = 0.0;\n"));
    }
    let mut step = String::new();
    for j in 0..outputs {
        step += &load(product.format, &format!("w{j} + unit"), &format!("_{j}"));
    }
    if product.norm {
        begin += &line(rows, &|r| format!("    var s{r} = 0.0;\n"));
        step += "    let n_lo = norm[2u * unit];\n    let n_hi = norm[2u * unit + 1u];\n";
        step += &line(outputs, &|j| format!("    let v_lo_{j} = lo_{j} * n_lo;\n    let v_hi_{j} = hi_{j} * n_hi;\n"));
    }
    let v = if product.norm { "v_" } else { "" };
    for r in 0..rows {
        let _ = writeln!(step, "    let x{r} = x[begin + 2u * ({r}u * units + unit)];");
        let _ = writeln!(step, "    let y{r} = x[begin + 2u * ({r}u * units + unit) + 1u];");
        if product.norm {
            let _ = writeln!(step, "    s{r} += dot(x{r}, x{r}) + dot(y{r}, y{r});");
        }
        step += &line(outputs, &|j| format!("    a{r}_{j} += dot(x{r}, {v}lo_{j}) + dot(y{r}, {v}hi_{j});\n"));
    }
    let mut store = format!("    let at = part * {}u + lane;\n", outputs * rows * lanes);
    for j in 0..outputs {
        store += &line(rows, &|r| format!("    sums[at + {}u] = a{r}_{j};\n", (j * rows + r) * lanes));
    }
    let mut squares = String::new();
    if product.norm {
        let _ = writeln!(squares, "var<workgroup> squares: array<f32, {}>;", rows * lanes);
        store += "    if (part == 0u) {\n";
        store += &line(rows, &|r| format!("        squares[{}u + lane] = s{r};\n", r * lanes));
        store += "    }\n";
    }
    let [first_row, all_rows, to_row] = product.rows_of_inputs();
    let to_row = to_row.replace("{{row}}", "(row + r)");
    let sizes = [("LANES", lanes), ("GROUPS", groups), ("OUTPUTS", outputs), ("ROWS", rows), ("RESULTS", results)];
    let text = LINEAR
        .replace("{{squares}}", &squares)
        .replace("{{begin}}", &begin)
        .replace("{{step}}", &step)
        .replace("{{store}}", &store)
        .replace("{{finish}}", &finish(product, tile, results, &to_row))
        .replace("{{first_row}}", first_row)
        .replace("{{all_rows}}", all_rows);
    product.declarations() + &constants(sizes) + &text
}

/// What becomes of the sums of one result.
fn finish(product: Product, tile: Lanes, results: usize, to_row: &str) -> String {
    let Lanes { each: lanes, outputs, .. } = tile;
    let rows = product.rows;
    let mut text = String::new();
    let sum = |text: &mut String, name: &str, of: &str, at: &str| {
        let _ = writeln!(text, "        var {name} = 0.0;");
        let _ = writeln!(text, "        for (var l = 0u; l < {lanes}u; l += 1u) {{");
        let _ = writeln!(text, "            {name} += {of}[({at}) * {lanes}u + l];\n        }}");
    };
    let group = format!("(output / {results}u) * {outputs}u + output % {results}u");
    sum(&mut text, "value", "sums", &format!("({group}) * {rows}u + r"));
    if matches!(product.epilogue, Epilogue::Gate(_)) {
        sum(&mut text, "up", "sums", &format!("({group} + {results}u) * {rows}u + r"));
    }
    if product.norm {
        sum(&mut text, "square", "squares", "r");
        text += "        let factor = inverseSqrt(square / shape.columns + shape.epsilon);\n";
        text += "        value *= factor;\n";
        if matches!(product.epilogue, Epilogue::Gate(_)) {
            text += "        up *= factor;\n";
        }
    }
    text + &product.put(to_row)
}
