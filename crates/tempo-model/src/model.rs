//! The decoder: two lines per block.

use burn::tensor::{Device, Tensor, TensorData};
use tempo_kernels::{LayerWeights, Weights};

use crate::activation::soft_cap;
use crate::attention::{Attention, HeadNorm};
use crate::cache::Cache;
use crate::config::{DecoderConfig, QkNorm};
use crate::linear::{Linear, Products, product};
use crate::mlp::Mlp;
use crate::norm::RmsNorm;
use crate::pass::Inputs;

/// A decoder-only transformer with rotary positions. Fields are named as the checkpoint names its tensors.
#[derive(Clone, Debug)]
pub(crate) struct CausalLm {
    /// `[vocab, hidden]`
    pub(crate) embed_tokens: Tensor<2>,
    pub(crate) layers: Vec<DecoderLayer>,
    pub(crate) norm: RmsNorm<2>,
    /// `[vocab, hidden]`; shares its memory with `embed_tokens` where the two are tied.
    pub(crate) lm_head: Tensor<2>,
    pub(crate) products: Products,
    /// Multiplies the embedding, where it is not 1.
    pub(crate) embedding_scale: Option<f64>,
    /// `[1, vocab]`, added to the logits.
    pub(crate) logit_bias: Option<Tensor<2>>,
    /// Bounds the logits.
    pub(crate) logit_cap: Option<f64>,
    /// Both blocks of a layer read the same rows.
    pub(crate) parallel: bool,
}

/// One layer.
#[derive(Clone, Debug)]
pub(crate) struct DecoderLayer {
    pub(crate) input_layernorm: Option<RmsNorm<2>>,
    pub(crate) self_attn: Attention,
    /// On what the attention gives: `post_attention_layernorm` of a layer with four norms.
    pub(crate) attention_out_norm: Option<RmsNorm<2>>,
    /// Before the feed-forward block: `post_attention_layernorm` of a layer with two norms,
    /// `pre_feedforward_layernorm` of one with four.
    pub(crate) mlp_norm: Option<RmsNorm<2>>,
    pub(crate) mlp: Mlp,
    /// On what the feed-forward block gives: `post_feedforward_layernorm`.
    pub(crate) mlp_out_norm: Option<RmsNorm<2>>,
}

/// What a chunk of a pass leaves on the device.
#[derive(Debug)]
pub(crate) struct Outputs {
    /// `[logits rows, vocab]`
    pub(crate) logits: Option<Tensor<2>>,
    /// `[1, context]`
    pub(crate) received: Option<Tensor<2>>,
    /// `[heads, queries, context]` of each layer, with `Observe::Attention`.
    pub(crate) weights: Vec<Tensor<3>>,
}

/// Makes tensors of what is loaded besides matrices, and modules of both.
struct Modules<'a> {
    config: &'a DecoderConfig,
    products: Products,
    device: &'a Device,
}

