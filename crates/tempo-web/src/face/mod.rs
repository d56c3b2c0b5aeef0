//! What a browser sees.

mod gguf;
mod observed;
mod source;
mod start;
mod tempo;
mod values;
mod workers;

pub use source::WeightSource;
pub use tempo::{ModelBytes, Tempo, compiled_program};
pub use workers::{CrewMember, CrewOffice};
