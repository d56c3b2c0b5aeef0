//! Ctrl-C, and the request to end that a service manager sends. The first one asks a run to stop after its step, or its pass, the
//! second one ends the program; before a run has begun there is nothing to finish, so the first one does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context as _, Result};

/// Exit code of an interrupted program.
pub(crate) const INTERRUPTED: u8 = 130;

/// As a new interrupt is.
const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const STOPPING: u8 = 2;

/// Whether the user wants to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicU8>);

impl Interrupt {
    /// Listens from now on. Once per program.
    pub(crate) fn listen() -> Result<Self> {
        let interrupt = Self::default();
        let state = Arc::clone(&interrupt.0);
        ctrlc::set_handler(move || {
            let first = state.compare_exchange(RUNNING, STOPPING, Ordering::SeqCst, Ordering::SeqCst);
            if first.is_err() {
                std::process::exit(INTERRUPTED.into());
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(interrupt)
    }

    /// From now on there is something to finish.
    pub(crate) fn begin(&self) {
        self.0.store(RUNNING, Ordering::SeqCst);
    }

    /// There is nothing to finish any more.
    pub(crate) fn end(&self) {
        self.0.store(IDLE, Ordering::SeqCst);
    }

    /// Whether the run should stop.
    pub(crate) fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst) == STOPPING
    }
}
