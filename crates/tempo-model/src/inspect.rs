//! What a model folder or a GGUF file holds, told without loading it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::checkpoint::{Checkpoint, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::engine::read_configs;
use crate::error::LoadError;
use crate::gguf::GgufSource;
use crate::inventory::Inventory;
use crate::tensors::row_shape;

/// A model in numbers.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// `model_type` or `general.architecture` as written.
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
    let inventory = config.as_ref().map(|config| Inventory::new(config, entries));
    if let Some(Err(error)) = inventory.as_ref().map(|inventory| inventory.check(entries)) {
        unsupported.push(error.to_string());
    }
    let unused = inventory.map(|inventory| inventory.unused(entries)).unwrap_or_default();
    Ok(Inspection {
        model_type: file.model_type().to_owned(),
        dtypes: sorted(entries.values().map(|entry| entry.dtype.to_string())),
        tensors: entries.len(),
        unused,
        file_bytes: checkpoint.file_bytes(),
        unsupported,
        ..sizes(config, &checkpoint)
    })
}

/// The same of a GGUF file.
///
/// # Errors
/// When it is missing, is no GGUF file, or not one of a decoder that is known.
pub async fn inspect_gguf(path: &Path) -> Result<Inspection, LoadError> {
    let mut source = GgufSource::open_file(path).await?;
    let (config, mut unsupported) = match source.config().await {
        Ok(config) => (Some(config), Vec::new()),
        Err(error) => (None, vec![in_words(&error)]),
    };
    if let Some(Err(error)) = config.as_ref().map(|config| source.check(config)) {
        unsupported.push(in_words(&error));
    }
    if let Err(error) = source.tokenizer() {
        unsupported.push(in_words(&error));
    }
    let tensors = source.header().tensors();
    Ok(Inspection {
        model_type: source.model_type().to_owned(),
        dtypes: sorted(tensors.iter().map(|tensor| tensor.kind().to_string())),
        tensors: tensors.len(),
        unused: config.as_ref().map(|config| source.unused(config)).unwrap_or_default(),
        file_bytes: source.file_bytes(),
        unsupported,
        ..sizes(config, &source)
    })
}

/// What follows from the configuration, or from all tensors where there is none.
fn sizes(config: Option<DecoderConfig>, source: &impl TensorSource) -> Inspection {
    let parameters = if let Some(config) = &config {
        Inventory::new(config, source.tensors()).parameters()
    } else {
        let shapes = source.tensors().values().map(|entry| &entry.shape);
        shapes.map(|shape| shape.iter().map(|&size| size as u64).product::<u64>()).sum()
    };
    Inspection {
        model_type: String::new(),
        dtypes: Vec::new(),
        tensors: 0,
        unused: Vec::new(),
        parameters,
        file_bytes: 0,
        weight_bytes: parameters * size_of::<f32>() as u64,
        slot_bytes: config.as_ref().map_or(0, |config| row_shape(config).bytes()),
        config,
        unsupported: Vec::new(),
    }
}

/// Each name once, in small letters.
fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let names: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
    names.into_iter().collect()
}

/// An error and its causes.
fn in_words(error: &LoadError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |words, cause| format!("{words}: {cause}"))
}
