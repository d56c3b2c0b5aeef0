//! The model behind tempo-core's trait: plan to pass, forward, readout.

use std::borrow::Borrow;

use tempo_core::{LanguageModel, ModelDescription, Readout, StepPlan, TokenId, Visibility, Vocabulary};
use tempo_kernels::gpu::GpuCounts;
use tempo_kernels::{InSet, Observe, Pass, WeightFormat};
use tempo_tokenizer::Tokenizer;

use crate::body::Body;
use crate::checkpoint::TensorSource;
use crate::config::{DecoderConfig, RopeConfig};
use crate::counts::Counts;
use crate::device::{DeviceChoice, DeviceReason};
use crate::error::{ForwardError, LoadError, PlanError};
use crate::inventory::Inventory;
use crate::options::{LoadOptions, Progress};
use crate::tensors::row_shape;
use crate::weights::WeightChoice;

pub use aside::Aside;

/// A loaded model on a device.
#[derive(Debug)]
pub struct Engine {
    body: Body,
    config: DecoderConfig,
    options: LoadOptions,
    weights: WeightChoice,
    device: DeviceChoice,
    description: ModelDescription,
    counts: Counts,
    /// Rows that the run was begun with.
    begun: usize,
    /// Rows whose logits the last pass computed.
    logit_rows: usize,
}

/// All that is known of a model before it is loaded.
pub(crate) struct Loading<'a> {
    pub(crate) id: &'a str,
    pub(crate) config: DecoderConfig,
    pub(crate) inventory: &'a Inventory,
    pub(crate) source: &'a mut dyn TensorSource,
    pub(crate) options: LoadOptions,
    pub(crate) weights: WeightChoice,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

impl Loading<'_> {
    /// Loads it on this device.
    ///
    /// # Errors
    /// When a tensor is missing or unsound, or the model does not fit the device.
    pub(crate) async fn on(self, device: &DeviceChoice) -> Result<Engine, LoadError> {
        let Self { id, config, inventory, source, options, weights, progress } = self;
        // Boxed, so that the futures of callers stay small.
        let body = Body::load(&config, inventory, source, device, (options, weights.format), progress);
        let body = Box::pin(body).await?;
        let (device, description) = (device.clone(), describe(id, &config, weights.format));
        Ok(Engine {
            body,
            config,
            options,
            weights,
            device,
            description,
            counts: Counts::default(),
            begun: 0,
            logit_rows: 0,
        })
    }

    /// The same model, to be loaded once more.
    pub(crate) fn again(&mut self) -> Loading<'_> {
        let Self { id, config, inventory, source, options, weights, progress } = self;
        let (config, weights) = (config.clone(), weights.clone());
        Loading { id, config, inventory, source: &mut **source, options: *options, weights, progress }
    }
}

impl Engine {
    /// The same engine, with why it runs where it runs.
    pub(crate) fn chosen(mut self, chosen_for: DeviceReason, reason: String) -> Self {
        self.device = self.device.chosen(chosen_for, reason);
        self
    }

    /// Computes a pass that belongs to no run, and forgets it.
    pub(crate) async fn try_pass(&mut self, pass: &Pass) -> Result<(), LoadError> {
        let failed = |error| match error {
            ForwardError::Readback(error) => LoadError::Upload(error),
            ForwardError::Gpu(error) => LoadError::Gpu(error),
            other => LoadError::WarmUp(Box::new(other)),
        };
        self.begin(pass.keys.len()).await.map_err(failed)?;
        self.body.forward(&self.config, pass).await.map_err(failed)?;
        Ok(())
    }

    /// How the model was loaded.
    pub fn options(&self) -> LoadOptions {
        self.options
    }

