//! What goes into a run, and what its caller has to do.

use crate::error::SetupError;
use crate::event::Event;
use crate::ids::TokenId;
use crate::model::{ModelDescription, StepPlan};

/// What to continue from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// As typed.
    pub text: String,
    /// As tokenised.
    pub ids: Vec<TokenId>,
}

/// What the caller has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Hand this event on.
    Emit(Event),
    /// Make room for this many cache rows in a model that has forgotten everything else.
    Begin {
        /// Rows that are enough for the whole run.
        rows: usize,
        /// First rows to keep as they are, where the model can ([`LanguageModel::resume`]); else [`Generator::keep`] is told.
        ///
        /// [`LanguageModel::resume`]: crate::LanguageModel::resume
        /// [`Generator::keep`]: crate::Generator::keep
        keep: usize,
    },
    /// Make room for this many cache rows in all, keeping what the model holds.
    Grow {
        /// Rows that are enough for the rest of the run.
        rows: usize,
    },
    /// Compute this, then call [`Generator::absorb`](crate::Generator::absorb).
    Forward(StepPlan),
    /// Read all logits of the last forward pass, then call [`Generator::absorb_logits`](crate::Generator::absorb_logits).
    Logits,
    /// Nothing: the run is over.
    Finished,
}

impl Prompt {
    /// Refuses a prompt that cannot be computed.
    pub(crate) fn check(&self, model: &ModelDescription, capacity: usize) -> Result<(), SetupError> {
        if self.ids.is_empty() {
            return Err(SetupError::EmptyPrompt);
        }
        if let Some(id) = self.ids.iter().find(|id| id.index() >= model.vocab) {
            return Err(SetupError::UnknownToken { id: id.0, vocab: model.vocab });
        }
        if self.ids.len() > capacity {
            return Err(SetupError::ContextFull { capacity, needed: self.ids.len() });
        }
        Ok(())
    }
}
