//! The parts of a model that JavaScript has.

use js_sys::Uint8Array;
use tempo_files::{CHAT_TEMPLATE, CONFIG, GENERATION, TOKENIZER, TOKENIZER_CONFIG};
use tempo_model::SmallFiles;
use wasm_bindgen::prelude::wasm_bindgen;

use super::source::WeightSource;
use crate::error::{ErrorCode, Failure};

#[wasm_bindgen]
extern "C" {
    /// A model as far as it is here: small files and weights, or one GGUF file as weights and nothing else.
    #[wasm_bindgen(typescript_type = "ModelParts")]
    pub type ModelParts;

    #[wasm_bindgen(method, getter)]
    pub(super) fn id(this: &ModelParts) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn config(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    fn generation(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    fn tokenizer(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter, js_name = tokenizerConfig)]
    fn tokenizer_config(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter, js_name = chatTemplate)]
    fn chat_template(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn index(this: &ModelParts) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn weights(this: &ModelParts) -> Option<WeightSource>;
}

impl ModelParts {
    /// The small files; nothing where a GGUF file holds them.
    pub(super) fn files(&self) -> Option<SmallFiles> {
        let files = [
            (CONFIG, Some(self.config()?)),
            (GENERATION, self.generation()),
            (TOKENIZER, self.tokenizer()),
            (TOKENIZER_CONFIG, self.tokenizer_config()),
            (CHAT_TEMPLATE, self.chat_template()),
        ];
        let files = files.into_iter().filter_map(|(name, content)| Some((name, content?.to_vec())));
        Some(SmallFiles::Memory(files.collect()))
    }

    /// Whether its tokenizer is among the small files.
    pub(super) fn has_tokenizer(&self) -> bool {
        self.tokenizer().is_some()
    }

    pub(super) fn source(&self) -> Result<WeightSource, Failure> {
        self.weights().ok_or_else(|| Failure::new(ErrorCode::Source, "the model has no weights"))
    }
}
