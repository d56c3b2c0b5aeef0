//! The stages of a pass: which kernel, bound to which buffers.

use crate::{Decoder, LayerWeights, Linear, WeightFormat, Weights};

use super::buffers::{Answers, Cache, Scratch, padded, padded_head};
use super::context::{Buffer, Gpu};
use super::matrix::{GpuMatrix, Part};
use super::pipelines::{Kernel, Pipelines, Uses, attention};
use super::source::{End, Product};
use super::{GpuError, digest};

/// A matrix, with what its kernel adds and multiplies, and the sizes of its parts.
#[derive(Debug)]
pub(super) struct Linears {
    pub(super) matrix: GpuMatrix,
    norm: Buffer,
    bias: Buffer,
    sizes: Vec<Buffer>,
    pub(super) has_norm: bool,
    pub(super) end: End,
    pub(super) logits: bool,
}

/// A layer's weights, where kernels find them.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) qkv: Linears,
    /// `q_norm`, then `k_norm`.
    qk_norm: Buffer,
    pub(super) output: Linears,
    attention_out_norm: Option<Buffer>,
    pub(super) gate_up: Linears,
    pub(super) down: Linears,
    mlp_out_norm: Option<Buffer>,
}

/// A model's weights, where kernels find them.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) embedding: GpuMatrix,
    embedding_sizes: Vec<Buffer>,
    pub(super) layers: Vec<Layer>,
    pub(super) head: Linears,
    /// The output matrix where it is not the embedding.
    norm_sizes: Buffer,
    pub(super) uses: Uses,
}

/// What surrounds a matrix.
struct Around<'a> {
    norm: Option<&'a [f32]>,
    end: End,
    /// Numbers of a row of the result.
    stride: usize,
    logits: bool,
    cap: f32,
}

fn bits(numbers: &[f32]) -> Vec<u8> {
    bytemuck::cast_slice(numbers).to_vec()
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Weights of a norm, padded with zeros as rows are.
fn norm(gpu: &Gpu, weight: &[f32]) -> Result<Buffer, GpuError> {
    let mut padded_weight = weight.to_vec();
    padded_weight.resize(padded(weight.len()), 0.0);
    gpu.filled("a norm", &bits(&padded_weight))
}

impl Linears {
    fn new(gpu: &Gpu, d: &Decoder, linear: Linear<GpuMatrix>, around: &Around<'_>) -> Result<Self, GpuError> {
        let matrix = linear.weight;
        let paired = matches!(around.end, End::Gate(_));
        let sizes = matrix.parts.iter().map(|part| {
            gpu.uniform(&[
                small(matrix.units()),
                small(part.results),
                small(part.first),
                small(around.stride),
                (matrix.columns as f32).to_bits(),
                d.rms_norm_eps.to_bits(),
                around.cap.to_bits(),
                small(matrix.results),
            ])
        });
        let sizes = sizes.collect::<Result<_, _>>()?;
        let bias = match &linear.bias {
            Some(bias) => gpu.filled("a bias", &bits(bias))?,
            None => gpu.storage("no bias", (matrix.results * if paired { 8 } else { 4 }) as u64)?,
        };
        let weight = match around.norm {
            Some(weight) => norm(gpu, weight)?,
            None => gpu.storage("no norm", 16)?,
        };
        let (has_norm, end, logits) = (around.norm.is_some(), around.end, around.logits);
        Ok(Self { matrix, norm: weight, bias, sizes, has_norm, end, logits })
    }

    /// Every part bound, with the number of its results.
    fn bind(
        &self,
        matrix: &GpuMatrix,
        gpu: &Gpu,
        pipelines: &Pipelines,
        [x, inputs, y]: [&Buffer; 3],
    ) -> Vec<(wgpu::BindGroup, usize)> {
        let product = Kernel::Product(Product {
            format: WeightFormat::F32,
            rows: 1,
            norm: false,
            end: End::Store,
            logits: false,
            tile: super::pipelines::tile(false, 1),
        });
        let bind = |(part, sizes): (&Part, &Buffer)| {
            let buffers = [&part.words, &part.scales, x, &self.norm, &self.bias, inputs, y, sizes].map(|b| &b.raw);
            (pipelines.bind(gpu, product, &buffers), part.results)
        };
        matrix.parts.iter().zip(&self.sizes).map(bind).collect()
    }
}

impl Placed {
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
        let uses = Uses {
            embedding: weights.embedding.format,
            lm_head: weights.lm_head.as_ref().unwrap_or(&weights.embedding).format,
            layers: layer_formats,
            qk_norm: weights.layers.iter().any(|layer| layer.qk_norm.is_some()),
            out_norms,
            attention: attention(gpu.software),
        };
        let embedding_sizes = weights.embedding.parts.iter().map(|part| {
            let units = small(weights.embedding.units());
            gpu.uniform(&[units, small(part.first), small(part.results), d.embedding_scale.to_bits()])
        });
        let embedding_sizes = embedding_sizes.collect::<Result<_, _>>()?;
        let layers = weights.layers.into_iter().map(|layer| Layer::new(gpu, d, layer)).collect::<Result<_, _>>()?;
        let around = Around {
            norm: Some(&weights.norm),
            end: End::Store,
            stride: d.vocab,
            logits: true,
            cap: d.logit_cap.unwrap_or(0.0),
        };
        // A tied output matrix is bound, not owned: only what is around it is made here.
        let own = weights.lm_head.unwrap_or_else(|| weights.embedding.outline());
        let mut head = Linears::new(gpu, d, Linear { weight: own, bias: None }, &around)?;
        if head.matrix.parts.is_empty() {
            head.sizes = tied_sizes(gpu, d, &weights.embedding)?;
        }
        let norm_sizes = gpu.uniform(&[small(d.hidden), small(padded(d.hidden)), d.rms_norm_eps.to_bits(), 0])?;
        Ok(Self { embedding: weights.embedding, embedding_sizes, layers, head, norm_sizes, uses })
    }

    /// The output matrix.
    pub(super) fn lm_head(&self) -> &GpuMatrix {
        if self.head.matrix.parts.is_empty() { &self.embedding } else { &self.head.matrix }
    }
}

