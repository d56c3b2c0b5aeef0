#![doc = include_str!("../README.md")]

mod attention;
mod cache;
pub mod checkpoint;
pub mod config;
pub mod device;
mod engine;
mod error;
mod inspect;
mod linear;
mod load;
mod mask;
mod mlp;
mod model;
mod need;
mod norm;
mod pass;
mod rope;
#[cfg(test)]
mod testing;
mod tokenizer;
mod warm;

pub use checkpoint::TensorSource;
pub use config::DecoderConfig;
pub use device::{AdapterReport, DeviceChoice, DevicePreference};
pub use engine::{Counts, Engine, ModelFiles};
pub use error::{DeviceError, ForwardError, LoadError};
pub use inspect::{Inspection, inspect};
pub use load::Progress;
pub use need::Need;
pub use rope::{RopeConfig, RopeScaling};
pub use tokenizer::Tokenizer;