    /// What the weights are kept as, and why.
    pub fn weights(&self) -> &WeightChoice {
        &self.weights
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
        let keys = plan.keys.len();
        let biases = plan.biases.get(keys * plan.logits.start..keys * plan.logits.end).unwrap_or_default().to_vec();
        let (logits, layer_weights) = (0..0, Vec::new());
        let observed = StepPlan { queries, biases, logits, layer_weights, digest: None, ..plan.clone() };
        let (outputs, _) = self.body.forward(&self.config, &pass(&observed, Observe::Attention)).await?;
        Ok(outputs.attention)
    }

    /// Refuses cache rows that the device has no buffer for.
    fn check_rows(&self, rows: usize) -> Result<(), ForwardError> {
        Ok(self.device.check_buffer(row_shape(&self.config).buffer_bytes(rows))?)
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
                return Err(ForwardError::Plan(PlanError::Row { row, slot: query.slot.0 }));
            }
        }
        let (layers, weights, queries) = (self.config.layers, plan.layer_weights.len(), plan.queries.len());
        let (keys, biases, logits) = (plan.keys.len(), plan.biases.len(), plan.logits.clone());
        Err(ForwardError::Plan(if queries == 0 {
            PlanError::NoQueries
        } else if logits.start > logits.end || logits.end > queries {
            PlanError::Logits { logits, queries }
        } else if weights > 0 && weights != layers {
            PlanError::LayerWeights { weights, layers }
        } else if biases > 0 && biases != queries * keys {
            PlanError::Biases { biases, queries, keys }
        } else {
            return Ok(());
        }))
    }
}

impl LanguageModel for Engine {
    type Error = ForwardError;

    fn description(&self) -> &ModelDescription {
        &self.description
    }

    async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.check_rows(rows)?;
        self.begun = rows;
        self.body.begin(rows).await
    }

    async fn resume(&mut self, rows: usize) -> Result<bool, ForwardError> {
        // Long runs of some models turn every key otherwise than short ones.
        let alike = |rope: &RopeConfig| rope.is_long(self.begun) == rope.is_long(rows);
        if self.begun == 0 || !self.config.ropes.iter().all(alike) {
            return Ok(false);
        }
        self.grow(rows).await?;
        Ok(true)
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.check_rows(rows)?;
        self.body.grow(rows).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        self.check(plan)?;
        let (mut outputs, cost) = self.body.forward(&self.config, &pass(plan, Observe::Nothing)).await?;
        self.counts += cost;
        self.logit_rows = plan.logits.len();
        let logits = digest::logits(&mut outputs, plan.digest.as_ref());
        Ok(Readout { logits, received: outputs.received })
    }

    async fn logits(&mut self) -> Result<Vec<f32>, ForwardError> {
        let logits = self.body.logits(self.logit_rows).await?;
        self.counts += Counts { passes: 0, readbacks: 1, bytes_read: size_of_val(logits.as_slice()) as u64 };
        Ok(logits)
    }
}

/// A tokenizer, owned or borrowed, as the vocabulary that `tempo-core` asks for: neither crate has heard of the other.
#[derive(Clone, Debug)]
pub struct ModelVocabulary<T>(pub T);

impl<T: Borrow<Tokenizer>> Vocabulary for ModelVocabulary<T> {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        self.0.borrow().bytes_of(id.0).to_vec()
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
                lane: query.lane.0,
            })
            .collect(),
        keys: plan
            .keys
            .iter()
            .map(|key| tempo_kernels::Key {
                slot: key.slot.0,
                set: key.set.0,
                bias: key.bias,
                live: key.live,
                lanes: tempo_kernels::Lanes { from: key.lanes.from.0, to: key.lanes.to.0 },
            })
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
        biases: plan.biases.clone(),
    }
}

fn describe(id: &str, config: &DecoderConfig, weights: WeightFormat) -> ModelDescription {
    ModelDescription {
        id: id.to_owned(),
        architecture: config.family.name.to_owned(),
        weights: Some(weights.name().to_owned()),
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

mod aside;
mod digest;
#[cfg(test)]
mod tests;
