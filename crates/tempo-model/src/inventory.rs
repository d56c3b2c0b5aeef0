//! The tensors of a model: their names in a checkpoint, their shapes, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use tempo_kernels::WeightFormat;

use crate::checkpoint::TensorEntry;
use crate::config::{DecoderConfig, Names, Norms, QkNorm};
use crate::error::LoadError;

/// Divides the frequencies of the rotation in a GGUF file; part of the configuration, not of the weights.
pub(crate) const ROPE_FACTORS: &str = "rope_freqs.weight";
/// The same for short and for long runs.
pub(crate) const LONG_ROPE_FACTORS: [&str; 2] = ["rope_factors_short.weight", "rope_factors_long.weight"];
const OUTPUT: &str = "lm_head.weight";
/// What the names of the decoder's tensors begin with; the second and third in a model that reads images, by transformers
/// 5 and 4, and the last where a model without its output matrix was saved.
const ROOTS: [&str; 4] = ["model.", "model.language_model.", "language_model.model.", ""];

/// A tensor that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TensorSpec {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// Its rows in the order in which they are used; none: as they are.
    pub(crate) order: Arc<[Range<usize>]>,
}

/// Projections that share their input, one below the other.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    pub(crate) weights: Vec<TensorSpec>,
    /// As many as `weights`, or none.
    pub(crate) biases: Vec<TensorSpec>,
}

/// One layer, as [`tempo_kernels::LayerWeights`] has it.
#[derive(Clone, Debug)]
pub(crate) struct LayerTensors {
    pub(crate) input_norm: Option<TensorSpec>,
    /// Of the norms before both blocks, where norms have biases.
    pub(crate) norm_biases: Option<[TensorSpec; 2]>,
    pub(crate) qkv: Projection,
    pub(crate) qk_norm: Option<(TensorSpec, TensorSpec)>,
    pub(crate) output: Projection,
    pub(crate) attention_out_norm: Option<TensorSpec>,
    pub(crate) mlp_norm: Option<TensorSpec>,
    pub(crate) gate_up: Projection,
    pub(crate) down: Projection,
    pub(crate) mlp_out_norm: Option<TensorSpec>,
}

/// All tensors of a model, by the names that one checkpoint has for them.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    pub(crate) embedding: TensorSpec,
    /// `None`: the embedding.
    pub(crate) lm_head: Option<TensorSpec>,
    pub(crate) layers: Vec<LayerTensors>,
    pub(crate) norm: TensorSpec,
    pub(crate) norm_bias: Option<TensorSpec>,
}

impl TensorSpec {
    fn new(name: String, shape: &[usize]) -> Self {
        Self { name, shape: shape.to_vec(), order: Arc::default() }
    }

    /// Its elements in the order in which they are used, in pieces that lie together.
    pub(crate) fn runs(&self) -> Vec<Range<u64>> {
        let row: u64 = self.shape[1..].iter().map(|&size| size as u64).product();
        let whole = 0..self.shape[0];
        let rows = if self.order.is_empty() { std::slice::from_ref(&whole) } else { &self.order };
        rows.iter().map(|rows| rows.start as u64 * row..rows.end as u64 * row).collect()
    }

    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().map(|&size| size as u64).product()
    }
}

impl Inventory {
    /// The tensors of a model, named as they are in a checkpoint that has these; as transformers does where it has none
    /// of them.
    pub(crate) fn new(config: &DecoderConfig, checkpoint: &BTreeMap<String, TensorEntry>) -> Self {
        let has = |name: &str| checkpoint.contains_key(name);
        let neox = config.family.names == Names::NeoX;
        let (norm, embedding, output) = if neox {
            ("final_layer_norm", "embed_in.weight", "embed_out.weight")
        } else {
            ("norm", "embed_tokens.weight", OUTPUT)
        };
        let mut roots = ROOTS.into_iter().filter(|_| !neox).chain(std::iter::once("gpt_neox.").filter(|_| neox));
        let first = roots.clone().next().unwrap_or_default();
        let root = roots.find(|root| has(&format!("{root}{norm}.weight"))).unwrap_or(first);
        let matrix = [config.vocab, config.hidden];
        // A tied matrix comes under either name; the embedding's own is preferred, as transformers does.
        let own = format!("{root}{embedding}");
        let embedding = if config.tied && !has(&own) && has(output) { output.to_owned() } else { own };
        let order = joined_order(config).into();
        Self {
            embedding: TensorSpec::new(embedding, &matrix),
            lm_head: (!config.tied).then(|| TensorSpec::new(output.into(), &matrix)),
            layers: (0..config.layers)
                .map(|layer| LayerTensors::new(config, &format!("{root}layers.{layer}"), &order))
                .collect(),
            norm: TensorSpec::new(format!("{root}{norm}.weight"), &[config.hidden]),
            norm_bias: neox.then(|| TensorSpec::new(format!("{root}{norm}.bias"), &[config.hidden])),
        }
    }

