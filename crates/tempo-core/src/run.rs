//! The loop that every face shares: ask the generator, ask the model, hand on the event.

use crate::error::RunError;
use crate::event::Event;
use crate::generator::{Action, Generator};
use crate::model::LanguageModel;
use crate::text::Vocabulary;

/// Drives a run to its next event; `None` after the end event.
///
/// Pull, not push: a caller that does not call again has stopped the run, and nothing has to be interrupted.
///
/// # Errors
/// When the model fails or returns something unusable. The run cannot be continued after that.
pub async fn next_event<M: LanguageModel, V: Vocabulary>(
    generator: &mut Generator<V>,
    model: &mut M,
) -> Result<Option<Event>, RunError<M::Error>> {
    loop {
        match generator.advance() {
            Action::Emit(event) => return Ok(Some(event)),
            Action::Finished => return Ok(None),
            Action::Begin { rows, keep } => {
                if keep == 0 || !model.resume(rows).await.map_err(RunError::Model)? {
                    generator.keep(&[]);
                    model.begin(rows).await.map_err(RunError::Model)?;
                }
            }
            Action::Grow { rows } => model.grow(rows).await.map_err(RunError::Model)?,
            Action::Logits => {
                let logits = model.logits().await.map_err(RunError::Model)?;
                generator.absorb_logits(logits).map_err(RunError::Readout)?;
            }
            Action::Forward(plan) => {
                let readout = model.forward(&plan).await.map_err(RunError::Model)?;
                if let Some(event) = generator.absorb(readout).map_err(RunError::Readout)? {
                    return Ok(Some(event));
                }
            }
        }
    }
}
