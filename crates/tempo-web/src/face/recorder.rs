//! A model with a stopwatch and a memory: how long a step's passes took, and which plan it was.

use tempo_core::{LanguageModel, ModelDescription, PlanLog, Readout, StepPlan};
use tempo_model::{Engine, ForwardError};

/// Passes everything on to an engine.
pub(crate) struct Recorder<'a> {
    pub(crate) engine: &'a mut Engine,
    /// The plan that computed each step's set, by step.
    pub(crate) plans: &'a mut PlanLog,
    pub(crate) forward_ms: f64,
}

impl LanguageModel for Recorder<'_> {
    type Error = ForwardError;

    fn description(&self) -> &ModelDescription {
        self.engine.description()
    }

    async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.begin(rows).await
    }

    async fn resume(&mut self, rows: usize) -> Result<bool, ForwardError> {
        self.engine.resume(rows).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.grow(rows).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        let start = now();
        let readout = self.engine.forward(plan).await;
        self.forward_ms += now() - start;
        // Every step measures attention once, when it computes its own set; prefills and rebuilds do not.
        if !plan.layer_weights.is_empty() {
            self.plans.push(&plan.of_tempo());
        }
        readout
    }

    async fn logits(&mut self) -> Result<Vec<f32>, ForwardError> {
        let start = now();
        let logits = self.engine.logits().await;
        self.forward_ms += now() - start;
        logits
    }
}

/// Milliseconds since some moment: `performance.now()`, in a page, a worker and a test alike.
pub(crate) fn now() -> f64 {
    use wasm_bindgen::JsCast;
    js_sys::Reflect::get(&js_sys::global(), &"performance".into())
        .ok()
        .and_then(|clock| clock.dyn_into::<web_sys::Performance>().ok())
        .map_or(0.0, |clock| clock.now())
}

/// Milliseconds with the microsecond as the smallest part: more digits would be noise.
pub(crate) fn milliseconds(duration: f64) -> f64 {
    (duration * 1e3).round() / 1e3
}