    /// What the logits are made with: a matrix of its own, or the embedding.
    pub(crate) fn output(&self) -> &TensorSpec {
        self.lm_head.as_ref().unwrap_or(&self.embedding)
    }

    /// Every tensor once.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = &TensorSpec> {
        let outer = std::iter::once(&self.embedding).chain(&self.lm_head);
        outer.chain(self.layer_tensors()).chain(std::iter::once(&self.norm)).chain(&self.norm_bias)
    }

    /// Those of the layers.
    pub(crate) fn layer_tensors(&self) -> impl Iterator<Item = &TensorSpec> {
        self.layers.iter().flat_map(LayerTensors::tensors)
    }

    /// Numbers in all of them.
    pub(crate) fn parameters(&self) -> u64 {
        self.tensors().map(TensorSpec::elements).sum()
    }

    /// Bytes that they take in a checkpoint.
    pub(crate) fn stored_bytes(&self, checkpoint: &BTreeMap<String, TensorEntry>) -> u64 {
        self.tensors().filter_map(|tensor| checkpoint.get(&tensor.name)).map(|entry| entry.bytes).sum()
    }

    /// Bytes that they take on a device: matrices in the format, the embedding and the output matrix in no less than q8,
    /// everything else in f32.
    pub(crate) fn device_bytes(&self, format: WeightFormat) -> u64 {
        let outer: Vec<&TensorSpec> = std::iter::once(&self.embedding).chain(&self.lm_head).collect();
        let bytes = |tensor: &TensorSpec| match *tensor.shape {
            [rows, columns] if outer.contains(&tensor) => outer_format(format).bytes(rows, columns),
            [rows, columns] => format.bytes(rows, columns),
            _ => tensor.elements() * size_of::<f32>() as u64,
        };
        // Where norms subtract a mean, a tied matrix is two (`load`).
        let twice = self.norm_bias.is_some() && self.lm_head.is_none();
        self.tensors().map(bytes).sum::<u64>() + if twice { bytes(&self.embedding) } else { 0 }
    }

    /// Names in a checkpoint that the model has no use for.
    pub(crate) fn unused(&self, checkpoint: &BTreeMap<String, TensorEntry>) -> Vec<String> {
        let used = self.tensors().map(|tensor| tensor.name.as_str());
        let used: BTreeSet<&str> = used.chain([ROPE_FACTORS]).chain(LONG_ROPE_FACTORS).collect();
        checkpoint.keys().filter(|name| !used.contains(name.as_str())).cloned().collect()
    }

    /// Checks that a checkpoint has every tensor, in the right shape and a type that is read.
    ///
    /// # Errors
    /// Names the first one that is not so.
    pub(crate) fn check(&self, checkpoint: &BTreeMap<String, TensorEntry>) -> Result<(), LoadError> {
        for TensorSpec { name, shape, .. } in self.tensors() {
            let Some(TensorEntry { shape: found, dtype, .. }) = checkpoint.get(name) else {
                let hint = match name.as_str() {
                    OUTPUT => "if its output matrix is the embedding, config.json has to say tie_word_embeddings: true",
                    _ => "it may be another model's, or a part of one",
                };
                return Err(LoadError::MissingTensor { name: name.clone(), hint });
            };
            if found != shape {
                return Err(LoadError::Shape { name: name.clone(), expected: shape.clone(), found: found.clone() });
            }
            if !dtype.is_readable() {
                return Err(LoadError::Dtype { name: name.clone(), found: dtype.to_string() });
            }
        }
        Ok(())
    }
}

