//! The beginning of a file: its metadata and where its tensors lie.

use std::ops::Range;

use crate::cursor::{Cursor, Field, Stop};
use crate::error::{GgufError, brief};
use crate::kind::{TensorType, withdrawn};
use crate::tensor::Tensor;
use crate::value::{FromValue, LEAST_VALUE, Value};

/// The format's limit for keys.
const LONGEST_KEY: u64 = 65_535;
/// ggml's own limit is 64; other programs raise it.
const LONGEST_NAME: u64 = 255;
/// An empty key and the shortest value.
const LEAST_ENTRY: u64 = 8 + LEAST_VALUE;
/// An empty name, the count of dimensions, one dimension, the type and the offset.
const LEAST_TENSOR: u64 = 8 + 4 + 8 + 4 + 8;

/// What the bytes so far were enough for.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// The whole header.
    Complete(Header),
    /// The header goes on.
    NeedsMore {
        /// Parsing a shorter prefix gives no more than this; more than the prefix has, never more than the header has.
        at_least: u64,
    },
}

/// The metadata and the list of tensors. Everything in it was checked against the size of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    version: u32,
    alignment: u64,
    /// Bytes of the header.
    end: u64,
    /// Sorted by key.
    metadata: Vec<(String, Value)>,
    /// In the file's order.
    tensors: Vec<Tensor>,
    /// Indices into `tensors`, sorted by name.
    by_name: Vec<usize>,
    /// Files whose tensors these are.
    joined: u64,
}

impl Header {
    /// Reads the header from the first bytes of a file of `file_bytes` bytes. Bytes behind the header are not looked at.
    ///
    /// Nothing in the prefix is believed: the memory taken is a small multiple of `prefix.len()`, whatever it says.
    ///
    /// # Errors
    /// When the file is not GGUF 2 or 3 in little endian, contradicts itself or does not fit `file_bytes`.
    pub fn parse(prefix: &[u8], file_bytes: u64) -> Result<Parsed, GgufError> {
        if prefix.len() as u64 > file_bytes {
            return Err(GgufError::Prefix { prefix: prefix.len() as u64, file: file_bytes });
        }
        match Self::read(prefix, file_bytes) {
            Ok(header) => Ok(Parsed::Complete(header)),
            Err(Stop::NeedsMore(at_least)) => Ok(Parsed::NeedsMore { at_least }),
            Err(Stop::Refused(error)) => Err(error),
        }
    }

