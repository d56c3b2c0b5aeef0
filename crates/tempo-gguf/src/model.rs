//! The decoder that a file describes, in plain numbers.

use crate::error::{GgufError, brief};
use crate::header::Header;
use crate::tokens::{Ends, Optional};
use crate::value::{Array, Value};

/// How positions are stretched beyond the length of training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RopeScaling {
    /// They are not, as far as the metadata tell.
    None,
    /// Positions are divided by the factor.
    Linear {
        /// At least 1 in practice; finite and above 0 here.
        factor: f32,
    },
    /// Another method, as `yarn`.
    Other {
        /// Its name in the file.
        name: String,
    },
}

/// Which layers have a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowPattern {
    /// All but every so many.
    Every(u64),
    /// Those where it is true.
    Layers(Vec<bool>),
}

/// A decoder's sizes and switches. Sizes are at least 1 and fit the token embedding; nothing else was compared with
/// the tensors. What only some families ask for is read when they do, by the methods.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFacts {
    /// The family, `general.architecture`: also what its keys begin with.
    pub architecture: &'static str,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Width inside the feed-forward block.
    pub intermediate: u64,
    /// Decoder layers; never more than the file has tensors.
    pub layers: u64,
    /// Query heads.
    pub heads: u64,
    /// Key and value heads; divides `heads`.
    pub kv_heads: u64,
    /// Size of one head; even.
    pub head_dim: u64,
    /// Elements of a head that are rotated; even, at most `head_dim`.
    pub rotated: u64,
    /// Rows of the token embedding.
    pub vocab: u64,
    /// The longest text the model was made for.
    pub max_positions: u64,
    /// Added to the mean square before its root is taken.
    pub rms_norm_eps: f32,
    /// The base of the rotation's frequencies, where the file tells it.
    pub rope_theta: Option<f32>,
    /// How positions are stretched.
    pub rope_scaling: RopeScaling,
    /// True if the file has `rope_freqs.weight`, by whose elements (one for each pair of a head) the frequencies are
    /// divided: Llama 3's scaling, computed when the file was written.
    pub rope_factors: bool,
    /// True if the file has no `output.weight`, so that the token embedding makes the logits.
    pub tied: bool,
    /// Tokens that end a text: end of text, of turn, of message, as far as the file tells.
    pub eos_ids: Vec<u32>,
    /// The texts of those among them that no key names.
    pub eos_by_name: Vec<String>,
    /// What is wrong with keys of end tokens; they are taken as not there.
    pub left_out: Vec<GgufError>,
}

