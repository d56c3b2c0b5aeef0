//! Conversations with the model that is loaded.

use jiff::civil::DateTime;
use tempo_chat::{Conversation, Message, Role, Special, Template};
use tempo_core::{AnswerEvent, ChatEvent, LanguageModel, ModelDescription, TokenId};
use tempo_model::{ChatFile, Tokenizer};
use wasm_bindgen::prelude::*;

use super::{Tempo, no_model};
use crate::error::{ErrorCode, Failure};
use crate::face::values::{from_js, to_js};
use crate::report::{ChatReport, PromptLength, ThinkingTags};

/// What a loaded model has for conversations.
#[derive(Debug)]
pub(super) struct Chat {
    template: Result<Template, ChatReport>,
    /// The model as it is in them: what the template puts behind an answer ends it, too.
    model: ModelDescription,
}

/// What a run of a conversation answers.
#[derive(Debug)]
pub(super) struct Question {
    asked: tempo_chat::Question,
    pub(super) event: ChatEvent,
}

impl Chat {
    pub(super) fn new(file: Option<ChatFile>, tokenizer: &Tokenizer, model: &ModelDescription) -> Self {
        let mut model = model.clone();
        let Some(ChatFile { template, bos, eos, others }) = file else {
            return Self { template: Err(ChatReport::default()), model };
        };
        let all = tokenizer.specials().iter().cloned().chain([bos.clone(), eos.clone()]).collect();
        let template = Template::new(&template, Special { bos, eos, others, all })
            .map_err(|error| ChatReport { reason: Some(error.to_string()), ..ChatReport::default() });
        let end = template.as_ref().ok().and_then(|template| template.end_of_answer(DateTime::default()));
        if let Some([id]) = end.and_then(|end| tokenizer.encode_conversation(end, &[]).ok()).as_deref()
            && !model.eos.contains(&TokenId(*id))
        {
            model.eos.push(TokenId(*id));
        }
        Self { template, model }
    }

    pub(super) fn model(&self) -> &ModelDescription {
        &self.model
    }

    fn report(&self) -> ChatReport {
        match &self.template {
            Err(report) => report.clone(),
            Ok(template) => ChatReport {
                usable: true,
                reason: None,
                thinking: template.can_switch_thinking(),
                tags: template.tags().map(|tags| ThinkingTags { open: tags.open.clone(), close: tags.close.clone() }),
            },
        }
    }

    /// The text and the tokens of a conversation that began at that time.
    fn ask(&self, event: ChatEvent, now: &str, tokenizer: &Tokenizer) -> Result<(Question, Vec<u32>), Failure> {
        let refuse = |message: String| Failure::new(ErrorCode::Chat, message);
        let template = self.template.as_ref().map_err(|report| {
            let none = || "the model has no chat template, so it holds no conversations".to_owned();
            refuse(report.reason.clone().unwrap_or_else(none))
        })?;
        let now = civil(now).ok_or_else(|| refuse(format!("{now:?} is no time; write it as 2026-11-29T10:15:00")))?;
        let message = |said: &tempo_core::ChatMessage| {
            let roles = [Role::System, Role::User, Role::Assistant];
            let role = roles.into_iter().find(|role| role.name() == said.role);
            let role = role.ok_or_else(|| refuse(format!("nobody is called {:?} in a conversation", said.role)))?;
            Ok(Message::new(role, said.content.as_str()))
        };
        let messages = event.messages.iter().map(message).collect::<Result<_, Failure>>()?;
        let asked = template.ask(&Conversation { messages, thinking: event.thinking, now })?;
        let ids = tokenizer.encode_conversation(&asked.made.text, &asked.made.typed);
        let ids = ids.map_err(|error| Failure::new(ErrorCode::Prompt, error.to_string()))?;
        Ok((Question { asked, event }, ids))
    }
}

/// A time as JavaScript writes it; what a library reads beyond that would be a part of what every visitor fetches.
fn civil(text: &str) -> Option<DateTime> {
    let mut parts = text.split(['-', 'T', ':']).map(|part| part.parse::<i16>().ok());
    let year = parts.next()??;
    let [month, day, hour, minute, second] = std::array::from_fn(|_| parts.next().flatten()?.try_into().ok());
    DateTime::new(year, month?, day?, hour?, minute?, second?, 0).ok()
}

impl Question {
    /// The parts of what the model wrote.
    pub(super) fn answer(&self, written: &str) -> AnswerEvent {
        let answer = self.asked.answer(written);
        AnswerEvent { thinking: answer.thinking.map(str::to_owned), text: answer.text.to_owned() }
    }
}

#[wasm_bindgen]
impl Tempo {
    /// Whether the loaded model takes part in conversations, and what there is to choose.
    ///
    /// # Errors
    /// With code `no-model`.
    #[wasm_bindgen(unchecked_return_type = "ChatReport")]
    pub fn chat(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.model.as_ref().ok_or_else(no_model)?.chat.report())?)
    }

    /// How many tokens a conversation has, up to where its answer begins. `now` is when it began, as `2026-11-29T10:15:00`.
    ///
    /// # Errors
    /// With code `no-model`, `chat` or `prompt`.
    #[wasm_bindgen(js_name = chatLength, unchecked_return_type = "PromptLength")]
    pub fn chat_length(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ChatEvent")] chat: &JsValue,
        now: &str,
    ) -> Result<JsValue, JsValue> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let (_, ids) = model.chat.ask(from_js(chat, ErrorCode::Chat)?, now, &model.tokenizer)?;
        Ok(to_js(&PromptLength { tokens: ids.len(), max_positions: model.engine.description().max_positions })?)
    }

    /// Begins a run that answers the last message of a conversation. Rows that the run before has left are kept as far as the
    /// conversation begins as that one did.
    ///
    /// # Errors
    /// With code `no-model`, `chat`, `options`, `prompt` or `context-full`.
    #[wasm_bindgen(js_name = beginChat)]
    pub fn begin_chat(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ChatEvent")] chat: &JsValue,
        now: &str,
        #[wasm_bindgen(unchecked_param_type = "Partial<GenerationOptions>")] options: &JsValue,
    ) -> Result<(), JsValue> {
        let before = self.run.take().filter(|run| !run.has_failed);
        let held = before.map_or_else(Vec::new, |run| run.decoder.held().to_vec());
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let (question, ids) = model.chat.ask(from_js(chat, ErrorCode::Chat)?, now, &model.tokenizer)?;
        let text = question.asked.made.text.clone();
        Ok(self.start((text, ids), options, &held, Some(question))?)
    }
}
