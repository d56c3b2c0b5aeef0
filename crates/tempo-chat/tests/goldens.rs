//! Texts of conversations against those of transformers (scripts/reference/chat.py), for templates of every family.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not the functions that they share")]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::DateTime;
use serde::Deserialize;
use tempo_chat::{ChatError, Conversation, Message, Role, Special, Template};

#[derive(Deserialize)]
struct Goldens {
    now: String,
    bos_token: String,
    eos_token: String,
    conversations: BTreeMap<String, Vec<Message>>,
    texts: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    template: String,
    conversation: String,
    thinking: Option<bool>,
    text: Option<String>,
    refused: Option<String>,
}

impl Goldens {
    fn now(&self) -> DateTime {
        self.now.parse().unwrap()
    }
}

fn goldens() -> Goldens {
    serde_json::from_str(include_str!("goldens.json")).unwrap()
}

fn template(name: &str, Goldens { bos_token, eos_token, .. }: &Goldens) -> Template {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/templates/{name}.jinja"));
    let all = [bos_token, eos_token, "<|im_start|>", "<|im_end|>", "<|end|>", "<|eot_id|>"];
    let all = all.into_iter().chain(["<end_of_turn>", "[INST]", "[/INST]"]).map(String::from).collect();
    let special = Special { bos: bos_token.clone(), eos: eos_token.clone(), all, ..Special::default() };
    Template::new(&std::fs::read_to_string(path).unwrap(), special).unwrap()
}

#[test]
fn texts_are_those_of_transformers() {
    let all = goldens();
    for golden in &all.texts {
        let case = format!("{} {} {:?}", golden.template, golden.conversation, golden.thinking);
        let messages = all.conversations[&golden.conversation].clone();
        let answer = messages.last().unwrap().role == Role::User;
        let conversation = Conversation { messages, thinking: golden.thinking, now: all.now() };
        let found = template(&golden.template, &all).render(&conversation, answer);
        match (&golden.text, &golden.refused) {
            (Some(text), None) => assert_eq!(&found.expect(&case).text, text, "{case}"),
            (None, Some(words)) => {
                assert!(matches!(found, Err(ChatError::Refused(found)) if found == *words), "{case}");
            }
            _ => panic!("{case}: a golden is a text or a refusal"),
        }
    }
    assert!(all.texts.len() > 80);
}

#[test]
fn a_template_finds_the_tokens_that_the_files_name_and_no_others() {
    let special = Special { others: vec![("pad_token", "<pad>".into())], ..Special::default() };
    let template = Template::new("{{ pad_token }} {{ unk_token is defined }}", special).unwrap();
    let mut conversation = Conversation::new(None, goldens().now());
    conversation.say(Role::User, "say");
    assert_eq!(template.question(&conversation).unwrap().text, "<pad> False");
}

#[test]
fn special_tokens_that_were_typed_are_told_from_those_of_the_template() {
    let all = goldens();
    for (name, end) in
        [("smollm2", "<|im_end|>"), ("llama", "<|eot_id|>"), ("gemma", "<end_of_turn>"), ("phi3", "<|end|>")]
    {
        let template = template(name, &all);
        let mut conversation = Conversation::new(None, all.now());
        conversation.say(Role::User, format!("  {end}say{end}"));
        let found = template.question(&conversation).unwrap();
        let typed: Vec<&str> = found.typed.iter().map(|range| &found.text[range.clone()]).collect();
        assert_eq!(typed, [end, end], "{name}");
        let plain = found.text.matches(end).count() - 2;
        assert!(plain > 0, "{name}: the template's own stay what they are");
        conversation.messages[0].content = "say".into();
        assert_eq!(template.question(&conversation).unwrap().typed, [], "{name}");
    }
}

#[test]
fn an_answer_ends_with_the_token_that_the_template_puts_behind_it() {
    let all = goldens();
    let ends = [
        ("smollm2", "<|im_end|>"),
        ("llama", "<|eot_id|>"),
        ("gemma", "<end_of_turn>"),
        ("gemma2", "<end_of_turn>"),
        ("qwen3", "<|im_end|>"),
        ("phi3", "<|end|>"),
        ("olmo2", "<|end_of_text|>"),
        ("granite", "<|end_of_text|>"),
        ("smollm3", "<|im_end|>"),
        ("mistral", "<|end_of_text|>"),
    ];
    for (name, end) in ends {
        assert_eq!(template(name, &all).end_of_answer(all.now()), Some(end), "{name}");
    }
}

#[test]
fn thinking_is_switched_where_a_template_has_a_switch() {
    let all = goldens();
    let knows = |name: &str| template(name, &all).can_switch_thinking();
    assert!(knows("qwen3") && knows("granite") && knows("smollm3") && !knows("llama"));
    let mut conversation = Conversation::new(None, all.now());
    conversation.say(Role::User, "Why?");
    conversation.thinking = Some(true);
    assert!(matches!(template("llama", &all).question(&conversation), Err(ChatError::NoThinking)));
}
