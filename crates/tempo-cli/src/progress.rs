//! What a person at a terminal sees of long work. In a pipe indicatif shows nothing.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressStyle};

/// One line on standard error that says what is going on, and is gone when it is over.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Bytes of a file that is being loaded.
    pub(crate) fn bytes(what: &'static str) -> Self {
        Self::bar("{msg} {bar:30} {bytes}/{total_bytes}", what, 0)
    }

    /// Bytes of a file that is being fetched, of which some were here before.
    pub(crate) fn download(file: &str, before: u64) -> Self {
        let progress = Self::bar("{msg} {bar:30} {bytes}/{total_bytes} {eta} left", file.to_owned(), 0);
        progress.0.set_position(before);
        progress.0.reset_eta();
        progress
    }

    /// Steps of a run; the prompt comes first.
    pub(crate) fn steps(total: usize) -> Self {
        let progress = Self::bar("{msg} {bar:30} {pos}/{len} {elapsed}", "reading the prompt", total as u64);
        progress.0.tick();
        progress
    }

    /// Rows of a study.
    pub(crate) fn rows(total: usize) -> Self {
        Self::bar("{msg} {bar:30} {pos}/{len}", "measuring", total as u64)
    }

    /// Shows that so many are done, and what there is to say of it.
    pub(crate) fn show_rows(&self, done: usize, what: &str) {
        self.0.set_message(what.to_owned());
        self.0.set_position(done as u64);
    }

    fn bar(template: &str, what: impl Into<Cow<'static, str>>, total: u64) -> Self {
        let style = ProgressStyle::with_template(template).expect("the templates of this file are sound");
        Self(ProgressBar::new(total).with_style(style).with_message(what))
    }

    /// Shows that this much of the total is done.
    pub(crate) fn show(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }

    /// Shows that this many kernels are compiled; the bytes are all there then.
    pub(crate) fn show_kernels(&self, done: usize, total: usize) {
        self.0.set_message(format!("compiling {done} of {total} kernels"));
    }

    /// Shows that this many steps are done, at least one.
    pub(crate) fn show_step(&self, done: usize) {
        if done == 1 {
            self.0.set_message("generating");
        }
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
