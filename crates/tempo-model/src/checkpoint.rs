//! Checkpoints: which tensors there are, and their numbers piece by piece.
//!
//! A [`TensorSource`] never hands out more than the piece that is asked for, so that the loader decides how much of a
//! model is in memory at once. [`Checkpoint`] reads safetensors files wherever they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use tempo_files::{INDEX, NoWeightFiles, SINGLE, WeightFiles, is_shard, not_a_shard, shards};
use tempo_tokenizer::files;

use crate::bytes::{ByteRanges, FileRanges};
use crate::error::LoadError;

mod header;
mod numbers;

pub use numbers::{ElementType, Numbers};

/// The longest header that is read; as long as the safetensors library allows.
const MAX_HEADER: u64 = 100_000_000;
const LENGTH_BYTES: u64 = 8;
/// Bytes that tell what a file is instead of a checkpoint.
const BEGINNING: u64 = 64;

/// What a checkpoint says of one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorEntry {
    /// Size of each dimension.
    pub shape: Vec<usize>,
    /// How its numbers are stored.
    pub dtype: ElementType,
    /// Bytes it takes in the checkpoint.
    pub bytes: u64,
}

impl TensorEntry {
    /// Numbers that it holds.
    pub fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product, &size| product.saturating_mul(size as u64))
    }
}

/// What a source hands out when it has it. Not `Send`: a page loads on its only thread.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, LoadError>> + 'a>>;

/// Where weights come from.
///
/// Boxed futures instead of `async fn`: loading is then compiled once, not for every kind of source.
pub trait TensorSource {
    /// All tensors, by name.
    fn tensors(&self) -> &BTreeMap<String, TensorEntry>;

    /// Bytes of all files, what is around the tensors included.
    fn file_bytes(&self) -> u64;

    /// These elements of a tensor, row-major. Those beyond its end are left out.
    ///
    /// # Errors
    /// When there is no such tensor, or its bytes cannot be had.
    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers>;
}

/// Safetensors files: one, or the shards that an index names.
#[derive(Debug)]
pub struct Checkpoint<R> {
    files: Vec<R>,
    entries: BTreeMap<String, TensorEntry>,
    /// File and first byte of each tensor.
    starts: BTreeMap<String, (usize, u64)>,
}

impl Checkpoint<FileRanges> {
    /// Opens the checkpoint in a folder of the system, by the rule of [`WeightFiles`].
    ///
    /// # Errors
    /// As [`open`](Self::open), and when there is none, or more than one.
    pub async fn open_folder(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join(INDEX);
        let files = std::fs::read_dir(folder).map_err(|source| LoadError::Read { path: folder.to_owned(), source })?;
        let names: Vec<String> = files.flatten().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        let single = match WeightFiles::among(names.iter().map(String::as_str)) {
            Ok(WeightFiles::Shards) => None,
            Ok(WeightFiles::Single(name)) => Some(name),
            Err(NoWeightFiles::Several(names)) => return Err(LoadError::NoIndex { names }),
            // Whoever asks for a folder of safetensors is told that there are none.
            Ok(WeightFiles::Gguf(_)) | Err(NoWeightFiles::None | NoWeightFiles::MissingPart(_)) => Some(SINGLE.into()),
        };
        if let Some(name) = single {
            return Self::open_single(&name, FileRanges::open(&folder.join(&name))?).await;
        }
        let json = std::fs::read(&path).map_err(|source| LoadError::Read { path, source })?;
        Self::open(Some(&json), |name| FileRanges::open(&inside(folder, name)?)).await
    }
}

impl<R: ByteRanges> Checkpoint<R> {
    fn empty() -> Self {
        Self { files: Vec::new(), entries: BTreeMap::new(), starts: BTreeMap::new() }
    }

    /// Opens one safetensors file and reads its header, no weights. `name` is for messages.
    ///
    /// # Errors
    /// When the header cannot be true.
    pub async fn open_single(name: &str, file: R) -> Result<Self, LoadError> {
        let mut checkpoint = Self::empty();
        checkpoint.add(name, file, |_| true).await?;
        Ok(checkpoint)
    }

