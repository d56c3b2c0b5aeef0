//! From the parts of a model to a model that is open.

use std::rc::Rc;

use js_sys::Function;
use tempo_core::LanguageModel;
use tempo_model::{Folder, Model, ModelSource, Placement, Preview, Progress};
use wasm_bindgen::JsValue;

use super::chat::Chat;
use super::{OpenModel, Tempo};
use crate::error::Failure;
use crate::face::parts::ModelParts;
use crate::face::recorder::now;
use crate::face::source;
use crate::face::values::to_js;
use crate::report::LoadProgress;

impl Tempo {
    /// Refuses a model that is too large for the device.
    pub(super) fn check(&self, source: &dyn ModelSource) -> Result<(), Failure> {
        Ok(Preview::of(source, &self.options, &self.device)?.requirements.check(&self.device)?)
    }

    /// The model as far as the parts that are here tell it; with its words where they are here and asked for.
    pub(super) async fn preview(&self, model: &ModelParts, words: bool) -> Result<Preview, Failure> {
        let Some(files) = model.files() else {
            return self.preview_of(&source::gguf(model.source()?).await?, words);
        };
        let config = files.config()?;
        let Some(weights) = model.weights() else {
            return Ok(Preview::of_config(config, &self.options, &self.device));
        };
        let index = model.index().map(|bytes| bytes.to_vec());
        let tensors = source::checkpoint(weights, index.as_deref()).await?;
        self.preview_of(&Folder::new(model.id().unwrap_or_default(), files, tensors)?, words && model.has_tokenizer())
    }

    fn preview_of(&self, source: &dyn ModelSource, words: bool) -> Result<Preview, Failure> {
        let preview = Preview::of(source, &self.options, &self.device)?;
        if words {
            source.tokenizer(preview.config.vocab)?;
        }
        Ok(preview)
    }

    /// Loads a model, keeps it and describes it.
    pub(super) async fn load_from<S: ModelSource>(
        &mut self,
        mut source: S,
        progress: Function,
    ) -> Result<JsValue, Failure> {
        let (devices, options) = (&mut self.devices, self.options);
        let placement =
            if self.auto { Placement::Fastest { devices, clock: &now } } else { Placement::On(&self.device) };
        let Model { engine, tokenizer, chat, .. } =
            Model::open(&mut source, placement, options, reporter(progress)).await?;
        let tokenizer = Rc::new(tokenizer);
        self.device = engine.device().clone();
        let described = to_js(&tempo_core::ModelEvent::from(engine.description()))?;
        let chat = Chat::new(chat, &tokenizer, engine.description());
        self.model = Some(OpenModel { engine, tokenizer, chat });
        Ok(described)
    }
}

/// Tells JavaScript how far loading is.
pub(super) fn reporter(progress: Function) -> impl FnMut(Progress) {
    move |done| {
        // A page that cannot draw its progress still gets its model.
        let _ = to_js(&LoadProgress::from(done)).map(|done| progress.call1(&JsValue::NULL, &done));
    }
}
