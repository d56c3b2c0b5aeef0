//! The weights of a GGUF file under their Hugging Face names, as f32: dequantised, and in Hugging Face's order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use safetensors::Dtype;
use tempo_gguf::{GgufError, Header, ModelFacts, Parsed, Tensor, unpermuted_row};

use super::bytes::{ByteRanges, FileRanges};
use super::config::{self, ROPE_FACTORS};
use tempo_kernels::WeightFormat;

use crate::checkpoint::{TensorEntry, TensorSource};
use crate::config::{DecoderConfig, Family, GgufFamily};
use crate::error::LoadError;
use crate::load::{check, expected};
use crate::need::Need;
use crate::tokenizer::Tokenizer;

/// Bytes of the file that are asked for first; the header of a small vocabulary fits.
const FIRST: u64 = 1 << 20;
/// Bytes of a number as it is handed out.
const NUMBER: u64 = size_of::<f32>() as u64;

/// A GGUF file that holds a model. Its header is in memory, nothing else.
#[derive(Debug)]
pub struct GgufSource<R> {
    file: String,
    bytes: R,
    header: Header,
    facts: ModelFacts,
    family: &'static Family,
    traits: &'static GgufFamily,
    entries: BTreeMap<String, TensorEntry>,
    /// Of each entry, its number among the header's tensors.
    numbers: BTreeMap<String, usize>,
}

impl GgufSource<FileRanges> {
    /// Opens a file of the system.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the file cannot be read.
    pub async fn open_file(path: &Path) -> Result<Self, LoadError> {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        Self::open(file, FileRanges::open(path)?).await
    }
}

impl<R: ByteRanges> GgufSource<R> {
    /// Reads the header of a file, in steps that double, and no weights. `file` is its name, for messages and for the
    /// model.
    ///
    /// # Errors
    /// When it is no GGUF file, or not one of a decoder that is known.
    pub async fn open(file: impl Into<String>, mut bytes: R) -> Result<Self, LoadError> {
        let file = file.into();
        let refuse = |source| LoadError::Gguf { file: file.clone(), source };
        let size = bytes.size();
        let (mut prefix, mut wanted) = (Vec::new(), size.min(FIRST));
        let header = loop {
            prefix.extend(piece(&file, &mut bytes, prefix.len() as u64..wanted).await?);
            match Header::parse(&prefix, size).map_err(refuse)? {
                Parsed::Complete(header) => break header,
                // More than the prefix has and no more than the file has, so this ends.
                Parsed::NeedsMore { at_least } => wanted = at_least.max(wanted.saturating_mul(2)).min(size),
            }
        };
        let architectures: Vec<_> = Family::in_gguf().map(|(_, traits)| traits.name).collect();
        let facts = ModelFacts::new(&header, &architectures).map_err(refuse)?;
        let found = Family::in_gguf().find(|(_, traits)| traits.name == facts.architecture);
        let (family, traits) = found.expect("the facts are those of one of these families");
        let (mut entries, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for (number, tensor) in header.tensors().iter().enumerate() {
            if let Some(name) = family.hugging_face_name(tensor.name()) {
                entries.insert(name.clone(), entry(tensor).map_err(refuse)?);
                numbers.insert(name, number);
            }
        }
        Ok(Self { file, bytes, header, facts, family, traits, entries, numbers })
    }

    /// The file's name, without its ending.
    pub fn id(&self) -> &str {
        self.file.strip_suffix(".gguf").unwrap_or(&self.file)
    }

    /// Metadata and the list of tensors.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the whole file.
    pub fn file_bytes(&self) -> u64 {
        self.bytes.size()
    }

    /// Bytes that the weights take in the file.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.header.tensors().iter().map(|tensor| tensor.range().end - tensor.range().start).sum()
    }

