//! A conversation with a model that is loaded: its template, what was said, and what an answer is made of.

use anyhow::{Context as _, Result, anyhow};
use tempo_chat::{ChatError, Conversation, Role, Special, Template};
use tempo_core::{AnswerEvent, ChatEvent, ChatMessage, ModelDescription, TokenId};
use tempo_model::{ChatFile, Tokenizer};

/// A conversation, and the template that makes a text of it.
#[derive(Debug)]
pub(crate) struct Dialogue {
    template: Template,
    /// What was said so far.
    pub(crate) conversation: Conversation,
}

/// What the model is given for an answer.
#[derive(Debug)]
pub(crate) struct Question {
    asked: tempo_chat::Question,
    /// Its tokens.
    pub(crate) ids: Vec<u32>,
    /// What the trace says of it.
    pub(crate) event: ChatEvent,
}

impl Dialogue {
    /// A conversation that nobody has said anything in.
    ///
    /// # Errors
    /// When the model has no chat template, or one that cannot be read.
    pub(crate) fn new(
        id: &str,
        file: Option<ChatFile>,
        tokenizer: &Tokenizer,
        system: Option<&str>,
        thinking: Option<bool>,
    ) -> Result<Self> {
        let ChatFile { template, bos, eos, others } = file.ok_or_else(|| {
            anyhow!(
                "the model {id} has no chat template, so it holds no conversations; models that do are often called \
                 Instruct, it or Chat"
            )
        })?;
        let all = tokenizer.specials().iter().cloned().chain([bos.clone(), eos.clone()]).collect();
        let template = Template::new(&template, Special { bos, eos, others, all })?;
        let conversation =
            Conversation { thinking, ..Conversation::new(system, jiff::ZonedDateTime::now().datetime()) };
        let dialogue = Self { template, conversation };
        dialogue.can_think(thinking)?;
        Ok(dialogue)
    }

    /// Says something to the model; it is taken back where it cannot be put to it.
    ///
    /// # Errors
    /// When the template refuses the conversation, or no tokens can be made of its text.
    pub(crate) fn ask(&mut self, text: impl Into<String>, tokenizer: &Tokenizer) -> Result<Question> {
        self.conversation.say(Role::User, text);
        let question = self.question(tokenizer);
        if question.is_err() {
            self.conversation.messages.pop();
        }
        question
    }

    fn question(&self, tokenizer: &Tokenizer) -> Result<Question> {
        let asked = self.template.ask(&self.conversation)?;
        let ids = tokenizer
            .encode_conversation(&asked.made.text, &asked.made.typed)
            .context("cannot tokenise the conversation")?;
        let messages = self
            .conversation
            .messages
            .iter()
            .map(|message| ChatMessage { role: message.role.name().to_owned(), content: message.content.clone() });
        let event = ChatEvent { messages: messages.collect(), thinking: self.conversation.thinking };
        Ok(Question { asked, ids, event })
    }

    /// Refuses a word on thinking that the template would not hear.
    pub(crate) fn can_think(&self, thinking: Option<bool>) -> Result<()> {
        let knows = thinking.is_none() || self.template.can_switch_thinking();
        if knows { Ok(()) } else { Err(ChatError::NoThinking.into()) }
    }

    /// The model as it is in this conversation: what the template puts behind an answer ends it, too.
    pub(crate) fn model(&self, model: &ModelDescription, tokenizer: &Tokenizer) -> Result<ModelDescription> {
        let mut model = model.clone();
        if let Some(end) = self.template.end_of_answer(self.conversation.now) {
            let ids = tokenizer.encode_conversation(end, &[]).context("cannot tokenise the end of an answer")?;
            if let [id] = ids.as_slice()
                && !model.eos.contains(&TokenId(*id))
            {
                model.eos.push(TokenId(*id));
            }
        }
        Ok(model)
    }
}

impl Question {
    /// The text that the template makes of the conversation.
    pub(crate) fn text(&self) -> &str {
        &self.asked.made.text
    }

    /// The parts of what the model wrote.
    pub(crate) fn answer(&self, written: &str) -> AnswerEvent {
        let answer = self.asked.answer(written);
        AnswerEvent { thinking: answer.thinking.map(str::to_owned), text: answer.text.to_owned() }
    }

    /// What the conversation keeps of it.
    pub(crate) fn said(&self, written: &str) -> String {
        self.asked.said(written)
    }
}
