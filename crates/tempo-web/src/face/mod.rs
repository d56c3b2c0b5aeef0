//! What a browser sees.

mod files;
mod parts;
mod recorder;
mod source;
mod start;
mod tempo;
mod values;
mod workers;

pub use files::model_files;
pub use parts::ModelParts;
pub use source::WeightSource;
pub use tempo::{Tempo, compiled_program};
pub use workers::{JsWorkerPool, MatrixWorker};
