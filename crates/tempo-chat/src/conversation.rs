//! A conversation as a template sees it.

use std::sync::Arc;

use jiff::civil::DateTime;
use minijinja::Value;
use minijinja::value::{Enumerator, Object};
use serde::{Deserialize, Serialize};

/// Most steps of an answer where nobody says how many, in a terminal and in a page. It ends by itself before, as a continuation
/// does not, whose default is smaller.
pub const ANSWER_STEPS: usize = 512;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions that stand over the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// As templates call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// By whom.
    pub role: Role,
    /// What.
    pub content: String,
}

/// A dictionary in this order, as transformers gives it to a template.
impl Object for Message {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "role" => Some(self.role.name().into()),
            "content" => Some(self.content.as_str().into()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["role", "content"])
    }
}

impl Message {
    /// `content`, said by `role`.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// What a model is to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// What was said so far, the oldest first.
    pub messages: Vec<Message>,
    /// Whether the model shall think before it answers; `None` leaves it to the template.
    pub thinking: Option<bool>,
    /// The date that a template may tell the model.
    pub now: DateTime,
}

impl Conversation {
    /// A conversation that begins, under this system message if there is one.
    pub fn new(system: Option<&str>, now: DateTime) -> Self {
        let messages = system.map(|text| Message::new(Role::System, text)).into_iter().collect();
        Self { messages, thinking: None, now }
    }

    /// Adds what somebody says.
    pub fn say(&mut self, role: Role, content: impl Into<String>) {
        self.messages.push(Message::new(role, content));
    }
}