    /// The decoder that the file describes.
    ///
    /// # Errors
    /// When it is of a kind that is not supported, or its numbers cannot be.
    pub async fn config(&mut self) -> Result<DecoderConfig, LoadError> {
        let factors = match self.header.find_tensor(ROPE_FACTORS).cloned() {
            Some(tensor) => Some(self.numbers(&tensor, 0..tensor.elements()).await?),
            None => None,
        };
        config::decoder(&self.file, &self.header, &self.facts, (self.family, self.traits), factors, &self.entries)
    }

    /// The decoder as the header alone tells it: all but the factors of its angles, which are a tensor.
    ///
    /// # Errors
    /// As [`config`](Self::config), and when tensors are missing or stored in a way that is not read.
    pub fn outline(&self) -> Result<DecoderConfig, LoadError> {
        let config =
            config::decoder(&self.file, &self.header, &self.facts, (self.family, self.traits), None, &self.entries)?;
        self.check(&config)?;
        Ok(config)
    }

    /// What the model needs with its weights kept in this format, told before a byte of weights is read.
    ///
    /// # Errors
    /// As [`outline`](Self::outline).
    pub fn need(&self, weights: WeightFormat) -> Result<Need, LoadError> {
        Ok(Need::of(&self.outline()?, weights))
    }

    /// The file's tokenizer, checked against the vocabulary of its model.
    ///
    /// # Errors
    /// When it is of a kind that is not supported, or its tables make no sense.
    pub fn tokenizer(&self) -> Result<Tokenizer, LoadError> {
        Tokenizer::from_gguf(&self.file, &self.header, usize::try_from(self.facts.vocab).unwrap_or(usize::MAX))
    }

    /// Refuses a file before its weights are fetched: whose tensors are not what the configuration asks for, are stored
    /// in a way that is not read, or say more than this crate computes.
    pub(crate) fn check(&self, config: &DecoderConfig) -> Result<(), LoadError> {
        check(&expected(config, self), self)?;
        if let Some(tensor) = self.header.tensors().iter().find(|tensor| !tensor.kind().is_readable()) {
            return Err(self.refuse(GgufError::Unreadable { kind: tensor.kind() }));
        }
        match self.unused(config).first() {
            None => Ok(()),
            Some(name) => Err(LoadError::Unsupported {
                what: format!(
                    "the tensor {name} in a file of {} (it would change what is computed)",
                    self.model_type()
                ),
            }),
        }
    }

    /// Names of tensors in the file that the model has no use for.
    pub(crate) fn unused(&self, config: &DecoderConfig) -> Vec<String> {
        let expected = expected(config, self);
        let mut used: BTreeSet<usize> =
            expected.iter().filter_map(|tensor| self.numbers.get(&tensor.name).copied()).collect();
        used.extend(self.header.tensors().iter().position(|tensor| tensor.name() == ROPE_FACTORS));
        let tensors = self.header.tensors().iter().enumerate();
        tensors.filter(|(number, _)| !used.contains(number)).map(|(_, tensor)| tensor.name().to_owned()).collect()
    }