fn tied_sizes(gpu: &Gpu, d: &Decoder, matrix: &GpuMatrix) -> Result<Vec<Buffer>, GpuError> {
    let sizes = matrix.parts.iter().map(|part| {
        gpu.uniform(&[
            small(matrix.units()),
            small(part.results),
            small(part.first),
            small(d.vocab),
            (matrix.columns as f32).to_bits(),
            d.rms_norm_eps.to_bits(),
            d.logit_cap.unwrap_or(0.0).to_bits(),
            0,
        ])
    });
    sizes.collect()
}

impl Layer {
    fn new(gpu: &Gpu, d: &Decoder, layer: LayerWeights<GpuMatrix>) -> Result<Self, GpuError> {
        let plain = |out_norm: &Option<Vec<f32>>| if out_norm.is_some() { End::Store } else { End::Add };
        let around = |norm, end, stride| Around { norm, end, stride, logits: false, cap: 0.0 };
        let hidden = padded(d.hidden);
        let stored = around(Some(layer.input_norm.as_slice()), End::Store, d.qkv_width());
        let gated = around(Some(layer.mlp_norm.as_slice()), End::Gate(d.activation.into()), padded(d.intermediate));
        let out_norm = |weight: &Option<Vec<f32>>| weight.as_deref().map(|weight| norm(gpu, weight)).transpose();
        Ok(Self {
            qkv: Linears::new(gpu, d, layer.qkv, &stored)?,
            qk_norm: match &layer.qk_norm {
                Some((q, k)) => gpu.filled("norms of heads", &bits(&[q.as_slice(), k.as_slice()].concat()))?,
                None => gpu.storage("no norms of heads", 16)?,
            },
            output: Linears::new(gpu, d, layer.output, &around(None, plain(&layer.attention_out_norm), hidden))?,
            attention_out_norm: out_norm(&layer.attention_out_norm)?,
            gate_up: Linears::new(gpu, d, layer.gate_up, &gated)?,
            down: Linears::new(gpu, d, layer.down, &around(None, plain(&layer.mlp_out_norm), hidden))?,
            mlp_out_norm: out_norm(&layer.mlp_out_norm)?,
        })
    }
}

