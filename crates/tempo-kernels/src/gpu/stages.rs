//! The stages of a pass: the weights, and every kernel's bindings.

use std::sync::Arc;

use crate::{Decoder, LayerWeights, Linear, Weights};

use super::buffers::{Answers, Cache, Scratch, padded, padded_head};
use super::context::{Buffer, Gpu};
use super::matrix::{GpuMatrix, Part};
use super::pipelines::{KernelOptions, Pipelines, attention};
use super::product::Epilogue;
use super::shapes::{AttentionShape, DigestShape, EmbedShape, NormShape, ProductShape, ReceivedShape, RotateShape};
use super::{GpuError, digest, kernel};

/// A matrix, with what its kernel adds and multiplies, and the shapes of its parts.
#[derive(Debug)]
pub(super) struct GpuLinear {
    /// Shared where the output matrix is the embedding.
    pub(super) matrix: Arc<GpuMatrix>,
    norm: Buffer,
    bias: Buffer,
    shapes: Vec<Buffer>,
    pub(super) has_norm: bool,
    pub(super) epilogue: Epilogue,
    pub(super) logits: bool,
}

/// A layer's weights, where kernels find them.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) qkv: GpuLinear,
    /// `q_norm`, then `k_norm`.
    qk_norm: Buffer,
    /// Heads of queries that are normalised together, and of keys.
    together: [u32; 2],
    pub(super) output: GpuLinear,
    attention_out_norm: Option<Buffer>,
    pub(super) gate_up: GpuLinear,
    pub(super) down: GpuLinear,
    mlp_out_norm: Option<Buffer>,
}

/// A model's weights, where kernels find them.
#[derive(Debug)]
pub(super) struct GpuWeights {
    pub(super) embedding: Arc<GpuMatrix>,
    embedding_shapes: Vec<Buffer>,
    pub(super) layers: Vec<Layer>,
    /// The output matrix.
    pub(super) head: GpuLinear,
    /// Of the norms on what blocks give.
    norm_shape: Buffer,
    pub(super) options: KernelOptions,
}

/// What a product does beside multiplying.
struct LinearOptions<'a> {
    norm: Option<&'a [f32]>,
    epilogue: Epilogue,
    /// Numbers of a row of the result.
    stride: usize,
    logits: bool,
    /// `cap * tanh(x / cap)` on results; 0: none.
    cap: f32,
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Weights of a norm, padded with zeros as rows are.
fn norm(gpu: &Gpu, weight: &[f32]) -> Result<Buffer, GpuError> {
    let mut padded_weight = weight.to_vec();
    padded_weight.resize(padded(weight.len()), 0.0);
    gpu.filled("a norm", bytemuck::cast_slice(&padded_weight))
}

impl GpuLinear {
    fn new(
        gpu: &Gpu,
        d: &Decoder,
        matrix: Arc<GpuMatrix>,
        bias: Option<&[f32]>,
        options: &LinearOptions<'_>,
    ) -> Result<Self, GpuError> {
        let paired = matches!(options.epilogue, Epilogue::Gate(_));
        let shapes = matrix.parts.iter().map(|part| {
            gpu.uniform(ProductShape {
                units: small(matrix.units()),
                outputs: small(part.results),
                first: small(part.first),
                stride: small(options.stride),
                columns: matrix.columns as f32,
                epsilon: d.rms_norm_eps,
                cap: options.cap,
                second_bias: small(matrix.results),
            })
        });
        let shapes = shapes.collect::<Result<_, _>>()?;
        let bias = match bias {
            Some(bias) => gpu.filled("a bias", bytemuck::cast_slice(bias))?,
            None => gpu.storage("no bias", (matrix.results * if paired { 8 } else { 4 }) as u64)?,
        };
        let weight = match options.norm {
            Some(weight) => norm(gpu, weight)?,
            None => gpu.storage("no norm", 16)?,
        };
        let LinearOptions { epilogue, logits, .. } = *options;
        Ok(Self { matrix, norm: weight, bias, shapes, has_norm: options.norm.is_some(), epilogue, logits })
    }

    /// The bindings of every part, with the number of its results.
    fn bind(&self, gpu: &Gpu, pipelines: &Pipelines, [x, inputs, y]: [&Buffer; 3]) -> Vec<(wgpu::BindGroup, usize)> {
        let bind = |(part, shape): (&Part, &Buffer)| {
            let buffers = [&part.words, &part.scales, x, &self.norm, &self.bias, inputs, y, shape].map(|b| &b.raw);
            (pipelines.bind(gpu, &kernel::PRODUCT, &buffers), part.results)
        };
        self.matrix.parts.iter().zip(&self.shapes).map(bind).collect()
    }
}

