//! The model behind tempo-core's trait: plan to pass, forward, readout.

use std::collections::BTreeMap;
use std::path::Path;

use tempo_core::{LanguageModel, Logits, ModelDescription, Readout, StepPlan, TokenId, Visibility, Vocabulary};
use tempo_kernels::gpu::GpuCounts;
use tempo_kernels::{InSet, Observe, Pass};

use crate::body::Body;
use crate::checkpoint::{Checkpoint, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::device::{ChosenFor, DeviceChoice};
use crate::error::{ForwardError, LoadError};
use crate::fastest;
use crate::inventory::Inventory;
use crate::options::{LoadOptions, Placement, Progress};
use crate::tokenizer::Tokenizer;
use crate::warm;

/// A loaded model on a device.
#[derive(Debug)]
pub struct Engine {
    body: Body,
    config: DecoderConfig,
    options: LoadOptions,
    device: DeviceChoice,
    description: ModelDescription,
    counts: Counts,
    /// Rows whose logits the last pass computed.
    rows: usize,
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
    pub async fn load(
        folder: &Path,
        place: impl Into<Placement<'_>>,
        options: LoadOptions,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let (config, generation) = read_configs(folder)?;
        let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let id = resolved.file_name().unwrap_or_default().to_string_lossy();
        let files = ModelFiles { id: &id, config: &config, generation: generation.as_deref() };
        // The configuration is judged first: an unsupported model needs no checkpoint to be refused.
        ConfigFile::parse(files.config)?.resolve(files.generation)?;
        Self::from_source(files, &mut Checkpoint::open(folder)?, place, options, progress).await
    }

    /// Loads a model from wherever its tensors are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn from_source(
        files: ModelFiles<'_>,
        source: &mut impl TensorSource,
        place: impl Into<Placement<'_>>,
        options: LoadOptions,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let config = ConfigFile::parse(files.config)?.resolve(files.generation)?;
        Self::with_config(files.id, config, source, place.into(), options, &mut progress).await
    }

    /// Runs every kind of pass once on a model of the same shapes with one layer and no weights, so that a device has
    /// compiled what it needs before the weights are there. The CPU needs none of this.
    ///
    /// # Errors
    /// When the model is not supported, does not fit the device, or the device fails.
    pub async fn warm(
        config: &[u8],
        device: &DeviceChoice,
        options: LoadOptions,
        progress: impl FnMut(Progress),
    ) -> Result<(), LoadError> {
        Self::warm_config(ConfigFile::parse(config)?.resolve(None)?, device, options, progress).await
    }

    /// The same for a model whose configuration is known already.
    ///
    /// # Errors
    /// As [`warm`](Self::warm).
    pub async fn warm_config(
        config: DecoderConfig,
        device: &DeviceChoice,
        options: LoadOptions,
        mut progress: impl FnMut(Progress),
    ) -> Result<(), LoadError> {
        if device.is_cpu() {
            return Ok(());
        }
        let config = warm::shrink(config);
        let mut nothing = warm::NoWeights::of(&Inventory::new(&config, &BTreeMap::new()));
        let mut engine = Self::on("warm-up", config, &mut nothing, device, options, &mut progress).await?;
        for pass in warm::passes() {
            engine.try_pass(&pass).await?;
        }
        Ok(())
    }

    /// A model whose configuration is known already.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(crate) async fn with_config(
        id: &str,
        config: DecoderConfig,
        source: &mut impl TensorSource,
        place: Placement<'_>,
        options: LoadOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, LoadError> {
        match place {
            Placement::On(device) => Self::on(id, config, source, device, options, progress).await,
            Placement::Fastest(clock) => Box::pin(fastest::load(id, config, source, options, clock, progress)).await,
        }
    }

    /// The same, on this device.
    pub(crate) async fn on(
        id: &str,
        config: DecoderConfig,
        source: &mut impl TensorSource,
        device: &DeviceChoice,
        options: LoadOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, LoadError> {
        // Boxed, so that the futures of whoever awaits this stay small.
        let inventory = Inventory::new(&config, source.tensors());
        let body = Box::pin(Body::load(&config, &inventory, source, device, options, progress)).await?;
        let (device, description) = (device.clone(), describe(id, &config));
        Ok(Self { body, config, options, device, description, counts: Counts::default(), rows: 0 })
    }

    /// The same engine, with why it runs where it runs.
    pub(crate) fn chosen(mut self, chosen_for: ChosenFor, reason: String) -> Self {
        (self.device.chosen_for, self.device.reason) = (chosen_for, reason);
        self
    }

    /// Computes a pass that belongs to no run, and forgets it.
    pub(crate) async fn try_pass(&mut self, pass: &Pass) -> Result<(), LoadError> {
        let failed = |error| match error {
            ForwardError::Readback(error) => LoadError::Upload(error),
            ForwardError::Gpu(error) => LoadError::Gpu(error),
            other => LoadError::WarmUp(Box::new(other)),
        };
        self.body.begin(pass.keys.len(), &self.config, &self.device).await.map_err(failed)?;
        self.body.forward(&self.config, pass).await.map_err(failed)?;
        Ok(())
    }

    /// How the model was loaded.
    pub fn options(&self) -> LoadOptions {
        self.options
    }

    /// Threads that share the work, where the fused kernels run on the CPU.
    pub fn threads(&self) -> Option<usize> {
        self.body.threads()
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of weights, cache and what passes need on the engine's device. Buffers of tensor operations are not counted.
    pub fn bytes_held(&self) -> Option<u64> {
        self.body.bytes_held()
    }

    /// What the fused kernels have asked of the graphics device since it was opened.
    pub fn device_counts(&self) -> Option<GpuCounts> {
        self.body.device_counts()
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
        let queries = plan.queries[plan.logits.clone()].to_vec();
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let observed = StepPlan { queries, logits: 0..0, layer_weights: Vec::new(), digest: None, ..plan.clone() };
        let (outputs, _) = self.body.forward(&self.config, &pass(&observed, Observe::Attention)).await?;
        Ok(outputs.attention)
    }

    fn check(&self, plan: &StepPlan) -> Result<(), ForwardError> {
        let (rows, vocab) = (self.body.rows(), self.config.vocab);
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
        self.body.begin(rows, &self.config, &self.device).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.body.grow(rows, &self.config, &self.device).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        self.check(plan)?;
        let (outputs, cost) = self.body.forward(&self.config, &pass(plan, Observe::Nothing)).await?;
        self.counts.passes += cost.passes;
        self.counts.readbacks += u64::from(cost.bytes_read > 0);
        self.counts.bytes_read += cost.bytes_read;
        self.rows = plan.logits.len();
        let logits = match (outputs.digest, &plan.digest) {
            (Some(digest), Some(request)) => Logits::Digest(digest::from_kernels(digest, request)),
            _ => outputs.logits.into(),
        };
        Ok(Readout { logits, received: outputs.received })
    }

    async fn logits(&mut self) -> Result<Vec<f32>, ForwardError> {
        let logits = self.body.logits(self.rows).await?;
        self.counts.readbacks += 1;
        self.counts.bytes_read += size_of_val(logits.as_slice()) as u64;
        Ok(logits)
    }
}

impl Vocabulary for Tokenizer {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        self.bytes_of(id.0).to_vec()
    }
}

/// A plan in the kernels' words.
fn pass(plan: &StepPlan, observe: Observe) -> Pass {
    Pass {
        queries: plan
            .queries
            .iter()
            .map(|query| tempo_kernels::Query {
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
            .map(|key| tempo_kernels::Key { slot: key.slot.0, set: key.set.0, bias: key.bias, live: key.live })
            .collect(),
        observe,
        in_set: match plan.visibility {
            Visibility::Isolated => InSet::Isolated,
            Visibility::Visible => InSet::Visible,
            Visibility::Ordered => InSet::Ordered,
        },
        logits: plan.logits.clone(),
        layer_weights: plan.layer_weights.clone(),
        digest: plan.digest.as_ref().and_then(digest::to_kernels),
    }
}

fn describe(id: &str, config: &DecoderConfig) -> ModelDescription {
    ModelDescription {
        id: id.to_owned(),
        architecture: config.family.name.to_owned(),
        layers: config.layers,
        heads: config.heads,
        kv_heads: config.kv_heads,
        head_dim: config.head_dim,
        vocab: config.vocab,
        rope_theta: config.ropes[0].theta,
        max_positions: config.max_positions,
        eos: config.eos.iter().copied().map(TokenId).collect(),
    }
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

mod digest;
#[cfg(test)]
mod tests;
