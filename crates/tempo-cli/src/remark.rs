//! Lines on standard error that are no errors.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

use crate::render::visible;

/// A line of a kind, as `note`.
pub(crate) fn remark(kind: &str, text: &str) -> Result<()> {
    writeln!(io::stderr().lock(), "{kind}: {}", visible::line(text)).context("cannot write to standard error")
}
