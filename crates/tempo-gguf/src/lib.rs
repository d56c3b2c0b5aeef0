#![doc = include_str!("../README.md")]

mod cursor;
mod dequantise;
mod error;
mod header;
mod kind;
mod model;
mod names;
mod parts;
mod permute;
mod tensor;
mod tokens;
mod value;

pub use dequantise::{dequantise, scaled_blocks};
pub use error::GgufError;
pub use header::{Header, Parsed};
pub use kind::TensorType;
pub use model::{ModelFacts, RopeScaling, WindowPattern};
pub use names::hugging_face_name;
pub use permute::unpermuted_row;
pub use tensor::Tensor;
pub use tokens::TokenizerFacts;
pub use value::{Array, FromValue, Value};
