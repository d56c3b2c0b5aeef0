//! The trace: every event as one line of JSON, flushed line by line, so that whatever stops a run leaves whole lines.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use tempo_core::Event;

use crate::settings::TraceTarget;

/// Writes events to their target. Nothing is created or replaced before a pass or the second event: a run that fails in
/// its prompt has announced itself and done nothing, and should leave nothing.
pub(crate) struct TraceWriter {
    target: TraceTarget,
    state: State,
}

enum State {
    Waiting,
    Announced(Box<Event>),
    Open(Box<dyn Write>),
}

impl TraceWriter {
    /// A writer that has not touched its target yet.
    ///
    /// # Errors
    /// When the target can be seen to be impossible: a folder, or a file in no folder.
    pub(crate) fn new(target: TraceTarget) -> Result<Self> {
        if let TraceTarget::File(path) = &target {
            check_path(path)?;
        }
        Ok(Self { target, state: State::Waiting })
    }

    /// Writes an event, or holds it back if it is the first.
    pub(crate) fn write(&mut self, event: &Event) -> Result<()> {
        match &mut self.state {
            State::Waiting => self.state = State::Announced(Box::new(event.clone())),
            State::Announced(_) => {
                self.begin()?;
                self.write(event)?;
            }
            State::Open(out) => write_line(out, event).with_context(|| self.failed())?,
        }
        Ok(())
    }

    /// Writes the event that is held back: the run has computed something.
    pub(crate) fn begin(&mut self) -> Result<()> {
        if let State::Announced(first) = &self.state {
            let mut out = self.target.open()?;
            write_line(&mut out, first).with_context(|| self.failed())?;
            self.state = State::Open(out);
        }
        Ok(())
    }

    /// What to say of the trace when the run broke off, if there is one to speak of.
    pub(crate) fn broken_off(&self) -> Option<String> {
        match (&self.state, &self.target) {
            (State::Open(_), TraceTarget::File(path)) => {
                Some(format!("the run broke off; {} holds its complete lines so far and no `end`", path.display()))
            }
            _ => None,
        }
    }

    fn failed(&self) -> String {
        match &self.target {
            TraceTarget::Stdout => "cannot write the trace to standard output".to_owned(),
            TraceTarget::File(path) => format!("cannot write the trace {}", path.display()),
        }
    }
}

impl TraceTarget {
    fn open(&self) -> Result<Box<dyn Write>> {
        Ok(match self {
            Self::Stdout => Box::new(io::stdout().lock()),
            Self::File(path) => {
                Box::new(File::create(path).with_context(|| format!("cannot create the trace {}", path.display()))?)
            }
        })
    }
}

/// One `write` for the whole line, so that a kill leaves no part of one.
fn write_line(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

fn check_path(path: &Path) -> Result<()> {
    if path.is_dir() {
        bail!("cannot write the trace {}: it is a folder", path.display());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        bail!("cannot write the trace {}: there is no folder {}", path.display(), folder.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempo_core::{EndEvent, Stats, StopReason};

    use super::*;

    fn event(text: &str) -> Event {
        Event::End(EndEvent {
            reason: StopReason::Stopped,
            ended: Vec::new(),
            text: text.into(),
            brackets: String::new(),
            stats: Stats { steps: 0, tokens: 0, mean_set: 0.0, removed: 0, seconds: None },
            readings: Vec::new(),
            work: None,
            answer: None,
        })
    }

    #[test]
    fn nothing_is_touched_before_the_second_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        std::fs::write(&path, "old\n").unwrap();
        let mut trace = TraceWriter::new(TraceTarget::File(path.clone())).unwrap();
        let read = || std::fs::read_to_string(&path).unwrap();
        assert_eq!(read(), "old\n");
        trace.write(&event("one")).unwrap();
        assert_eq!(read(), "old\n");
        assert_eq!(trace.broken_off(), None);
        trace.write(&event("two")).unwrap();
        assert!(trace.broken_off().unwrap().contains("t.jsonl"));
        trace.write(&event("three")).unwrap();
        let lines: Vec<Event> = read().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, ["one", "two", "three"].map(event));
    }

    #[test]
    fn impossible_targets_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(TraceWriter::new(TraceTarget::File(folder.path().into())).is_err());
        assert!(TraceWriter::new(TraceTarget::File(folder.path().join("no/t.jsonl"))).is_err());
        assert!(TraceWriter::new(TraceTarget::File("t.jsonl".into())).is_ok());
    }
}
