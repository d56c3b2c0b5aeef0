//! The sizes and switches of a decoder, as far as kernels are concerned.

/// What stands between the two halves of the feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x * sigmoid(x)`
    Silu,
    /// The tanh approximation of GELU.
    GeluTanh,
}

/// What differs between the layers of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerKind {
    /// Sliding window, in sets; `None` sees everything.
    pub window: Option<u32>,
    /// Which of [`Decoder::frequencies`] turns its heads.
    pub rope: usize,
}

/// A decoder-only transformer.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder {
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward block.
    pub intermediate: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Size of one head; even.
    pub head_dim: usize,
    /// Logits per row.
    pub vocab: usize,
    /// Added to the mean square before its root is taken.
    pub rms_norm_eps: f32,
    /// One entry per layer.
    pub layers: Vec<LayerKind>,
    /// Angle per position of every pair of a head, `head_dim / 2` each; one entry per kind of rotation.
    pub frequencies: Vec<Vec<f64>>,
    /// Between the halves of the feed-forward block.
    pub activation: Activation,
    /// Multiplies the embedding.
    pub embedding_scale: f32,
    /// Multiplies the queries.
    pub attention_scale: f32,
    /// `cap * tanh(x / cap)` on attention logits.
    pub attention_cap: Option<f32>,
    /// `cap * tanh(x / cap)` on the model's logits.
    pub logit_cap: Option<f32>,
}

impl Decoder {
    /// Width of concatenated queries.
    pub fn q_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of concatenated keys, and of values.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Rows of the joined matrix of queries, keys and values.
    pub fn qkv_width(&self) -> usize {
        self.q_width() + 2 * self.kv_width()
    }

    /// Cosines and sines of these positions for one kind of rotation, `[positions, head_dim / 2]` each.
    pub fn angles(&self, rope: usize, positions: impl Iterator<Item = u32>) -> (Vec<f32>, Vec<f32>) {
        #[expect(clippy::cast_possible_truncation, reason = "sines and cosines are used in f32")]
        positions
            .flat_map(|position| {
                self.frequencies[rope].iter().map(move |frequency| {
                    let (sin, cos) = (f64::from(position) * frequency).sin_cos();
                    (cos as f32, sin as f32)
                })
            })
            .unzip()
    }
}
