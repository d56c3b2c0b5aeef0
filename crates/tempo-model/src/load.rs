//! Checkpoint to model: every tensor is checked before the first is read, then they stream to the device one by one.
//!
//! Weights are f32 on the device, whatever the checkpoint holds. At any time the CPU holds one matrix on its way and a
//! piece of the file, so loading peaks little above the size of the model; the largest matrices go first, while there is
//! room.

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::Dtype;

use crate::attention::Attention;
use crate::checkpoint::{TensorEntry, TensorSource};
use crate::config::{DecoderConfig, Norms, QkNorm};
use crate::error::LoadError;
use crate::float::to_f32;
use crate::linear::{Linear, Products};
use crate::mlp::Mlp;
use crate::model::{CausalLm, DecoderLayer};
use crate::norm::RmsNorm;
use crate::reader::Reader;

/// Bytes that may be on their way to the device before loading waits for it.
const IN_FLIGHT: usize = 64 << 20;

pub(crate) const OUTPUT: &str = "lm_head.weight";
/// Where the decoder's tensors are; the latter two in a model that reads images, by transformers 5 and 4.
const ROOTS: [&str; 3] = ["model", "model.language_model", "language_model.model"];

/// How far loading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the checkpoint read.
    pub done: u64,
    /// Bytes to read.
    pub total: u64,
    /// Kernels that the graphics device has compiled, of how many, once the weights are read.
    pub kernels: Option<(usize, usize)>,
}

/// A tensor that the configuration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
}

impl Expected {
    fn new(name: impl Into<String>, shape: &[usize]) -> Self {
        Self { name: name.into(), shape: shape.to_vec() }
    }

    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().map(|&size| size as u64).product()
    }
}

/// Bytes of the checkpoint that a model of this configuration reads.
pub(crate) fn bytes(config: &DecoderConfig, source: &impl TensorSource) -> u64 {
    let tensors = source.tensors();
    let expected = expected(config, source);
    expected.iter().filter_map(|tensor| tensors.get(&tensor.name)).map(|entry| entry.bytes).sum()
}

/// The tensors of a model, in the order in which they are loaded. A tied matrix is named as `source` names it.
pub(crate) fn expected(config: &DecoderConfig, source: &impl TensorSource) -> Vec<Expected> {
    let c = config;
    let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
    let root = root(source);
    let mut all = vec![Expected::new(embedding_name(c, source), &[c.vocab, c.hidden])];
    if !c.tied {
        all.push(Expected::new(OUTPUT, &[c.vocab, c.hidden]));
    }
    for layer in 0..c.layers {
        let mut add = |name: &str, shape: &[usize]| all.push(Expected::new(layer_tensor(root, layer, name), shape));
        add("input_layernorm.weight", &[c.hidden]);
        for (name, rows, columns, bias) in [
            ("self_attn.q_proj", q, c.hidden, c.biases.qkv),
            ("self_attn.k_proj", kv, c.hidden, c.biases.qkv),
            ("self_attn.v_proj", kv, c.hidden, c.biases.qkv),
            ("self_attn.o_proj", c.hidden, q, c.biases.output),
            ("mlp.gate_proj", c.intermediate, c.hidden, c.biases.mlp),
            ("mlp.up_proj", c.intermediate, c.hidden, c.biases.mlp),
            ("mlp.down_proj", c.hidden, c.intermediate, c.biases.mlp),
        ] {
            add(&format!("{name}.weight"), &[rows, columns]);
            if bias {
                add(&format!("{name}.bias"), &[rows]);
            }
        }
        if c.family.qk_norm == QkNorm::PerHead {
            add("self_attn.q_norm.weight", &[c.head_dim]);
            add("self_attn.k_norm.weight", &[c.head_dim]);
        }
        add("post_attention_layernorm.weight", &[c.hidden]);
        if c.family.norms == Norms::Around {
            add("pre_feedforward_layernorm.weight", &[c.hidden]);
            add("post_feedforward_layernorm.weight", &[c.hidden]);
        }
    }
    all.push(Expected::new(format!("{root}.norm.weight"), &[c.hidden]));
    all
}

/// Bytes of the largest single buffer that the weights need on the device.
pub(crate) fn largest_buffer(config: &DecoderConfig) -> u64 {
    let qkv = (config.heads + 2 * config.kv_heads) * config.head_dim;
    let rows = config.vocab.max(2 * config.intermediate).max(qkv);
    rows as u64 * config.hidden as u64 * size_of::<f32>() as u64
}

