//! The decoder: two lines per block.

use burn::tensor::Tensor;

use crate::activation::soft_cap;
use crate::attention::Attention;
use crate::cache::Cache;
use crate::linear::{Products, product};
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
    /// Bounds the logits.
    pub(crate) logit_cap: Option<f64>,
}

/// One layer.
#[derive(Clone, Debug)]
pub(crate) struct DecoderLayer {
    pub(crate) input_layernorm: RmsNorm<2>,
    pub(crate) self_attn: Attention,
    /// On what the attention gives: `post_attention_layernorm` of a layer with four norms.
    pub(crate) attention_out_norm: Option<RmsNorm<2>>,
    /// Before the feed-forward block: `post_attention_layernorm` of a layer with two norms,
    /// `pre_feedforward_layernorm` of one with four.
    pub(crate) mlp_norm: RmsNorm<2>,
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

impl CausalLm {
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
                layer.input_layernorm.forward(h.clone()),
                inputs,
                cache.layer(number),
                weight > 0.0,
            );
            weights.extend(attended.weights);
            h = h + normed(layer.attention_out_norm.as_ref(), attended.output);
            let fed = layer.mlp.forward(layer.mlp_norm.forward(h.clone()));
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
            soft_cap(product(h, &self.lm_head, self.products), self.logit_cap)
        });
        Outputs { logits, received, weights }
    }
}

/// What a block gives, normalised where its layer does that.
fn normed(norm: Option<&RmsNorm<2>>, output: Tensor<2>) -> Tensor<2> {
    match norm {
        Some(norm) => norm.forward(output),
        None => output,
    }
}
