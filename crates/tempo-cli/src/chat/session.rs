//! A conversation under way.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tempo_chat::{Conversation, Message, Role};
use tempo_core::{Decoder, Event, ModelDescription, Prompt, StopReason, TokenId};
use tempo_model::{ChatFile, Engine, ModelVocabulary, Tokenizer};

use super::command::{Command, HELP};
use super::dialogue::Dialogue;
use crate::generate::{beyond, setup_error, width};
use crate::interrupt::Interrupt;
use crate::open;
use crate::remark::remark;
use crate::render::{self, Format, Layout, Style, visible};
use crate::run::Run;
use crate::settings::Settings;
use crate::transcript::Transcript;

/// A conversation, its model and what is kept of its answers.
pub(crate) struct Session<'a> {
    settings: Settings,
    interrupt: Interrupt,
    engine: &'a mut Engine,
    tokenizer: &'a Tokenizer,
    /// The model as it is in this conversation.
    model: ModelDescription,
    dialogue: Dialogue,
    /// The events of every answer.
    answers: Vec<Vec<Event>>,
    /// The last answer.
    last: Option<Transcript>,
    /// What the engine's first rows hold since then.
    held: Vec<TokenId>,
}

/// What `/save` writes.
#[derive(Serialize)]
struct Saved<'a> {
    /// Of this form.
    version: u32,
    model: &'a str,
    messages: &'a [Message],
    /// The trace of every answer.
    answers: &'a [Vec<Event>],
}

impl<'a> Session<'a> {
    /// A conversation that begins.
    ///
    /// # Errors
    /// When the model has no chat template that can be used.
    pub(crate) fn new(
        settings: Settings,
        interrupt: Interrupt,
        engine: &'a mut Engine,
        tokenizer: &'a Tokenizer,
        chat: Option<ChatFile>,
    ) -> Result<Self> {
        let model = tempo_core::LanguageModel::description(engine).clone();
        let dialogue = Dialogue::new(&model.id, chat, tokenizer, settings.system.as_deref(), settings.thinking)?;
        let model = dialogue.model(&model, tokenizer)?;
        Ok(Self {
            settings,
            interrupt,
            engine,
            tokenizer,
            model,
            dialogue,
            answers: Vec::new(),
            last: None,
            held: Vec::new(),
        })
    }

