//! The weights of a GGUF file under their Hugging Face names and in Hugging Face's order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use tempo_files::{name_of_parts, part_names};
use tempo_gguf::{
    GgufError, Header, ModelFacts, Parsed, Tensor, TokenizerFacts, dequantise, scaled_blocks, unpermuted_row,
};
use tempo_kernels::{BLOCK, Block};
use tempo_tokenizer::{Remark, Tokenizer, files};

use super::config::{self, RopeTensors};
use crate::bytes::{ByteRanges, FileRanges};
use crate::chat::ChatFile;
use crate::checkpoint::{ElementType, Numbers, Pending, TensorEntry, TensorSource};
use crate::config::{DecoderConfig, Family, GgufFamily};
use crate::error::LoadError;
use crate::inventory::{LONG_ROPE_FACTORS, ROPE_FACTORS};
use crate::source::ModelSource;

/// Bytes of the file that are asked for first; the header of a small vocabulary fits.
const FIRST: u64 = 1 << 20;

/// A model in a GGUF file, or in several. Their headers are in memory, nothing else.
#[derive(Debug)]
pub struct GgufSource<R> {
    /// The name of the first.
    file: String,
    /// Each with its name.
    parts: Vec<(String, R)>,
    header: Header,
    facts: ModelFacts,
    family: &'static Family,
    traits: &'static GgufFamily,
    entries: BTreeMap<String, TensorEntry>,
    /// Of each entry, its number among the header's tensors.
    places: BTreeMap<String, usize>,
}

impl GgufSource<FileRanges> {
    /// Opens a file of the system. Where it is a part of a model, the others are those beside it.
    ///
    /// # Errors
    /// As [`open_parts`](Self::open_parts), and when a file cannot be read.
    pub async fn open_file(path: &Path) -> Result<Self, LoadError> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // By its path as it is: a name that is no text is none of a part.
        let open =
            |name: &str| FileRanges::open(&if name == file { path.to_owned() } else { path.with_file_name(name) });
        Self::open_parts(file.clone(), open).await
    }
}

impl<R: ByteRanges> GgufSource<R> {
    /// Reads the header of a file, in steps that double, and no weights. `file` is its name, for messages and for the
    /// model.
    ///
    /// # Errors
    /// When it is no GGUF file, not one of a decoder that is known, or only a part of one.
    pub async fn open(file: impl Into<String>, mut bytes: R) -> Result<Self, LoadError> {
        let file = file.into();
        let header = header(&file, &mut bytes).await?;
        Self::new(vec![(file, bytes)], header)
    }

