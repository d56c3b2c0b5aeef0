#![doc = include_str!("../README.md")]

mod conversation;
mod error;
mod python;
mod question;
mod shield;
mod template;
mod thinking;

pub use conversation::{ANSWER_STEPS, Conversation, Message, Role};
pub use error::ChatError;
pub use question::Question;
pub use shield::ChatText;
pub use template::{Special, Template};
pub use thinking::{Answer, Tags, split_thinking};