    /// Does what a line asks for.
    ///
    /// # Errors
    /// When it cannot be done; the conversation is as it was before.
    pub(crate) fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Nothing | Command::Quit => Ok(()),
            Command::Say(text) => self.answer(text),
            Command::Threshold(threshold) => {
                let mut options = self.settings.generation;
                options.selection_threshold = threshold;
                options.check(&self.model)?;
                self.settings.generation = options;
                Ok(())
            }
            Command::Thinking(thinking) => {
                self.dialogue.can_think(thinking)?;
                self.dialogue.conversation.thinking = thinking;
                Ok(())
            }
            Command::System(text) => {
                self.settings.system = text;
                self.clear();
                Ok(())
            }
            Command::Clear => {
                self.clear();
                Ok(())
            }
            Command::Lattice => self.show(),
            Command::Save(path) => self.save(&path),
            Command::Help => io::stderr().lock().write_all(HELP.as_bytes()).context("cannot write to standard error"),
        }
    }

    fn clear(&mut self) {
        let Conversation { thinking, now, .. } = self.dialogue.conversation;
        let system = self.settings.system.as_deref();
        self.dialogue.conversation = Conversation { thinking, ..Conversation::new(system, now) };
        self.answers.clear();
        self.last = None;
    }

    /// Puts a message to the model and keeps its answer; one that fails takes the message with it.
    fn answer(&mut self, text: String) -> Result<()> {
        let said = self.dialogue.conversation.messages.len();
        let answered = self.generate(text);
        self.interrupt.end();
        if answered.is_err() {
            self.dialogue.conversation.messages.truncate(said);
        }
        answered
    }

    fn generate(&mut self, text: String) -> Result<()> {
        let question = self.dialogue.ask(text, self.tokenizer)?;
        let ids: Vec<TokenId> = question.ids.iter().copied().map(TokenId).collect();
        let length = ids.len();
        let prompt = Prompt { text: question.text().to_owned(), ids };
        let vocabulary = ModelVocabulary(self.tokenizer);
        let options = self.settings.generation;
        let mut decoder =
            Decoder::new(options, &self.model, prompt, vocabulary).map_err(|error| setup_error(&error))?;
        decoder.keep(&std::mem::take(&mut self.held));
        let is_terminal = io::stdout().is_terminal();
        let stream = Rc::new(RefCell::new(Stream { is_terminal, shown: String::new(), events: Vec::new() }));
        let listener = Rc::clone(&stream);
        let mut run = Run {
            question: Some(question),
            listener: Some(Box::new(move |event| listener.borrow_mut().hear(event))),
            ..Run::new(self.interrupt.clone(), Transcript::new(open::place(self.engine)))
        };
        pollster::block_on(run.finish(&mut decoder, self.engine))?;
        self.held = decoder.held().to_vec();
        let end = run.transcript.end.as_ref().context("the run has no end event")?;
        let kept = end.text.clone();
        stream.borrow().close(&kept)?;
        let reason = end.reason;
        let said = run.question.as_ref().map_or_else(|| kept.clone(), |question| question.said(&kept));
        self.dialogue.conversation.say(Role::Assistant, said);
        self.answers.push(std::mem::take(&mut stream.borrow_mut().events));
        let (steps, made_for) = (run.transcript.steps(), self.model.max_positions);
        self.last = Some(run.transcript);
        match reason {
            StopReason::ContextFull => remark("note", "the conversation has no room left; /clear begins again")?,
            StopReason::MaxSteps => remark("note", &format!("cut off after {steps} steps; see --max-steps"))?,
            _ => {}
        }
        if length + steps > made_for {
            remark("note", &beyond("the conversation has come to", length + steps, made_for))?;
        }
        Ok(())
    }

    fn show(&self) -> Result<()> {
        let Some(last) = &self.last else {
            return remark("note", "there is no answer yet");
        };
        let is_terminal = io::stdout().is_terminal();
        let (width, style) = (width(is_terminal), Style::of(is_terminal));
        let layout = Layout { width, style, show_ids: self.settings.show_ids };
        let mut printed = Vec::new();
        render::write(last, Format::Lattice, layout, is_terminal, &mut printed)?;
        io::stdout().lock().write_all(&printed).context("cannot write to standard output")
    }

    fn save(&self, path: &Path) -> Result<()> {
        let messages = &self.dialogue.conversation.messages;
        let saved = Saved { version: 1, model: &self.model.id, messages, answers: &self.answers };
        let mut text = serde_json::to_vec(&saved)?;
        text.push(b'\n');
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        remark("note", &format!("saved to {}", path.display()))
    }
}

/// What is seen of an answer while it comes.
struct Stream {
    is_terminal: bool,
    /// What was printed so far.
    shown: String,
    events: Vec<Event>,
}

impl Stream {
    fn hear(&mut self, event: &Event) -> Result<()> {
        self.events.push(event.clone());
        let text = match event {
            Event::Step(step) => match step.set.as_slice() {
                [one] => one.text.clone(),
                set => format!("[{}]", set.iter().map(|member| member.text.as_str()).collect::<Vec<_>>().join("/")),
            },
            // The first sample is the answer; the token that ends it is no part of it.
            Event::Samples(step) => {
                let first = step.lanes.iter().find(|token| token.lane == 0 && token.slot.is_some());
                first.map_or_else(String::new, |token| token.text.clone())
            }
            Event::Search(step) if step.chosen.slot.is_some() => step.chosen.text.clone(),
            // Beams change their minds.
            Event::Search(_) | Event::Beams(_) | Event::Run(_) | Event::End(_) => return Ok(()),
        };
        self.shown.push_str(&text);
        if self.is_terminal {
            let mut out = io::stdout().lock();
            write!(out, "{}", visible::lines(&text)).and_then(|()| out.flush()).context(STDOUT)?;
        }
        Ok(())
    }

    /// Ends the answer with the reading that is kept, where it is not what was shown.
    fn close(&self, kept: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        if !self.is_terminal {
            return writeln!(out, "{kept}").and_then(|()| out.flush()).context(STDOUT);
        }
        let style = Style::of(true);
        let end = if self.shown == kept {
            String::new()
        } else {
            format!("{}\n{}\n", style.quiet("kept:"), visible::lines(kept))
        };
        write!(out, "\n{end}").and_then(|()| out.flush()).context(STDOUT)
    }
}

const STDOUT: &str = "cannot write to standard output";
