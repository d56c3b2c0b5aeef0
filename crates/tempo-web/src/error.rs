//! Errors on their way to JavaScript: a code for programs, a message for people.

use std::error::Error;

use serde::{Deserialize, Serialize};
use tempo_chat::ChatError;
use tempo_core::{ReadoutError, RunError, ScoreError, SetupError};
use tempo_model::{DeviceError, ForwardError, GpuError, LoadError};

/// Why something failed, for programs; the message beside it is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// There is no graphics adapter.
    NoAdapter,
    /// The graphics device cannot be opened, or refused something.
    Device,
    /// The device's limits are too small.
    DeviceLimit,
    /// The graphics device is gone.
    DeviceLost,
    /// `config.json` makes no sense.
    ModelConfig,
    /// The model is of a kind that is not supported.
    ModelUnsupported,
    /// The weights are incomplete, damaged or another model's.
    ModelWeights,
    /// The tokenizer is damaged or another model's.
    ModelTokenizer,
    /// The GGUF file is damaged, or of a kind that is not read.
    ModelGguf,
    /// JavaScript could not hand over bytes.
    Source,
    /// The options make no sense.
    Options,
    /// The prompt is empty or does not fit.
    Prompt,
    /// The model holds no conversations, or its template refuses this one.
    Chat,
    /// The cache has no room.
    ContextFull,
    /// A forward pass failed.
    Forward,
    /// The rows of that step are not there any more.
    AttentionGone,
    /// No model is loaded.
    NoModel,
    /// No run has begun.
    NoRun,
    /// The program has a bug.
    Panic,
}

/// An error with its code.
#[derive(Debug)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people, in one line.
    pub message: String,
}

impl Failure {
    /// A message under a code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: seen(&message.into()) }
    }

    /// An error and its causes under a code.
    pub fn of(code: ErrorCode, error: &dyn Error) -> Self {
        Self { code, message: seen(&chain(error)) }
    }
}

/// A message with what nobody would see in the names that are part of it.
fn seen(message: &str) -> String {
    tempo_files::escaped(message).into_owned()
}

