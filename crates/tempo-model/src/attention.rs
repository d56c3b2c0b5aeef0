//! Grouped-query attention, written out: burn's fused one does not return the attention that a row received.

use burn::tensor::{Tensor, activation::softmax};
use tempo_kernels::Observe;

use crate::activation::soft_cap;
use crate::cache::LayerCache;
use crate::linear::Linear;
use crate::norm::RmsNorm;
use crate::pass::Inputs;

/// The attention block of one layer.
#[derive(Clone, Debug)]
pub(crate) struct Attention {
    /// `q_proj`, `k_proj` and `v_proj` in one matrix, in this order: `[(heads + 2 * kv_heads) * head_dim, hidden]`
    pub(crate) qkv_proj: Linear,
    /// `[hidden, heads * head_dim]`
    pub(crate) o_proj: Linear,
    pub(crate) qk_norm: Option<HeadNorm>,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    /// Multiplies the queries.
    pub(crate) scale: f64,
    /// Bounds the attention logits.
    pub(crate) cap: Option<f64>,
    /// Which rotation turns the layer's heads.
    pub(crate) rope: usize,
    /// The layer's sliding window, in sets.
    pub(crate) window: Option<usize>,
}

/// How queries and keys are normalised before they are turned.
#[derive(Clone, Debug)]
pub(crate) enum HeadNorm {
    /// `q_norm` for every query head, then `k_norm` for every key head: `[1, heads + kv_heads, head_dim]`
    Apart(RmsNorm<3>),
    /// All query heads together, all key heads together: `[1, heads * head_dim]` and `[1, kv_heads * head_dim]`
    Together([RmsNorm<2>; 2]),
}

impl HeadNorm {
    /// # Shapes
    /// `[queries, heads + kv_heads, head_dim]` to the same
    fn forward(&self, qk: Tensor<3>) -> Tensor<3> {
        let [q, k] = match self {
            Self::Apart(norm) => return norm.forward(qk),
            Self::Together(norms) => norms,
        };
        let [queries, heads, dim] = qk.dims();
        let flat = qk.reshape([queries, heads * dim]);
        let [_, width] = q.weight.dims();
        let normed_q = q.forward(flat.clone().narrow(1, 0, width));
        let normed_k = k.forward(flat.narrow(1, width, heads * dim - width));
        Tensor::cat(vec![normed_q, normed_k], 1).reshape([queries, heads, dim])
    }
}

/// What one layer's attention gives.
#[derive(Debug)]
pub(crate) struct AttentionOutput {
    /// `[queries, hidden]`
    pub(crate) output: Tensor<2>,
    /// `[1, context]`: mean over heads and over the measured queries of the attention on each row, where asked for.
    pub(crate) received: Option<Tensor<2>>,
    /// `[heads, queries, context]`: every head's attention, with [`Observe::Attention`].
    pub(crate) weights: Option<Tensor<3>>,
}

impl Attention {
    /// Writes the queries' keys and values to the cache, unless they are there already, then lets every query look at
    /// the context.
    ///
    /// # Shapes
    /// `x`: `[queries, hidden]`
    pub(crate) fn forward(
        &self,
        x: Tensor<2>,
        inputs: &Inputs,
        cache: &mut LayerCache,
        measure: bool,
    ) -> AttentionOutput {
        let (heads, kv_heads, dim) = (self.heads, self.kv_heads, self.head_dim);
        let group = heads / kv_heads;
        let [queries, _] = x.dims();
        let context = inputs.context;

        let qkv = self.qkv_proj.forward(x).reshape([queries, heads + 2 * kv_heads, dim]);
        let qk = qkv.clone().narrow(1, 0, heads + kv_heads); // [queries, heads + kv_heads, dim]
        let qk = match &self.qk_norm {
            Some(norm) => norm.forward(qk),
            None => qk,
        };
        let qk = inputs.rotations[self.rope].apply(qk).swap_dims(0, 1); // [heads + kv_heads, queries, dim]
        let v = qkv.narrow(1, heads + kv_heads, kv_heads).swap_dims(0, 1); // [kv_heads, queries, dim]
        if inputs.observe == Observe::Nothing {
            cache.write(&inputs.runs, &qk.clone().narrow(0, heads, kv_heads), &v);
        }

        // The queries of a group share their keys: they become rows of one product instead of copies of the keys.
        let q = qk.narrow(0, 0, heads) * self.scale;
        let q = q.reshape([kv_heads, group * queries, dim]); // [kv_heads, group * queries, dim]
        let (k, v) = cache.read(context); // [kv_heads, context, dim]
        let scores = q.matmul(k.swap_dims(1, 2)).reshape([heads, queries, context]);
        let scores = soft_cap(scores, self.cap);
        let p = softmax(scores + inputs.mask(self.window), 2); // [heads, queries, context]
        let received = inputs.share.clone().filter(|_| measure).map(|share| {
            share.matmul(p.clone().reshape([heads * queries, context])) // [1, context]
        });
        let weights = (inputs.observe == Observe::Attention).then(|| p.clone());
        let mixed = p.reshape([kv_heads, group * queries, context]).matmul(v); // [kv_heads, group * queries, dim]
        let mixed = mixed.reshape([heads, queries, dim]).swap_dims(0, 1); // [queries, heads, dim]
        let output = self.o_proj.forward(mixed.reshape([queries, heads * dim]));
        AttentionOutput { output, received, weights }
    }
}