impl Modules<'_> {
    /// `[1, columns]`
    fn row(&self, numbers: Vec<f32>) -> Tensor<2> {
        let columns = numbers.len();
        Tensor::from_data(TensorData::new(numbers, [1, columns]), self.device)
    }

    fn norm(&self, weight: Vec<f32>) -> RmsNorm<2> {
        RmsNorm { weight: self.row(weight), epsilon: self.config.rms_norm_eps }
    }

    /// Of all heads together, or `q` once per query head and `k` once per key head.
    fn qk_norm(&self, (q, k): (Vec<f32>, Vec<f32>)) -> HeadNorm {
        let c = self.config;
        if c.family.qk_norm == QkNorm::AllHeads {
            return HeadNorm::Together([self.norm(q), self.norm(k)]);
        }
        let weight =
            TensorData::new([q.repeat(c.heads), k.repeat(c.kv_heads)].concat(), [1, c.heads + c.kv_heads, c.head_dim]);
        HeadNorm::Apart(RmsNorm { weight: Tensor::from_data(weight, self.device), epsilon: c.rms_norm_eps })
    }

    fn linear(&self, linear: tempo_kernels::Linear<Tensor<2>>) -> Linear {
        Linear { weight: linear.weight, bias: linear.bias.map(|bias| self.row(bias)), products: self.products }
    }

    fn layer(&self, number: usize, weights: LayerWeights<Tensor<2>>) -> DecoderLayer {
        let c = self.config;
        DecoderLayer {
            input_layernorm: weights.input_norm.map(|norm| self.norm(norm)),
            self_attn: Attention {
                qkv_proj: self.linear(weights.qkv),
                o_proj: self.linear(weights.output),
                qk_norm: weights.qk_norm.map(|both| self.qk_norm(both)),
                heads: c.heads,
                kv_heads: c.kv_heads,
                head_dim: c.head_dim,
                scale: c.attention_scale,
                cap: c.attention_cap,
                rope: c.layer_ropes[number],
                window: c.windows[number],
            },
            attention_out_norm: weights.attention_out_norm.map(|norm| self.norm(norm)),
            mlp_norm: weights.mlp_norm.map(|norm| self.norm(norm)),
            mlp: Mlp {
                gate_up_proj: self.linear(weights.gate_up),
                down_proj: self.linear(weights.down),
                activation: c.family.activation.activation,
                gated: !c.family.neox,
            },
            mlp_out_norm: weights.mlp_out_norm.map(|norm| self.norm(norm)),
        }
    }
}

impl CausalLm {
    /// A decoder with these weights.
    pub(crate) fn new(
        config: &DecoderConfig,
        weights: Weights<Tensor<2>>,
        products: Products,
        device: &Device,
    ) -> Self {
        let modules = Modules { config, products, device };
        let layers = weights.layers.into_iter().enumerate();
        Self {
            lm_head: weights.lm_head.unwrap_or_else(|| weights.embedding.clone()),
            embed_tokens: weights.embedding,
            layers: layers.map(|(number, layer)| modules.layer(number, layer)).collect(),
            norm: modules.norm(weights.norm),
            products,
            embedding_scale: Some(config.embedding_scale).filter(|scale| (scale - 1.0).abs() > f64::EPSILON),
            logit_bias: weights.logit_bias.map(|bias| modules.row(bias)),
            logit_cap: config.logit_cap,
            parallel: config.parallel,
        }
    }

    /// One pass over the queries in `inputs`.
    pub(crate) fn forward(&self, inputs: &Inputs, cache: &mut Cache) -> Outputs {
        let mut h = self.embed_tokens.clone().select(0, inputs.tokens.clone()); // [queries, hidden]
        if let Some(scale) = self.embedding_scale {
            h = h * scale;
        }
        let mut received: Option<Tensor<2>> = None;
        let mut weights = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            let weight = inputs.layer_weight(number);
            let attended = layer.self_attn.forward(
                normed(layer.input_layernorm.as_ref(), h.clone()),
                inputs,
                cache.layer(number),
                weight > 0.0,
            );
            weights.extend(attended.weights);
            let given = h.clone();
            h = h + normed(layer.attention_out_norm.as_ref(), attended.output);
            let given = if self.parallel { given } else { h.clone() };
            let fed = layer.mlp.forward(normed(layer.mlp_norm.as_ref(), given));
            h = h + normed(layer.mlp_out_norm.as_ref(), fed);
            if let Some(part) = attended.received.map(|part| part * weight) {
                received = Some(match received {
                    Some(sum) => sum + part,
                    None => part,
                });
            }
        }
        let rows = &inputs.logits;
        let logits = (!rows.is_empty()).then(|| {
            let h = self.norm.forward(h.narrow(0, rows.start, rows.len())); // [logits rows, hidden]
            let logits = product(h, &self.lm_head, self.products);
            let logits = match &self.logit_bias {
                Some(bias) => logits + bias.clone(),
                None => logits,
            };
            soft_cap(logits, self.logit_cap)
        });
        Outputs { logits, received, weights }
    }
}

/// What a block is given or gives, normalised where its layer does that.
fn normed(norm: Option<&RmsNorm<2>>, x: Tensor<2>) -> Tensor<2> {
    match norm {
        Some(norm) => norm.forward(x),
        None => x,
    }
}
