//! A cache that is put aside while another run computes with the same weights.

use super::GpuError;
use super::buffers::{Answers, Cache, Scratch};
use super::model::{GpuModel, LEAST_ROWS, QUERIES};
use super::stages::ModelBindings;

/// The rows of a run that waits, and the buffers that go with them: its last logits can still be read when it goes on.
#[derive(Debug)]
pub struct GpuAside {
    rows: usize,
    cache: Cache,
    scratch: Scratch,
    answers: Answers,
    bindings: ModelBindings,
}

impl GpuModel {
    /// A cache without rows beside the model's own.
    ///
    /// # Errors
    /// When the device has no room for it, or is lost.
    pub async fn aside(&self) -> Result<GpuAside, GpuError> {
        let (gpu, decoder) = (&self.gpu, &self.decoder);
        let made = gpu.checked("the buffers of a pass", || {
            let cache = Cache::new(gpu, decoder, LEAST_ROWS)?;
            let scratch = Scratch::new(gpu, decoder, QUERIES, LEAST_ROWS)?;
            let answers = Answers::new(gpu, decoder, QUERIES, LEAST_ROWS)?;
            let parts = (&cache, &scratch, &answers);
            let bindings = ModelBindings::new(gpu, decoder, &self.pipelines, &self.weights, parts)?;
            Ok(GpuAside { rows: 0, cache, scratch, answers, bindings })
        });
        made.await
    }

    /// Goes on with another cache, whose run was begun with so many rows, and puts its own there.
    pub fn exchange(&mut self, other: &mut GpuAside, begun: usize) {
        std::mem::swap(&mut self.rows, &mut other.rows);
        std::mem::swap(&mut self.cache, &mut other.cache);
        std::mem::swap(&mut self.scratch, &mut other.scratch);
        std::mem::swap(&mut self.answers, &mut other.answers);
        std::mem::swap(&mut self.bindings, &mut other.bindings);
        self.decoder.begin(begun);
    }
}
