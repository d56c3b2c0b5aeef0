//! The decoder in tensor operations: the readable reference that the fused kernels are compared with.

use burn::tensor::{Device, ExecutionError, Tensor, TensorData};
use tempo_kernels::gpu::RowLayout;
use tempo_kernels::{Block, Observe, Outputs, Pass, Rope, WeightFormat, chunks};

use crate::cache::{Cache, RowShape};
use crate::checkpoint::{Numbers, TensorSource};
use crate::config::DecoderConfig;
use crate::counts::Counts;
use crate::device::DeviceChoice;
use crate::error::{ForwardError, LoadError};
use crate::inventory::Inventory;
use crate::linear::Products;
use crate::load::{Builder, IN_FLIGHT, Target, load};
use crate::model::CausalLm;
use crate::options::Progress;
use crate::pass::Inputs;
use crate::rope::ropes;

/// Queries of one pass at most, whole sets aside: bounds the memory that masks and attention take in a long prefill.
const CHUNK: usize = 256;

/// A model as tensors on a device.
#[derive(Debug)]
pub(crate) struct TensorModel {
    model: CausalLm,
    ropes: Vec<Rope>,
    cache: Cache,
    shape: RowShape,
    device: Device,
}

impl TensorModel {
    pub(crate) async fn load(
        config: &DecoderConfig,
        inventory: &Inventory,
        source: &mut dyn TensorSource,
        device: &DeviceChoice,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, LoadError> {
        device.check_buffer(largest_buffer(config))?;
        let products = if device.is_cpu() { Products::InPlace } else { Products::Whole };
        let mut target = OnDevice::new(&device.device);
        // Boxed, so that the futures of callers stay small.
        let weights = Box::pin(load(config, inventory, source, WeightFormat::F32, &mut target, progress)).await?;
        Ok(Self {
            model: CausalLm::new(config, weights, products, &device.device),
            ropes: ropes(config),
            cache: Cache::empty(),
            shape: row_shape(config),
            device: device.device.clone(),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.cache.rows()
    }

    pub(crate) fn begin(&mut self, rows: usize) {
        self.ropes.iter_mut().for_each(|rope| rope.begin(rows));
        self.cache.begin(rows, self.shape, &self.device);
    }

    pub(crate) fn grow(&mut self, rows: usize) {
        self.cache.grow(rows, self.shape, &self.device);
    }

    /// Goes on with another cache, whose run was begun with so many rows, and puts its own there.
    pub(crate) fn exchange(&mut self, other: &mut Cache, begun: usize) {
        std::mem::swap(&mut self.cache, other);
        self.ropes.iter_mut().for_each(|rope| rope.begin(begun));
    }

    /// One pass: in chunks where it is long, and one read of all logits, then of the attention received. A pass that
    /// observes attention is one chunk.
    pub(crate) async fn forward(
        &mut self,
        config: &DecoderConfig,
        pass: &Pass,
    ) -> Result<(Outputs, Counts), ForwardError> {
        let rows = pass.keys.len();
        let (mut logits, mut maps, mut received) = (Vec::new(), Vec::new(), None);
        let chunks = chunks(pass, if pass.observe == Observe::Attention { usize::MAX } else { CHUNK });
        for chunk in &chunks {
            let inputs = Inputs::upload(pass, chunk, config, &self.ropes, &self.device);
            self.cache.touch(inputs.runs.iter().map(|run| run.end).max().unwrap_or(0));
            let outputs = self.model.forward(&inputs, &mut self.cache);
            logits.extend(outputs.logits.map(flat));
            maps.extend(outputs.weights.into_iter().map(|layer| flat(layer.narrow(2, 0, rows))));
            received = match (received, outputs.received) {
                (Some(sum), Some(part)) => Some(sum + part),
                (sum, part) => sum.or(part),
            };
        }
        let received = received.map(|sum: Tensor<2>| flat(sum.narrow(1, 0, rows)));
        let wanted: Vec<Tensor<1>> = logits.into_iter().chain(received).chain(maps).collect();
        let mut logits = if wanted.is_empty() {
            Vec::new()
        } else {
            read_back(Tensor::cat(wanted, 0)).await.map_err(ForwardError::Readback)?
        };
        let cost = Counts::one_read(chunks.len(), size_of_val(logits.as_slice()));
        let mut received = logits.split_off(pass.logits.len() * config.vocab);
        let attention = received.split_off(if pass.measures() { rows } else { 0 });
        Ok((Outputs { logits, received, attention, ..Outputs::default() }, cost))
    }
}

/// All numbers in one row.
fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

/// A matrix on its way, in f32.
pub(crate) struct Plain {
    numbers: Vec<f32>,
    shape: [usize; 2],
}

impl Builder for Plain {
    fn new(_format: WeightFormat, rows: usize, columns: usize) -> Self {
        Self { numbers: Vec::with_capacity(rows * columns), shape: [rows, columns] }
    }

    fn push(&mut self, numbers: &Numbers) {
        match numbers {
            Numbers::Plain(numbers) => self.numbers.extend_from_slice(numbers),
            Numbers::Blocks(blocks) => self.numbers.extend(blocks.iter().flat_map(Block::numbers)),
        }
    }
}

pub(crate) struct OnDevice<'a> {
    device: &'a Device,
    in_flight: u64,
}

impl<'a> OnDevice<'a> {
    pub(crate) fn new(device: &'a Device) -> Self {
        Self { device, in_flight: 0 }
    }
}

impl Target for OnDevice<'_> {
    type Builder = Plain;
    type Matrix = Tensor<2>;

    async fn put(&mut self, Plain { numbers, shape }: Plain, _rows: RowLayout) -> Result<Tensor<2>, LoadError> {
        self.in_flight += size_of_val(numbers.as_slice()) as u64;
        let data = TensorData::new(numbers, shape);
        // Weights stay: a buffer of exactly their size, outside of the pools that round up and are swept.
        let tensor = self.device.memory_persistent_allocations(data, |data| Tensor::<2>::from_data(data, self.device));
        if self.in_flight >= IN_FLIGHT {
            self.in_flight = 0;
            // Reading a number waits until the device has taken what was sent to it.
            let number = tensor.clone().slice([0..1, 0..1]).reshape([1]);
            read_back(number).await.map_err(LoadError::Upload)?;
        }
        Ok(tensor)
    }
}

/// Bytes of the largest single buffer that the weights need on the device.
fn largest_buffer(config: &DecoderConfig) -> u64 {
    let qkv = (config.heads + 2 * config.kv_heads) * config.head_dim;
    let rows = config.vocab.max(2 * config.intermediate).max(qkv);
    rows as u64 * config.hidden as u64 * size_of::<f32>() as u64
}

/// The one place where tensors come back from a device.
pub(crate) async fn read_back(tensor: Tensor<1>) -> Result<Vec<f32>, ExecutionError> {
    let read = tensor.into_data_async().await?;
    read.try_into_vec().map_err(|error| ExecutionError::WithContext { reason: error.to_string() })
}

/// What a cache row of this model takes.
pub(crate) fn row_shape(config: &DecoderConfig) -> RowShape {
    RowShape { layers: config.layers, kv_heads: config.kv_heads, head_dim: config.head_dim }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LLAMA, resolve};

    #[test]
    fn the_largest_buffer_counts_joined_matrices() {
        assert_eq!(largest_buffer(&resolve(LLAMA)), 80 * 24 * 4, "gate and up together");
    }
}
