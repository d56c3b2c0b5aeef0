//! The loop that every face shares: ask the decoder, ask the model, hand on the event.

use crate::decoder::Decode;
use crate::error::RunError;
use crate::event::Event;
use crate::generator::Action;
use crate::model::LanguageModel;

/// What one turn of the loop has brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// An event of the run.
    Event(Box<Event>),
    /// A pass, after which the step is not over yet.
    Pass,
    /// Nothing: the run is over.
    Over,
}

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
        match next_turn(decoder, model).await? {
            Turn::Event(event) => return Ok(Some(*event)),
            Turn::Pass => {}
            Turn::Over => return Ok(None),
        }
    }
}

/// Drives a run to its next event, or to the end of a pass that brings none: a step of a tree search has hundreds of them,
/// and between two of them it can be stopped and asked what it has tried.
///
/// # Errors
/// As [`next_event`].
pub async fn next_turn<D: Decode, M: LanguageModel>(
    decoder: &mut D,
    model: &mut M,
) -> Result<Turn, RunError<M::Error>> {
    loop {
        match decoder.advance() {
            Action::Emit(event) => return Ok(Turn::Event(Box::new(event))),
            Action::Finished => return Ok(Turn::Over),
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
                let event = decoder.absorb(readout).map_err(RunError::Readout)?;
                return Ok(event.map_or(Turn::Pass, |event| Turn::Event(Box::new(event))));
            }
        }
    }
}