    /// The same of a file that may be a part of a model, any of them: `open` is asked for each of the others by its name.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`LoadError::MissingPart`] where another part is not there.
    pub async fn open_parts(
        file: String,
        mut open: impl FnMut(&str) -> Result<R, LoadError>,
    ) -> Result<Self, LoadError> {
        let mut bytes = open(&file)?;
        let found = header(&file, &mut bytes).await?;
        let several = found.parts().map_err(|source| LoadError::Gguf { file: file.clone(), source })? > 1;
        let Some((number, names)) = part_names(&file).filter(|_| several) else {
            return Self::new(vec![(file, bytes)], found);
        };
        let (mut parts, mut headers, mut given) = (Vec::new(), Vec::new(), Some((bytes, found)));
        for (part, name) in names.into_iter().enumerate() {
            let (bytes, header) = if let Some(given) = given.take_if(|_| part == number) {
                given
            } else {
                let mut bytes = open(&name).map_err(|error| match error {
                    LoadError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                        LoadError::MissingPart { part: name.clone(), of: file.clone() }
                    }
                    error => error,
                })?;
                let header = header(&name, &mut bytes).await?;
                (bytes, header)
            };
            parts.push((name, bytes));
            headers.push(header);
        }
        let joined = Header::join(headers).map_err(|source| LoadError::Gguf { file, source })?;
        Self::new(parts, joined)
    }

    fn new(parts: Vec<(String, R)>, header: Header) -> Result<Self, LoadError> {
        let file = parts[0].0.clone();
        let refuse = |source| LoadError::Gguf { file: file.clone(), source };
        let architectures: Vec<_> = Family::in_gguf().map(|(_, traits)| traits.name).collect();
        let facts = ModelFacts::new(&header, &architectures).map_err(refuse)?;
        let known = Family::in_gguf().find(|(_, traits)| traits.name == facts.architecture);
        let missing = || refuse(GgufError::MissingKey { key: "general.architecture".into() });
        let (family, traits) = known.ok_or_else(missing)?;
        let (mut entries, mut places) = (BTreeMap::new(), BTreeMap::new());
        for (number, tensor) in header.tensors().iter().enumerate() {
            let name = family.hugging_face_name(tensor.name()).unwrap_or_else(|| tensor.name().to_owned());
            if entries.insert(name.clone(), entry(tensor).map_err(refuse)?).is_some() {
                return Err(refuse(GgufError::DuplicateTensor { name }));
            }
            places.insert(name, number);
        }
        Ok(Self { file, parts, header, facts, family, traits, entries, places })
    }

    fn decoder(&self, factors: RopeTensors) -> Result<DecoderConfig, LoadError> {
        config::decoder(&self.file, &self.header, &self.facts, (self.family, self.traits), factors, &self.entries)
    }

    /// The numbers of a tensor that is part of the configuration, where there is one.
    async fn factors(&mut self, name: &str) -> Result<Option<Vec<f32>>, LoadError> {
        let Some(tensor) = self.header.find_tensor(name).cloned() else { return Ok(None) };
        Ok(Some(self.numbers(&tensor, None, 0..tensor.elements()).await?.into_f32()))
    }

    fn refuse(&self, source: GgufError) -> LoadError {
        LoadError::Gguf { file: self.file.clone(), source }
    }

    /// The tensor behind a Hugging Face name.
    fn tensor(&self, name: &str) -> Result<Tensor, LoadError> {
        let found = self.places.get(name).map(|&number| self.header.tensors()[number].clone());
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

    /// Elements of a tensor. Where its rows are permuted, `heads` tells how many share them.
    async fn numbers(
        &mut self,
        tensor: &Tensor,
        heads: Option<u64>,
        elements: Range<u64>,
    ) -> Result<Numbers, LoadError> {
        let (kind, size) = (tensor.kind(), tensor.kind().block_elements());
        let blocks = elements.start / size..elements.end.div_ceil(size);
        let stored = match heads {
            None => self.stored(tensor, blocks.clone()).await?,
            Some(heads) => self.unpermuted(tensor, heads, blocks.clone()).await?,
        };
        let whole = elements == (blocks.start * size..blocks.end * size);
        if whole
            && size == BLOCK as u64
            && let Some(blocks) = scaled_blocks(kind, &stored)
        {
            return Ok(Numbers::Blocks(blocks.map(|(scale, values)| Block { scale, values }).collect()));
        }
        let mut numbers = Vec::new();
        dequantise(kind, &stored, &mut numbers).map_err(|error| self.refuse(error))?;
        numbers.truncate(index(elements.end - blocks.start * size));
        numbers.drain(..index(elements.start - blocks.start * size));
        Ok(Numbers::Plain(numbers))
    }

    /// Bytes of these blocks of a tensor.
    async fn stored(&mut self, tensor: &Tensor, blocks: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let (start, size) = (tensor.range().start, tensor.kind().block_bytes());
        let (file, bytes) = &mut self.parts[tensor.part()];
        piece(file, bytes, start + blocks.start * size..start + blocks.end * size).await
    }

    /// Bytes of these blocks of a query or key tensor in the order of Hugging Face: rows, which are whole blocks, move
    /// within their head, so whole heads are read.
    async fn unpermuted(&mut self, tensor: &Tensor, heads: u64, blocks: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let (head_dim, name) = (self.facts.head_dim, tensor.name().to_owned());
        let rows = tensor.shape()[0];
        if rows != heads * head_dim {
            let expected = format!("[.., {}]", heads * head_dim);
            let found = tensor.dimensions().to_vec();
            return Err(self.refuse(GgufError::Dimensions { name, expected, found }));
        }
        let (kind, columns) = (tensor.kind(), tensor.elements() / rows);
        let (block, size) = (kind.block_elements(), kind.block_bytes());
        // A vector's dimension is that of its rows, and they are what moves.
        if !columns.is_multiple_of(block) {
            return Err(self.refuse(GgufError::Row { name, kind, row: columns, block }));
        }
        let (row_blocks, head) = (columns / block, head_dim * (columns / block));
        let whole = blocks.start / head * head..blocks.end.next_multiple_of(head);
        let stored = self.stored(tensor, whole.clone()).await?;
        let mut moved = Vec::with_capacity(index((blocks.end - blocks.start) * size));
        for row in blocks.start / row_blocks..blocks.end.div_ceil(row_blocks) {
            let there = unpermuted_row(index(row), index(heads), index(head_dim)) as u64 * row_blocks - whole.start;
            let here = row * row_blocks;
            let first = blocks.start.max(here) - here;
            let last = blocks.end.min(here + row_blocks) - here;
            moved.extend_from_slice(&stored[index((there + first) * size)..index((there + last) * size)]);
        }
        Ok(moved)
    }
}

