//! Decoders beside each other on one model, each until a budget is used (LAB.md L6): what is compared in words, a run that
//! stops at the last step that fits, and what is told of it. No clock and no cache of its own: a face has these.

mod bounded;
mod budget;
mod judge;
mod lanes;
mod nearest;
mod row;

pub use bounded::{Bounded, BoundedError, Outcome, Standing};
pub use budget::{Budget, BudgetError, Measure};
pub use judge::{Judged, best, distinct, judge};
pub use lanes::{LaneError, LaneOptions, MOST_LANES, lanes};
pub use row::LaneRow;

/// The lane that goes next, where each that still runs has used so much of its budget: the one that has used least, the
/// first of equals. So all of them go by one clock, and none waits for another to end.
pub fn next_lane<T: PartialOrd>(used: impl IntoIterator<Item = Option<T>>) -> Option<usize> {
    let running = used.into_iter().enumerate().filter_map(|(lane, used)| Some((lane, used?)));
    running.reduce(|least, other| if other.1 < least.1 { other } else { least }).map(|(lane, _)| lane)
}

#[cfg(test)]
mod tests;