impl GpuWeights {
    pub(super) fn new(gpu: &Gpu, d: &Decoder, weights: Weights<GpuMatrix>) -> Result<Self, GpuError> {
        let out_norms = weights.layers.iter().any(|layer| layer.attention_out_norm.is_some());
        let mut layer_formats = Vec::new();
        for layer in &weights.layers {
            for linear in [&layer.qkv, &layer.output, &layer.gate_up, &layer.down] {
                if !layer_formats.contains(&linear.weight.format) {
                    layer_formats.push(linear.weight.format);
                }
            }
        }
        let options = KernelOptions {
            embedding: weights.embedding.format,
            lm_head: weights.lm_head.as_ref().unwrap_or(&weights.embedding).format,
            layers: layer_formats,
            qk_norm: weights.layers.iter().any(|layer| layer.qk_norm.is_some()),
            in_norms: weights.layers.iter().any(|layer| layer.input_norm.is_some()),
            out_norms,
            attention: attention(gpu.software),
        };
        let embedding_shapes = weights.embedding.parts.iter().map(|part| {
            gpu.uniform(EmbedShape {
                units: small(weights.embedding.units()),
                first: small(part.first),
                rows: small(part.results),
                scale: d.embedding_scale,
            })
        });
        let embedding_shapes = embedding_shapes.collect::<Result<_, _>>()?;
        let layers = weights.layers.into_iter().map(|layer| Layer::new(gpu, d, layer)).collect::<Result<_, _>>()?;
        let logits = LinearOptions {
            norm: Some(&weights.norm),
            epilogue: Epilogue::Store,
            stride: d.vocab,
            logits: true,
            cap: d.logit_cap.unwrap_or(0.0),
        };
        let embedding = Arc::new(weights.embedding);
        let head = weights.lm_head.map_or_else(|| embedding.clone(), Arc::new);
        let head = GpuLinear::new(gpu, d, head, weights.logit_bias.as_deref(), &logits)?;
        let norm_shape = gpu.uniform(NormShape {
            columns: small(d.hidden),
            stride: small(padded(d.hidden)),
            epsilon: d.rms_norm_eps,
        })?;
        Ok(Self { embedding, embedding_shapes, layers, head, norm_shape, options })
    }
}

impl Layer {
    fn new(gpu: &Gpu, d: &Decoder, layer: LayerWeights<GpuMatrix>) -> Result<Self, GpuError> {
        let added = |out_norm: &Option<Vec<f32>>| if out_norm.is_some() { Epilogue::Store } else { Epilogue::Add };
        let with = |norm, epilogue, stride| LinearOptions { norm, epilogue, stride, logits: false, cap: 0.0 };
        let place = |linear: Linear<GpuMatrix>, options| {
            GpuLinear::new(gpu, d, Arc::new(linear.weight), linear.bias.as_deref(), options)
        };
        let hidden = padded(d.hidden);
        let stored = with(layer.input_norm.as_deref(), Epilogue::Store, d.qkv_width());
        let gated = with(layer.mlp_norm.as_deref(), Epilogue::opening(d), padded(d.intermediate));
        let out_norm = |weight: &Option<Vec<f32>>| weight.as_deref().map(|weight| norm(gpu, weight)).transpose();
        let heads = |weight: &Vec<f32>| small(weight.len() / d.head_dim);
        Ok(Self {
            qkv: place(layer.qkv, &stored)?,
            together: layer.qk_norm.as_ref().map_or([1, 1], |(q, k)| [q, k].map(heads)),
            qk_norm: match &layer.qk_norm {
                Some((q, k)) => {
                    gpu.filled("norms of heads", bytemuck::cast_slice(&[q.as_slice(), k.as_slice()].concat()))?
                }
                None => gpu.storage("no norms of heads", 16)?,
            },
            output: place(layer.output, &with(None, added(&layer.attention_out_norm), hidden))?,
            attention_out_norm: out_norm(&layer.attention_out_norm)?,
            gate_up: place(layer.gate_up, &gated)?,
            down: place(layer.down, &with(None, added(&layer.mlp_out_norm), hidden))?,
            mlp_out_norm: out_norm(&layer.mlp_out_norm)?,
        })
    }
}

/// The bind groups of one layer.
#[derive(Debug)]
pub(super) struct LayerBindings {
    pub(super) qkv: Vec<(wgpu::BindGroup, usize)>,
    pub(super) rotate: wgpu::BindGroup,
    pub(super) attention: wgpu::BindGroup,
    pub(super) output: Vec<(wgpu::BindGroup, usize)>,
    pub(super) attention_out_norm: Option<wgpu::BindGroup>,
    pub(super) gate_up: Vec<(wgpu::BindGroup, usize)>,
    pub(super) down: Vec<(wgpu::BindGroup, usize)>,
    pub(super) mlp_out_norm: Option<wgpu::BindGroup>,
}

/// All bind groups of a model; they change with the buffers only.
#[derive(Debug)]
pub(super) struct ModelBindings {
    pub(super) embed: Vec<wgpu::BindGroup>,
    pub(super) layers: Vec<LayerBindings>,
    pub(super) head: Vec<(wgpu::BindGroup, usize)>,
    pub(super) received: wgpu::BindGroup,
    /// Facts, combine, gather.
    pub(super) digest: [wgpu::BindGroup; 3],
    /// Facts, count, list.
    pub(super) lists: [wgpu::BindGroup; 3],
    /// The uniform buffers that are bound above.
    _shapes: Vec<Buffer>,
}

