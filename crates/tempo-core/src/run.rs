//! The loop that every face shares: ask the decoder, ask the model, hand on the event.

use crate::decoder::Decode;
use crate::error::RunError;
use crate::event::Event;
use crate::generator::Action;
use crate::model::LanguageModel;

/// Drives a run to its next event; `None` after the end event.
///
/// Pull, not push: a caller that does not call again has stopped the run, and nothing has to be interrupted.
///
/// # Errors
/// When the model fails or returns something unusable. The run cannot be continued after that.
pub async fn next_event<D: Decode, M: LanguageModel>(
    decoder: &mut D,
    model: &mut M,
) -> Result<Option<Event>, RunError<M::Error>> {
    loop {
        match decoder.advance() {
            Action::Emit(event) => return Ok(Some(event)),
            Action::Finished => return Ok(None),
            Action::Begin { rows, keep } => {
                if keep == 0 || !model.resume(rows).await.map_err(RunError::Model)? {
                    decoder.keep(&[]);
                    model.begin(rows).await.map_err(RunError::Model)?;
                }
            }
            Action::Grow { rows } => model.grow(rows).await.map_err(RunError::Model)?,
            Action::Logits => {
                let logits = model.logits().await.map_err(RunError::Model)?;
                decoder.absorb_logits(logits).map_err(RunError::Readout)?;
            }
            Action::Forward(plan) => {
                let readout = model.forward(&plan).await.map_err(RunError::Model)?;
                if let Some(event) = decoder.absorb(readout).map_err(RunError::Readout)? {
                    return Ok(Some(event));
                }
            }
        }
    }
}