    /// `general.architecture`
    pub(crate) fn model_type(&self) -> &'static str {
        self.facts.architecture
    }

    fn refuse(&self, source: GgufError) -> LoadError {
        LoadError::Gguf { file: self.file.clone(), source }
    }

    /// The tensor behind a Hugging Face name.
    fn stored(&self, name: &str) -> Result<Tensor, LoadError> {
        let found = self.numbers.get(name).map(|&number| self.header.tensors()[number].clone());
        found.ok_or_else(|| LoadError::MissingTensor { name: name.into(), hint: "it was never there" })
    }

    /// Heads of a tensor whose rows llama.cpp orders in another way.
    fn permuted_heads(&self, name: &str) -> Option<u64> {
        let part = name.rsplit('.').nth(1).filter(|_| self.traits.permuted)?;
        match part {
            "q_proj" => Some(self.facts.heads),
            "k_proj" => Some(self.facts.kv_heads),
            _ => None,
        }
    }

    /// Numbers of a tensor in the order of the file: the blocks around them are read and cut.
    async fn numbers(&mut self, tensor: &Tensor, elements: Range<u64>) -> Result<Vec<f32>, LoadError> {
        let (block, size) = (tensor.kind().block_elements(), tensor.kind().block_bytes());
        let blocks = elements.start / block..elements.end.div_ceil(block);
        let start = tensor.range().start;
        let stored = piece(&self.file, &mut self.bytes, start + blocks.start * size..start + blocks.end * size).await?;
        let mut numbers = Vec::new();
        tempo_gguf::dequantise(tensor.kind(), &stored, &mut numbers).map_err(|error| self.refuse(error))?;
        numbers.truncate(index(elements.end - blocks.start * block));
        numbers.drain(..index(elements.start - blocks.start * block));
        Ok(numbers)
    }

    /// Numbers of a query or key tensor in the order of Hugging Face: rows move within their head, so whole heads are
    /// read.
    async fn turned(&mut self, tensor: &Tensor, heads: u64, elements: Range<u64>) -> Result<Vec<f32>, LoadError> {
        let head_dim = self.facts.head_dim;
        let rows = tensor.shape()[0];
        if rows != heads * head_dim {
            let expected = format!("[.., {}]", heads * head_dim);
            let (name, found) = (tensor.name().to_owned(), tensor.dimensions().to_vec());
            return Err(self.refuse(GgufError::Dimensions { name, expected, found }));
        }
        let columns = tensor.elements() / rows;
        let head = head_dim * columns;
        let whole = elements.start / head * head..elements.end.next_multiple_of(head);
        let stored = self.numbers(tensor, whole.clone()).await?;
        let mut numbers = Vec::with_capacity(index(elements.end - elements.start));
        for row in elements.start / columns..elements.end.div_ceil(columns) {
            let there = unpermuted_row(index(row), index(heads), index(head_dim)) as u64 * columns - whole.start;
            let here = row * columns;
            let first = elements.start.max(here) - here;
            let last = elements.end.min(here + columns) - here;
            numbers.extend_from_slice(&stored[index(there + first)..index(there + last)]);
        }
        Ok(numbers)
    }
}

impl<R: ByteRanges> TensorSource for GgufSource<R> {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    async fn read(&mut self, name: &str, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let tensor = self.stored(name)?;
        let end = bytes.end.min(tensor.elements().saturating_mul(NUMBER));
        let start = bytes.start.min(end);
        let elements = start / NUMBER..end.div_ceil(NUMBER);
        let numbers = match self.permuted_heads(name) {
            _ if elements.is_empty() => Vec::new(),
            Some(heads) => self.turned(&tensor, heads, elements.clone()).await?,
            None => self.numbers(&tensor, elements.clone()).await?,
        };
        let mut out = vec![0; size_of_val(numbers.as_slice())];
        for (to, number) in out.as_chunks_mut().0.iter_mut().zip(numbers) {
            *to = number.to_le_bytes();
        }
        out.truncate(index(end - elements.start * NUMBER));
        out.drain(..index(start - elements.start * NUMBER));
        Ok(out)
    }
}

/// A tensor as whoever reads it meets it.
fn entry(tensor: &Tensor) -> Result<TensorEntry, GgufError> {
    let too_large = || GgufError::Overflow { name: tensor.name().to_owned(), dimensions: tensor.dimensions().to_vec() };
    let shape = tensor.shape().into_iter().map(|size| usize::try_from(size).map_err(|_| too_large()));
    let bytes = tensor.elements().checked_mul(NUMBER).ok_or_else(too_large)?;
    Ok(TensorEntry { shape: shape.collect::<Result<_, _>>()?, dtype: Dtype::F32, bytes })
}

/// These bytes of a file, and no fewer.
async fn piece(file: &str, from: &mut impl ByteRanges, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
    let wanted = bytes.end - bytes.start;
    let found = from.read(bytes).await?;
    if found.len() as u64 == wanted {
        return Ok(found);
    }
    Err(LoadError::Read { path: file.into(), source: std::io::ErrorKind::UnexpectedEof.into() })
}

/// Offsets within a piece, which is in memory.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
