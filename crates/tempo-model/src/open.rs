//! Opening a model: what it is, where it runs, and its words.

use tempo_tokenizer::{Remark, Tokenizer};

use crate::chat::ChatFile;
use crate::config::DecoderConfig;
use crate::describe::{Requirements, in_words};
use crate::device::DevicePreference;
use crate::engine::{Engine, Loading};
use crate::error::LoadError;
use crate::fastest;
use crate::inventory::Inventory;
use crate::options::{LoadOptions, Placement, Progress};
use crate::source::ModelSource;
use crate::weights::WeightChoice;

/// A model that is loaded, and its words.
#[derive(Debug)]
pub struct Model {
    /// The model on its device.
    pub engine: Engine,
    /// Text to tokens and back.
    pub tokenizer: Tokenizer,
    /// Its chat template, where it has one that can be read.
    pub chat: Option<ChatFile>,
    /// What was left out of its files, or taken for granted.
    pub remarks: Vec<Remark>,
}

impl Model {
    /// Loads a model and its tokenizer. The tokenizer is judged before the first weight is read.
    ///
    /// # Errors
    /// When a file is missing or unsound, when the model is of a kind that is not supported, or does not fit the device.
    pub async fn open(
        source: &mut dyn ModelSource,
        placement: impl Into<Placement<'_>>,
        options: LoadOptions,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let config = source.config().await?;
        let tokenizer = source.tokenizer(config.vocab)?;
        let remarks = remarks(source, Some(&tokenizer));
        // Only a conversation needs it; what is wrong with it is among the remarks.
        let chat = source.chat().unwrap_or_default();
        let engine = Engine::of(config, source, placement, options, progress).await?;
        Ok(Self { engine, tokenizer, chat, remarks })
    }
}

impl Engine {
    /// Loads a model without its words, for callers who speak in token ids.
    ///
    /// # Errors
    /// As [`Model::open`], but for the tokenizer.
    pub async fn open(
        source: &mut dyn ModelSource,
        placement: impl Into<Placement<'_>>,
        options: LoadOptions,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        Self::of(source.config().await?, source, placement, options, progress).await
    }

    async fn of(
        config: DecoderConfig,
        source: &mut dyn ModelSource,
        placement: impl Into<Placement<'_>>,
        options: LoadOptions,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let id = source.id().to_owned();
        let inventory = Inventory::new(&config, source.tensors());
        source.accept(&inventory.unused(source.tensors()))?;
        inventory.check(source.tensors())?;
        let mut placement = placement.into();
        let device = match &mut placement {
            Placement::On(device) => device.clone(),
            Placement::Fastest { devices, .. } => devices.open(DevicePreference::Auto).await?,
        };
        let weights = WeightChoice::new(&options, &config, &inventory, source.tensors(), device.room());
        Requirements::with(&config, &inventory, weights.format).check(&device)?;
        let (id, inventory, progress) = (&*id, &inventory, &mut progress);
        let loading = Loading { id, config, inventory, source, options, weights, progress };
        // Boxed, so that the futures of callers stay small.
        match placement {
            Placement::On(device) => Box::pin(loading.on(device)).await,
            Placement::Fastest { devices, clock } => Box::pin(fastest::load(loading, device, devices, clock)).await,
        }
    }
}

/// Everything to be said of a model that can be used, each thing once.
pub(crate) fn remarks(source: &dyn ModelSource, tokenizer: Option<&Tokenizer>) -> Vec<Remark> {
    let mut remarks = source.remarks();
    for remark in tokenizer.into_iter().flat_map(Tokenizer::remarks) {
        if !remarks.contains(remark) {
            remarks.push(remark.clone());
        }
    }
    if let Err(error) = source.chat() {
        let text = format!("its chat template is left out: {}", in_words(&error));
        remarks.push(Remark::new(source.id(), text));
    }
    remarks
}
