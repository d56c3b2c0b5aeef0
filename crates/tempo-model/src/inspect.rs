//! What a model folder holds, told without loading it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::checkpoint::{Checkpoint, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::engine::{read_configs, row_shape};
use crate::error::LoadError;
use crate::load::{Expected, check, expected};

/// A model folder in numbers.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// `model_type` as written.
    pub model_type: String,
    /// The decoder, where its kind is supported.
    pub config: Option<DecoderConfig>,
    /// Element types in the checkpoint.
    pub dtypes: Vec<String>,
    /// Tensors in the checkpoint.
    pub tensors: usize,
    /// Tensors in the checkpoint that the model has no use for.
    pub unused: Vec<String>,
    /// Numbers in the tensors that are used, a tied matrix counted once; in all tensors where the kind is unknown.
    pub parameters: u64,
    /// Bytes of the checkpoint's files.
    pub file_bytes: u64,
    /// Bytes that the weights take on a device.
    pub weight_bytes: u64,
    /// Bytes that one slot of the sequence takes in the KV cache.
    pub slot_bytes: u64,
    /// Why the model cannot be loaded, in words; empty when it can.
    pub unsupported: Vec<String>,
}

/// Reads configuration and headers of a model folder, no weights.
///
/// What this crate does not support is listed instead of refused.
///
/// # Errors
/// When files are missing, or are not what their names say.
pub fn inspect(folder: &Path) -> Result<Inspection, LoadError> {
    let (json, generation) = read_configs(folder)?;
    let file = ConfigFile::parse(&json)?;
    let mut unsupported = file.unsupported();
    let config = if unsupported.is_empty() { Some(file.resolve(generation.as_deref())?) } else { None };
    let checkpoint = Checkpoint::open(folder)?;
    let entries = checkpoint.tensors();
    let wanted = config.as_ref().map(|config| expected(config, &checkpoint)).unwrap_or_default();
    if let Err(error) = check(&wanted, &checkpoint) {
        unsupported.push(error.to_string());
    }
    let names: BTreeSet<&str> = wanted.iter().map(|tensor| tensor.name.as_str()).collect();
    let known = config.is_some();
    let unused = entries.keys().filter(|name| known && !names.contains(name.as_str())).cloned().collect();
    let all = || entries.values().map(|entry| entry.shape.iter().map(|&size| size as u64).product::<u64>()).sum();
    let parameters = if known { wanted.iter().map(Expected::elements).sum() } else { all() };
    let dtypes: BTreeSet<String> = entries.values().map(|entry| entry.dtype.to_string().to_lowercase()).collect();
    Ok(Inspection {
        model_type: file.model_type().to_owned(),
        dtypes: dtypes.into_iter().collect(),
        tensors: entries.len(),
        unused,
        parameters,
        file_bytes: checkpoint.file_bytes(),
        weight_bytes: parameters * size_of::<f32>() as u64,
        slot_bytes: config.as_ref().map_or(0, |config| row_shape(config).bytes()),
        config,
        unsupported,
    })
}
