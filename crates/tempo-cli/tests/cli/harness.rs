//! Running the program in a folder and an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use tempo_core::{Event, RunEvent, StopReason};

/// A short run on the CPU, in a folder of its own, with an environment that says nothing about TEMPO and models.
pub(crate) struct Tempo {
    /// For what the methods do not say.
    pub(crate) command: Command,
    folder: TempDir,
}

impl Tempo {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        let inherited = std::env::vars_os().map(|(name, _)| name);
        let (ours, others) = (["TEMPO_", "HF_", "HUGGING", "TRANSFORMERS_"], ["_PROXY", "_proxy"]);
        let speaks = |name: &str| {
            ours.iter().any(|start| name.starts_with(start)) || others.iter().any(|end| name.ends_with(end))
        };
        for name in inherited.filter(|name| speaks(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        // Where nobody listens, so that no test asks the hub of the world.
        command.env("HF_HOME", folder.path().join("home")).env("HF_ENDPOINT", "http://127.0.0.1:9");
        command.env_remove("COLUMNS").env_remove("NO_COLOR");
        command.current_dir(folder.path()).args(arguments).stdin(Stdio::null());
        Self { command, folder }
    }

    /// `tempo generate` on the CPU with these arguments.
    pub(crate) fn generate(arguments: &[&str]) -> Self {
        Self::new(&[&["generate", "--device", "cpu", "--threads", "1"], arguments].concat())
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&mut self) -> Output {
        self.command.output().unwrap()
    }

    /// Standard output of a run that has to succeed.
    pub(crate) fn succeeds(&mut self) -> String {
        let output = self.run();
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The error line of a run that has to fail: exit code 2, nothing printed, no trace left behind.
    pub(crate) fn fails(&mut self) -> String {
        let output = self.run();
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{error}");
        assert!(error.contains("error: "), "{error}");
        assert!(!self.path("t.jsonl").exists(), "a trace was left behind: {error}");
        error
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn events(trace: &str) -> Vec<Event> {
    trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn read_events(path: &Path) -> Vec<Event> {
    events(&std::fs::read_to_string(path).unwrap())
}

pub(crate) fn run_event(events: &[Event]) -> &RunEvent {
    match events.first() {
        Some(Event::Run(run)) => run,
        other => panic!("a trace begins with its run event, not {other:?}"),
    }
}

pub(crate) fn reason(events: &[Event]) -> StopReason {
    match events.last() {
        Some(Event::End(end)) => end.reason,
        other => panic!("a trace ends with its end event, not {other:?}"),
    }
}

/// The folder of the model that is built into the program.
pub(crate) fn built_in_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/public/models/storyteller")
}
