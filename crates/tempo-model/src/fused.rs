//! The same decoder on tempo-kernels: configuration and checkpoint in the kernels' words.

use tempo_kernels::cpu::{CpuMatrix, CpuModel, MatrixShares};
use tempo_kernels::gpu::{Gpu, GpuError, GpuMatrix, GpuModel, RowLayout};
use tempo_kernels::{Decoder, LayerKind, LayerWeights, Linear, Matrix, MatrixBuilder, WeightFormat, Weights};

use crate::body::LoadOptions;
use crate::checkpoint::TensorSource;
use crate::config::{DecoderConfig, Norms, QkNorm};
use crate::error::LoadError;
use crate::float::to_f32;
use crate::load::{self, OUTPUT, Progress, embedding_name, layer_tensor, root};
use crate::reader::Reader;
use crate::rope::Frequencies;

/// Bytes that may be on their way to a graphics device before loading waits for it.
const IN_FLIGHT: u64 = 64 << 20;

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
        frequencies: config.ropes.iter().map(|rope| Frequencies::new(rope, config.head_dim).into_inner()).collect(),
        activation: config.family.activation.activation,
        embedding_scale: to_f32(config.embedding_scale),
        attention_scale: to_f32(config.attention_scale),
        attention_cap: config.attention_cap.map(to_f32),
        logit_cap: config.logit_cap.map(to_f32),
    }
}

/// What the embedding and the output matrix are kept as: four bits are too few for what every token and every logit
/// goes through.
pub(crate) fn outer(format: WeightFormat) -> WeightFormat {
    if format == WeightFormat::Q4 { WeightFormat::Q8 } else { format }
}

/// Loads a model for the CPU; workers get shares of its matrices where there are any.
pub(crate) async fn load_cpu<S: TensorSource>(
    config: &DecoderConfig,
    source: &mut S,
    options: LoadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<CpuModel, LoadError> {
    let parameters: u64 = load::expected(config, source).iter().map(load::Expected::elements).sum();
    let shares = match options.workers {
        Some(pool) if parameters >= WORTH_SHARING => Some(MatrixShares::gather(pool).await),
        _ => None,
    };
    let mut place = OnCpu { shares };
    let weights = load(config, source, options.weights, &mut place, progress).await?;
    if let Some(shares) = &place.shares {
        shares.start().await.map_err(|reason| LoadError::Workers { reason })?;
    }
    Ok(CpuModel::new(decoder(config), weights, place.shares))
}

/// Loads a model for a graphics device and compiles its kernels.
pub(crate) async fn load_gpu<S: TensorSource>(
    config: &DecoderConfig,
    source: &mut S,
    format: WeightFormat,
    gpu: &Gpu,
    progress: &mut dyn FnMut(Progress),
) -> Result<GpuModel, LoadError> {
    let mut place = OnGpu { gpu, in_flight: 0 };
    let weights = load(config, source, format, &mut place, progress).await?;
    let total = load::bytes(config, source);
    let compiling = |done, all| progress(Progress { done: total, total, kernels: Some((done, all)) });
    Ok(GpuModel::new(gpu, decoder(config), weights, compiling).await?)
}

/// Where matrices go once they are in their format.
trait Place {
    type Matrix;

    async fn put(&mut self, matrix: Matrix, rows: RowLayout) -> Result<Self::Matrix, GpuError>;
}

struct OnCpu {
    shares: Option<MatrixShares>,
}

impl Place for OnCpu {
    type Matrix = CpuMatrix;

    async fn put(&mut self, matrix: Matrix, _rows: RowLayout) -> Result<CpuMatrix, GpuError> {
        let matrix = matrix.into();
        Ok(match &mut self.shares {
            None => matrix,
            Some(shares) => shares.share(matrix),
        })
    }
}

struct OnGpu<'a> {
    gpu: &'a Gpu,
    in_flight: u64,
}