    /// Opens `model.safetensors`, or the shards that the content of an index names, and reads headers, no weights. `file`
    /// opens a file by its name.
    ///
    /// # Errors
    /// When a header cannot be true, or the index names something impossible.
    pub async fn open(
        index: Option<&[u8]>,
        mut file: impl FnMut(&str) -> Result<R, LoadError>,
    ) -> Result<Self, LoadError> {
        let Some(json) = index else { return Self::open_single(SINGLE, file(SINGLE)?).await };
        let mut checkpoint = Self::empty();
        let refuse = |reason| LoadError::Index { file: INDEX.into(), reason };
        let index = files::json(json).map_err(|error| LoadError::json(INDEX, error))?;
        let names = shards(json).map_err(refuse)?;
        let shard_of = |tensor: &str| index["weight_map"][tensor].as_str();
        for shard in &names {
            checkpoint.add(shard, file(shard)?, |name| shard_of(name) == Some(shard)).await?;
        }
        let tensors = index["weight_map"].as_object().into_iter().flat_map(|map| map.keys());
        match tensors.into_iter().find(|name| !checkpoint.entries.contains_key(*name)) {
            None => Ok(checkpoint),
            Some(name) => {
                let shard = shard_of(name).unwrap_or_default();
                Err(refuse(format!("it places tensor {name} in {shard}, which does not have it")))
            }
        }
    }

    /// Adds the tensors of a file that `wanted` names. Its header is checked against its size: offsets must not overlap,
    /// leave gaps or disagree with shapes.
    async fn add(&mut self, file: &str, mut bytes: R, wanted: impl Fn(&str) -> bool) -> Result<(), LoadError> {
        let refuse = |reason: String| LoadError::Header { file: file.into(), reason };
        let size = bytes.size();
        let start = bytes.read(0..BEGINNING.min(size)).await?;
        if let Some(what) = files::mistaken_weights(&start) {
            return Err(LoadError::Mistaken { file: file.into(), what });
        }
        let first = start.first_chunk().ok_or_else(|| refuse(format!("it has only {size} bytes")))?;
        let length = u64::from_le_bytes(*first);
        if length > MAX_HEADER || length > size - LENGTH_BYTES {
            let reason = format!("its header claims {length} bytes, the file has {size}; it is damaged or cut short");
            return Err(refuse(reason));
        }
        let data = LENGTH_BYTES + length;
        let json = bytes.read(LENGTH_BYTES..data).await?;
        let metadata = header::read(&json).map_err(refuse)?;
        let end = data.saturating_add(metadata.data_len() as u64);
        if end != size {
            let reason = format!("its tensors end at byte {end}, the file at {size}; it is damaged or cut short");
            return Err(refuse(reason));
        }
        for name in metadata.offset_keys().into_iter().filter(|name| wanted(name)) {
            let Some(found) = metadata.info(&name) else { continue };
            let (start, end) = (found.data_offsets.0 as u64, found.data_offsets.1 as u64);
            let dtype = ElementType::Safetensors(found.dtype);
            self.starts.insert(name.clone(), (self.files.len(), data + start));
            self.entries.insert(name, TensorEntry { shape: found.shape.clone(), dtype, bytes: end - start });
        }
        self.files.push(bytes);
        Ok(())
    }
}

/// The path of a shard.
fn inside(folder: &Path, shard: &str) -> Result<PathBuf, LoadError> {
    let path = folder.join(shard);
    let reason = match () {
        () if !is_shard(shard) => not_a_shard(shard),
        () if !path.is_file() => format!("it names the file {shard:?}, which is not there; download it, too"),
        () => return Ok(path),
    };
    Err(LoadError::Index { file: INDEX.into(), reason })
}

impl<R: ByteRanges> TensorSource for Checkpoint<R> {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    fn file_bytes(&self) -> u64 {
        self.files.iter().map(ByteRanges::size).sum()
    }

    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        Box::pin(async move {
            let (Some(entry), Some(&(file, start))) = (self.entries.get(name), self.starts.get(name)) else {
                return Err(LoadError::MissingTensor { name: name.into(), hint: "it was never there" });
            };
            let unread = || LoadError::Dtype { name: name.into(), found: entry.dtype.to_string() };
            let ElementType::Safetensors(dtype) = entry.dtype else { return Err(unread()) };
            let size = (dtype.bitsize() / 8) as u64;
            let end = elements.end.saturating_mul(size).min(entry.bytes);
            let begin = elements.start.saturating_mul(size).min(end);
            let stored = self.files[file].read(start + begin..start + end).await?;
            Numbers::widened(dtype, &stored).ok_or_else(unread)
        })
    }
}

#[cfg(test)]
mod tests;
