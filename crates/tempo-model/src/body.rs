//! How a model computes: the fused kernels, or tensor operations.

use tempo_kernels::cpu::CpuModel;
use tempo_kernels::gpu::{GpuCounts, GpuModel};
use tempo_kernels::{Outputs, Pass, WeightFormat};

use crate::checkpoint::TensorSource;
use crate::config::DecoderConfig;
use crate::counts::Counts;
use crate::device::DeviceChoice;
use crate::error::{ForwardError, LoadError, PlanError};
use crate::fused;
use crate::inventory::Inventory;
use crate::options::{Kernels, LoadOptions, Progress};
use crate::tensors::TensorModel;

/// A model, in one of the ways to compute it.
#[derive(Debug)]
pub(crate) enum Body {
    Tensor(Box<TensorModel>),
    Cpu(Box<CpuModel>),
    Gpu(Box<GpuModel>),
}

impl Body {
    pub(crate) async fn load(
        config: &DecoderConfig,
        inventory: &Inventory,
        source: &mut dyn TensorSource,
        device: &DeviceChoice,
        (options, weights): (LoadOptions, WeightFormat),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, LoadError> {
        if options.kernels == Kernels::Tensor {
            if weights != WeightFormat::F32 {
                let what = format!("{} weights in tensor operations (supported: f32)", weights.name());
                return Err(LoadError::Unsupported { what: vec![what] });
            }
            return Ok(Self::Tensor(Box::new(TensorModel::load(config, inventory, source, device, progress).await?)));
        }
        Ok(match device.kernels() {
            None => {
                let (pool, format) = (options.workers, weights);
                Self::Cpu(Box::new(fused::load_cpu(config, inventory, source, format, pool, progress).await?))
            }
            Some(gpu) => {
                let mut model = Box::pin(fused::load_gpu(config, inventory, source, weights, gpu, progress)).await?;
                Box::pin(model.warm()).await?;
                Self::Gpu(Box::new(model))
            }
        })
    }

    /// Bytes of weights, cache and what passes need, where they are counted.
    pub(crate) fn bytes_held(&self) -> Option<u64> {
        match self {
            Self::Tensor(_) => None,
            Self::Cpu(model) => Some(model.bytes()),
            Self::Gpu(model) => Some(model.counts().bytes_held),
        }
    }

    /// What was asked of a graphics device, where that is counted.
    pub(crate) fn device_counts(&self) -> Option<GpuCounts> {
        match self {
            Self::Gpu(model) => Some(model.counts()),
            Self::Tensor(_) | Self::Cpu(_) => None,
        }
    }

    /// Threads that share the work, where that is known.
    pub(crate) fn threads(&self) -> Option<usize> {
        match self {
            Self::Cpu(model) => Some(model.threads()),
            Self::Tensor(_) | Self::Gpu(_) => None,
        }
    }

    /// Cache rows that there are.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Tensor(model) => model.rows(),
            Self::Cpu(model) => model.rows(),
            Self::Gpu(model) => model.rows(),
        }
    }

    /// Forgets everything and makes room for so many cache rows.
    pub(crate) async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        match self {
            Self::Tensor(model) => model.begin(rows),
            Self::Cpu(model) => model.begin(rows),
            Self::Gpu(model) => model.begin(rows).await?,
        }
        Ok(())
    }

    /// Makes room for so many cache rows in all; what the old ones hold stays.
    pub(crate) async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        match self {
            Self::Tensor(model) => model.grow(rows),
            Self::Cpu(model) => model.grow(rows),
            Self::Gpu(model) => model.grow(rows).await?,
        }
        Ok(())
    }

    /// One pass, and what it took.
    pub(crate) async fn forward(
        &mut self,
        config: &DecoderConfig,
        pass: &Pass,
    ) -> Result<(Outputs, Counts), ForwardError> {
        match self {
            Self::Tensor(model) => model.forward(config, pass).await,
            Self::Cpu(model) => {
                let outputs = model.forward(pass)?;
                // Of a list its facts, tokens and logits.
                let listed: usize = outputs.lists.iter().map(|list| 4 + 2 * list.tokens.len()).sum();
                let cost = Counts::one_read(1, 4 * (outputs.logits.len() + outputs.received.len() + listed));
                Ok((outputs, cost))
            }
            Self::Gpu(model) => {
                let before = model.counts();
                let outputs = Box::pin(model.forward(pass)).await?;
                Ok((outputs, Counts::from(model.counts()) - Counts::from(before)))
            }
        }
    }

    /// All logits of the last pass, of so many rows, where it was answered with a digest or lists.
    pub(crate) async fn logits(&mut self, rows: usize) -> Result<Vec<f32>, ForwardError> {
        match self {
            Self::Gpu(model) => Ok(model.logits(rows).await?),
            Self::Cpu(model) if rows > 0 && !model.logits().is_empty() => Ok(model.logits().to_vec()),
            Self::Tensor(_) | Self::Cpu(_) => Err(ForwardError::Plan(PlanError::NoDigest)),
        }
    }
}
