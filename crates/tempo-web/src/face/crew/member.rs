//! A member of the crew, in a worker of its own.

use js_sys::SharedArrayBuffer;
use tempo_model::Member;
use wasm_bindgen::prelude::*;

use super::desk::Desk;

/// What a worker of the crew holds.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CrewMember(Member);

#[wasm_bindgen]
impl CrewMember {
    /// Somebody without a part.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no default")]
    pub fn new() -> Self {
        super::super::start::start();
        Self(Member::default())
    }

    /// Takes a part of a matrix.
    pub fn keep(&mut self, part: Vec<u32>) {
        self.0.keep(part);
    }

    /// Works at the desk as member `number`, until its worker is ended.
    ///
    /// # Errors
    /// When the memory cannot be waited on: outside of a worker.
    pub fn work(&mut self, desk: SharedArrayBuffer, number: u32) -> Result<(), JsValue> {
        let Err(error) = Desk::of(desk).work(number, &mut self.0);
        Err(error)
    }
}
