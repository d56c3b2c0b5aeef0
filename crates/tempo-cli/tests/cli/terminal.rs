//! `tempo chat` on a terminal: streaming, commands and keys. `terminal.py` holds the terminal.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::chat::talker;
use crate::harness::stderr;

/// What is on the screen after these keys, and the exit code; `then` looks at the folder.
fn at_terminal(arguments: &[&str], steps: &Value, then: impl FnOnce(&Path)) -> (String, i64) {
    let tempo = talker(&[&["chat"], arguments].concat()).file("steps.json", steps.to_string());
    let mut python = Command::new("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/terminal.py")).arg("steps.json");
    python.arg(tempo.command.get_program()).args(tempo.command.get_args());
    python.current_dir(tempo.path("")).env("TERM", "dumb");
    for (name, value) in tempo.command.get_envs() {
        match value {
            Some(value) => python.env(name, value),
            None => python.env_remove(name),
        };
    }
    let output = python.output().expect("python3 runs, which gives the test a terminal");
    assert!(output.status.success(), "{}", stderr(&output));
    then(&tempo.path(""));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    (found["screen"].as_str().unwrap().replace("\r\n", "\n"), found["code"].as_i64().unwrap())
}

fn saved(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("t.json")).unwrap()).unwrap()
}

#[test]
fn an_answer_streams_and_commands_are_obeyed_on_a_terminal() {
    let steps = json!([
        ["> ", "/help\n"],
        ["/quit", ""],
        ["> ", "Hello\n"],
        // What is asked is echoed, and the next invitation comes behind the whole answer.
        ["\n> ", "/threshold 0.3\n"],
        ["\n> ", "Go on\n"],
        ["\n> ", "/save t.json\n"],
        ["saved to t.json", ""],
        ["\n> ", "/quit\n"],
    ]);
    let mut kept = Vec::new();
    let (screen, code) = at_terminal(&["--max-steps", "6", "--selection-threshold", "0.05"], &steps, |folder| {
        let saved = saved(folder);
        kept = saved["messages"].as_array().unwrap().iter().map(|message| message["content"].clone()).collect();
        assert_eq!(saved["answers"][0][0]["options"]["selection_threshold"], 0.05);
        assert_eq!(saved["answers"][1][0]["options"]["selection_threshold"], 0.3);
    });
    assert_eq!((code, kept.len()), (0, 4), "{screen}");
    let answer = screen.split("> Hello\n").nth(1).unwrap().split("\n> ").next().unwrap();
    assert!(answer.contains('[') && answer.contains('/'), "members side by side while they come: {answer}");
    assert!(answer.contains("kept:") && answer.contains(kept[1].as_str().unwrap().trim()), "{answer}");
    assert!(screen.contains("cut off after 6 steps"), "{screen}");
}

#[test]
fn ctrl_c_ends_an_answer_and_keeps_the_conversation_and_ctrl_d_ends_it() {
    // The slow kernels, so that the key is pressed before the answer is over.
    let slow = ["--kernels", "tensor", "--weights", "f32", "--max-steps", "300", "--selection-threshold", "0.02"];
    let steps = json!([
        ["> ", "Hello\n"],
        // The answer has begun where the model has said the first thing.
        ["Hello\r\n", ""],
        [" ", "\u{3}"],
        ["\n> ", "/save t.json\n"],
        ["\n> ", "/lattice\n"],
        ["mean set", ""],
        ["\n> ", "\u{4}"],
    ]);
    let (screen, code) = at_terminal(&slow, &steps, |folder| {
        let saved = saved(folder);
        let roles: Vec<&str> =
            saved["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["user", "assistant"]);
        let end = saved["answers"][0].as_array().unwrap().last().unwrap();
        assert_eq!(end["reason"], "stopped");
        assert_eq!(end["text"], saved["messages"][1]["content"]);
    });
    assert_eq!(code, 0, "{screen}");
}

#[test]
fn ctrl_c_without_an_answer_ends_the_program() {
    let (screen, code) = at_terminal(&[], &json!([["> ", "\u{3}"]]), |_| ());
    assert_eq!(code, 130, "{screen}");
}
