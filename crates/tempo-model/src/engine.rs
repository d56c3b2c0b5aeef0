//! The model behind tempo-core's trait: plan to tensors, forward, one read.

use std::path::Path;

use burn::tensor::{ExecutionError, Tensor};
use tempo_core::{LanguageModel, ModelDescription, Readout, StepPlan, TokenId, Visibility, Vocabulary};

use crate::cache::{Cache, RowShape};
use crate::checkpoint::{Checkpoint, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::device::DeviceChoice;
use crate::error::{ForwardError, LoadError};
use crate::linear::Products;
use crate::load::{self, Progress};
use crate::mask::InSet;
use crate::model::CausalLm;
use crate::pass::{Inputs, Pass, PassKey, PassQuery};
use crate::rope::Frequencies;
use crate::tokenizer::Tokenizer;
use crate::warm;

/// Queries of one pass at most, whole sets aside: bounds the memory that masks and attention take in a long prefill.
const CHUNK: usize = 256;

/// A loaded model on a device.
#[derive(Debug)]
pub struct Engine {
    model: CausalLm,
    config: DecoderConfig,
    frequencies: Frequencies,
    cache: Cache,
    device: DeviceChoice,
    description: ModelDescription,
    counts: Counts,
}

/// The files of a model beside its weights.
#[derive(Clone, Copy, Debug)]
pub struct ModelFiles<'a> {
    /// What the model is called in traces.
    pub id: &'a str,
    /// Content of `config.json`.
    pub config: &'a [u8],
    /// Content of `generation_config.json`, where there is one.
    pub generation: Option<&'a [u8]>,
}

/// What an engine has done since it was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passes through the layers; a long prefill takes several.
    pub passes: u64,
    /// Reads from the device.
    pub readbacks: u64,
    /// Bytes read from it.
    pub bytes_read: u64,
}

impl Engine {
    /// Loads the model in a folder with the layout of Hugging Face: `config.json`, `model.safetensors` or shards with
    /// their index, `generation_config.json` where there is one.
    ///
    /// # Errors
    /// When a file is missing or unsound, when the model is of a kind that is not supported, or does not fit the device.
    pub async fn load(folder: &Path, device: &DeviceChoice, progress: impl FnMut(Progress)) -> Result<Self, LoadError> {
        let (config, generation) = read_configs(folder)?;
        let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let id = resolved.file_name().unwrap_or_default().to_string_lossy();
        let files = ModelFiles { id: &id, config: &config, generation: generation.as_deref() };
        // The configuration is judged first: an unsupported model needs no checkpoint to be refused.
        ConfigFile::parse(files.config)?.resolve(files.generation)?;
        Self::from_source(files, &mut Checkpoint::open(folder)?, device, progress).await
    }

