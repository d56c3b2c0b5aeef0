//! The weights of a decoder, whatever the type of their matrices.

/// A matrix with an optional bias.
#[derive(Clone, Debug)]
pub struct Linear<M> {
    /// `[outputs, inputs]`
    pub weight: M,
    /// `[outputs]`
    pub bias: Option<Vec<f32>>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct LayerWeights<M> {
    /// Before attention, where there is one: `[hidden]`
    pub input_norm: Option<Vec<f32>>,
    /// Queries, keys, values, one below the other: `[(heads + 2 * kv_heads) * head_dim, hidden]`
    pub qkv: Linear<M>,
    /// Normalises queries and keys before they are turned, as many numbers at a time as there are weights: `[head_dim]` each
    /// for every head by itself, or all heads together.
    pub qk_norm: Option<(Vec<f32>, Vec<f32>)>,
    /// `[hidden, heads * head_dim]`
    pub output: Linear<M>,
    /// On the attention's output, before it is added: `[hidden]`
    pub attention_out_norm: Option<Vec<f32>>,
    /// Before the feed-forward block, where there is one: `[hidden]`
    pub mlp_norm: Option<Vec<f32>>,
    /// Gate, then up: `[2 * intermediate, hidden]`; without a gate `[intermediate, hidden]`
    pub gate_up: Linear<M>,
    /// `[hidden, intermediate]`
    pub down: Linear<M>,
    /// On the block's output, before it is added: `[hidden]`
    pub mlp_out_norm: Option<Vec<f32>>,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Weights<M> {
    /// `[vocab, hidden]`
    pub embedding: M,
    /// `[vocab, hidden]`; `None`: the embedding.
    pub lm_head: Option<M>,
    /// Added to the logits: `[vocab]`
    pub logit_bias: Option<Vec<f32>>,
    /// From the bottom up.
    pub layers: Vec<LayerWeights<M>>,
    /// Before the output matrix: `[hidden]`
    pub norm: Vec<f32>,
}