/// A tied matrix comes under either name; the embedding's own is preferred, as transformers does.
pub(crate) fn embedding_name(config: &DecoderConfig, source: &impl TensorSource) -> String {
    let has = |name: &str| source.tensors().contains_key(name);
    let own = format!("{}.embed_tokens.weight", root(source));
    if config.tied && !has(&own) && has(OUTPUT) { OUTPUT.into() } else { own }
}

/// The one of [`ROOTS`] that `source` has; the first where it has none.
pub(crate) fn root(source: &impl TensorSource) -> &'static str {
    let has = |root: &&str| source.tensors().contains_key(&format!("{root}.norm.weight"));
    ROOTS.into_iter().find(has).unwrap_or(ROOTS[0])
}

pub(crate) fn layer_tensor(root: &str, layer: usize, name: &str) -> String {
    format!("{root}.layers.{layer}.{name}")
}

/// Checks that the checkpoint has every tensor, in the right shape and a type that is read.
pub(crate) fn check(expected: &[Expected], source: &impl TensorSource) -> Result<(), LoadError> {
    for Expected { name, shape } in expected {
        let Some(TensorEntry { shape: found, dtype, .. }) = source.tensors().get(name) else {
            let hint = match name.as_str() {
                OUTPUT => "if its output matrix is the embedding, config.json has to say tie_word_embeddings: true",
                _ => "it may be another model's, or a part of one",
            };
            return Err(LoadError::MissingTensor { name: name.clone(), hint });
        };
        if found != shape {
            return Err(LoadError::Shape { name: name.clone(), expected: shape.clone(), found: found.clone() });
        }
        if !matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            return Err(LoadError::Dtype { name: name.clone(), found: dtype.to_string().to_lowercase() });
        }
    }
    Ok(())
}

/// Loads a model.
///
/// `settle` waits until the device has taken what was sent to it, by reading the one number it is given.
///
/// # Errors
/// When the checkpoint lacks something, cannot be read, or the device fails.
pub(crate) async fn load<S: TensorSource>(
    config: &DecoderConfig,
    source: &mut S,
    device: &Device,
    products: Products,
    progress: &mut dyn FnMut(Progress),
    settle: impl AsyncFnMut(Tensor<1>) -> Result<(), LoadError>,
) -> Result<CausalLm, LoadError> {
    let expected = expected(config, source);
    check(&expected, source)?;
    let total = bytes(config, source);
    let (root, embedding) = (root(source), embedding_name(config, source));
    let reader = Reader::new(source, progress, total);
    let mut loader = Loader { reader, root, device, products, settle, in_flight: 0 };

    let embed_tokens = loader.matrix(&[embedding]).await?;
    let lm_head = if config.tied { embed_tokens.clone() } else { loader.matrix(&[OUTPUT.into()]).await? };
    let mut layers = Vec::new();
    for number in 0..config.layers {
        layers.push(loader.layer(config, number).await?);
    }
    let norm = loader.norm(config, format!("{root}.norm.weight")).await?;
    let embedding_scale = Some(config.embedding_scale).filter(|scale| (scale - 1.0).abs() > f64::EPSILON);
    Ok(CausalLm { embed_tokens, layers, norm, lm_head, products, embedding_scale, logit_cap: config.logit_cap })
}

struct Loader<'a, S, F> {
    reader: Reader<'a, S>,
    root: &'static str,
    device: &'a Device,
    products: Products,
    settle: F,
    in_flight: usize,
}

