//! What a text is worth to the loaded model (LAB.md L5).

use tempo_core::{ScoredText, TokenId, Vocabulary as _};
use tempo_model::ModelVocabulary;
use wasm_bindgen::prelude::*;

use super::{Tempo, no_model};
use crate::error::{ErrorCode, Failure};
use crate::face::values::to_js;

#[wasm_bindgen]
impl Tempo {
    /// How probable each token of a text is after a prompt and what stands before it. The run under way stays where it is: the
    /// text goes through a cache of its own.
    ///
    /// # Errors
    /// With code `no-model`, `prompt`, `context-full`, `device-lost`, `device` or `forward`.
    #[wasm_bindgen(unchecked_return_type = "ScoredText")]
    pub async fn score(&mut self, prompt: String, text: String) -> Result<JsValue, JsValue> {
        let model = self.model.as_mut().ok_or_else(no_model)?;
        let apart = model.tokenizer.encode_apart(&prompt, &text);
        let (before, after) = apart.map_err(|error| Failure::of(ErrorCode::Prompt, &error))?;
        let [before, after] = [before, after].map(|ids| ids.into_iter().map(TokenId).collect::<Vec<_>>());
        let mut aside = model.engine.aside().await.map_err(Failure::from)?;
        model.engine.exchange(&mut aside);
        let scores = tempo_core::score(&mut model.engine, &before, &after).await;
        model.engine.exchange(&mut aside);
        let words = ModelVocabulary(model.tokenizer.clone());
        Ok(to_js(&ScoredText::new(before.len(), &after, &scores.map_err(Failure::from)?, |id| words.text(id)))?)
    }
}
