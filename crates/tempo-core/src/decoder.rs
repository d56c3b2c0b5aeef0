//! Every decoder as the same kind of state machine (LAB.md L2): TEMPO, and those that stand beside it.

mod beam;
mod branches;
mod branching;
mod row;
mod sample;
mod search;

pub(crate) use branches::Branches;
pub use branching::Branching;

use crate::error::{ConfigError, ReadoutError, SetupError};
use crate::event::{Event, ReadingEvent, Simulation, Work};
use crate::generator::{Action, Generator, Prompt};
use crate::ids::TokenId;
use crate::model::{ModelDescription, Readout};
use crate::options::{DecoderKind, GenerationOptions};
use crate::text::Vocabulary;

/// What [`next_event`](crate::next_event) drives.
pub trait Decode {
    /// As [`Generator::keep`]; of no meaning for a decoder that computes its whole prompt.
    fn keep(&mut self, held: &[TokenId]);

    /// What to do next. Calling it again without doing it asks again, except that each event is handed out once.
    fn advance(&mut self) -> Action;

    /// Takes in what the model returned for the plan of the last [`Action::Forward`]. A finished step's event is returned
    /// at once.
    ///
    /// # Errors
    /// When the readout cannot be used; the run cannot go on. When nothing was to be computed; it goes on as before.
    fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError>;

    /// Takes in all logits of the last forward pass, which [`Action::Logits`] asked for.
    ///
    /// # Errors
    /// When there are too few or too many, or when they are not finite; the run cannot go on. When they were not asked for;
    /// it goes on as before.
    fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError>;
}

impl<V: Vocabulary> Decode for Generator<V> {
    fn keep(&mut self, held: &[TokenId]) {
        self.keep(held);
    }

    fn advance(&mut self) -> Action {
        self.advance()
    }

    fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        self.absorb(readout)
    }

    fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        self.absorb_logits(logits)
    }
}

/// A run of the decoder that the options name.
#[derive(Debug)]
pub enum Decoder<V> {
    /// TEMPO; with one member a set, greedy decoding.
    Tempo(Box<Generator<V>>),
    /// One that follows lanes: samples, beams, a tree search.
    Branching(Box<Branching<V>>),
}

impl<V: Vocabulary> Decoder<V> {
    /// Prepares a run of `prompt` on a model of this description.
    ///
    /// # Errors
    /// When the options make no sense, or the prompt is empty, foreign to the model or longer than the capacity.
    pub fn new(
        options: GenerationOptions,
        model: &ModelDescription,
        prompt: Prompt,
        vocabulary: V,
    ) -> Result<Self, SetupError> {
        Ok(match options.decoder {
            DecoderKind::Tempo | DecoderKind::Greedy => {
                Self::Tempo(Box::new(Generator::new(options, model, prompt, vocabulary)?))
            }
            DecoderKind::Sample | DecoderKind::Beam | DecoderKind::Mcts => {
                Self::Branching(Box::new(Branching::new(options, model, prompt, vocabulary)?))
            }
        })
    }

    /// Ends the run before its next step. A step under way is finished, but for a tree search, which stops within one pass.
    pub fn stop(&mut self) {
        match self {
            Self::Tempo(run) => run.stop(),
            Self::Branching(run) => run.stop(),
        }
    }

    /// Goes on with other options from the next step; only TEMPO can.
    ///
    /// # Errors
    /// As [`Generator::change`]; of other decoders always. The run then goes on as before.
    pub fn change(&mut self, options: GenerationOptions) -> Result<(), SetupError> {
        match self {
            Self::Tempo(run) => run.change(options),
            Self::Branching(_) => Err(ConfigError::Fixed { field: "what a decoder beside tempo goes by" }.into()),
        }
    }

    /// As [`Generator::keep`]; other decoders compute their whole prompt.
    pub fn keep(&mut self, held: &[TokenId]) {
        if let Self::Tempo(run) = self {
            run.keep(held);
        }
    }

    /// As [`Generator::held`]; other decoders leave nothing that a later run may count on.
    pub fn held(&self) -> &[TokenId] {
        match self {
            Self::Tempo(run) => run.held(),
            Self::Branching(_) => &[],
        }
    }

    /// The run, where it is one of TEMPO.
    pub fn tempo(&self) -> Option<&Generator<V>> {
        match self {
            Self::Tempo(run) => Some(run),
            Self::Branching(_) => None,
        }
    }

    /// The simulations of a tree search for its next token, as far as they are made; empty between two steps, and where
    /// nothing is searched.
    pub fn simulations(&self) -> &[Simulation] {
        match self {
            Self::Tempo(_) => &[],
            Self::Branching(run) => run.simulations(),
        }
    }

    /// What the run has cost so far, with the cache rows of a pass that is due.
    pub fn work(&self) -> Work {
        match self {
            Self::Tempo(run) => run.work(),
            Self::Branching(run) => run.work(),
        }
    }

    /// What it will have cost once the plan of the last [`Action::Forward`] is computed.
    pub fn work_due(&self) -> Work {
        match self {
            Self::Tempo(run) => run.work_due(),
            Self::Branching(run) => run.work_due(),
        }
    }

    /// The options, resolved.
    pub fn options(&self) -> &GenerationOptions {
        match self {
            Self::Tempo(run) => run.options(),
            Self::Branching(run) => run.options(),
        }
    }

    /// What the run says so far.
    pub fn readings(&self) -> Vec<ReadingEvent> {
        match self {
            Self::Tempo(run) => run.readings(),
            Self::Branching(run) => run.readings(),
        }
    }
}

impl<V: Vocabulary> Decode for Decoder<V> {
    fn keep(&mut self, held: &[TokenId]) {
        self.keep(held);
    }

    fn advance(&mut self) -> Action {
        match self {
            Self::Tempo(run) => run.advance(),
            Self::Branching(run) => run.advance(),
        }
    }

    fn absorb(&mut self, readout: Readout) -> Result<Option<Event>, ReadoutError> {
        match self {
            Self::Tempo(run) => run.absorb(readout),
            Self::Branching(run) => run.absorb(readout),
        }
    }

    fn absorb_logits(&mut self, logits: Vec<f32>) -> Result<(), ReadoutError> {
        match self {
            Self::Tempo(run) => run.absorb_logits(logits),
            Self::Branching(run) => run.absorb_logits(logits),
        }
    }
}

#[cfg(test)]
mod tests;
