//! Conversations: the story model with a chat template beside it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempo_core::Event;

use crate::harness::{Tempo, built_in_model, events, run_event, stderr};

/// Turns are lines, and `<|endoftext|>` ends what the model says.
const TEMPLATE: &str = "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}Q: {{ m.content }}\n{% elif m.role == 'system' %}\
    ({{ m.content }})\n{% else %}{{ m.content }}{{ eos_token }}\n{% endif %}{% endfor %}\
    {% if enable_thinking %}<think>{% endif %}{% if add_generation_prompt %}A:{% endif %}";

/// The program with a model that holds conversations, in the folder `m`.
pub(crate) fn talker(arguments: &[&str]) -> Tempo {
    let tempo = Tempo::new(&[arguments, &["--model", "m", "--device", "cpu", "--threads", "1"]].concat());
    let folder = tempo.path("m");
    std::fs::create_dir(&folder).unwrap();
    for name in ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(built_in_model().join(name), folder.join(name)).unwrap();
    }
    let tokens = r#"{"bos_token": "<|endoftext|>", "eos_token": {"content": "<|endoftext|>"}}"#;
    tempo.file("m/tokenizer_config.json", tokens).file("m/chat_template.jinja", TEMPLATE)
}

/// What a conversation of these lines prints, and says beside it.
fn talk(arguments: &[&str], lines: &str, then: impl FnOnce(&Path)) -> (String, String) {
    let mut tempo = talker(&[&["chat"], arguments].concat());
    let folder = tempo.path("");
    let mut child = tempo.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    then(&folder);
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_prompt_of_a_conversation_is_what_its_template_makes() {
    let arguments =
        ["generate", "--chat", "--system", "Be brief.", "--prompt", "Why <|endoftext|>?", "--max-steps", "2"];
    let trace = talker(&[&arguments[..], &["--trace", "-"]].concat()).succeeds();
    let events = events(&trace);
    let run = run_event(&events);
    assert_eq!(run.prompt.text, "<|endoftext|>(Be brief.)\nQ: Why <|endoftext|>?\nA:");
    let ends = run.prompt.tokens.iter().filter(|token| token.text == "<|endoftext|>").count();
    assert_eq!(ends, 1, "the template's own; the typed one is text");
    let chat = run.chat.as_ref().unwrap();
    let said: Vec<(&str, &str)> =
        chat.messages.iter().map(|message| (message.role.as_str(), message.content.as_str())).collect();
    assert_eq!(said, [("system", "Be brief."), ("user", "Why <|endoftext|>?")]);
    let Some(Event::End(end)) = events.last() else { panic!("{trace}") };
    assert_eq!(end.answer.as_ref().unwrap().text, end.text);
}

#[test]
fn a_run_that_is_no_conversation_says_nothing_of_one() {
    let trace = Tempo::generate(&["--max-steps", "1", "--trace", "-"]).succeeds();
    assert!(!trace.contains("\"chat\"") && !trace.contains("\"answer\""), "{trace}");
}

#[test]
fn a_conversation_remembers_its_readings() {
    let lines = "Hello\n/threshold -1\n/threshold 0.2\n/thinking on\n/system Be kind.\nOnce \\\nupon\n\n/lattice\n/save t.json\n/quit\nno\n";
    let (printed, said) = talk(&["--max-steps", "3"], lines, |folder| {
        let saved: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("t.json")).unwrap()).unwrap();
        let roles: Vec<&str> =
            saved["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["system", "user", "assistant"], "the conversation began again");
        assert_eq!(saved["messages"][1]["content"], "Once \nupon");
        let answers = saved["answers"].as_array().unwrap();
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0][0]["options"]["selection_threshold"], 0.2);
        assert_eq!(answers[0][0]["chat"]["thinking"], true);
        assert_eq!(answers[0].as_array().unwrap().last().unwrap()["text"], saved["messages"][2]["content"]);
    });
    assert!(said.contains("error: ") && said.contains("selection_threshold"), "a threshold of -1: {said}");
    assert!(said.contains("cut off after 3 steps; see --max-steps") && said.contains("saved to t.json"), "{said}");
    assert!(printed.lines().count() > 4 && printed.contains("mean set"), "two readings and a lattice: {printed}");
}

#[test]
fn the_next_question_follows_on_what_was_said() {
    let (printed, _) = talk(&["--max-steps", "4", "--max-set", "1"], "Hello\nAnd then?\n/save t.json\n", |folder| {
        let saved: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("t.json")).unwrap()).unwrap();
        let first = saved["messages"][1]["content"].as_str().unwrap();
        let prompt = saved["answers"][1][0]["prompt"]["text"].as_str().unwrap();
        assert_eq!(prompt, format!("<|endoftext|>Q: Hello\n{first}<|endoftext|>\nQ: And then?\nA:"));
        // What both prompts begin with is not computed again.
        let rows = |answer: &Value| {
            let events = answer.as_array().unwrap();
            let length = events[0]["prompt"]["tokens"].as_array().unwrap().len() as u64;
            let end = events.last().unwrap();
            (length + end["stats"]["tokens"].as_u64().unwrap()) - end["work"]["rows"].as_u64().unwrap()
        };
        let answers = saved["answers"].as_array().unwrap();
        assert_eq!(rows(&answers[0]), 0);
        assert!(rows(&answers[1]) > 3, "{}", rows(&answers[1]));
    });
    assert!(!printed.is_empty());
}

#[test]
fn what_cannot_talk_is_told_before_anything_is_said() {
    let error = Tempo::generate(&["--chat", "--prompt", "Hi"]).fails();
    assert!(error.contains("the model storyteller has no chat template"), "{error}");
    let error = Tempo::new(&["chat", "--device", "cpu"]).fails();
    assert!(error.contains("has no chat template"), "{error}");
    let mut broken = talker(&["generate", "--chat", "--prompt", "Hi"]).file("m/chat_template.jinja", "{% if %}");
    let error = broken.fails();
    assert!(error.contains("chat template cannot be read") && error.contains("(line 1)"), "{error}");
    let plain = "{{ messages[0].content }}{{ raise_exception('not today') if messages[0].content == 'Hi' }}";
    let mut refusing = talker(&["generate", "--chat", "--prompt", "Hi"]).file("m/chat_template.jinja", plain);
    assert!(refusing.fails().contains("refuses this conversation: not today"));
    let mut switchless =
        talker(&["generate", "--chat", "--prompt", "Ho", "--thinking", "on"]).file("m/chat_template.jinja", plain);
    assert!(switchless.fails().contains("has no switch for thinking"));
}

#[test]
fn a_line_in_another_encoding_ends_no_conversation() {
    let mut tempo = talker(&["chat", "--max-steps", "2"]);
    let mut child = tempo.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"caf\xe9\nHello\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("error: this line is not UTF-8"), "{}", stderr(&output));
    assert!(!output.stdout.is_empty(), "the next line is answered");
}
