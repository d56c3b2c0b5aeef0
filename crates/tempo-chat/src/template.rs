//! A template that came with a model.

use minijinja::{Environment, Error, ErrorKind, Value, context};

use crate::conversation::{Conversation, Message, Role};
use crate::error::ChatError;
use crate::python::{RAISED, environment, strftime_now};
use crate::question::Question;
use crate::shield::{ChatText, Shield};
use crate::thinking::{Switch, Tags};

/// A template's name in its environment: no ending, so that nothing is escaped for HTML.
const NAME: &str = "chat template";

/// The special tokens that a template may name, and all that a text could name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Special {
    /// The begin-of-text token, empty where there is none.
    pub bos: String,
    /// The end-of-text token, empty where there is none.
    pub eos: String,
    /// Other tokens that the model's files name, each with its variable, as `pad_token`.
    pub others: Vec<(&'static str, String)>,
    /// Every special token of the tokenizer, `bos` and `eos` among them.
    pub all: Vec<String>,
}

/// A chat template, compiled.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    special: Special,
    switch: Option<Switch>,
    tags: Option<Tags>,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// When it is not the Jinja that models are written in.
    pub fn new(source: &str, mut special: Special) -> Result<Self, ChatError> {
        let refuse = |error: Error| ChatError::Syntax { reason: reason(&error) };
        let tags = Tags::of(source);
        // Some models call these no special tokens, and typing one would begin to think all the same.
        special.all.extend(tags.iter().flat_map(|tags| [tags.open.clone(), tags.close.clone()]));
        special.all.retain(|token| !token.is_empty());
        special.all.sort_by_key(|token| std::cmp::Reverse(token.len()));
        let mut environment = environment().map_err(refuse)?;
        environment.add_template_owned(NAME, without_generation_tags(source)).map_err(refuse)?;
        let variables = environment.get_template(NAME).map_err(refuse)?.undeclared_variables(false);
        let switch = Switch::of(&variables, source);
        Ok(Self { environment, special, switch, tags })
    }

    /// What the model is given for its answer to the last message.
    ///
    /// # Errors
    /// As [`question`](Self::question).
    pub fn ask(&self, conversation: &Conversation) -> Result<Question, ChatError> {
        Ok(Question::new(self.question(conversation)?, self.tags.clone()))
    }

    /// The text up to the model's answer to the last message.
    ///
    /// # Errors
    /// When there is nothing to answer, when the template refuses the conversation or fails, and when thinking is spoken of
    /// to a template that has no switch for it.
    pub fn question(&self, conversation: &Conversation) -> Result<ChatText, ChatError> {
        if conversation.messages.last().is_none_or(|last| last.role != Role::User) {
            return Err(ChatError::NothingToAnswer);
        }
        self.render(conversation, true)
    }

    /// The text of a whole conversation; `answer` leaves it where the model's next answer begins.
    ///
    /// # Errors
    /// As [`question`](Self::question).
    pub fn render(&self, conversation: &Conversation, answer: bool) -> Result<ChatText, ChatError> {
        let mut messages = conversation.messages.clone();
        let mut variable = None;
        match (conversation.thinking, &self.switch) {
            (None, _) => {}
            (Some(_), None) => return Err(ChatError::NoThinking),
            (Some(on), Some(Switch::Variable(name))) => variable = Some((name.clone(), on)),
            (Some(on), Some(Switch::Sentence(sentence))) => {
                if on {
                    think(&mut messages, sentence);
                }
            }
        }
        let mut shield = Shield::new(&self.special.all, messages.iter().map(|message| message.content.as_str()))?;
        for message in &mut messages {
            // What the model wrote may hold tokens of its own, as those around its thinking.
            if message.role != Role::Assistant {
                message.content = shield.cover(&message.content);
            }
        }
        let fail = |error: Error| match error.detail().and_then(|detail| detail.strip_prefix(RAISED)) {
            Some(words) => ChatError::Refused(words.to_owned()),
            None => ChatError::Failed { reason: reason(&error) },
        };
        let mut context = context! {
            messages => messages.into_iter().map(Value::from_object).collect::<Value>(),
            add_generation_prompt => answer,
            bos_token => self.special.bos.as_str(),
            eos_token => self.special.eos.as_str(),
            // Neither is offered; transformers says so with None.
            tools => Value::from(()),
            documents => Value::from(()),
            strftime_now => Value::from_function(strftime_now(conversation.now)),
        };
        let others = self.special.others.iter().map(|(name, token)| (*name, token.as_str()));
        context = context! { ..Value::from_pairs(others), ..context };
        if let Some((name, on)) = variable {
            context = context! { ..Value::from_pairs([(name, on)]), ..context };
        }
        let made = self.environment.get_template(NAME).and_then(|template| template.render(context)).map_err(fail)?;
        Ok(shield.uncover(&made))
    }

    /// The special token that stands behind an answer, where there is one: what ends it.
    pub fn end_of_answer(&self, now: jiff::civil::DateTime) -> Option<&str> {
        // No text of a template has this word, and none trims it.
        const ANSWER: &str = "Zyxwvut";
        let mut conversation = Conversation::new(None, now);
        conversation.say(Role::User, "Question");
        conversation.say(Role::Assistant, ANSWER);
        let text = self.render(&conversation, false).ok()?.text;
        let (_, behind) = text.rsplit_once(ANSWER)?;
        let behind = behind.trim_start();
        self.special.all.iter().find(|token| behind.starts_with(token.as_str())).map(String::as_str)
    }

    /// Whether the template can be told to let the model think, or not.
    pub fn can_switch_thinking(&self) -> bool {
        self.switch.is_some()
    }

    /// What stands around the thinking in an answer, where the template speaks of it.
    pub fn tags(&self) -> Option<&Tags> {
        self.tags.as_ref()
    }
}

/// Puts a sentence before the system message, which there may not have been.
fn think(messages: &mut Vec<Message>, sentence: &str) {
    match messages.first_mut().filter(|first| first.role == Role::System) {
        Some(first) => first.content = format!("{sentence}\n\n{}", first.content),
        None => messages.insert(0, Message::new(Role::System, sentence)),
    }
}

/// `{% generation %}` marks the answers for training, and is no Jinja; what is in it is written as it is.
fn without_generation_tags(source: &str) -> String {
    let mut plain = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let Some(length) = rest[start..].find("%}") else { break };
        let (tag, behind) = (&rest[start..start + length], start + length);
        plain.push_str(&rest[..start]);
        let word = tag.trim_start_matches(['{', '%', '-', '+']).trim_end_matches(['-', '+']).trim();
        let other = match word {
            "generation" => Some("if true"),
            "endgeneration" => Some("endif"),
            _ => None,
        };
        plain.push_str(&other.map_or_else(|| tag.to_owned(), |other| tag.replacen(word, other, 1)));
        rest = &rest[behind..];
    }
    plain.push_str(rest);
    plain
}

/// An error of the engine in one line.
fn reason(error: &Error) -> String {
    let what = match error.kind() {
        ErrorKind::OutOfFuel => "it runs too long".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    };
    error.line().map_or_else(|| what.clone(), |line| format!("{what} (line {line})"))
}

#[cfg(test)]
mod tests;
