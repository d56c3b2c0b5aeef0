//! A model that is one GGUF file: its configuration and its tokenizer are in it, so that everything is asked of the file.

use js_sys::Function;
use tempo_model::{Engine, GgufSource};
use wasm_bindgen::prelude::*;

use super::source::{JsFile, WeightSource};
use super::tempo::{Tempo, told};
use super::values::to_js;
use crate::error::Failure;
use crate::report::ModelNeed;

#[wasm_bindgen]
impl Tempo {
    /// What the model in a GGUF file needs, and whether the device can hold it. Reads the header from the front on, and
    /// no weights; a tokenizer or a tensor that cannot be used is told here.
    ///
    /// # Errors
    /// With code `model-gguf`, `model-unsupported`, `model-tokenizer`, `model-weights` or `source`.
    #[wasm_bindgen(js_name = needGguf, unchecked_return_type = "ModelNeed")]
    pub async fn need_gguf(&self, file: WeightSource) -> Result<JsValue, JsValue> {
        let source = open(file).await?;
        let need = source.need(self.options.weights).map_err(Failure::from)?;
        source.tokenizer().map_err(Failure::from)?;
        Ok(to_js(&ModelNeed::new(&need, &self.device))?)
    }

    /// Lets the device compile what the model in a GGUF file needs. Reads the same bytes as [`need_gguf`](Self::need_gguf).
    ///
    /// # Errors
    /// As [`need_gguf`](Self::need_gguf), and with code `device` when the device fails.
    #[wasm_bindgen(js_name = warmGguf)]
    pub async fn warm_gguf(
        &self,
        file: WeightSource,
        #[wasm_bindgen(unchecked_param_type = "(progress: LoadProgress) => void")] progress: Function,
    ) -> Result<(), JsValue> {
        let config = open(file).await?.outline().map_err(Failure::from)?;
        let warmed = Engine::warm_config(config, &self.device, self.options, told(progress)).await;
        Ok(warmed.map_err(Failure::from)?)
    }

    /// Loads the model in a GGUF file, which is called what the file is called, without its ending; the model before and
    /// its run are dropped first.
    ///
    /// # Errors
    /// As [`load`](Self::load), and with code `model-gguf`; the message names the file and the field or tensor.
    #[wasm_bindgen(js_name = loadGguf, unchecked_return_type = "ModelEvent")]
    pub async fn load_gguf(
        &mut self,
        file: WeightSource,
        #[wasm_bindgen(unchecked_param_type = "(progress: LoadProgress) => void")] progress: Function,
    ) -> Result<JsValue, JsValue> {
        self.drop_model();
        let mut source = open(file).await?;
        // The header is judged before the first byte of weights is asked for.
        let need = source.need(self.options.weights).map_err(Failure::from)?;
        need.check(&self.device).map_err(Failure::from)?;
        let tokenizer = source.tokenizer().map_err(Failure::from)?;
        let engine = Engine::from_gguf(&mut source, self.place(), self.options, told(progress));
        let engine = Box::pin(engine).await.map_err(Failure::from)?;
        Ok(self.hold(engine, tokenizer)?)
    }
}

async fn open(file: WeightSource) -> Result<GgufSource<JsFile>, Failure> {
    let (name, file) = JsFile::open(file)?;
    Ok(GgufSource::open(name, file).await?)
}
