#![doc = include_str!("../README.md")]

mod activation;
mod attention;
mod body;
mod cache;
pub mod checkpoint;
pub mod config;
pub mod device;
mod engine;
mod error;
mod fastest;
mod float;
mod fused;
mod gguf;
mod inspect;
mod inventory;
mod linear;
mod load;
mod mask;
mod mlp;
mod model;
mod need;
mod norm;
mod options;
mod pass;
mod rope;
mod tensors;
#[cfg(test)]
mod testing;
mod tokenizer;
mod warm;

pub use checkpoint::{Numbers, TensorSource};
pub use config::{DecoderConfig, Family, QkNorm, RopeConfig, RopeScaling};
pub use device::{AdapterReport, DeviceChoice, DevicePreference};
pub use engine::{Counts, Engine, ModelFiles};
pub use error::{DeviceError, ForwardError, LoadError};
pub use gguf::{ByteRanges, FileRanges, GgufSource};
pub use inspect::{Inspection, inspect, inspect_gguf};
pub use need::Need;
pub use options::{Kernels, LoadOptions, Placement, Progress};
pub use tempo_kernels::WeightFormat;
pub use tempo_kernels::cpu::{Worker, WorkerPool};
pub use tempo_kernels::gpu::{GpuCounts, GpuError};
pub use tokenizer::Tokenizer;