impl ModelFacts {
    /// Reads them from the metadata and from which tensors there are. `architectures` are the families that the caller
    /// knows.
    ///
    /// # Errors
    /// When the family is none of them, a key is missing or of another type, or numbers contradict each other.
    pub fn new(header: &Header, architectures: &[&'static str]) -> Result<Self, GgufError> {
        const ARCHITECTURE: &str = "general.architecture";
        let name = header.string(ARCHITECTURE)?;
        let Some(&architecture) = architectures.iter().find(|known| **known == name) else {
            let allowed = format!("one of {}", architectures.join(", "));
            return Err(GgufError::KeyValue { key: ARCHITECTURE.into(), allowed, found: brief(name) });
        };
        let keys = Keys { header, architecture };
        let (parts, here) = (header.parts()?.max(1), header.joined());
        if parts != here {
            let allowed = if here == 1 { "1, all in one file".into() } else { format!("{here}, as many as are here") };
            return Err(GgufError::KeyValue { key: "split.count".into(), allowed, found: parts.to_string() });
        }

        let hidden = keys.size("embedding_length")?;
        let heads = keys.size("attention.head_count")?;
        let kv_heads = keys.optional_size("attention.head_count_kv")?.unwrap_or(heads);
        keys.check("attention.head_count_kv", kv_heads, heads.is_multiple_of(kv_heads), || {
            format!("a divisor of the {heads} heads")
        })?;
        let layers = keys.size("block_count")?;
        let tensors = header.tensors().len() as u64;
        keys.check("block_count", layers, layers <= tensors, || format!("at most the {tensors} tensors of the file"))?;

        let head_dim = keys.head_dim(hidden, heads)?;
        let rotated = keys.optional_size("rope.dimension_count")?.unwrap_or(head_dim);
        keys.check("rope.dimension_count", rotated, rotated <= head_dim && rotated.is_multiple_of(2), || {
            format!("even and at most the head size {head_dim}")
        })?;

        let embedding = header.tensor("token_embd.weight")?;
        let &[width, vocab] = embedding.dimensions() else {
            return Err(dimensions(embedding, format!("[{hidden}, vocabulary]")));
        };
        if width != hidden {
            return Err(dimensions(embedding, format!("[{hidden}, vocabulary]")));
        }

        let mut optional = Optional { header, vocab, left_out: Vec::new() };
        let Ends { ids: eos_ids, by_name: eos_by_name } = optional.ends();
        Ok(Self {
            architecture,
            hidden,
            intermediate: keys.size("feed_forward_length")?,
            layers,
            heads,
            kv_heads,
            head_dim,
            rotated,
            vocab,
            max_positions: keys.size("context_length")?,
            rms_norm_eps: keys
                .first_positive(["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"])?
                .ok_or_else(|| GgufError::MissingKey { key: keys.key("attention.layer_norm_rms_epsilon") })?,
            rope_theta: keys.first_positive(["rope.freq_base", "rope.global.freq_base"])?,
            rope_scaling: keys.rope_scaling()?,
            rope_factors: header.find_tensor("rope_freqs.weight").is_some(),
            tied: header.find_tensor("output.weight").is_none(),
            eos_ids,
            eos_by_name,
            left_out: optional.left_out,
        })
    }
}

/// What only some families ask for.
impl ModelFacts {
    /// The base of the rotation's frequencies in layers with a window, where the file tells it.
    ///
    /// # Errors
    /// When the value is of another type or cannot be.
    pub fn rope_theta_local(&self, header: &Header) -> Result<Option<f32>, GgufError> {
        self.keys(header).first_positive(["rope.freq_base_swa", "rope.local.freq_base"])
    }

    /// Keys that a query sees in layers with a window.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn sliding_window(&self, header: &Header) -> Result<Option<u64>, GgufError> {
        let window = header.optional(&self.keys(header).key("attention.sliding_window"))?;
        Ok(window.filter(|&window: &u64| window > 0))
    }

    /// Which layers have a window, where the file tells it.
    ///
    /// # Errors
    /// When the value is of another type or cannot be.
    pub fn sliding_window_pattern(&self, header: &Header) -> Result<Option<WindowPattern>, GgufError> {
        const NAME: &str = "attention.sliding_window_pattern";
        let keys = self.keys(header);
        let key = keys.key(NAME);
        match header.value(&key) {
            Some(Value::Array(Array::Bool(layers))) if layers.len() as u64 >= self.layers => {
                Ok(Some(WindowPattern::Layers(layers.clone())))
            }
            Some(Value::Array(Array::Bool(layers))) => {
                let allowed = format!("as long as the {} layers", self.layers);
                Err(GgufError::KeyValue { key, allowed, found: layers.len().to_string() })
            }
            _ => Ok(keys.optional_size(NAME)?.map(WindowPattern::Every)),
        }
    }

    /// Logits are squeezed below this, if the file says so.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn final_logit_softcap(&self, header: &Header) -> Result<Option<f32>, GgufError> {
        header.optional(&self.keys(header).key("final_logit_softcapping"))
    }

    fn keys<'a>(&self, header: &'a Header) -> Keys<'a> {
        Keys { header, architecture: self.architecture }
    }
}

fn dimensions(tensor: &crate::Tensor, expected: String) -> GgufError {
    GgufError::Dimensions { name: tensor.name().to_owned(), expected, found: tensor.dimensions().to_vec() }
}

