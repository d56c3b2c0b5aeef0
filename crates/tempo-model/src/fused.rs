//! The same decoder on tempo-kernels: configuration and checkpoint in the kernels' words.

use tempo_kernels::cpu::{CpuMatrix, CpuModel, MatrixShares, WeightMemory, WorkerPool};
use tempo_kernels::gpu::{Gpu, GpuMatrix, GpuModel, RowLayout};
use tempo_kernels::{Decoder, LayerKind, MatrixBuilder, WeightFormat};

use crate::checkpoint::{Numbers, TensorSource};
use crate::config::DecoderConfig;
use crate::error::LoadError;
use crate::float::to_f32;
use crate::inventory::Inventory;
use crate::load::{Builder, IN_FLIGHT, Target, load};
use crate::options::Progress;
use crate::rope::ropes;

/// Parameters below which matrices are not split among workers: a step is over before all would have been sent its rows.
const WORTH_SHARING: u64 = 16 << 20;

/// A configuration in the kernels' words.
pub(crate) fn decoder(config: &DecoderConfig) -> Decoder {
    let layers = config.windows.iter().zip(&config.layer_ropes);
    Decoder {
        hidden: config.hidden,
        intermediate: config.intermediate,
        heads: config.heads,
        kv_heads: config.kv_heads,
        head_dim: config.head_dim,
        vocab: config.vocab,
        rms_norm_eps: to_f32(config.rms_norm_eps),
        layers: layers
            .map(|(window, &rope)| LayerKind {
                window: window.map(|sets| u32::try_from(sets).unwrap_or(u32::MAX)),
                rope,
            })
            .collect(),
        ropes: ropes(config),
        activation: config.family.activation.activation,
        gated: !config.family.neox,
        parallel: config.parallel,
        embedding_scale: to_f32(config.embedding_scale),
        attention_scale: to_f32(config.attention_scale),
        attention_cap: config.attention_cap.map(to_f32),
        logit_cap: config.logit_cap.map(to_f32),
    }
}

/// Loads a model for the CPU; workers get shares of its matrices where there are any.
pub(crate) async fn load_cpu(
    config: &DecoderConfig,
    inventory: &Inventory,
    source: &mut dyn TensorSource,
    format: WeightFormat,
    workers: Option<&'static dyn WorkerPool>,
    progress: &mut dyn FnMut(Progress),
) -> Result<CpuModel, LoadError> {
    let shares = match workers {
        Some(pool) if inventory.parameters() >= WORTH_SHARING => Some(MatrixShares::gather(pool).await),
        _ => None,
    };
    let mut target = OnCpu { memory: WeightMemory::default(), shares };
    let weights = load(config, inventory, source, format, &mut target, progress).await?;
    target.memory.close();
    if let Some(shares) = &target.shares {
        shares.start().await.map_err(|reason| LoadError::Workers { reason })?;
    }
    Ok(CpuModel::new(decoder(config), weights, target.shares))
}

/// Loads a model for a graphics device and compiles its kernels.
pub(crate) async fn load_gpu(
    config: &DecoderConfig,
    inventory: &Inventory,
    source: &mut dyn TensorSource,
    format: WeightFormat,
    gpu: &Gpu,
    progress: &mut dyn FnMut(Progress),
) -> Result<GpuModel, LoadError> {
    let mut target = OnGpu { gpu, in_flight: 0 };
    let weights = load(config, inventory, source, format, &mut target, progress).await?;
    let total = inventory.stored_bytes(source.tensors());
    let compiling = |done, all| progress(Progress { done: total, total, kernels: Some((done, all)) });
    Ok(GpuModel::new(gpu, decoder(config), weights, compiling).await?)
}

impl Builder for MatrixBuilder {
    fn new(format: WeightFormat, rows: usize, columns: usize) -> Self {
        Self::new(format, rows, columns)
    }

    fn push(&mut self, numbers: &Numbers) {
        match numbers {
            Numbers::Plain(numbers) => self.push(numbers),
            Numbers::Blocks(blocks) => self.push_blocks(blocks),
        }
    }
}

struct OnCpu {
    memory: WeightMemory,
    shares: Option<MatrixShares>,
}

impl Target for OnCpu {
    type Builder = MatrixBuilder;
    type Matrix = CpuMatrix;

    async fn put(&mut self, matrix: MatrixBuilder, _rows: RowLayout) -> Result<CpuMatrix, LoadError> {
        let matrix = matrix.finish();
        Ok(match &mut self.shares {
            None => CpuMatrix::placed(&matrix, &mut self.memory),
            Some(shares) => shares.share(CpuMatrix::alone(&matrix)),
        })
    }
}

struct OnGpu<'a> {
    gpu: &'a Gpu,
    in_flight: u64,
}

impl Target for OnGpu<'_> {
    type Builder = MatrixBuilder;
    type Matrix = GpuMatrix;

    async fn put(&mut self, matrix: MatrixBuilder, rows: RowLayout) -> Result<GpuMatrix, LoadError> {
        let matrix = matrix.finish();
        let placed = GpuMatrix::upload(self.gpu, &matrix, rows).await?;
        self.in_flight += matrix.format.bytes(matrix.rows, matrix.columns);
        drop(matrix);
        if self.in_flight >= IN_FLIGHT {
            self.in_flight = 0;
            self.gpu.settle().await?;
        }
        Ok(placed)
    }
}
