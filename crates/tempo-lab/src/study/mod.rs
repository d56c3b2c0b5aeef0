//! A study: TEMPO measured on texts that somebody wrote (LAB.md L7).
//!
//! [`Spec`] says what, [`windows`] takes stretches of texts, [`measure()`] appends a row for each of them and each question to a
//! [`Journal`], and [`Summary`] makes figures of the rows. What was measured is never measured again, so a study that was
//! stopped goes on, and the journals of several machines are one study.

mod calibration;
mod figures;
mod header;
mod journal;
mod measure;
mod members;
mod merge;
mod row;
mod spec;
mod statistics;
mod summary;
mod table;
mod texts;
mod variant;
mod ways;

use std::io::Write;

use tempo_core::LanguageModel;

pub use header::{Header, Shard};
pub use journal::Journal;
pub use merge::{Part, merge};
pub use row::{Calibration, Content, Key, Members, Recall, Row};
pub use spec::{Metric, Spec};
pub use summary::{Figure, Summary};
pub use texts::{Tokens, Window, documents, windows};
pub use variant::{Changes, Variant};

use measure::{Measuring, Task};

/// Measures what is not in the journal yet. `progress` is told how many rows are done, of how many, and how many of them are
/// new.
///
/// # Errors
/// When a pass fails, or the journal cannot be written.
pub fn measure<M: LanguageModel, W: Write>(
    model: &mut M,
    spec: &Spec,
    windows: &[Window],
    journal: &mut Journal<W>,
    mut progress: impl FnMut(usize, usize, usize),
) -> anyhow::Result<()>
where
    M::Error: Send + Sync,
{
    let tasks = Task::all(spec);
    let total = tasks.len() * windows.len();
    let there = windows.iter().flat_map(|window| tasks.iter().map(|task| task.key(window)));
    let mut done = there.filter(|key| journal.has(key)).count();
    let mut new = 0;
    for window in windows {
        let mut measuring = Measuring::new(model, spec, window);
        for task in tasks.iter().filter(|task| !journal.has(&task.key(window))).collect::<Vec<_>>() {
            if let Some(row) = measuring.row(task)? {
                journal.append(row)?;
            }
            (done, new) = (done + 1, new + 1);
            progress(done, total, new);
        }
    }
    Ok(())
}
