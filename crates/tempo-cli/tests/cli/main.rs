//! The program from outside, on its built-in model: what it prints, what it leaves behind, how it ends.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not the functions that they share")]

#[path = "../../../tempo-hub/tests/server/mod.rs"]
mod server;

mod bad_input;
mod chat;
mod compare;
mod decoders;
mod endings;
mod formats;
mod harness;
mod hub;
mod memory;
mod score;
mod settings;
mod study;
mod subcommands;
#[cfg(unix)]
mod terminal;
mod traces;
