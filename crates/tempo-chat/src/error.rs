//! What can be wrong with a template, or with a conversation that it is given.

/// Why there is no text for a conversation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatError {
    /// The template is not Jinja, or a part of Jinja that is not known here.
    #[error("the model's chat template cannot be read: {reason}")]
    Syntax {
        /// What is wrong, with its line.
        reason: String,
    },
    /// The template refuses the conversation, in its own words.
    #[error("the model's chat template refuses this conversation: {0}")]
    Refused(String),
    /// The template fails, or would run too long.
    #[error("the model's chat template fails: {reason}")]
    Failed {
        /// Why, with its line.
        reason: String,
    },
    /// Thinking was asked for or forbidden, and the template has no such switch.
    #[error("the model's chat template has no switch for thinking; leave the option out")]
    NoThinking,
    /// The conversation has no message to answer.
    #[error("the conversation ends with no message of the user; there is nothing to answer")]
    NothingToAnswer,
    /// Every character that could stand for a special token is in the conversation.
    #[error("the conversation uses every one of the 32 characters from U+FDD0 to U+FDEF; leave one of them out")]
    NoMark,
}
