//! `tempo generate`: settings and a prompt become a run, the run becomes events, the events go to the trace and the
//! transcript, and the transcript is printed when the run is over.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use tempo_core::{
    Event, Generator, LanguageModel, Prompt, SetupError, StopReason, Timing, TokenId, Vocabulary, next_event,
};
use tempo_model::{Model, ModelVocabulary};

use crate::cli::GenerateArgs;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::progress::Progress;
use crate::remark::remark;
use crate::render::{self, Format, Layout, Style};
use crate::settings::{self, Settings, TraceTarget};
use crate::stopwatch::{Stopwatch, milliseconds};
use crate::trace::TraceWriter;
use crate::transcript::Transcript;
use crate::{open, prompt};

/// Screen columns where the terminal does not tell.
const DEFAULT_WIDTH: usize = 80;

/// Runs the subcommand.
pub(crate) fn run(args: GenerateArgs) -> Result<ExitCode> {
    let settings = Settings::resolve(args.flags.layer, |name| std::env::var_os(name))?;
    for warning in settings::warnings(&settings) {
        remark("warning", &warning)?;
    }
    let interrupt = Interrupt::listen()?;
    let trace = settings.trace.clone().map(TraceWriter::new).transpose()?;
    let (text, note) = prompt::read(settings.prompt.clone(), settings.model.is_none())?;
    if let Some(note) = note {
        remark("note", &note)?;
    }

    let Model { mut engine, tokenizer, remarks } = open::model(&settings)?;
    for found in remarks.iter().filter(|found| found.alters_text) {
        remark("note", &found.to_string())?;
    }
    let ids = tokenizer.encode(&text).context("cannot tokenise the prompt")?;
    for reason in open::chosen_by_itself(&engine, &settings) {
        remark("note", &reason)?;
    }
    if let Some(characters) = tokenizer.left_out(&text) {
        remark("note", &format!("the tokenizer has no token for {characters} of the prompt, which is left out"))?;
    }
    if let Some(begin) = tokenizer.doubled_begin(&ids) {
        let name = String::from_utf8_lossy(tokenizer.bytes_of(begin)).into_owned();
        remark("note", &format!("the prompt begins with {name} twice: the tokenizer puts it before every text"))?;
    }
    let (length, made_for) = (ids.len(), engine.description().max_positions);
    if length > made_for {
        remark("note", &beyond("the prompt has", length, made_for))?;
    }
    let place = open::place(&engine);
    let prompt = Prompt { text, ids: ids.into_iter().map(TokenId).collect() };
    let generator = Generator::new(settings.generation, engine.description(), prompt, ModelVocabulary(&tokenizer))
        .map_err(setup_error)?;

    let mut run = Run { interrupt, trace, transcript: Transcript::new(place) };
    pollster::block_on(run.finish(generator, &mut engine))?;
    print(&settings, &run.transcript)?;
    let steps = run.transcript.sets.len();
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

fn beyond(what: &str, length: usize, made_for: usize) -> String {
    format!("{what} {length} tokens, the model was made for {made_for}; what it says may make no sense there")
}

/// Names the way out as a flag: the library knows options, and no command line.
fn setup_error(error: SetupError) -> anyhow::Error {
    match error {
        SetupError::ContextFull { capacity, needed } => anyhow!(
            "the prompt needs {needed} slots, the capacity is {capacity}; shorten the prompt or raise --capacity"
        ),
        other => other.into(),
    }
}

/// A run and what listens to it.
struct Run {
    interrupt: Interrupt,
    trace: Option<TraceWriter>,
    transcript: Transcript,
}

impl Run {
    /// Drives the generator to its end.
    async fn finish<M, V>(&mut self, mut generator: Generator<V>, model: &mut M) -> Result<()>
    where
        M: LanguageModel,
        M::Error: Send + Sync,
        V: Vocabulary,
    {
        let progress = Progress::steps(generator.options().max_steps);
        let mut model = Stopwatch::new(model);
        let start = Instant::now();
        self.interrupt.begin();
        loop {
            if self.interrupt.requested() {
                generator.stop();
            }
            let step_start = Instant::now();
            let event = next_event(&mut generator, &mut model).await.map_err(|error| self.broken_off(error.into()))?;
            let Some(mut event) = event else { return Ok(()) };
            match &mut event {
                Event::Run(_) => {}
                Event::Step(step) => {
                    let forward_ms = milliseconds(model.take());
                    step.timing = Some(Timing { forward_ms, total_ms: milliseconds(step_start.elapsed()) });
                    progress.show_step(step.step + 1);
                }
                Event::End(end) => end.stats.seconds = Some(milliseconds(start.elapsed()) / 1e3),
            }
            if let Some(trace) = &mut self.trace {
                trace.write(&event)?;
            }
            self.transcript.absorb(&event);
        }
    }

    fn broken_off(&self, error: anyhow::Error) -> anyhow::Error {
        match self.trace.as_ref().and_then(TraceWriter::broken_off) {
            Some(state_of_trace) => error.context(state_of_trace),
            None => error,
        }
    }
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
fn width(is_terminal: bool) -> usize {
    let terminal = terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(columns).filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

#[cfg(test)]
mod tests {
    use tempo_core::{GenerationOptions, ModelDescription, Readout, StepPlan, TokenId};

    use super::*;

    /// A model of four words that breaks at its n-th pass.
    struct Breaks {
        description: ModelDescription,
        passes_left: usize,
    }

    #[derive(Debug)]
    struct Gone;

    impl std::fmt::Display for Gone {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the device is gone")
        }
    }

    impl std::error::Error for Gone {}

    impl LanguageModel for Breaks {
        type Error = Gone;

        fn description(&self) -> &ModelDescription {
            &self.description
        }

        async fn begin(&mut self, _rows: usize) -> Result<(), Gone> {
            Ok(())
        }

        async fn grow(&mut self, _rows: usize) -> Result<(), Gone> {
            Ok(())
        }

        async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, Gone> {
            self.passes_left = self.passes_left.checked_sub(1).ok_or(Gone)?;
            let rows = plan.logits.len();
            let received = vec![1.0 / plan.keys.len() as f32; plan.keys.len()];
            Ok(Readout { logits: [0.0, 1.0, 2.0, 9.0].repeat(rows).into(), received })
        }

        async fn logits(&mut self) -> Result<Vec<f32>, Gone> {
            Err(Gone)
        }
    }

    struct Letters;

    impl Vocabulary for Letters {
        fn bytes(&self, id: TokenId) -> Vec<u8> {
            vec![b"abcd"[id.index()]]
        }
    }

    /// A run of three steps with a trace, on a model that can make this many passes; the prompt takes the first.
    fn run(passes: usize, path: &std::path::Path) -> (Result<()>, Run) {
        let description = ModelDescription {
            id: "m".into(),
            architecture: "llama".into(),
            weights: None,
            layers: 1,
            heads: 1,
            kv_heads: 1,
            head_dim: 2,
            vocab: 4,
            rope_theta: 1e4,
            max_positions: 16,
            eos: Vec::new(),
        };
        let options = GenerationOptions { max_steps: 3, ..GenerationOptions::default() };
        let prompt = Prompt { text: "ab".into(), ids: vec![TokenId(0), TokenId(1)] };
        let generator = Generator::new(options, &description, prompt, Letters).unwrap();
        let mut model = Breaks { description, passes_left: passes };
        let trace = Some(TraceWriter::new(TraceTarget::File(path.into())).unwrap());
        let mut run = Run { interrupt: Interrupt::default(), trace, transcript: Transcript::new("m".into()) };
        (pollster::block_on(run.finish(generator, &mut model)), run)
    }

    #[test]
    fn a_run_has_times_a_trace_and_a_transcript() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let (result, run) = run(9, &path);
        result.unwrap();
        assert_eq!(run.transcript.end.unwrap().text, "ddd");
        let trace = std::fs::read_to_string(path).unwrap();
        let events: Vec<Event> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let timed = |event: &Event| match event {
            Event::Run(_) => true,
            Event::Step(step) => step.timing.is_some(),
            Event::End(end) => end.stats.seconds.is_some(),
        };
        assert_eq!(events.len(), 5);
        assert!(events.iter().all(timed));
    }

    #[test]
    fn a_model_that_breaks_in_its_prompt_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let error = run(0, &path).0.unwrap_err();
        assert_eq!(format!("{error:#}"), "the model's forward pass failed: the device is gone");
        assert!(!path.exists());
    }

    #[test]
    fn a_model_that_breaks_later_leaves_whole_lines_and_the_error_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let error = format!("{:#}", run(3, &path).0.unwrap_err());
        assert!(
            error.contains("t.jsonl holds its complete lines so far") && error.contains("the device is gone"),
            "{error}"
        );
        let trace = std::fs::read_to_string(path).unwrap();
        assert_eq!(trace.lines().filter(|line| serde_json::from_str::<Event>(line).is_ok()).count(), 3);
        assert!(trace.ends_with('\n'));
    }
}
