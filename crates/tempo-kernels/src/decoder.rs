//! The sizes and switches of a decoder, as far as kernels are concerned.

/// What stands between the two halves of the feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x * sigmoid(x)`
    Silu,
    /// The tanh approximation of GELU.
    GeluTanh,
    /// GELU by the error function.
    Gelu,
}

/// What differs between the layers of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerKind {
    /// Sliding window, in sets; `None` sees everything.
    pub window: Option<u32>,
    /// Which of [`Decoder::ropes`] turns its heads.
    pub rope: usize,
}

/// How a pair of numbers of a head is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Radians per position.
    pub frequency: f64,
    /// Multiplies both numbers.
    pub scale: f64,
}

/// A kind of rotation: a turn for every pair of a head, `head_dim / 2` of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    turns: Vec<Turn>,
    /// In runs of more rows than this, these.
    long: Option<(usize, Vec<Turn>)>,
    is_long: bool,
}

impl Rope {
    /// The same turns in every run.
    pub fn new(turns: Vec<Turn>) -> Self {
        Self { turns, long: None, is_long: false }
    }

    /// Other turns in runs of more than so many rows.
    #[must_use]
    pub fn above(self, rows: usize, turns: Vec<Turn>) -> Self {
        Self { long: Some((rows, turns)), ..self }
    }

    /// A run of so many rows begins.
    pub fn begin(&mut self, rows: usize) {
        self.is_long = self.long.as_ref().is_some_and(|(above, _)| rows > *above);
    }

    /// Those of the present run.
    pub fn turns(&self) -> &[Turn] {
        self.long.as_ref().filter(|_| self.is_long).map_or(&self.turns, |(_, turns)| turns)
    }

    /// What a position turns every pair by: cosine and sine.
    pub fn at(&self, position: u32) -> impl Iterator<Item = (f32, f32)> {
        #[expect(clippy::cast_possible_truncation, reason = "sines and cosines are used in f32")]
        self.turns().iter().map(move |turn| {
            let (sin, cos) = (f64::from(position) * turn.frequency).sin_cos();
            ((cos * turn.scale) as f32, (sin * turn.scale) as f32)
        })
    }
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
    /// Every kind of rotation.
    pub ropes: Vec<Rope>,
    /// Between the halves of the feed-forward block.
    pub activation: Activation,
    /// The feed-forward block multiplies its first half by another; else it only bends it.
    pub gated: bool,
    /// The feed-forward block is given what the attention is given, and both are added.
    pub parallel: bool,
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

    /// Rows of the first matrix of the feed-forward block.
    pub fn gate_up_width(&self) -> usize {
        self.intermediate * if self.gated { 2 } else { 1 }
    }

    /// Cosines and sines of these positions for one kind of rotation, `[positions, head_dim / 2]` each.
    pub fn angles(&self, rope: usize, positions: impl Iterator<Item = u32>) -> (Vec<f32>, Vec<f32>) {
        positions.flat_map(|position| self.ropes[rope].at(position)).unzip()
    }

    /// A run of so many rows begins: its keys are turned in one way from the first to the last.
    pub fn begin(&mut self, rows: usize) {
        self.ropes.iter_mut().for_each(|rope| rope.begin(rows));
    }
}
