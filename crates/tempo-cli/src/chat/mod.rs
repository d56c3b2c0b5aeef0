//! `tempo chat`: a conversation in a terminal. Every answer is a run of its own; what the conversation keeps of it is the
//! reading that the settings name.

mod command;
mod dialogue;
mod session;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tempo_model::Model;

pub(crate) use dialogue::{Dialogue, Question};

use crate::cli::ChatArgs;
use crate::interrupt::Interrupt;
use crate::open;
use crate::remark::remark;
use crate::settings::{self, Settings};
use command::Command;
use session::Session;

/// Runs the subcommand.
pub(crate) fn run(args: ChatArgs) -> Result<ExitCode> {
    let mut settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    settings.converse();
    for warning in settings::warnings(&settings) {
        remark("warning", &warning)?;
    }
    let interrupt = Interrupt::listen()?;
    let Model { mut engine, tokenizer, chat, .. } = open::told(&settings)?;
    let mut session = Session::new(settings, interrupt, &mut engine, &tokenizer, chat)?;
    let invites = io::stdin().is_terminal();
    if invites {
        remark("note", "a line is a message; /help lists what else a line can be, /quit ends")?;
    }
    while let Some(line) = message(invites)? {
        match line.and_then(|line| Command::parse(&line)) {
            Ok(Command::Quit) => break,
            Ok(command) => {
                // What goes wrong with one line ends no conversation.
                if let Err(error) = session.obey(command) {
                    remark("error", &format!("{error:#}"))?;
                }
            }
            Err(wrong) => remark("error", &wrong)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The next message or command: a line, and those that it is continued on; or why it is none. Nothing at the end of the input.
fn message(invites: bool) -> Result<Option<Result<String, String>>> {
    let mut whole = String::new();
    loop {
        if invites {
            let mut out = io::stderr().lock();
            write!(out, "{}", if whole.is_empty() { "> " } else { "| " }).and_then(|()| out.flush()).context(STDERR)?;
        }
        let mut line = Vec::new();
        let length = io::stdin().lock().read_until(b'\n', &mut line).context("cannot read from standard input")?;
        let end = length == 0;
        let Ok(line) = String::from_utf8(line) else {
            return Ok(Some(Err("this line is not UTF-8, so nothing was said; write it in UTF-8".into())));
        };
        let line = line.trim_end_matches(['\n', '\r']);
        match line.strip_suffix('\\').filter(|_| !end) {
            Some(line) => {
                whole.push_str(line);
                whole.push('\n');
            }
            None if end && whole.is_empty() => return Ok(None),
            None => {
                whole.push_str(line);
                return Ok(Some(Ok(whole)));
            }
        }
    }
}

const STDERR: &str = "cannot write to standard error";
