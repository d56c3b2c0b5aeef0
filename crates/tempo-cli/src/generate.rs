//! `tempo generate`: settings and a prompt become a run, the run becomes events, the events go to the trace and the
//! transcript, and the transcript is printed when the run is over.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use tempo_core::{Decoder, LanguageModel as _, Prompt, SetupError, StopReason, TokenId};
use tempo_model::{Model, ModelVocabulary};

use crate::chat::Dialogue;
use crate::cli::GenerateArgs;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::remark::remark;
use crate::render::{self, Format, Layout, Style};
use crate::run::Run;
use crate::settings::{self, Settings, TraceTarget};
use crate::trace::TraceWriter;
use crate::transcript::Transcript;
use crate::{open, prompt};

/// Screen columns where the terminal does not tell.
const DEFAULT_WIDTH: usize = 80;

/// Runs the subcommand.
pub(crate) fn run(args: GenerateArgs) -> Result<ExitCode> {
    let mut settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    if settings.chat {
        settings.converse();
    }
    for warning in settings::warnings(&settings) {
        remark("warning", &warning)?;
    }
    let interrupt = Interrupt::listen()?;
    let trace = settings.trace.clone().map(TraceWriter::new).transpose()?;
    let (text, note) = prompt::read(settings.prompt.clone(), settings.model.is_none())?;
    if let Some(note) = note {
        remark("note", &note)?;
    }

    let Model { mut engine, tokenizer, chat, remarks } = open::model(&settings)?;
    let mut description = engine.description().clone();
    let mut question = None;
    let (text, ids) = if settings.chat {
        let (system, thinking) = (settings.system.as_deref(), settings.thinking);
        let mut dialogue = Dialogue::new(&description.id, chat, &tokenizer, system, thinking)?;
        description = dialogue.model(&description, &tokenizer)?;
        let asked = dialogue.ask(text, &tokenizer)?;
        let asked = question.insert(asked);
        (asked.text().to_owned(), asked.ids.clone())
    } else {
        let ids = tokenizer.encode(&text).context("cannot tokenise the prompt")?;
        (text, ids)
    };
    // A prompt that is refused is told first, and alone.
    open::tell(&remarks, &engine, &settings)?;
    if let Some(characters) = tokenizer.left_out(&text) {
        remark("note", &format!("the tokenizer has no token for {characters} of the prompt, which is left out"))?;
    }
    if let Some(begin) = tokenizer.doubled_begin(&ids) {
        let name = String::from_utf8_lossy(tokenizer.bytes_of(begin)).into_owned();
        let (what, why) = match &question {
            Some(_) => ("conversation", "the model's template writes it so"),
            None => ("prompt", "the tokenizer puts it before every text"),
        };
        remark("note", &format!("the {what} begins with {name} twice: {why}"))?;
    }
    let (length, made_for) = (ids.len(), engine.description().max_positions);
    if length > made_for {
        remark("note", &beyond("the prompt has", length, made_for))?;
    }
    let place = open::place(&engine);
    let prompt = Prompt { text, ids: ids.into_iter().map(TokenId).collect() };
    let mut decoder = Decoder::new(settings.generation, &description, prompt, ModelVocabulary(&tokenizer))
        .map_err(|error| setup_error(&error))?;

    let mut run = Run { trace, question, ..Run::new(interrupt, Transcript::new(place)) };
    pollster::block_on(run.finish(&mut decoder, &mut engine))?;
    print(&settings, &run.transcript)?;
    let steps = run.transcript.steps();
    if steps == 0 && run.transcript.end.as_ref().is_some_and(|end| end.reason == StopReason::ContextFull) {
        let text = format!("nothing follows: the prompt of {length} tokens leaves no slot free; see --capacity");
        remark("note", &text)?;
    }
    if length <= made_for && length + steps > made_for {
        remark("note", &beyond("the text has come to", length + steps, made_for))?;
    }
    let stopped = run.transcript.end.is_some_and(|end| end.reason == StopReason::Stopped);
    Ok(if stopped { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

pub(crate) fn beyond(what: &str, length: usize, made_for: usize) -> String {
    format!("{what} {length} tokens, the model was made for {made_for}; what it says may make no sense there")
}

/// Names options as flags: the library knows them, and no command line.
pub(crate) fn setup_error(error: &SetupError) -> anyhow::Error {
    anyhow!("{}", error.words(&|name| format!("--{}", settings::flag(name))))
}

/// Prints the run. Where the trace has standard output for itself, a format from the settings goes to standard
/// error, and the default one is left out.
fn print(settings: &Settings, transcript: &Transcript) -> Result<()> {
    let to_stderr = settings.trace == Some(TraceTarget::Stdout);
    let format = match (settings.format, to_stderr) {
        (Some(format), _) => format,
        (None, false) => Format::default(),
        (None, true) => return Ok(()),
    };
    let is_terminal = if to_stderr { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let layout = Layout { width: width(is_terminal), style: Style::of(is_terminal), show_ids: settings.show_ids };
    let mut printed = Vec::new();
    render::write(transcript, format, layout, is_terminal, &mut printed)?;
    if to_stderr {
        io::stderr().lock().write_all(&printed).context("cannot write to standard error")
    } else {
        let mut out = io::stdout().lock();
        out.write_all(&printed).and_then(|()| out.flush()).context("cannot write to standard output")
    }
}

/// The terminal's width; `COLUMNS` decides where there is no terminal.
pub(crate) fn width(is_terminal: bool) -> usize {
    let terminal = terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(columns).filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}
