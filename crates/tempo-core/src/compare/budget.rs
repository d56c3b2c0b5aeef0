//! How much each decoder of a comparison may use, and of what.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::choice;
use crate::event::Work;
use crate::model::ModelDescription;

choice! {
    /// What a budget is of (LAB.md L6).
    pub enum Measure {
        /// Steps: tokens of a text, or sets.
        Steps = "steps",
        /// Forward passes, the prompt's included.
        Passes = "passes",
        /// Rows that passes compute, the prompt's included.
        #[default]
        Rows = "rows",
        /// Bytes of the most keys and values held at once, as 32-bit floats.
        Bytes = "bytes",
    }
}

/// What each decoder of a comparison may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Of what.
    pub measure: Measure,
    /// How much.
    pub most: usize,
}

/// A budget that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BudgetError {
    /// Words that say none.
    #[error("a budget is steps=N, passes=N, rows=N or bytes=N, not `{0}`")]
    Form(String),
    /// No number behind its measure.
    #[error("the budget {measure}={given} needs a whole number: 1 or more")]
    Number {
        /// Of what.
        measure: Measure,
        /// What stands there.
        given: String,
    },
    /// The prompt alone uses it up.
    #[error("the budget {budget} is too small for the prompt: it and one step take {measure}={needed} at least", measure = .budget.measure)]
    Small {
        /// The budget.
        budget: Budget,
        /// The least that would do.
        needed: usize,
    },
}

impl Budget {
    /// What a comparison has that says nothing of it: rows, for TEMPO's set of k costs k of them, and as many as a paragraph of
    /// ordinary decoding.
    pub const DEFAULT: Self = Self { measure: Measure::Rows, most: 256 };

    /// How much of it so many steps with this work have used.
    pub fn used(self, steps: usize, work: &Work) -> usize {
        match self.measure {
            Measure::Steps => steps,
            Measure::Passes => work.passes,
            Measure::Rows => work.rows,
            Measure::Bytes => work.cache_bytes,
        }
    }

    /// Refuses a budget that a prompt of so many tokens and the least of all steps do not fit in.
    ///
    /// # Errors
    /// With what would do.
    pub fn check(self, prompt: usize, model: &ModelDescription) -> Result<(), BudgetError> {
        let needed = match self.measure {
            Measure::Steps => 1,
            Measure::Passes => 2,
            Measure::Rows => prompt + 1,
            Measure::Bytes => (prompt + 1) * row_bytes(model),
        };
        if self.most < needed { Err(BudgetError::Small { budget: self, needed }) } else { Ok(()) }
    }

    /// Steps that no decoder can pass within it, nor within so many cache rows. Where every text has ended there is a last step
    /// that computes nothing.
    pub(super) fn most_steps(self, prompt: usize, capacity: usize) -> usize {
        let most = match self.measure {
            Measure::Steps => return self.most,
            Measure::Passes => self.most,
            Measure::Rows => self.most.saturating_add(1).saturating_sub(prompt),
            Measure::Bytes => usize::MAX,
        };
        most.min(capacity.saturating_add(1).saturating_sub(prompt)).max(1)
    }

    /// Cache rows that no decoder can pass within it.
    pub(super) fn most_rows(self, model: &ModelDescription) -> usize {
        match self.measure {
            Measure::Steps | Measure::Passes => usize::MAX,
            Measure::Rows => self.most,
            Measure::Bytes => self.most / row_bytes(model),
        }
    }
}

fn row_bytes(model: &ModelDescription) -> usize {
    Work { peak_rows: 1, ..Work::default() }.with_bytes(model).cache_bytes
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.measure, self.most)
    }
}

impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let form = || BudgetError::Form(text.to_owned());
        let (measure, given) = text.split_once('=').ok_or_else(form)?;
        let measure = measure.trim().parse().map_err(|_| form())?;
        let most = given.trim().parse().ok().filter(|most| *most > 0);
        let most = most.ok_or_else(|| BudgetError::Number { measure, given: given.trim().to_owned() })?;
        Ok(Self { measure, most })
    }
}
