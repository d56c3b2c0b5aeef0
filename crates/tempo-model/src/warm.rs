//! A model of the same shapes without weights, on which a device can compile its pipelines early.

use std::collections::BTreeMap;
use std::ops::Range;

use safetensors::Dtype;
use tempo_kernels::{InSet, Key, Lanes, Observe, Pass, Query, WeightFormat};

use crate::checkpoint::{ElementType, Numbers, Pending, TensorEntry, TensorSource};
use crate::config::DecoderConfig;
use crate::device::DeviceChoice;
use crate::engine::Loading;
use crate::error::LoadError;
use crate::inventory::{Inventory, TensorSpec};
use crate::options::{LoadOptions, Progress};
use crate::weights::WeightChoice;

/// Kernels are chosen by what divides a matrix, not by its height; this much of a vocabulary keeps the memory small.
const VOCABULARY: usize = 1024;
/// Tokens of a prompt, then of sets: one, and several, the last of them with biases of every query.
const QUERIES: [usize; 5] = [8, 1, 2, 3, 3];

/// The same model with one layer of each kind and a short vocabulary.
fn shrink(mut config: DecoderConfig) -> DecoderConfig {
    let mut kinds: Vec<_> = config.windows.iter().copied().zip(config.layer_ropes.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    config.layers = kinds.len();
    (config.windows, config.layer_ropes) = kinds.into_iter().unzip();
    config.vocab = config.vocab.min(VOCABULARY + config.vocab % VOCABULARY);
    config
}

/// Passes of every kind that a run makes.
fn passes() -> Vec<Pass> {
    let mut held = 0;
    QUERIES
        .iter()
        .enumerate()
        .map(|(number, &queries)| {
            let rows = held..held + queries;
            held = rows.end;
            let pass = pass(rows, number > 0);
            let biases = if number + 1 == QUERIES.len() { queries * held } else { 0 };
            Pass { biases: vec![0.0; biases], ..pass }
        })
        .collect()
}

/// A prompt of eight tokens is over, and a set of two is computed.
pub(crate) fn set_of_two(layers: usize) -> Pass {
    Pass { layer_weights: vec![1.0 / layers as f32; layers], ..pass(8..10, true) }
}

/// Computes these rows; a set where `decoding`, a prompt otherwise.
fn pass(rows: Range<usize>, decoding: bool) -> Pass {
    let number = |row: usize| u32::try_from(row).expect("a handful of rows");
    let set = |row: usize| number(if decoding && rows.contains(&row) { rows.start } else { row });
    Pass {
        queries: rows
            .clone()
            .map(|row| Query { token: 0, position: set(row), slot: number(row), set: set(row), row, lane: 0 })
            .collect(),
        keys: (0..rows.end)
            .map(|row| Key { slot: number(row), set: set(row), bias: 0.0, live: true, lanes: Lanes::ALL })
            .collect(),
        in_set: InSet::Isolated,
        logits: if decoding { 0..rows.len() } else { rows.len() - 1..rows.len() },
        // Longer than any shrunk model has layers.
        layer_weights: if decoding { vec![1.0; 2] } else { Vec::new() },
        observe: Observe::Nothing,
        digest: None,
        biases: Vec::new(),
    }
}

/// Runs every kind of pass once on a model of the same shapes with one layer of each kind and no weights, so that a device
/// has compiled what it needs before the weights are there. The CPU needs none of this.
///
/// # Errors
/// When the model does not fit the device, or the device fails.
pub async fn warm(
    config: DecoderConfig,
    device: &DeviceChoice,
    options: LoadOptions,
    format: WeightFormat,
    mut progress: impl FnMut(Progress),
) -> Result<(), LoadError> {
    if device.is_cpu() {
        return Ok(());
    }
    let config = shrink(config);
    let inventory = Inventory::new(&config, &BTreeMap::new());
    let mut zeros = Zeros::of(&inventory);
    let (source, progress) = (&mut zeros, &mut progress);
    let weights = WeightChoice { format, reason: "that of the model to come".into() };
    let loading = Loading { id: "warm-up", config, inventory: &inventory, source, options, weights, progress };
    let mut engine = loading.on(device).await?;
    for pass in passes() {
        engine.try_pass(&pass).await?;
    }
    Ok(())
}

/// A checkpoint of zeros.
#[derive(Debug)]
struct Zeros(BTreeMap<String, TensorEntry>);

impl Zeros {
    /// Every tensor that the model asks for.
    fn of(inventory: &Inventory) -> Self {
        let entry = |tensor: &TensorSpec| TensorEntry {
            shape: tensor.shape.clone(),
            dtype: ElementType::Safetensors(Dtype::F32),
            bytes: tensor.elements() * size_of::<f32>() as u64,
        };
        Self(inventory.tensors().map(|tensor| (tensor.name.clone(), entry(tensor))).collect())
    }
}

impl TensorSource for Zeros {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.0
    }

    fn file_bytes(&self) -> u64 {
        0
    }

    fn read<'a>(&'a mut self, _name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        let zeros = vec![0.0; usize::try_from(elements.end - elements.start).unwrap_or(0)];
        Box::pin(std::future::ready(Ok(Numbers::Plain(zeros))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{GEMMA3, KERNELS, LLAMA, MISTRAL, QWEN3, gpu, kernels, resolve};

    #[test]
    fn a_shrunk_model_keeps_every_kind_of_layer() {
        assert_eq!(shrink(resolve(LLAMA)).windows, [None]);
        assert_eq!(shrink(resolve(MISTRAL)).windows, [Some(3)]);
        assert_eq!(shrink(resolve(QWEN3)).windows, [None, Some(3)]);
        let gemma3 = shrink(resolve(GEMMA3));
        assert_eq!((gemma3.windows, gemma3.layer_ropes), (vec![None, Some(3)], vec![0, 1]));
        let wide = DecoderConfig { vocab: 128_256, ..resolve(LLAMA) };
        assert_eq!(shrink(wide).vocab, 1024 + 256);
    }

    #[test]
    fn gpu_every_kind_of_model_warms_up() {
        for json in KERNELS {
            for options in kernels() {
                pollster::block_on(warm(resolve(json), &gpu(), options, WeightFormat::F32, |_| ())).unwrap();
            }
        }
    }
}
