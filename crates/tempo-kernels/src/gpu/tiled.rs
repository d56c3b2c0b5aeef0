//! The text of the product for many rows.

use std::fmt::Write;

use super::product::{Epilogue, Product, TILE_OUTPUTS, TILE_ROWS, load};
use super::wgsl::constants;

const TILED: &str = include_str!("shaders/tiled.wgsl");

/// Sums of an invocation: rows and outputs.
const SUMS: [usize; 2] = [4, 8];

/// The kernel.
pub(super) fn source(product: Product) -> String {
    let [rows, outputs] = SUMS;
    let all = || (0..rows).flat_map(|r| (0..outputs).map(move |j| (r, j)));
    let results = product.results();
    let [first_row, all_rows, to_row] = product.rows_of_inputs();
    let paired = results < TILE_OUTPUTS;

    let mut begin = String::new();
    for i in 0..TILE_OUTPUTS / 16 {
        // Which row of the matrix is fetched: of pairs, the second halves come after the first.
        let (n, half) = (16 * i % results, if paired && 16 * i >= results { " + shape.outputs" } else { "" });
        let _ = writeln!(begin, "    let w{i} = (min(first + {n}u + line, shape.outputs - 1u){half}) * units + part;");
    }
    for r in 0..rows {
        let _ = writeln!(
            begin,
            "    let x{r} = (row + {first_row} + {}u + down) * 2u * units + across;\n    var s{r} = 0.0;",
            8 * r
        );
    }
    for (r, j) in all() {
        let _ = writeln!(begin, "    var a{r}_{j} = 0.0;");
    }

    let mut fetch = String::new();
    for i in 0..TILE_OUTPUTS / 16 {
        fetch += &load(product.format, &format!("w{i} + unit"), &format!("_{i}"));
        let to = |half: usize| format!("(2u * part + {half}u) * OUTPUTS + {}u + line", 16 * i);
        let _ = writeln!(fetch, "    tile_w[{}] = lo_{i};\n    tile_w[{}] = hi_{i};", to(0), to(1));
    }
    if product.norm {
        fetch += "    let weight = norm[2u * unit + across];\n";
    }
    for r in 0..rows {
        let _ = writeln!(fetch, "    let v{r} = x[x{r} + 2u * unit];");
        let weigh = if product.norm {
            let _ = writeln!(fetch, "    s{r} += dot(v{r}, v{r});");
            " * weight"
        } else {
            ""
        };
        let _ = writeln!(fetch, "    tile_x[across * ROWS + {}u + down] = v{r}{weigh};", 8 * r);
    }

    let mut step = String::new();
    for r in 0..rows {
        let _ = writeln!(step, "    let u{r} = tile_x[k * ROWS + {}u + down];", 8 * r);
    }
    for j in 0..outputs {
        let _ = writeln!(step, "    let t{j} = tile_w[k * OUTPUTS + {}u + across];", 8 * j);
        for r in 0..rows {
            let _ = writeln!(step, "    a{r}_{j} += dot(u{r}, t{j});");
        }
    }

    let (mut squares, mut reduce) = (String::new(), String::new());
    if product.norm {
        squares += "var<workgroup> squares: array<f32, 8u * ROWS>;\n";
        for r in 0..rows {
            let _ = writeln!(reduce, "    squares[({}u + down) * 8u + across] = s{r};", 8 * r);
        }
        reduce += "    workgroupBarrier();\n";
        for r in 0..rows {
            let _ = writeln!(reduce, "    var q{r} = 0.0;");
            let _ = writeln!(reduce, "    for (var i = 0u; i < 8u; i += 1u) {{");
            let _ = writeln!(reduce, "        q{r} += squares[({}u + down) * 8u + i];\n    }}", 8 * r);
            let _ = writeln!(reduce, "    let f{r} = inverseSqrt(q{r} / shape.columns + shape.epsilon);");
        }
    }

    let mut finish = String::new();
    for r in 0..rows {
        let _ = writeln!(finish, "    let r{r} = row + {}u + down;\n    if (r{r} < {all_rows}) {{", 8 * r);
        let factor = if product.norm { format!(" * f{r}") } else { String::new() };
        for j in 0..results / 8 {
            let _ = writeln!(finish, "    {{\n        let n = first + {}u + across;", 8 * j);
            let _ = writeln!(finish, "        if (n < shape.outputs) {{\n        var value = a{r}_{j}{factor};");
            if matches!(product.epilogue, Epilogue::Gate(_)) {
                let _ = writeln!(finish, "        var up = a{r}_{}{factor};", j + results / 8);
            }
            finish += &product.put(&to_row.replace("{{row}}", &format!("r{r}")));
            finish += "        }\n    }\n";
        }
        finish += "    }\n";
    }
    let sizes = [("ROWS", TILE_ROWS), ("OUTPUTS", TILE_OUTPUTS), ("RESULTS", results)];
    let text = TILED
        .replace("{{begin}}", &begin)
        .replace("{{squares}}", &squares)
        .replace("{{fetch}}", &fetch)
        .replace("{{step}}", &step)
        .replace("{{reduce}}", &reduce)
        .replace("{{finish}}", &finish);
    product.declarations() + &constants(sizes) + &text
}
