//! What can go wrong because of what a caller gave. Broken invariants of our own are panics with a sentence.

use std::fmt;

use thiserror::Error;

/// Options that make no sense. As a text it names options as traces do; [`words`](Self::words) names them otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigError {
    /// A value outside of its range.
    OutOfRange {
        /// The option.
        field: &'static str,
        /// What was given.
        value: String,
        /// What would do.
        allowed: &'static str,
    },
    /// Two options that cannot both be meant.
    Conflict {
        /// One option with its value: its name, a space, the value.
        a: String,
        /// The other.
        b: String,
        /// Why not both, and the way out. Names of options stand in backticks.
        why: &'static str,
    },
    /// More paths than there is memory for.
    Memory {
        /// The option.
        field: &'static str,
        /// What was given.
        value: usize,
        /// The most that would do on this model.
        most: usize,
        /// Bytes of one path.
        each: u64,
    },
    /// An option that a run cannot change once it has begun.
    Fixed {
        /// The option, or several in words.
        field: &'static str,
    },
    /// A name that is not among the choices.
    UnknownChoice {
        /// What was given.
        value: String,
        /// What would do.
        allowed: String,
    },
}

impl ConfigError {
    /// The error with every option as `name` spells it: a program has flags where a trace has keys.
    pub fn words(&self, name: &dyn Fn(&str) -> String) -> String {
        let option = |text: &str| match text.split_once(' ') {
            Some((option, value)) => format!("{} {value}", name(option)),
            None => name(text),
        };
        match self {
            Self::OutOfRange { field, value, allowed } => format!("{} must be {allowed}, not {value}", name(field)),
            Self::Conflict { a, b, why } => {
                // Every second part stands between backticks.
                let why = why.split('`').zip([false, true].into_iter().cycle());
                let why: String =
                    why.map(|(part, is_name)| if is_name { name(part) } else { part.to_owned() }).collect();
                format!("{} and {} contradict each other: {why}", option(a), option(b))
            }
            Self::Memory { field, value, most, each } => {
                let (all, each) = (*value as f64 * *each as f64 / 1e9, each.div_ceil(1000));
                format!(
                    "{} {value} may take {all:.0} GB of memory, {each} kB for each path; on this model give at most {most}",
                    name(field)
                )
            }
            Self::Fixed { field } => {
                let field = if field.contains(' ') { (*field).to_owned() } else { name(field) };
                format!("{field} cannot change in the middle of a run; begin a new one")
            }
            Self::UnknownChoice { value, allowed } => format!("unknown choice, use one of {allowed}: {value}"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&str::to_owned))
    }
}

impl std::error::Error for ConfigError {}

impl SetupError {
    /// As [`ConfigError::words`].
    pub fn words(&self, name: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Config(error) => error.words(name),
            Self::ContextFull { capacity, needed } => {
                let raised = name("capacity");
                format!(
                    "the prompt needs {needed} slots, the capacity is {capacity}; shorten the prompt or raise {raised}"
                )
            }
            other => other.to_string(),
        }
    }
}

/// A run that cannot begin.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SetupError {
    /// The options make no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is nothing to continue from.
    #[error("the prompt is empty; a run needs at least one token to continue from")]
    EmptyPrompt,
    /// A prompt token that the model has no embedding for.
    #[error("prompt token {id} is outside of the model's vocabulary of {vocab}; the tokenizer does not fit the model")]
    UnknownToken {
        /// The token.
        id: u32,
        /// The vocabulary size.
        vocab: usize,
    },
    /// A set that cannot be.
    #[error("a forced set needs at least one token, and each once")]
    ForcedSet,
    /// The prompt alone does not fit.
    #[error("the prompt needs {needed} slots, the capacity is {capacity}; shorten the prompt or raise capacity")]
    ContextFull {
        /// Slots there are.
        capacity: usize,
        /// Slots the prompt takes.
        needed: usize,
    },
}

/// The pass that a readout is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadoutStep {
    /// The prefill.
    Prompt,
    /// A pass of the step with this number, counted from 0.
    Step(usize),
}

impl fmt::Display for ReadoutStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt => f.write_str("prompt"),
            Self::Step(step) => step.fmt(f),
        }
    }
}

/// A readout that the algorithm cannot go on from.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReadoutError {
    /// NaN or infinity among the logits.
    #[error(
        "step {step}: the model's logits are not finite (row {row}, token {token}: {value}); the weights or the device are broken"
    )]
    NonFinite {
        /// Where the pass belongs.
        step: ReadoutStep,
        /// Which row of the readout.
        row: usize,
        /// Which vocabulary entry.
        token: usize,
        /// What was there.
        value: f32,
    },
    /// NaN, infinity or a sum of nothing among the facts of a digest.
    #[error("step {step}: the {what} in the model's digest cannot be; the weights or the device are broken: {value}")]
    Fact {
        /// Where the pass belongs.
        step: ReadoutStep,
        /// Which fact.
        what: &'static str,
        /// What was there.
        value: f64,
    },
    /// A token that a digest must not list.
    #[error("the model's digest lists a token that is {why}: {token}")]
    Listed {
        /// The token.
        token: u32,
        /// Why not.
        why: &'static str,
    },
    /// A digest where only rows of logits would do.
    #[error("the model returned a digest of the logits, which the plan had not asked for")]
    NotRequested,
    /// What nothing had asked for.
    #[error("{what} came in though the run had not asked for it; do what its next action says")]
    Unasked {
        /// What came.
        what: &'static str,
    },
    /// The model returned something of another size than asked for.
    #[error("the model returned {found} {what}, {expected} were asked for")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// Numbers asked for.
        expected: usize,
        /// Numbers returned.
        found: usize,
    },
}

/// A run that broke off.
#[derive(Debug, Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// The model failed.
    #[error("the model's forward pass failed")]
    Model(#[source] E),
    /// The model answered with something unusable.
    #[error(transparent)]
    Readout(ReadoutError),
}
