//! Logits of every fixture model against Hugging Face transformers (`scripts/reference.py`).

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use pollster::block_on;
use serde::Deserialize;
use tempo_core::{
    Key, Lane, Lanes, LanguageModel, Position, Query, Row, SetIndex, Slot, StepPlan, TokenId, Visibility,
};
use tempo_model::{DeviceChoice, LoadOptions};

use crate::models::{fixtures, load};

/// A text, and the logits that transformers computes for each of its tokens.
#[derive(Debug, Deserialize)]
struct Golden {
    model: String,
    ids: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

/// Compares every golden file in one pass and token by token, and gives the largest relative error of each model.
///
/// The error of a row is the length of the difference divided by the length of the reference.
///
/// # Errors
/// When fixtures cannot be read, or a model is further than `tolerance` from its reference.
pub fn compare_all(device: &DeviceChoice, options: LoadOptions, tolerance: f64) -> anyhow::Result<Vec<(String, f64)>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(fixtures().join("logits"))?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    ensure!(!paths.is_empty(), "there are no golden files");
    paths
        .iter()
        .map(|path| compare(path, device, options, tolerance).with_context(|| path.display().to_string()))
        .collect()
}

fn compare(path: &Path, device: &DeviceChoice, options: LoadOptions, tolerance: f64) -> anyhow::Result<(String, f64)> {
    let golden: Golden = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut engine = load(&golden.model, device, options)?;
    let count = golden.ids.len();
    let mut worst: f64 = 0.0;
    for chunk in [count, 1, 5] {
        block_on(engine.begin(count))?;
        for start in (0..count).step_by(chunk) {
            let plan = text(&golden.ids, start, count.min(start + chunk));
            let readout = block_on(engine.forward(&plan))?;
            let vocab = engine.description().vocab;
            let logits = readout.logits.rows().context("whole rows, for no digest was asked for")?;
            for (row, reference) in logits.chunks(vocab).zip(&golden.logits[start..]) {
                worst = worst.max(relative_error(row, reference));
            }
        }
    }
    ensure!(worst <= tolerance, "relative error {worst:.1e} is above {tolerance:.0e}");
    Ok((golden.model, worst))
}

/// Plain text: one token per set, the tokens in `start..end` as queries.
pub fn text(ids: &[u32], start: usize, end: usize) -> StepPlan {
    let number = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let key = |i| Key { slot: Slot(number(i)), set: SetIndex(number(i)), bias: 0.0, live: true, lanes: Lanes::ALL };
    let query = |i| Query {
        token: TokenId(ids[i]),
        position: Position(number(i)),
        slot: Slot(number(i)),
        set: SetIndex(number(i)),
        row: Row(number(i)),
        lane: Lane::TEMPO,
    };
    StepPlan {
        queries: (start..end).map(query).collect(),
        keys: (0..end).map(key).collect(),
        visibility: Visibility::Isolated,
        logits: 0..end - start,
        layer_weights: Vec::new(),
        digest: None,
        biases: Vec::new(),
    }
}

fn relative_error(found: &[f32], reference: &[f32]) -> f64 {
    let length = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
    let pairs = found.iter().zip(reference);
    let difference = length(&mut pairs.map(|(a, b)| f64::from(*a) - f64::from(*b)));
    difference / length(&mut reference.iter().map(|&x| f64::from(x)))
}
