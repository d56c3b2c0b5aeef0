//! A model with a stopwatch. The algorithm has no clock; the program that runs it measures.

use std::time::{Duration, Instant};

use tempo_core::{LanguageModel, ModelDescription, Readout, StepPlan};

/// Passes everything on to a model and adds up how long its forward passes took.
pub(crate) struct Stopwatch<'a, M> {
    model: &'a mut M,
    forward: Duration,
}

impl<'a, M> Stopwatch<'a, M> {
    /// A stopwatch at zero.
    pub(crate) fn new(model: &'a mut M) -> Self {
        Self { model, forward: Duration::ZERO }
    }

    /// What the stopwatch shows; it starts again from zero.
    pub(crate) fn take(&mut self) -> Duration {
        std::mem::take(&mut self.forward)
    }
}

impl<M: LanguageModel> LanguageModel for Stopwatch<'_, M> {
    type Error = M::Error;

    fn description(&self) -> &ModelDescription {
        self.model.description()
    }

    async fn begin(&mut self, rows: usize) -> Result<(), Self::Error> {
        self.model.begin(rows).await
    }

    async fn resume(&mut self, rows: usize) -> Result<bool, Self::Error> {
        self.model.resume(rows).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), Self::Error> {
        self.model.grow(rows).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, Self::Error> {
        let start = Instant::now();
        let readout = self.model.forward(plan).await;
        self.forward += start.elapsed();
        readout
    }

    async fn logits(&mut self) -> Result<Vec<f32>, Self::Error> {
        let start = Instant::now();
        let logits = self.model.logits().await;
        self.forward += start.elapsed();
        logits
    }
}

/// Milliseconds with the microsecond as the smallest part: more digits would be noise.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
