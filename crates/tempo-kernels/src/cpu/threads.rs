//! When work is shared out to threads of the pool, and how.
//!
//! Work is counted in weights, times groups of four rows: one of them is some 0.1 ns. A thread that sleeps takes tens of
//! microseconds to wake, so a step of a small model is over before it would.

use std::ops::Range;

/// Work of a pass below which it is one thread's.
const PASS: usize = 1 << 24;
/// Work of a share below which there are fewer.
const SHARE: usize = 1 << 17;

/// How many of so many threads take part in a pass of so many rows through so many weights.
pub(super) fn for_pass(threads: usize, weights: usize, rows: usize) -> usize {
    if weights * rows.div_ceil(4) < PASS { 1 } else { threads }
}

/// How many share this much work on so many panels.
pub(super) fn shares(panels: usize, work: usize, most: usize) -> usize {
    (work / SHARE).min(panels).min(most).max(1)
}

/// The panels of a share.
pub(super) fn panels(panels: usize, shares: usize, share: usize) -> Range<usize> {
    panels * share / shares..panels * (share + 1) / shares
}