/// An error and what caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut message = line(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = line(error);
        if !message.ends_with(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

/// What an error says, without the layout that the tensor library gives its own.
fn line(error: &dyn Error) -> String {
    let text = error.to_string();
    let text = text.split("\nBacktrace").next().unwrap_or_default();
    let mut lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:").collect();
    lines.dedup();
    lines.join(": ")
}

fn of_gpu(error: &GpuError) -> ErrorCode {
    match error {
        GpuError::Lost { .. } => ErrorCode::DeviceLost,
        GpuError::Limit { .. } | GpuError::Memory { .. } => ErrorCode::DeviceLimit,
        _ => ErrorCode::Device,
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let code = match error {
            DeviceError::NoAdapter => ErrorCode::NoAdapter,
            DeviceError::Limit { .. } | DeviceError::Memory { .. } => ErrorCode::DeviceLimit,
            _ => ErrorCode::Device,
        };
        Self::of(code, &error)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let code = match &error {
            LoadError::Device(device) => return device.clone().into(),
            LoadError::Read { .. } => ErrorCode::Source,
            LoadError::Config { .. } => ErrorCode::ModelConfig,
            LoadError::Json { file, .. } | LoadError::Mistaken { file, .. } if file == "config.json" => {
                ErrorCode::ModelConfig
            }
            LoadError::Mistaken { file, .. } if file == "tokenizer.json" => ErrorCode::ModelTokenizer,
            LoadError::Mistaken { file, .. } if !file.starts_with("model.safetensors") => ErrorCode::ModelGguf,
            LoadError::Unsupported { .. } => ErrorCode::ModelUnsupported,
            LoadError::Tokenizer(_) | LoadError::NoTokenizer { .. } => ErrorCode::ModelTokenizer,
            LoadError::Gguf { .. } | LoadError::MissingPart { .. } => ErrorCode::ModelGguf,
            LoadError::Upload(source) if tempo_model::device::lost(source) => ErrorCode::DeviceLost,
            LoadError::Gpu(error) => of_gpu(error),
            LoadError::Upload(_) | LoadError::WarmUp(_) => ErrorCode::Device,
            _ => ErrorCode::ModelWeights,
        };
        Self::of(code, &error)
    }
}

impl From<ForwardError> for Failure {
    fn from(error: ForwardError) -> Self {
        let code = match &error {
            ForwardError::Device(device) => return device.clone().into(),
            ForwardError::Readback(source) if tempo_model::device::lost(source) => ErrorCode::DeviceLost,
            ForwardError::Gpu(error) => of_gpu(error),
            // Like a lost device: everything is gone that computes, and the engine has to start again.
            ForwardError::Worker(_) => ErrorCode::DeviceLost,
            ForwardError::Capacity { .. } => ErrorCode::ContextFull,
            _ => ErrorCode::Forward,
        };
        Self::of(code, &error)
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let code = match error {
            SetupError::Config(_) => ErrorCode::Options,
            SetupError::ContextFull { .. } => ErrorCode::ContextFull,
            SetupError::EmptyPrompt | SetupError::UnknownToken { .. } | SetupError::ForcedSet => ErrorCode::Prompt,
        };
        Self::of(code, &error)
    }
}

impl From<RunError<ForwardError>> for Failure {
    fn from(error: RunError<ForwardError>) -> Self {
        match error {
            RunError::Model(error) => error.into(),
            RunError::Readout(error) => error.into(),
        }
    }
}

impl From<ScoreError<ForwardError>> for Failure {
    fn from(error: ScoreError<ForwardError>) -> Self {
        match error {
            ScoreError::TooLong { .. } => Self::of(ErrorCode::ContextFull, &error),
            ScoreError::UnknownToken { .. } => Self::of(ErrorCode::Prompt, &error),
            ScoreError::Run(error) => error.into(),
        }
    }
}

impl From<ChatError> for Failure {
    fn from(error: ChatError) -> Self {
        Self::of(ErrorCode::Chat, &error)
    }
}

impl From<ReadoutError> for Failure {
    fn from(error: ReadoutError) -> Self {
        Self::of(ErrorCode::Forward, &error)
    }
}

#[cfg(test)]
mod tests {
    use tempo_model::TokenizerError;

    use super::*;

    /// As the tensor library lays it out.
    fn burn_words() -> std::io::Error {
        std::io::Error::other(
            "The device is poisoned\nCaused by:\n  The device is poisoned\nCaused by:\n  Destroyed: Device was destroyed.\nBacktrace:\nNo backtrace available",
        )
    }

    #[test]
    fn every_cause_has_a_code_and_its_words() {
        let limit = DeviceError::Limit { name: "maxBufferSize", needed: 2, offered: 1 };
        let failure = Failure::from(LoadError::Device(limit));
        assert_eq!(failure.code, ErrorCode::DeviceLimit);
        assert!(failure.message.contains("maxBufferSize"), "{}", failure.message);

        let unreadable = std::io::Error::other("the connection broke");
        let failure = Failure::from(LoadError::Read { path: "model.safetensors".into(), source: unreadable });
        assert_eq!(
            (failure.code, failure.message.as_str()),
            (ErrorCode::Source, "cannot read model.safetensors: the connection broke")
        );

        let reason = "its vocabulary is empty".to_owned();
        let unfit = TokenizerError::Unfit { file: "tokenizer.json".into(), reason };
        let failure = Failure::from(LoadError::from(unfit));
        assert_eq!(
            (failure.code, failure.message.as_str()),
            (ErrorCode::ModelTokenizer, "tokenizer.json is not a tokenizer for this model: its vocabulary is empty")
        );

        let poisoned = burn_words();
        assert_eq!(line(&poisoned), "The device is poisoned: Destroyed: Device was destroyed.");

        let failure = Failure::from(ChatError::Refused("Roles must alternate".into()));
        assert_eq!(failure.code, ErrorCode::Chat);
        assert!(failure.message.ends_with("Roles must alternate"), "{}", failure.message);

        let failure = Failure::from(SetupError::EmptyPrompt);
        assert_eq!(failure.code, ErrorCode::Prompt);
        assert_eq!(serde_json::to_string(&failure.code).unwrap(), "\"prompt\"");
    }
}