/// The bind groups of one layer.
#[derive(Debug)]
pub(super) struct BoundLayer {
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
pub(super) struct BoundModel {
    pub(super) embed: Vec<wgpu::BindGroup>,
    pub(super) layers: Vec<BoundLayer>,
    pub(super) head: Vec<(wgpu::BindGroup, usize)>,
    pub(super) received: wgpu::BindGroup,
    /// Facts, combine, gather.
    pub(super) digest: [wgpu::BindGroup; 3],
    /// Uniforms that name the number of rows; bound above.
    _sizes: Vec<Buffer>,
}

impl BoundModel {
    pub(super) fn new(
        gpu: &Gpu,
        d: &Decoder,
        pipelines: &Pipelines,
        placed: &Placed,
        (cache, scratch, answers): (&Cache, &Scratch, &Answers),
    ) -> Result<Self, GpuError> {
        let s = scratch;
        let mut kept = Vec::new();
        let mut layers = Vec::new();
        for (number, (layer, [keys, values])) in placed.layers.iter().zip(&cache.layers).enumerate() {
            let kind = &d.layers[number];
            let rotate = gpu.uniform(&[
                small(d.heads),
                small(d.kv_heads),
                small(d.head_dim),
                small(padded_head(d)),
                small(cache.rows),
                small(d.qkv_width()),
                small(kind.rope),
                small(number),
                d.attention_scale.to_bits(),
                d.rms_norm_eps.to_bits(),
                0,
                0,
            ])?;
            let attention = gpu.uniform(&[
                small(d.heads),
                small(d.heads / d.kv_heads),
                small(d.head_dim),
                small(padded_head(d) / 4),
                small(cache.rows),
                small(padded(d.q_width())),
                kind.window.unwrap_or(0),
                small(number),
                d.attention_cap.unwrap_or(0.0).to_bits(),
                0,
                0,
                0,
            ])?;
            let (to_output, to_down) = (
                if layer.attention_out_norm.is_some() { &s.output } else { &s.h },
                if layer.mlp_out_norm.is_some() { &s.output } else { &s.h },
            );
            let bind = |linears: &Linears, x, y| linears.bind(&linears.matrix, gpu, pipelines, [x, &s.inputs, y]);
            let add = |weight: &Option<Buffer>| {
                let bind = |weight: &Buffer| {
                    let buffers = [&s.output, weight, &s.h, &placed.norm_sizes].map(|b| &b.raw);
                    pipelines.bind(gpu, Kernel::NormAdd, &buffers)
                };
                weight.as_ref().map(bind)
            };
            let rotated = [&s.qkv, &layer.qk_norm, &s.inputs, &s.q, keys, values, &rotate].map(|b| &b.raw);
            let looked = [&s.q, keys, values, &s.inputs, &s.scores, &s.lines, &s.attended, &attention].map(|b| &b.raw);
            layers.push(BoundLayer {
                qkv: bind(&layer.qkv, &s.h, &s.qkv),
                rotate: pipelines.bind(gpu, Kernel::Rotate { norm: placed.uses.qk_norm }, &rotated),
                attention: pipelines.bind(gpu, placed.uses.attention, &looked),
                output: bind(&layer.output, &s.attended, to_output),
                attention_out_norm: add(&layer.attention_out_norm),
                gate_up: bind(&layer.gate_up, &s.h, &s.inner),
                down: bind(&layer.down, &s.inner, to_down),
                mlp_out_norm: add(&layer.mlp_out_norm),
            });
            kept.extend([rotate, attention]);
        }
        let embed = placed.embedding.parts.iter().zip(&placed.embedding_sizes).map(|(part, sizes)| {
            let buffers = [&part.words, &part.scales, &s.inputs, &s.h, sizes].map(|b| &b.raw);
            pipelines.bind(gpu, Kernel::Embed(placed.uses.embedding), &buffers)
        });
        let sizes = gpu.uniform(&[small(d.heads), small(cache.rows), 0, 0])?;
        let received = [&s.lines, &s.inputs, &answers.received, &sizes].map(|b| &b.raw);
        let received = pipelines.bind(gpu, Kernel::Received, &received);
        kept.push(sizes);
        let (a, (chunk, chunks)) = (answers, digest::chunks(d.vocab, gpu.software));
        let sizes = gpu.uniform(&[small(d.vocab), small(chunk), small(chunks), 0])?;
        let facts = [&a.logits, &s.inputs, &a.partial, &a.bins, &sizes].map(|b| &b.raw);
        let combine = [&a.logits, &s.inputs, &a.partial, &a.bins, &a.shares, &a.digest, &sizes].map(|b| &b.raw);
        let gather = [&a.logits, &s.inputs, &a.bins, &a.shares, &a.digest, &sizes].map(|b| &b.raw);
        let digest = [
            pipelines.bind(gpu, Kernel::Facts, &facts),
            pipelines.bind(gpu, Kernel::Combine, &combine),
            pipelines.bind(gpu, Kernel::Gather, &gather),
        ];
        kept.push(sizes);
        Ok(Self {
            embed: embed.collect(),
            layers,
            head: placed.head.bind(placed.lm_head(), gpu, pipelines, [&s.h, &s.inputs, &answers.logits]),
            received,
            digest,
            _sizes: kept,
        })
    }
}