impl Place for OnGpu<'_> {
    type Matrix = GpuMatrix;

    async fn put(&mut self, matrix: Matrix, rows: RowLayout) -> Result<GpuMatrix, GpuError> {
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

/// Loads a model matrix by matrix: at any time there is what has been placed, one matrix in its format, and a piece.
async fn load<S: TensorSource, P: Place>(
    config: &DecoderConfig,
    source: &mut S,
    format: WeightFormat,
    place: &mut P,
    progress: &mut dyn FnMut(Progress),
) -> Result<Weights<P::Matrix>, LoadError> {
    load::check(&load::expected(config, source), source)?;
    let total = load::bytes(config, source);
    let root = root(source);
    let embedding = embedding_name(config, source);
    let mut loader = Loader { reader: Reader::new(source, progress, total), config, root, format, place };
    let outer = outer(format);
    let embedding = loader.matrix(&[embedding], outer, RowLayout::Single).await?;
    let lm_head =
        if config.tied { None } else { Some(loader.matrix(&[OUTPUT.into()], outer, RowLayout::Single).await?) };
    let mut layers = Vec::with_capacity(config.layers);
    for number in 0..config.layers {
        layers.push(loader.layer(number).await?);
    }
    let norm = loader.norm(format!("{root}.norm.weight")).await?;
    Ok(Weights { embedding, lm_head, layers, norm })
}

struct Loader<'a, S, P> {
    reader: Reader<'a, S>,
    config: &'a DecoderConfig,
    root: &'static str,
    format: WeightFormat,
    place: &'a mut P,
}

impl<S: TensorSource, P: Place> Loader<'_, S, P> {
    async fn layer(&mut self, number: usize) -> Result<LayerWeights<P::Matrix>, LoadError> {
        let (config, root) = (self.config, self.root);
        let name = |part: &str| layer_tensor(root, number, part);
        let biases = config.biases;
        let qkv = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].map(name);
        let qkv = self.linear(&qkv, biases.qkv, RowLayout::Single).await?;
        let output = self.linear(&[name("self_attn.o_proj")], biases.output, RowLayout::Single).await?;
        let gate_up = self.linear(&["mlp.gate_proj", "mlp.up_proj"].map(name), biases.mlp, RowLayout::Paired).await?;
        let down = self.linear(&[name("mlp.down_proj")], biases.mlp, RowLayout::Single).await?;
        let qk_norm = if config.family.qk_norm == QkNorm::PerHead {
            let q = self.norm(name("self_attn.q_norm.weight")).await?;
            Some((q, self.norm(name("self_attn.k_norm.weight")).await?))
        } else {
            None
        };
        let input_norm = self.norm(name("input_layernorm.weight")).await?;
        let after_attention = self.norm(name("post_attention_layernorm.weight")).await?;
        let (attention_out_norm, mlp_norm, mlp_out_norm) = if config.family.norms == Norms::Around {
            let before = self.norm(name("pre_feedforward_layernorm.weight")).await?;
            let after = self.norm(name("post_feedforward_layernorm.weight")).await?;
            (Some(after_attention), before, Some(after))
        } else {
            (None, after_attention, None)
        };
        Ok(LayerWeights { input_norm, qkv, qk_norm, output, attention_out_norm, mlp_norm, gate_up, down, mlp_out_norm })
    }

    /// Projections that share their input, as one.
    async fn linear(&mut self, parts: &[String], bias: bool, rows: RowLayout) -> Result<Linear<P::Matrix>, LoadError> {
        let named = |end: &str| -> Vec<String> { parts.iter().map(|part| format!("{part}.{end}")).collect() };
        let weight = self.matrix(&named("weight"), self.format, rows).await?;
        let bias = if bias { Some(self.reader.numbers(&named("bias")).await?) } else { None };
        Ok(Linear { weight, bias })
    }

    /// Matrices with equal columns, one below the other.
    async fn matrix(
        &mut self,
        names: &[String],
        format: WeightFormat,
        rows: RowLayout,
    ) -> Result<P::Matrix, LoadError> {
        let (outputs, inputs) = self.reader.shape(names);
        let mut builder = MatrixBuilder::new(format, outputs, inputs);
        self.reader.pieces(names, |piece| builder.push(piece)).await?;
        Ok(self.place.put(builder.finish(), rows).await?)
    }

    /// A norm's weights as they are used.
    async fn norm(&mut self, name: String) -> Result<Vec<f32>, LoadError> {
        let mut numbers = self.reader.numbers(&[name]).await?;
        let offset = to_f32(self.config.norm_offset);
        for number in &mut numbers {
            *number += offset;
        }
        Ok(numbers)
    }
}