impl<R: ByteRanges> TensorSource for GgufSource<R> {
    /// By their Hugging Face names; those that have none keep their own.
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        &self.entries
    }

    fn file_bytes(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes.size()).sum()
    }

    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        Box::pin(async move {
            let tensor = self.tensor(name)?;
            let end = elements.end.min(tensor.elements());
            let elements = elements.start.min(end)..end;
            if elements.is_empty() {
                return Ok(Numbers::Plain(Vec::new()));
            }
            self.numbers(&tensor, self.permuted_heads(name), elements).await
        })
    }
}

impl<R: ByteRanges> ModelSource for GgufSource<R> {
    /// The file's name, without its ending and the number of a part.
    fn id(&self) -> &str {
        name_of_parts(&self.file).unwrap_or_else(|| self.file.strip_suffix(".gguf").unwrap_or(&self.file))
    }

    fn model_type(&self) -> &str {
        self.facts.architecture
    }

    fn config(&mut self) -> Pending<'_, DecoderConfig> {
        Box::pin(async {
            let plain = self.factors(ROPE_FACTORS).await?;
            let [short, long] = LONG_ROPE_FACTORS;
            let by_length = self.factors(short).await?.zip(self.factors(long).await?).map(<[_; 2]>::from);
            self.decoder(RopeTensors { plain, by_length })
        })
    }

    fn outline(&self) -> Result<DecoderConfig, LoadError> {
        self.decoder(RopeTensors::default())
    }

    fn remarks(&self) -> Vec<Remark> {
        config::remarks(&self.file, &self.header, &self.facts, (self.family, self.traits))
    }

    fn tokenizer(&self, vocab: usize) -> Result<Tokenizer, LoadError> {
        Ok(Tokenizer::from_gguf(&self.file, &self.header, vocab)?)
    }

    fn chat(&self) -> Result<Option<ChatFile>, LoadError> {
        let found = self.header.optional::<&str>("tokenizer.chat_template").map_err(|error| self.refuse(error))?;
        let Some(template) = found else { return Ok(None) };
        let words = TokenizerFacts::new(&self.header).map_err(|error| self.refuse(error))?;
        let token = |id: Option<u32>| id.and_then(|id| words.tokens.get(id as usize)).cloned();
        let (bos, eos) = (token(words.bos_id).unwrap_or_default(), token(words.eos_id).unwrap_or_default());
        let others = [("unk_token", words.unk_id), ("pad_token", words.pad_id)];
        let others = others.into_iter().filter_map(|(key, id)| Some((key, token(id)?))).collect();
        Ok(Some(ChatFile { template: template.to_owned(), bos, eos, others }))
    }

    /// Whatever a file holds is part of its decoder.
    fn accept(&self, unused: &[String]) -> Result<(), LoadError> {
        if let Some(tensor) = self.header.tensors().iter().find(|tensor| !tensor.kind().is_readable()) {
            return Err(self.refuse(GgufError::Unreadable { kind: tensor.kind() }));
        }
        let Some(name) = unused.first() else { return Ok(()) };
        let model_type = self.facts.architecture;
        let what = format!("the tensor {name} in a file of {model_type} (it would change what is computed)");
        Err(LoadError::Unsupported { what: vec![what] })
    }
}

/// The header of a file, in steps that double.
async fn header(file: &str, bytes: &mut impl ByteRanges) -> Result<Header, LoadError> {
    let size = bytes.size();
    let (mut prefix, mut wanted) = (Vec::new(), size.min(FIRST));
    loop {
        prefix.extend(piece(file, bytes, prefix.len() as u64..wanted).await?);
        let parsed = Header::parse(&prefix, size).map_err(|source| match files::mistaken_gguf(&prefix) {
            Some(what) => LoadError::Mistaken { file: file.into(), what },
            None => LoadError::Gguf { file: file.into(), source },
        })?;
        match parsed {
            Parsed::Complete(header) => return Ok(header),
            // More than the prefix has and no more than the file has, so this ends.
            Parsed::NeedsMore { at_least } => wanted = at_least.max(wanted.saturating_mul(2)).min(size),
        }
    }
}

/// A tensor as readers of checkpoints know it.
fn entry(tensor: &Tensor) -> Result<TensorEntry, GgufError> {
    let too_large = || GgufError::Overflow { name: tensor.name().to_owned(), dimensions: tensor.dimensions().to_vec() };
    let shape = tensor.shape().into_iter().map(|size| usize::try_from(size).map_err(|_| too_large()));
    let bytes = tensor.range().end - tensor.range().start;
    Ok(TensorEntry { shape: shape.collect::<Result<_, _>>()?, dtype: ElementType::Gguf(tensor.kind()), bytes })
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