impl LayerTensors {
    /// `order` is that of the rows of joined queries, keys and values.
    fn new(config: &DecoderConfig, prefix: &str, order: &Arc<[Range<usize>]>) -> Self {
        let c = config;
        let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        let vector = |part: &str, size| TensorSpec::new(format!("{prefix}.{part}.weight"), &[size]);
        let norm = |part: &str| vector(part, c.hidden);
        let projection = |parts: &[(&str, usize)], columns: usize, bias: bool| Projection {
            weights: parts
                .iter()
                .map(|(part, rows)| TensorSpec::new(format!("{prefix}.{part}.weight"), &[*rows, columns]))
                .collect(),
            biases: parts
                .iter()
                .filter(|_| bias)
                .map(|(part, rows)| TensorSpec::new(format!("{prefix}.{part}.bias"), &[*rows]))
                .collect(),
        };
        let before = || Some(norm("input_layernorm"));
        // With two norms the one after the attention is the one before the feed-forward block.
        let after_attention = Some(norm("post_attention_layernorm"));
        let [before_mlp, after_mlp] =
            ["pre_feedforward_layernorm", "post_feedforward_layernorm"].map(|part| Some(norm(part)));
        let (input_norm, attention_out_norm, mlp_norm, mlp_out_norm) = match c.family.norms {
            Norms::Before => (before(), None, after_attention, None),
            Norms::Around => (before(), after_attention, before_mlp, after_mlp),
            Norms::After => (None, after_attention, None, after_mlp),
        };
        let separate = [("self_attn.q_proj", q), ("self_attn.k_proj", kv), ("self_attn.v_proj", kv)];
        let halves = [("mlp.gate_proj", c.intermediate), ("mlp.up_proj", c.intermediate)];
        let (qkv, gate_up, output, down): (&[_], &[_], _, _) = match c.family.names {
            Names::Llama => (&separate, &halves, "self_attn.o_proj", "mlp.down_proj"),
            Names::Joined => (
                &[("self_attn.qkv_proj", q + 2 * kv)],
                &[("mlp.gate_up_proj", 2 * c.intermediate)],
                "self_attn.o_proj",
                "mlp.down_proj",
            ),
            Names::NeoX => (
                &[("attention.query_key_value", q + 2 * kv)],
                &[("mlp.dense_h_to_4h", c.intermediate)],
                "attention.dense",
                "mlp.dense_4h_to_h",
            ),
        };
        let mut qkv = projection(qkv, c.hidden, c.biases.qkv);
        if c.family.names != Names::Llama {
            for tensor in qkv.weights.iter_mut().chain(&mut qkv.biases) {
                tensor.order.clone_from(order);
            }
        }
        let bias = |part: &str| TensorSpec::new(format!("{prefix}.{part}.bias"), &[c.hidden]);
        let qk_norm =
            |widths: [usize; 2]| Some((vector("self_attn.q_norm", widths[0]), vector("self_attn.k_norm", widths[1])));
        Self {
            input_norm,
            norm_biases: c.family.neox.then(|| ["input_layernorm", "post_attention_layernorm"].map(bias)),
            qkv,
            qk_norm: match c.family.qk_norm {
                QkNorm::None => None,
                QkNorm::PerHead => qk_norm([c.head_dim; 2]),
                QkNorm::AllHeads => qk_norm([q, kv]),
            },
            output: projection(&[(output, c.hidden)], q, c.biases.output),
            attention_out_norm,
            mlp_norm,
            gate_up: projection(gate_up, c.hidden, c.biases.mlp),
            down: projection(&[(down, c.hidden)], c.intermediate, c.biases.mlp),
            mlp_out_norm,
        }
    }

    fn tensors(&self) -> impl Iterator<Item = &TensorSpec> {
        let projections = [&self.qkv, &self.output, &self.gate_up, &self.down];
        let qk_norm = self.qk_norm.iter().flat_map(|(q, k)| [q, k]);
        self.input_norm
            .iter()
            .chain(projections.into_iter().flat_map(|each| each.weights.iter().chain(&each.biases)))
            .chain(qk_norm)
            .chain(&self.attention_out_norm)
            .chain(&self.mlp_norm)
            .chain(&self.mlp_out_norm)
            .chain(self.norm_biases.iter().flatten())
    }
}

/// Rows of the joined matrix of queries, keys and values in the order in which they are used: all queries, all keys, all
/// values, each head in the order of one whose every pair turns, some of them by nothing. Pairs are one half of a head apart,
/// and where a part of it is turned, one half of that part; queries and keys are reordered alike, so their products stay.
/// Empty where that is the order of the file.
fn joined_order(config: &DecoderConfig) -> Vec<Range<usize>> {
    let c = config;
    let (whole, turned) = (c.head_dim, c.ropes[0].rotated);
    let partial = turned > 0 && turned < whole;
    if !partial && !c.by_head {
        return Vec::new();
    }
    let still = turned + (whole - turned) / 2;
    let pairs =
        if partial { vec![0..turned / 2, turned..still, turned / 2..turned, still..whole] } else { vec![0..whole; 1] };
    // Where a head's queries, keys and values lie together, there are as many heads of each.
    let heads = (0..c.heads).map(|head| (if c.by_head { 3 * head } else { head }, true));
    let keys = (0..c.kv_heads).map(|head| (if c.by_head { 3 * head + 1 } else { c.heads + head }, true));
    let values =
        (0..c.kv_heads).map(|head| (if c.by_head { 3 * head + 2 } else { c.heads + c.kv_heads + head }, false));
    let moved = |at: usize, rows: &Range<usize>| at * whole + rows.start..at * whole + rows.end;
    heads
        .chain(keys)
        .chain(values)
        .flat_map(|(at, turns)| {
            let all = std::iter::once(0..whole).collect();
            let parts: Vec<Range<usize>> = if turns { pairs.clone() } else { all };
            parts.into_iter().map(move |rows| moved(at, &rows))
        })
        .collect()
}

/// What the embedding and the output matrix are kept as: four bits are too few for what every token and every logit
/// goes through.
pub(crate) fn outer_format(format: WeightFormat) -> WeightFormat {
    if format == WeightFormat::Q4 { WeightFormat::Q8 } else { format }
}
