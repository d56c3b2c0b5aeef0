//! Checkpoints: which tensors there are, and their numbers piece by piece.
//!
//! A [`TensorSource`] never hands out more than the piece that is asked for, so that the loader decides how much of a
//! model is in memory at once. [`Checkpoint`] reads safetensors files; a page reads the same format from JavaScript.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use safetensors::tensor::Metadata;

use crate::error::LoadError;

mod index;
mod numbers;

pub use index::{ShardIndex, TensorIndex};
pub use numbers::{ElementType, Numbers};

/// The longest header that is read; as long as the safetensors library allows.
const MAX_HEADER: u64 = 100_000_000;
const LENGTH_BYTES: u64 = 8;
/// Name of the file that tells which shard holds which tensor.
pub const INDEX: &str = "model.safetensors.index.json";
/// Name of the file of a checkpoint that is not split.
pub const SINGLE: &str = "model.safetensors";

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

/// Where weights come from.
#[expect(async_fn_in_trait, reason = "a page loads on its only thread; nobody needs `Send` here")]
pub trait TensorSource {
    /// All tensors, by name.
    fn tensors(&self) -> &BTreeMap<String, TensorEntry>;

    /// Bytes of all files, what is around the tensors included.
    fn file_bytes(&self) -> u64;

    /// These elements of a tensor, row-major. Those beyond its end are left out.
    ///
    /// # Errors
    /// When there is no such tensor, or its bytes cannot be had.
    async fn read(&mut self, name: &str, elements: Range<u64>) -> Result<Numbers, LoadError>;
}

/// The tensors of one safetensors file, and where its data begins.
#[derive(Debug)]
pub struct Header {
    /// Name, entry and place in the data.
    pub tensors: Vec<(String, TensorEntry, Range<u64>)>,
    /// Offset of the data in the file.
    pub data: u64,
}

/// Bytes of the header, its length field excluded, from the first eight bytes of a file.
///
/// # Errors
/// When the header would not fit the file.
pub fn header_length(file: &str, first: [u8; 8], file_bytes: u64) -> Result<u64, LoadError> {
    let length = u64::from_le_bytes(first);
    if length > MAX_HEADER || length > file_bytes.saturating_sub(LENGTH_BYTES) {
        let reason = format!("its header claims {length} bytes, the file has {file_bytes}; it is damaged or cut short");
        return Err(LoadError::Header { file: file.into(), reason });
    }
    Ok(length)
}

/// Reads a header (without its length field) and checks it against the size of its file.
///
/// # Errors
/// When it is not JSON, when offsets overlap, leave gaps or disagree with shapes, or when the file is shorter or longer
/// than the tensors it names.
pub fn parse_header(file: &str, json: &[u8], file_bytes: u64) -> Result<Header, LoadError> {
    let refuse = |reason: String| LoadError::Header { file: file.into(), reason };
    let metadata: Metadata = serde_json::from_slice(json).map_err(|error| refuse(error.to_string()))?;
    let data = LENGTH_BYTES + json.len() as u64;
    let end = data.saturating_add(metadata.data_len() as u64);
    if end != file_bytes {
        let reason = format!("its tensors end at byte {end}, the file at {file_bytes}; it is damaged or cut short");
        return Err(refuse(reason));
    }
    let names = metadata.offset_keys();
    let tensors = names.into_iter().filter_map(|name| {
        let found = metadata.info(&name)?;
        let (start, end) = (found.data_offsets.0 as u64, found.data_offsets.1 as u64);
        let entry = TensorEntry {
            shape: found.shape.clone(),
            dtype: ElementType::Safetensors(found.dtype),
            bytes: end - start,
        };
        Some((name, entry, start..end))
    });
    Ok(Header { tensors: tensors.collect(), data })
}

/// A checkpoint in a folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names.
#[derive(Debug)]
pub struct Checkpoint {
    files: Vec<(PathBuf, File)>,
    index: TensorIndex,
    file_bytes: u64,
}

impl Checkpoint {
    /// Opens the checkpoint in `folder` and reads its headers, no weights.
    ///
    /// # Errors
    /// When there is none, when a header cannot be true, or when the index names something impossible.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let mut checkpoint = Self { files: Vec::new(), index: TensorIndex::default(), file_bytes: 0 };
        let path = folder.join(INDEX);
        if !path.exists() {
            checkpoint.add(&folder.join(SINGLE), |_| true)?;
            return Ok(checkpoint);
        }
        let json = std::fs::read(&path).map_err(|source| LoadError::Read { path, source })?;
        let index = ShardIndex::parse(&json)?;
        for shard in index.shards() {
            checkpoint.add(&inside(folder, shard)?, |name| index.assigns(name, shard))?;
        }
        index.check(&checkpoint.index)?;
        Ok(checkpoint)
    }

    /// Adds the tensors of a file that `wanted` names.
    fn add(&mut self, path: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), LoadError> {
        let unreadable = |source| LoadError::Read { path: path.to_owned(), source };
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let mut opened = File::open(path).map_err(unreadable)?;
        let size = opened.metadata().map_err(unreadable)?.len();
        let mut first = [0; 8];
        if size < LENGTH_BYTES {
            let reason = format!("it has only {size} bytes");
            return Err(LoadError::Header { file: file.into(), reason });
        }
        opened.read_exact(&mut first).map_err(unreadable)?;
        let mut json = Vec::new();
        let length = header_length(&file, first, size)?;
        opened.by_ref().take(length).read_to_end(&mut json).map_err(unreadable)?;
        self.index.add(self.files.len(), parse_header(&file, &json, size)?, wanted);
        self.files.push((path.to_owned(), opened));
        self.file_bytes += size;
        Ok(())
    }
}

/// The path of a shard, which has to lie in the folder of its index.
fn inside(folder: &Path, shard: &str) -> Result<PathBuf, LoadError> {
    let relative = Path::new(shard);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(relative);
    let reason = match () {
        () if shard.is_empty() || !plain => format!("it names the file {shard:?}, which leaves the model's folder"),
        () if !path.is_file() => format!("it names the file {shard:?}, which is not there; download it, too"),
        () => return Ok(path),
    };
    Err(LoadError::Index { file: INDEX.into(), reason })
}

impl TensorSource for Checkpoint {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        self.index.entries()
    }

    fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    async fn read(&mut self, name: &str, elements: Range<u64>) -> Result<Numbers, LoadError> {
        let files = &mut self.files;
        let read = async |file: usize, bytes: Range<u64>| {
            let (path, file) = &mut files[file];
            let unreadable = |source| LoadError::Read { path: path.clone(), source };
            let length = usize::try_from(bytes.end - bytes.start);
            let length = length.map_err(|_| unreadable(std::io::ErrorKind::OutOfMemory.into()))?;
            let mut buffer = vec![0; length];
            file.seek(SeekFrom::Start(bytes.start)).map_err(unreadable)?;
            file.read_exact(&mut buffer).map_err(unreadable)?;
            Ok(buffer)
        };
        self.index.read(name, elements, read).await
    }
}

#[cfg(test)]
mod tests;