impl<S: TensorSource, F: AsyncFnMut(Tensor<1>) -> Result<(), LoadError>> Loader<'_, S, F> {
    async fn layer(&mut self, config: &DecoderConfig, number: usize) -> Result<DecoderLayer, LoadError> {
        let root = self.root;
        let name = |part: &str| layer_tensor(root, number, part);
        let mut linear = async |parts: &[&str], bias: bool| {
            let parts: Vec<String> = parts.iter().map(|part| name(part)).collect();
            self.linear(&parts, bias).await
        };
        let qkv_proj = linear(&["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], config.biases.qkv).await?;
        let o_proj = linear(&["self_attn.o_proj"], config.biases.output).await?;
        let gate_up_proj = linear(&["mlp.gate_proj", "mlp.up_proj"], config.biases.mlp).await?;
        let down_proj = linear(&["mlp.down_proj"], config.biases.mlp).await?;
        // With two norms the one after the attention is the one before the feed-forward block.
        let after_attention = self.norm(config, name("post_attention_layernorm.weight")).await?;
        let (attention_out_norm, mlp_norm, mlp_out_norm) = if config.family.norms == Norms::Around {
            let before = self.norm(config, name("pre_feedforward_layernorm.weight")).await?;
            let after = self.norm(config, name("post_feedforward_layernorm.weight")).await?;
            (Some(after_attention), before, Some(after))
        } else {
            (None, after_attention, None)
        };
        Ok(DecoderLayer {
            input_layernorm: self.norm(config, name("input_layernorm.weight")).await?,
            self_attn: Attention {
                qkv_proj,
                o_proj,
                qk_norm: match config.family.qk_norm {
                    QkNorm::PerHead => Some(self.qk_norm(config, number).await?),
                    QkNorm::None => None,
                },
                heads: config.heads,
                kv_heads: config.kv_heads,
                head_dim: config.head_dim,
                scale: config.attention_scale,
                cap: config.attention_cap,
                rope: config.layer_ropes[number],
                window: config.windows[number],
            },
            attention_out_norm,
            mlp_norm,
            mlp: Mlp { gate_up_proj, down_proj, activation: config.family.activation.activation },
            mlp_out_norm,
        })
    }

    /// Projections that share their input, as one.
    async fn linear(&mut self, parts: &[String], bias: bool) -> Result<Linear, LoadError> {
        let named = |end: &str| -> Vec<String> { parts.iter().map(|part| format!("{part}.{end}")).collect() };
        let weight = self.matrix(&named("weight")).await?;
        let bias = if bias { Some(self.row(&named("bias")).await?) } else { None };
        Ok(Linear { weight, bias, products: self.products })
    }

    async fn norm(&mut self, config: &DecoderConfig, name: String) -> Result<RmsNorm<2>, LoadError> {
        let numbers = self.norm_numbers(config, name).await?;
        let columns = numbers.len();
        Ok(RmsNorm { weight: self.upload(numbers, [1, columns]).await?, epsilon: config.rms_norm_eps })
    }

    /// A norm's weights as they are used.
    async fn norm_numbers(&mut self, config: &DecoderConfig, name: String) -> Result<Vec<f32>, LoadError> {
        let mut numbers = self.reader.numbers(&[name]).await?;
        if config.norm_offset > 0.0 {
            for number in &mut numbers {
                *number += to_f32(config.norm_offset);
            }
        }
        Ok(numbers)
    }

    /// `q_norm` once per query head, `k_norm` once per key head.
    async fn qk_norm(&mut self, config: &DecoderConfig, number: usize) -> Result<RmsNorm<3>, LoadError> {
        let q = self.norm_numbers(config, layer_tensor(self.root, number, "self_attn.q_norm.weight")).await?;
        let k = self.norm_numbers(config, layer_tensor(self.root, number, "self_attn.k_norm.weight")).await?;
        let weight = [q.repeat(config.heads), k.repeat(config.kv_heads)].concat();
        let shape = [1, config.heads + config.kv_heads, config.head_dim];
        let weight = Tensor::from_data(TensorData::new(weight, shape), self.device);
        Ok(RmsNorm { weight, epsilon: config.rms_norm_eps })
    }

    /// Matrices with equal columns, one below the other: `[rows, columns]`
    async fn matrix(&mut self, names: &[String]) -> Result<Tensor<2>, LoadError> {
        let (rows, columns) = self.reader.shape(names);
        let numbers = self.reader.numbers(names).await?;
        self.upload(numbers, [rows, columns]).await
    }

    /// Vectors, one behind the other: `[1, columns]`
    async fn row(&mut self, names: &[String]) -> Result<Tensor<2>, LoadError> {
        let numbers = self.reader.numbers(names).await?;
        let columns = numbers.len();
        self.upload(numbers, [1, columns]).await
    }

    async fn upload(&mut self, numbers: Vec<f32>, shape: [usize; 2]) -> Result<Tensor<2>, LoadError> {
        self.in_flight += size_of_val(numbers.as_slice());
        let data = TensorData::new(numbers, shape);
        // Weights stay: a buffer of exactly their size, outside of the pools that round up and are swept.
        let tensor = self.device.memory_persistent_allocations(data, |data| Tensor::<2>::from_data(data, self.device));
        if self.in_flight >= IN_FLIGHT {
            self.in_flight = 0;
            (self.settle)(tensor.clone().slice([0..1, 0..1]).reshape([1])).await?;
        }
        Ok(tensor)
    }
}

#[cfg(test)]
mod tests;
