//! Models by name from servers that answer as real ones do.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not the functions that they share")]

#[path = "../server/mod.rs"]
mod server;

mod broken;
mod harness;
mod names;
mod odd;
