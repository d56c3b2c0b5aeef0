//! Which files are a model, for the page: the program's own rule.

use wasm_bindgen::prelude::wasm_bindgen;

/// Answers a question about names of files; both are JSON, of which `tempo-files` has a table.
#[wasm_bindgen(js_name = modelFiles)]
pub fn model_files(question: &str) -> String {
    tempo_files::answer(question)
}