    fn read(prefix: &[u8], file_bytes: u64) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(prefix, file_bytes);
        let found = cursor.magic()?;
        if found != *b"GGUF" {
            return Err(GgufError::Magic { found }.into());
        }
        let version = cursor.u32(Field::Header("version"))?;
        match version {
            2 | 3 => {}
            // Read in the wrong order, a small number has its low bytes empty.
            _ if version != 0 && version.trailing_zeros() >= 16 => {
                return Err(GgufError::BigEndian { version: version.swap_bytes() }.into());
            }
            _ => return Err(GgufError::Version { version }.into()),
        }
        let tensor_count = cursor.u64(Field::Header("tensor count"))?;
        let entry_count = cursor.u64(Field::Header("metadata count"))?;
        let mut entries = Vec::with_capacity(cursor.owe(tensor_count, LEAST_TENSOR, Field::Header("tensor count"))?);
        let mut metadata = Vec::with_capacity(cursor.owe(entry_count, LEAST_ENTRY, Field::Header("metadata count"))?);
        for index in 0..entry_count {
            cursor.pay(LEAST_ENTRY);
            let key = cursor.string(LONGEST_KEY, Field::Key(index))?;
            let value = Value::read(&mut cursor, &key)?;
            metadata.push((key, value));
        }
        for index in 0..tensor_count {
            cursor.pay(LEAST_TENSOR);
            entries.push(Entry::read(&mut cursor, index)?);
        }
        let mut header = Self {
            version,
            alignment: 32,
            end: cursor.at(),
            metadata: sorted(metadata)?,
            tensors: Vec::new(),
            by_name: Vec::new(),
            joined: 1,
        };
        header.place(entries, file_bytes)?;
        Ok(header)
    }

    /// Finds where each tensor lies, and that no two lie in one place.
    fn place(&mut self, entries: Vec<Entry>, file_bytes: u64) -> Result<(), GgufError> {
        const ALIGNMENT: &str = "general.alignment";
        self.alignment = self.optional(ALIGNMENT)?.map_or(32, |alignment: u32| alignment.into());
        if !self.alignment.is_power_of_two() {
            let found = self.alignment.to_string();
            return Err(GgufError::KeyValue { key: ALIGNMENT.into(), allowed: "a power of two".into(), found });
        }
        // Both are far below 2^63: the header is in memory, the alignment has 32 bits.
        let begin = self.end.next_multiple_of(self.alignment);
        let alignment = self.alignment;
        self.tensors =
            entries.into_iter().map(|entry| entry.place(begin, alignment, file_bytes)).collect::<Result<_, _>>()?;
        self.sort_names()?;
        let mut by_place: Vec<&Tensor> = self.tensors.iter().collect();
        by_place.sort_unstable_by_key(|tensor| tensor.range().start);
        match by_place.windows(2).find(|pair| pair[0].range().end > pair[1].range().start) {
            None => Ok(()),
            Some(pair) => Err(GgufError::Overlap {
                first: pair[0].name().to_owned(),
                second: pair[1].name().to_owned(),
                at: pair[1].range().start,
            }),
        }
    }

    /// Orders tensors by name, which shows whether two have the same.
    fn sort_names(&mut self) -> Result<(), GgufError> {
        let tensors = &self.tensors;
        self.by_name = (0..tensors.len()).collect();
        self.by_name.sort_unstable_by(|&a, &b| tensors[a].name().cmp(tensors[b].name()));
        match self.by_name.windows(2).find(|pair| tensors[pair[0]].name() == tensors[pair[1]].name()) {
            None => Ok(()),
            Some(pair) => Err(GgufError::DuplicateTensor { name: tensors[pair[0]].name().to_owned() }),
        }
    }

    /// Adds the tensors of the other files of the same model, in their order.
    pub(crate) fn append(&mut self, others: Vec<Self>) -> Result<(), GgufError> {
        for (part, other) in (1..).zip(others) {
            self.tensors.extend(other.tensors.into_iter().map(|tensor| tensor.in_part(part)));
            self.joined += 1;
        }
        self.sort_names()
    }

    /// Files whose tensors are in this header.
    pub(crate) fn joined(&self) -> u64 {
        self.joined
    }

    /// The version of the format, 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What the offsets of tensors are multiples of.
    pub fn alignment(&self) -> u64 {
        self.alignment
    }

    /// Bytes of the header; the tensors begin at the next multiple of the alignment.
    pub fn header_bytes(&self) -> u64 {
        self.end
    }

    /// All metadata, in the order of keys.
    pub fn metadata(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.metadata.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// All tensors, in the file's order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of that name, if there is one.
    pub fn find_tensor(&self, name: &str) -> Option<&Tensor> {
        let found = self.by_name.binary_search_by(|&index| self.tensors[index].name().cmp(name)).ok()?;
        Some(&self.tensors[self.by_name[found]])
    }

    /// The tensor of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn tensor(&self, name: &str) -> Result<&Tensor, GgufError> {
        self.find_tensor(name).ok_or_else(|| GgufError::MissingTensor { name: brief(name) })
    }

    /// The value of that key, if there is one.
    pub fn value(&self, key: &str) -> Option<&Value> {
        let found = self.metadata.binary_search_by(|(each, _)| each.as_str().cmp(key)).ok()?;
        Some(&self.metadata[found].1)
    }

    /// The value of that key as a type of Rust, `None` without the key.
    ///
    /// # Errors
    /// When the value is of another type or does not fit.
    pub fn optional<'a, T: FromValue<'a>>(&'a self, key: &str) -> Result<Option<T>, GgufError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        if let Value::Unsound(error) = value {
            return Err((**error).clone());
        }
        match T::from_value(value) {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(found)) => {
                Err(GgufError::KeyValue { key: key.to_owned(), allowed: T::EXPECTED.to_owned(), found })
            }
            None => Err(GgufError::KeyType { key: key.to_owned(), expected: T::EXPECTED, found: value.kind() }),
        }
    }

    /// The value of that key as a type of Rust.
    ///
    /// # Errors
    /// When the key is missing, or the value of another type or does not fit.
    pub fn required<'a, T: FromValue<'a>>(&'a self, key: &str) -> Result<T, GgufError> {
        self.optional(key)?.ok_or_else(|| GgufError::MissingKey { key: key.to_owned() })
    }
}

