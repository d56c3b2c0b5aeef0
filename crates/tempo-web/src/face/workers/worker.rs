//! A worker that multiplies with parts of matrices.

use js_sys::SharedArrayBuffer;
use tempo_model::Worker;
use wasm_bindgen::prelude::*;

use super::mailbox::Mailbox;

/// What such a worker runs.
#[wasm_bindgen]
#[derive(Debug)]
pub struct MatrixWorker(Worker);

#[wasm_bindgen]
impl MatrixWorker {
    /// A worker without a part.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no default")]
    pub fn new() -> Self {
        super::super::start::start();
        Self(Worker::default())
    }

    /// Stores a part of a matrix.
    pub fn store(&mut self, part: Vec<u32>) {
        self.0.store(part);
    }

    /// Does what the mailbox orders as worker `number`, until it is ended.
    ///
    /// # Errors
    /// When the memory cannot be waited on: outside of a worker.
    pub fn work(&mut self, mailbox: SharedArrayBuffer, number: u32) -> Result<(), JsValue> {
        let Err(error) = Mailbox::of(mailbox).work(number, &mut self.0);
        Err(error)
    }
}
