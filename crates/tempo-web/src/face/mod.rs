//! What a browser sees.

mod crew;
mod gguf;
mod observed;
mod source;
mod start;
mod tempo;
mod values;

pub use crew::{CrewMember, CrewOffice};
pub use source::WeightSource;
pub use tempo::{ModelBytes, Tempo, compiled_program};
