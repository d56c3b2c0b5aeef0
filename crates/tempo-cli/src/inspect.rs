//! `tempo inspect`: what a model holds and what it would take to run it, told from its headers.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempo_model::{DecoderConfig, Description, QkNorm, RopeScaling};

use crate::FAILED;
use crate::cli::InspectArgs;
use crate::open;
use crate::render::visible;

/// Runs the subcommand. A model that cannot run is described all the same, and the exit code says so.
pub(crate) fn run(args: &InspectArgs) -> Result<ExitCode> {
    let found = open::describe(&args.model, args.weights);
    let found = found.with_context(|| format!("cannot inspect {}", open::shown(&args.model)))?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &document(&found))?;
        writeln!(out)?;
    } else {
        print(&found, &mut out)?;
    }
    out.flush()?;
    Ok(if found.unsupported.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn document(found: &Description) -> Value {
    let shape = found.decoder.as_ref().map(|(config, _)| {
        json!({
            "hidden": config.hidden,
            "intermediate": config.intermediate,
            "layers": config.layers,
            "heads": config.heads,
            "kv_heads": config.kv_heads,
            "head_dim": config.head_dim,
            "vocab": config.vocab,
            "max_positions": config.max_positions,
            "rope_theta": config.ropes[0].theta,
            "rope_scaling": rope_scaling(config),
            "sliding_window": window(config),
            "tied": config.tied,
            "qkv_bias": config.biases.qkv,
            "qk_norm": config.family.qk_norm != QkNorm::None,
            "eos": config.eos,
        })
    });
    let needed = found.decoder.as_ref().map(|(_, requirements)| requirements);
    json!({
        "architecture": found.model_type,
        "shape": shape,
        "tensors": found.tensors,
        "unused": found.unused,
        "dtypes": found.dtypes,
        "parameters": found.parameters,
        "file_bytes": found.file_bytes,
        "weights": found.weights.as_ref().map(|weights| weights.format.name()),
        "weights_reason": found.weights.as_ref().map(|weights| &weights.reason),
        "weight_bytes": needed.map_or(found.parameters * 4, |needed| needed.weight_bytes),
        "slot_bytes": needed.map_or(0, |needed| needed.row_bytes),
        "unsupported": found.unsupported,
        "remarks": found.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn print(found: &Description, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "architecture  {}", visible::line(&found.model_type))?;
    if let Some((config, _)) = &found.decoder {
        let DecoderConfig { hidden, intermediate, layers, heads, kv_heads, head_dim, vocab, .. } = config;
        writeln!(out, "layers        {layers}, hidden {hidden}, feed-forward {intermediate}")?;
        writeln!(out, "attention     {heads} heads, {kv_heads} key/value heads, head size {head_dim}")?;
        writeln!(out, "vocabulary    {vocab}, {}", if config.tied { "tied" } else { "untied" })?;
        let window = window(config).map_or_else(String::new, |window| format!(", sliding window {window}"));
        let scaling = rope_scaling(config);
        writeln!(
            out,
            "context       {} positions, rope {} theta {}{window}",
            config.max_positions, scaling, config.ropes[0].theta
        )?;
        let eos: Vec<String> = config.eos.iter().map(u32::to_string).collect();
        writeln!(out, "end of text   {}", if eos.is_empty() { "none".to_owned() } else { eos.join(", ") })?;
    }
    writeln!(out, "parameters    {} ({})", rounded(found.parameters), found.parameters)?;
    writeln!(
        out,
        "checkpoint    {} tensors, {}, {}",
        found.tensors,
        found.dtypes.join(" and "),
        bytes(found.file_bytes)
    )?;
    if let Some(weights) = &found.weights {
        writeln!(out, "weights       {} on the cpu: {}", weights.format.name(), weights.reason)?;
    }
    if let Some((_, needed)) = &found.decoder {
        writeln!(
            out,
            "memory        {} for weights, {} per slot",
            bytes(needed.weight_bytes),
            bytes(needed.row_bytes)
        )?;
    }
    if let Some(first) = found.unused.first() {
        writeln!(out, "unused        {} tensors, {} first", found.unused.len(), visible::line(first))?;
    }
    for remark in &found.remarks {
        writeln!(out, "remark        {}", visible::line(&remark.to_string()))?;
    }
    for what in &found.unsupported {
        writeln!(out, "unsupported   {}", visible::line(what))?;
    }
    Ok(())
}

fn rope_scaling(config: &DecoderConfig) -> &'static str {
    match &config.ropes[0].scaling {
        RopeScaling::Default => "plain",
        RopeScaling::Linear { .. } => "linear",
        RopeScaling::Llama3 { .. } => "llama3",
        RopeScaling::Factors(_) => "by factors",
        RopeScaling::LongRope { .. } => "longrope",
    }
}

/// The sliding window of the layers that have one.
fn window(config: &DecoderConfig) -> Option<usize> {
    config.windows.iter().copied().flatten().next()
}

pub(crate) fn bytes(number: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, size)| number >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", number as f64 / size as f64),
        None => format!("{number} B"),
    }
}

fn rounded(number: u64) -> String {
    let units = [("B", 1e9), ("M", 1e6), ("K", 1e3)];
    match units.into_iter().find(|(_, size)| number as f64 >= *size) {
        Some((unit, size)) => format!("{:.2} {unit}", number as f64 / size),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tempo_model::Remark;

    use super::*;

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!([0, 4608, 6_449_872, 3 << 30].map(bytes), ["0 B", "4.5 KiB", "6.2 MiB", "3.0 GiB"]);
        assert_eq!([12, 3_221_184, 1_240_000_000].map(rounded), ["12", "3.22 M", "1.24 B"]);
    }

    #[test]
    fn an_unsupported_model_is_described_as_far_as_it_goes() {
        let found = Description {
            model_type: "gpt2".into(),
            decoder: None,
            weights: None,
            dtypes: vec!["f16".into(), "f32".into()],
            tensors: 3,
            unused: vec!["a".into(), "b".into()],
            parameters: 1500,
            file_bytes: 4096,
            unsupported: vec!["model_type gpt2".into()],
            remarks: vec![Remark::new("config.json", "no rope_theta\u{1b}")],
        };
        let mut out = Vec::new();
        print(&found, &mut out).unwrap();
        let want = "\
architecture  gpt2
parameters    1.50 K (1500)
checkpoint    3 tensors, f16 and f32, 4.0 KiB
unused        2 tensors, a first
remark        config.json: no rope_theta\u{241b}
unsupported   model_type gpt2
";
        assert_eq!(String::from_utf8(out).unwrap(), want);
        assert_eq!(document(&found)["shape"], Value::Null);
    }
}