    /// Loads a model from wherever its tensors are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn from_source(
        files: ModelFiles<'_>,
        source: &mut impl TensorSource,
        device: &DeviceChoice,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let config = ConfigFile::parse(files.config)?.resolve(files.generation)?;
        Self::with_config(files.id, config, source, device, &mut progress).await
    }

    /// Runs every kind of pass once on a model of the same shapes with one layer and no weights, so that a device has
    /// compiled what it needs before the weights are there. The CPU needs none of this.
    ///
    /// # Errors
    /// When the model is not supported, does not fit the device, or the device fails.
    pub async fn warm(config: &[u8], device: &DeviceChoice) -> Result<(), LoadError> {
        if device.is_cpu() {
            return Ok(());
        }
        let config = warm::shrink(ConfigFile::parse(config)?.resolve(None)?);
        let mut nothing = warm::NoWeights::of(&config);
        let mut engine = Self::with_config("warm-up", config, &mut nothing, device, &mut |_| ()).await?;
        engine.cache.begin(warm::ROWS, row_shape(&engine.config), &device.device);
        for pass in warm::passes() {
            let rows = pass.keys.len();
            engine.compute(vec![pass], rows).await.map_err(|error| match error {
                ForwardError::Readback(error) => LoadError::Upload(error),
                other => LoadError::WarmUp(Box::new(other)),
            })?;
        }
        Ok(())
    }

    async fn with_config(
        id: &str,
        config: DecoderConfig,
        source: &mut impl TensorSource,
        device: &DeviceChoice,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, LoadError> {
        device.check_buffer(load::largest_buffer(&config))?;
        let products = if device.is_cpu() { Products::InPlace } else { Products::Whole };
        let settle = async |number: Tensor<1>| read_back(number).await.map(|_| ()).map_err(LoadError::Upload);
        // Boxed, so that the futures of whoever awaits this stay small.
        let loading = load::load(&config, source, &device.device, products, progress, settle);
        let model = Box::pin(loading).await?;
        Ok(Self {
            model,
            frequencies: Frequencies::new(config.rope, config.head_dim),
            cache: Cache::empty(),
            device: device.clone(),
            description: describe(id, &config),
            counts: Counts::default(),
            config,
        })
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The device that the model is on.
    pub fn device(&self) -> &DeviceChoice {
        &self.device
    }

    /// The model's sizes and switches.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// Where the queries of `plan.logits` look, by layer and head, at the rows as they are now. Nothing is written: the
    /// plan has been computed before.
    ///
    /// # Errors
    /// As [`forward`](LanguageModel::forward).
    ///
    /// # Shapes
    /// `[layers, heads, queries, keys]`, row-major; each row of `keys` sums to 1.
    pub async fn attention(&mut self, plan: &StepPlan) -> Result<Vec<f32>, ForwardError> {
        self.check(plan)?;
        let mut looking = pass(plan);
        looking.queries = looking.queries[plan.logits.clone()].to_vec();
        if looking.queries.is_empty() {
            return Ok(Vec::new());
        }
        (looking.look, looking.logits, looking.layer_weights) = (true, 0..0, Vec::new());
        let inputs = Inputs::upload(&looking, &self.config, &self.frequencies, &self.device.device);
        let outputs = self.model.forward(&inputs, &mut self.cache);
        let rows = plan.keys.len();
        let maps = outputs.weights.into_iter().map(|layer| {
            let [heads, queries, _] = layer.dims();
            layer.narrow(2, 0, rows).reshape([heads * queries * rows])
        });
        read_back(Tensor::cat(maps.collect(), 0)).await.map_err(ForwardError::Readback)
    }

    /// Runs passes in order and reads back once: all logits, then the attention received by the first `rows` rows.
    async fn compute(&mut self, passes: Vec<Pass>, rows: usize) -> Result<Vec<f32>, ForwardError> {
        let mut logits = Vec::new();
        let mut received: Option<Tensor<2>> = None;
        for pass in passes {
            let inputs = Inputs::upload(&pass, &self.config, &self.frequencies, &self.device.device);
            self.cache.touch(inputs.runs.iter().map(|run| run.end).max().unwrap_or(0));
            let outputs = self.model.forward(&inputs, &mut self.cache);
            self.counts.passes += 1;
            logits.extend(outputs.logits.map(|rows| {
                let count = rows.shape().num_elements();
                rows.reshape([count])
            }));
            received = match (received, outputs.received) {
                (Some(sum), Some(part)) => Some(sum + part),
                (sum, part) => sum.or(part),
            };
        }
        let received = received.map(|sum| sum.narrow(1, 0, rows).reshape([rows]));
        let wanted: Vec<Tensor<1>> = logits.into_iter().chain(received).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = read_back(Tensor::cat(wanted, 0)).await.map_err(ForwardError::Readback)?;
        self.counts.readbacks += 1;
        self.counts.bytes_read += size_of_val(numbers.as_slice()) as u64;
        Ok(numbers)
    }

    fn check(&self, plan: &StepPlan) -> Result<(), ForwardError> {
        let (rows, vocab) = (self.cache.rows(), self.config.vocab);
        if plan.keys.len() > rows {
            return Err(ForwardError::Capacity { row: plan.keys.len() - 1, rows });
        }
        for query in &plan.queries {
            let row = query.row.index();
            if query.token.index() >= vocab {
                return Err(ForwardError::Vocabulary { token: query.token.0, vocab });
            }
            if row >= rows {
                return Err(ForwardError::Capacity { row, rows });
            }
            if plan.keys.get(row).is_none_or(|key| key.slot != query.slot) {
                let reason = format!("row {row} is to hold slot {}, its key says otherwise", query.slot.0);
                return Err(ForwardError::Plan { reason });
            }
        }
        let layers = self.config.layers;
        let reason = if plan.queries.is_empty() {
            "it has no queries".to_owned()
        } else if plan.logits.start > plan.logits.end || plan.logits.end > plan.queries.len() {
            format!("it asks for the logits of {:?} of {} queries", plan.logits, plan.queries.len())
        } else if !plan.layer_weights.is_empty() && plan.layer_weights.len() != layers {
            format!("it weighs {} layers, the model has {layers}", plan.layer_weights.len())
        } else {
            return Ok(());
        };
        Err(ForwardError::Plan { reason })
    }
}

impl LanguageModel for Engine {
    type Error = ForwardError;

    fn description(&self) -> &ModelDescription {
        &self.description
    }

    async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        let shape = row_shape(&self.config);
        self.device.check_buffer(shape.buffer_bytes(rows))?;
        self.cache.begin(rows, shape, &self.device.device);
        Ok(())
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        let shape = row_shape(&self.config);
        self.device.check_buffer(shape.buffer_bytes(rows))?;
        self.cache.grow(rows, shape, &self.device.device);
        Ok(())
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        self.check(plan)?;
        let mut logits = self.compute(pass(plan).split(CHUNK), plan.keys.len()).await?;
        let received = logits.split_off(plan.logits.len() * self.config.vocab);
        Ok(Readout { logits, received })
    }
}

