#![doc = include_str!("../README.md")]

mod bench;
mod chat;
mod cli;
mod compare;
mod devices;
mod download;
mod generate;
mod inspect;
mod interrupt;
mod models;
mod open;
mod progress;
mod prompt;
mod remark;
mod render;
mod run;
mod score;
mod settings;
mod stopwatch;
mod study;
mod trace;
mod transcript;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use render::visible;

/// Exit code of everything that went wrong; clap uses the same.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    std::panic::set_hook(Box::new(|panic| {
        let _gone = writeln!(io::stderr().lock(), "error: this is a bug in tempo, please report it: {panic}");
    }));
    // Below are drivers and libraries that panic where they should fail; the user gets an error all the same.
    let Ok(result) = std::panic::catch_unwind(|| run(command)) else { return ExitCode::from(FAILED) };
    match result {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone too; then there is no place left for a message.
            let _gone = writeln!(io::stderr().lock(), "error: {}", visible::lines(&format!("{error:#}")));
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Generate(args) => generate::run(args),
        Command::Chat(args) => chat::run(args),
        Command::Devices(args) => devices::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Bench(args) => bench::run(args),
        Command::Score(args) => score::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Study(args) => study::run(args),
    }
}

/// The reader of the output has closed it (`tempo ... | head`).
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_kind = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        io.or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    };
    error.chain().any(|cause| io_kind(cause) == Some(io::ErrorKind::BrokenPipe))
}
