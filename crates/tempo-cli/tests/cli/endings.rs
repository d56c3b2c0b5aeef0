//! Signals, and readers that go away.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempo_core::StopReason;

use crate::harness::{Tempo, events, reason};

/// A run that would go on for long, and its standard output after the first two lines of its trace.
fn long_run() -> (Child, String, BufReader<ChildStdout>) {
    let flags = ["--prompt", "a", "--trace", "-", "--max-set", "1", "--max-steps", "400", "--min-steps", "400"];
    let mut tempo = Tempo::generate(&flags);
    let mut child = tempo.command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut head = String::new();
    out.read_line(&mut head).unwrap();
    out.read_line(&mut head).unwrap();
    (child, head, out)
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupted_run_writes_its_end_and_exits_with_130() {
    for signal in ["-INT", "-TERM"] {
        let (mut child, mut trace, mut out) = long_run();
        send(signal, &child);
        out.read_to_string(&mut trace).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let events = events(&trace);
        assert_eq!(reason(&events), StopReason::Stopped);
        assert!(events.len() >= 3);
    }
}

/// A step that has so many passes that nobody would wait for its end.
#[test]
fn a_search_is_interrupted_within_a_pass() {
    let flags = ["--prompt", "a", "--trace", "-", "--decoder", "mcts", "--simulations", "100000000", "--depth", "20"];
    let mut tempo = Tempo::generate(&flags);
    let mut child = tempo.command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut trace = String::new();
    out.read_line(&mut trace).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    send("-INT", &child);
    out.read_to_string(&mut trace).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let events = events(&trace);
    assert_eq!((events.len(), reason(&events)), (2, StopReason::Stopped), "the step under way has no event");
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    let (mut child, _head, out) = long_run();
    drop(out);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_trace_that_cannot_be_written_is_an_error() {
    let error = Tempo::generate(&["--prompt", "a", "--max-steps", "2", "--trace", "/dev/full"]).fails();
    assert!(error.contains("cannot write the trace /dev/full"), "{error}");
}