impl ModelBindings {
    pub(super) fn new(
        gpu: &Gpu,
        d: &Decoder,
        pipelines: &Pipelines,
        weights: &GpuWeights,
        (cache, scratch, answers): (&Cache, &Scratch, &Answers),
    ) -> Result<Self, GpuError> {
        let s = scratch;
        let mut shapes = Vec::new();
        let mut layers = Vec::new();
        for (number, (layer, [keys, values])) in weights.layers.iter().zip(&cache.layers).enumerate() {
            let kind = &d.layers[number];
            let rotate = gpu.uniform(RotateShape {
                heads: small(d.heads),
                kv_heads: small(d.kv_heads),
                dim: small(d.head_dim),
                padded_dim: small(padded_head(d)),
                rows: small(cache.rows),
                stride: small(d.qkv_width()),
                rope: small(kind.rope),
                scale: d.attention_scale,
                epsilon: d.rms_norm_eps,
                q_together: layer.together[0],
                k_together: layer.together[1],
            })?;
            let attention = gpu.uniform(AttentionShape {
                heads: small(d.heads),
                group: small(d.heads / d.kv_heads),
                dim: small(d.head_dim),
                vectors: small(padded_head(d) / 4),
                rows: small(cache.rows),
                stride: small(padded(d.q_width())),
                window: kind.window.unwrap_or(0),
                layer: small(number),
                cap: d.attention_cap.unwrap_or(0.0),
            })?;
            let (to_output, to_down) = (
                if layer.attention_out_norm.is_some() { &s.output } else { &s.h },
                if layer.mlp_out_norm.is_some() { &s.output } else { &s.h },
            );
            let bind = |linear: &GpuLinear, x, y| linear.bind(gpu, pipelines, [x, &s.inputs, y]);
            let add = |weight: &Option<Buffer>| {
                let bind = |weight: &Buffer| {
                    let buffers = [&s.output, weight, &s.h, &weights.norm_shape].map(|b| &b.raw);
                    pipelines.bind(gpu, &kernel::NORM_ADD, &buffers)
                };
                weight.as_ref().map(bind)
            };
            let rotated = [&s.qkv, &layer.qk_norm, &s.inputs, &s.q, keys, values, &rotate].map(|b| &b.raw);
            let attended =
                [&s.q, keys, values, &s.inputs, &s.scores, &s.lines, &s.attended, &attention].map(|b| &b.raw);
            layers.push(LayerBindings {
                qkv: bind(&layer.qkv, &s.h, &s.qkv),
                rotate: pipelines.bind(gpu, &kernel::ROTATE, &rotated),
                attention: pipelines.bind(gpu, &kernel::ATTENTION, &attended),
                output: bind(&layer.output, &s.attended, to_output),
                attention_out_norm: add(&layer.attention_out_norm),
                gate_up: bind(&layer.gate_up, &s.h, &s.inner),
                down: bind(&layer.down, &s.inner, to_down),
                mlp_out_norm: add(&layer.mlp_out_norm),
            });
            shapes.extend([rotate, attention]);
        }
        let embed = weights.embedding.parts.iter().zip(&weights.embedding_shapes).map(|(part, shape)| {
            let buffers = [&part.words, &part.scales, &s.inputs, &s.h, shape].map(|b| &b.raw);
            pipelines.bind(gpu, &kernel::EMBED, &buffers)
        });
        let shape = gpu.uniform(ReceivedShape { heads: small(d.heads), rows: small(cache.rows) })?;
        let received = [&s.lines, &s.inputs, &answers.received, &shape].map(|b| &b.raw);
        let received = pipelines.bind(gpu, &kernel::RECEIVED, &received);
        shapes.push(shape);
        let (a, (slice, slices)) = (answers, digest::slices(d.vocab, gpu.software));
        let shape = DigestShape { vocab: small(d.vocab), slice: small(slice), slices: small(slices) };
        let shape = gpu.uniform(shape)?;
        let facts = [&a.logits, &s.inputs, &a.partial, &a.bins, &shape].map(|b| &b.raw);
        let combine = [&a.logits, &s.inputs, &a.partial, &a.bins, &a.shares, &a.digest, &shape].map(|b| &b.raw);
        let gather = [&a.logits, &s.inputs, &a.bins, &a.shares, &a.digest, &shape].map(|b| &b.raw);
        let digest = [
            pipelines.bind(gpu, &kernel::FACTS, &facts),
            pipelines.bind(gpu, &kernel::COMBINE, &combine),
            pipelines.bind(gpu, &kernel::GATHER, &gather),
        ];
        let count = [&a.logits, &s.inputs, &a.partial, &a.bins, &a.digest, &shape].map(|b| &b.raw);
        let list = [&a.logits, &a.bins, &a.digest, &shape].map(|b| &b.raw);
        let lists =
            [digest[0].clone(), pipelines.bind(gpu, &kernel::COUNT, &count), pipelines.bind(gpu, &kernel::LIST, &list)];
        shapes.push(shape);
        Ok(Self {
            embed: embed.collect(),
            layers,
            head: weights.head.bind(gpu, pipelines, [&s.h, &s.inputs, &answers.logits]),
            received,
            digest,
            lists,
            _shapes: shapes,
        })
    }
}