/// The keys of one family.
struct Keys<'a> {
    header: &'a Header,
    architecture: &'static str,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    fn check(&self, name: &str, found: u64, holds: bool, allowed: impl Fn() -> String) -> Result<(), GgufError> {
        if holds {
            return Ok(());
        }
        Err(GgufError::KeyValue { key: self.key(name), allowed: allowed(), found: found.to_string() })
    }

    /// Some programs write a size for each layer; here it has to be the same in all.
    fn optional_size(&self, name: &str) -> Result<Option<u64>, GgufError> {
        let key = self.key(name);
        // 32 bits are enough for any size, and products of two of them cannot overflow.
        let size: Option<u32> = match self.header.value(&key) {
            Some(Value::Array(_)) => {
                let sizes = self.header.u32s(&key)?;
                let first = sizes.first().copied().unwrap_or(0);
                if let Some(other) = sizes.iter().find(|size| **size != first) {
                    let found = format!("{first} and {other}");
                    return Err(GgufError::KeyValue { key, allowed: "the same in every layer".into(), found });
                }
                Some(first)
            }
            _ => self.header.optional(&key)?,
        };
        self.check(name, 0, size != Some(0), || "at least 1".into())?;
        Ok(size.map(u64::from))
    }

    fn size(&self, name: &str) -> Result<u64, GgufError> {
        self.optional_size(name)?.ok_or_else(|| GgufError::MissingKey { key: self.key(name) })
    }

    fn positive(&self, name: &str) -> Result<Option<f32>, GgufError> {
        let key = self.key(name);
        match self.header.optional::<f32>(&key)? {
            Some(found) if !(found.is_finite() && found > 0.0) => {
                Err(GgufError::KeyValue { key, allowed: "finite and above 0".into(), found: found.to_string() })
            }
            found => Ok(found),
        }
    }

    /// The first of several keys that say the same: programs differ in what they call it.
    fn first_positive(&self, names: [&str; 2]) -> Result<Option<f32>, GgufError> {
        let [first, second] = names;
        match self.positive(first)? {
            None => self.positive(second),
            found => Ok(found),
        }
    }

    fn head_dim(&self, hidden: u64, heads: u64) -> Result<u64, GgufError> {
        const KEY: &str = "attention.key_length";
        const VALUE: &str = "attention.value_length";
        let head_dim = if let Some(length) = self.optional_size(KEY)? {
            length
        } else {
            self.check("attention.head_count", heads, hidden.is_multiple_of(heads), || {
                format!("a divisor of the width {hidden}, or {KEY} be there")
            })?;
            hidden / heads
        };
        self.check(KEY, head_dim, head_dim.is_multiple_of(2), || "even".into())?;
        let value = self.optional_size(VALUE)?.unwrap_or(head_dim);
        self.check(VALUE, value, value == head_dim, || format!("the size of a key, {head_dim}"))?;
        Ok(head_dim)
    }

    fn rope_scaling(&self) -> Result<RopeScaling, GgufError> {
        const FACTOR: &str = "rope.scaling.factor";
        let name: Option<&str> = self.header.optional(&self.key("rope.scaling.type"))?;
        // llama.cpp takes 0 for a factor that is not there.
        let scale = |name: &str| match self.header.optional::<f32>(&self.key(name))? {
            Some(0.0) => Ok(None),
            _ => self.positive(name),
        };
        // Old files have a factor alone, the oldest under another key.
        let linear = || match scale(FACTOR)? {
            None => scale("rope.scale_linear"),
            found => Ok::<_, GgufError>(found),
        };
        Ok(match name {
            None => linear()?.map_or(RopeScaling::None, |factor| RopeScaling::Linear { factor }),
            Some("none") => RopeScaling::None,
            Some("linear") => {
                let factor = linear()?.ok_or_else(|| GgufError::MissingKey { key: self.key(FACTOR) })?;
                RopeScaling::Linear { factor }
            }
            Some(name) => RopeScaling::Other { name: name.to_owned() },
        })
    }
}
