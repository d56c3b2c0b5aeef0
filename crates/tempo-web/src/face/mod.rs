//! What a browser sees.

mod gguf;
mod observed;
mod source;
mod start;
mod tempo;
mod values;

pub use source::WeightSource;
pub use tempo::{ModelBytes, Tempo};
