//! Where the tensors of a checkpoint lie: in which file, and at which byte. All that read such files, natively or in a
//! page, share it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;

use super::{ElementType, Header, INDEX, Numbers, TensorEntry};
use crate::error::LoadError;

/// The tensors of all files of a checkpoint.
#[derive(Clone, Debug, Default)]
pub struct TensorIndex {
    entries: BTreeMap<String, TensorEntry>,
    /// File and first byte of each tensor.
    starts: BTreeMap<String, (usize, u64)>,
}

impl TensorIndex {
    /// Adds the tensors of a file that `wanted` names; `file` is the caller's number for it.
    pub fn add(&mut self, file: usize, header: Header, wanted: impl Fn(&str) -> bool) {
        for (name, entry, place) in header.tensors {
            if wanted(&name) {
                self.starts.insert(name.clone(), (file, header.data + place.start));
                self.entries.insert(name, entry);
            }
        }
    }

    /// All tensors, by name.
    pub fn entries(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    /// These elements of a tensor; those beyond its end are left out. `bytes` hands out ranges of bytes of the files, by
    /// number.
    ///
    /// # Errors
    /// [`LoadError::MissingTensor`] when there is no such tensor, [`LoadError::Dtype`] when its numbers are not read, and
    /// what `bytes` fails with.
    pub async fn read(
        &self,
        name: &str,
        elements: Range<u64>,
        bytes: impl AsyncFnOnce(usize, Range<u64>) -> Result<Vec<u8>, LoadError>,
    ) -> Result<Numbers, LoadError> {
        let (Some(entry), Some(&(file, start))) = (self.entries.get(name), self.starts.get(name)) else {
            return Err(LoadError::MissingTensor { name: name.into(), hint: "it was never there" });
        };
        let ElementType::Safetensors(dtype) = entry.dtype else {
            return Err(LoadError::Dtype { name: name.into(), found: entry.dtype.to_string() });
        };
        let size = (dtype.bitsize() / 8) as u64;
        let end = elements.end.saturating_mul(size).min(entry.bytes);
        let stored = bytes(file, start + elements.start.saturating_mul(size).min(end)..start + end).await?;
        let numbers = Numbers::widened(dtype, &stored);
        numbers.ok_or_else(|| LoadError::Dtype { name: name.into(), found: entry.dtype.to_string() })
    }
}

/// `model.safetensors.index.json`: the shard of each tensor.
#[derive(Clone, Debug, Deserialize)]
pub struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

impl ShardIndex {
    /// Reads the index.
    ///
    /// # Errors
    /// When it is not the JSON expected there.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        serde_json::from_slice(json).map_err(|source| LoadError::Json { file: INDEX.into(), source })
    }

    /// The shards, each once.
    pub fn shards(&self) -> BTreeSet<&str> {
        self.weight_map.values().map(String::as_str).collect()
    }

    /// Whether this tensor is to be read from this shard.
    pub fn assigns(&self, name: &str, shard: &str) -> bool {
        self.weight_map.get(name).is_some_and(|named| named == shard)
    }

    /// Refuses an index that names a tensor which its shard does not hold.
    ///
    /// # Errors
    /// [`LoadError::Index`] with the tensor and the shard.
    pub fn check(&self, found: &TensorIndex) -> Result<(), LoadError> {
        match self.weight_map.iter().find(|(name, _)| !found.entries.contains_key(*name)) {
            None => Ok(()),
            Some((name, shard)) => Err(LoadError::Index {
                file: INDEX.into(),
                reason: format!("it places tensor {name} in {shard}, which does not have it"),
            }),
        }
    }
}