impl Vocabulary for Tokenizer {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        self.bytes_of(id.0).to_vec()
    }
}

/// The one place where numbers come back from a device.
async fn read_back(tensor: Tensor<1>) -> Result<Vec<f32>, ExecutionError> {
    let read = tensor.into_data_async().await?;
    read.try_into_vec().map_err(|error| ExecutionError::WithContext { reason: error.to_string() })
}

/// A plan in the model's own words.
fn pass(plan: &StepPlan) -> Pass {
    Pass {
        queries: plan
            .queries
            .iter()
            .map(|query| PassQuery {
                token: query.token.0,
                position: query.position.0,
                slot: query.slot.0,
                set: query.set.0,
                row: query.row.index(),
            })
            .collect(),
        keys: plan
            .keys
            .iter()
            .map(|key| PassKey { slot: key.slot.0, set: key.set.0, bias: key.bias, live: key.live })
            .collect(),
        look: false,
        in_set: match plan.visibility {
            Visibility::Isolated => InSet::Isolated,
            Visibility::Visible => InSet::Visible,
            Visibility::Ordered => InSet::Ordered,
        },
        logits: plan.logits.clone(),
        share: 1.0 / plan.logits.len().max(1) as f32,
        layer_weights: plan.layer_weights.clone(),
    }
}

fn describe(id: &str, config: &DecoderConfig) -> ModelDescription {
    ModelDescription {
        id: id.to_owned(),
        architecture: config.architecture.name().to_owned(),
        layers: config.layers,
        heads: config.heads,
        kv_heads: config.kv_heads,
        head_dim: config.head_dim,
        vocab: config.vocab,
        rope_theta: config.rope.theta,
        max_positions: config.max_positions,
        eos: config.eos.iter().copied().map(TokenId).collect(),
    }
}

/// What a cache row of this model takes.
pub(crate) fn row_shape(config: &DecoderConfig) -> RowShape {
    RowShape { layers: config.layers, kv_heads: config.kv_heads, head_dim: config.head_dim }
}

/// `config.json` and, where there is one, `generation_config.json`.
pub(crate) fn read_configs(folder: &Path) -> Result<(Vec<u8>, Option<Vec<u8>>), LoadError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|source| LoadError::Read { path, source })
    };
    let generation = folder.join("generation_config.json").exists().then(|| read("generation_config.json"));
    Ok((read("config.json")?, generation.transpose()?))
}

#[cfg(test)]
mod tests;
