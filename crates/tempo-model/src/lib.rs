#![doc = include_str!("../README.md")]

mod activation;
mod attention;
mod body;
mod cache;
pub mod checkpoint;
pub mod config;
mod describe;
pub mod device;
mod engine;
mod error;
mod fastest;
mod float;
mod fused;
mod gguf;
mod inventory;
mod linear;
mod load;
mod mask;
mod mlp;
mod model;
mod norm;
mod open;
mod options;
mod pass;
mod rope;
mod source;
mod tensors;
#[cfg(test)]
mod testing;
mod tokenizer;
mod warm;

pub use checkpoint::{Numbers, TensorSource};
pub use config::{DecoderConfig, Family, QkNorm, RopeConfig, RopeScaling};
pub use describe::{Description, Requirements, describe};
pub use device::{AdapterReport, DeviceChoice, DevicePreference, DeviceReason, Devices};
pub use engine::{Counts, Engine};
pub use error::{DeviceError, ForwardError, LoadError, PlanError};
pub use gguf::{ByteRanges, FileRanges, GgufSource};
pub use open::Model;
pub use options::{Kernels, LoadOptions, Placement, Progress};
pub use source::{Folder, ModelSource, SmallFiles};
pub use tempo_kernels::WeightFormat;
pub use tempo_kernels::cpu::{Worker, WorkerPool};
pub use tempo_kernels::gpu::{GpuCounts, GpuError};
pub use tokenizer::Tokenizer;
pub use warm::warm;
