#![doc = include_str!("../README.md")]

mod error;
#[cfg(target_family = "wasm")]
mod face;
mod report;

pub use error::{ErrorCode, Failure};
#[cfg(target_family = "wasm")]
pub use face::{JsWorkerPool, MatrixWorker, ModelParts, Tempo, WeightSource, compiled_program, model_files};
pub use report::{
    AttentionMaps, ChatReport, DeviceKind, DeviceReport, LaneReport, LoadProgress, ModelNeed, PromptLength,
    SimulationReport, ThinkingTags, WorkCounts,
};