macro_rules! getters {
    ($($name:ident: $type:ty, $words:literal;)*) => {
        /// Shorthands of [`Header::required`].
        impl Header {$(
            #[doc = concat!("The value of that key as ", $words, ".")]
            ///
            /// # Errors
            /// When the key is missing, or the value of another type or does not fit.
            pub fn $name(&self, key: &str) -> Result<$type, GgufError> {
                self.required(key)
            }
        )*}
    };
}

getters! {
    u32: u32, "an integer";
    u64: u64, "an integer";
    i32: i32, "an integer";
    f32: f32, "a number";
    bool: bool, "true or false";
    string: &str, "text";
    strings: &[String], "texts";
    f32s: &[f32], "numbers";
    i32s: Vec<i32>, "integers";
    u32s: Vec<u32>, "integers";
}

fn sorted(mut metadata: Vec<(String, Value)>) -> Result<Vec<(String, Value)>, GgufError> {
    metadata.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    match metadata.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(metadata),
        Some(pair) => Err(GgufError::DuplicateKey { key: brief(&pair[0].0) }),
    }
}

/// A tensor as it is listed.
struct Entry {
    name: String,
    dimensions: Vec<u64>,
    kind: TensorType,
    offset: u64,
}

impl Entry {
    fn read(cursor: &mut Cursor, index: u64) -> Result<Self, Stop> {
        let name = cursor.string(LONGEST_NAME, Field::TensorName(index))?;
        let field = Field::Tensor(&name, "dimensions");
        let at = cursor.at();
        let count = cursor.u32(field)?;
        let mut dimensions = Vec::new();
        match count {
            1..=4 => dimensions.reserve_exact(count as usize),
            _ => return Err(code(field, at, "1 to 4 in number", count.into())),
        }
        for _ in 0..count {
            let at = cursor.at();
            match cursor.u64(field)? {
                0 => return Err(code(field, at, "at least 1 each", 0)),
                dimension => dimensions.push(dimension),
            }
        }
        let field = Field::Tensor(&name, "type");
        let at = cursor.at();
        let id = cursor.u32(field)?;
        let kind = TensorType::from_id(id).ok_or_else(|| match withdrawn(id) {
            Some((kind, instead)) => GgufError::Withdrawn { name: brief(&name), kind, instead }.into(),
            None => code(field, at, "the number of a ggml type", id.into()),
        })?;
        let offset = cursor.u64(Field::Tensor(&name, "offset"))?;
        Ok(Self { name, dimensions, kind, offset })
    }

    fn place(self, begin: u64, alignment: u64, file: u64) -> Result<Tensor, GgufError> {
        let Self { name, dimensions, kind, offset } = self;
        let (row, block) = (dimensions[0], kind.block_elements());
        if !row.is_multiple_of(block) {
            return Err(GgufError::Row { name, kind, row, block });
        }
        let elements = dimensions.iter().try_fold(1u64, |product, &each| product.checked_mul(each));
        let Some(bytes) = elements.and_then(|elements| kind.bytes(elements)) else {
            return Err(GgufError::Overflow { name, dimensions });
        };
        if !offset.is_multiple_of(alignment) {
            return Err(GgufError::Offset { name, offset, alignment });
        }
        let range = begin.checked_add(offset).and_then(|start| Some(start..start.checked_add(bytes)?));
        match range.filter(|range: &Range<u64>| range.end <= file) {
            Some(range) => Ok(Tensor::new(name, dimensions, kind, range)),
            None => Err(GgufError::Outside { name, offset, bytes, begin, file }),
        }
    }
}

fn code(field: Field, at: u64, allowed: &'static str, found: u64) -> Stop {
    GgufError::Code { field: field.to_string(), at, allowed, found }.into()
}
