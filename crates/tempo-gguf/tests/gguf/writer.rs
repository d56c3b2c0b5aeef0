//! Writes GGUF, sound or not: whatever a test puts into it.

use tempo_gguf::{GgufError, Header, Parsed, TensorType};

/// A file in the making.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) magic: [u8; 4],
    pub(crate) version: u32,
    /// In place of the true counts.
    pub(crate) tensor_count: Option<u64>,
    pub(crate) entry_count: Option<u64>,
    entries: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    bytes_of_tensors: u64,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            magic: *b"GGUF",
            version: 3,
            tensor_count: None,
            entry_count: None,
            entries: Vec::new(),
            tensors: Vec::new(),
            bytes_of_tensors: 0,
        }
    }

    /// An entry as bytes: a type and what follows it.
    pub(crate) fn raw(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        self.entries.push([text(key), kind.to_le_bytes().to_vec(), value.to_vec()].concat());
        self
    }

    /// An array as bytes.
    pub(crate) fn raw_array(self, key: &str, kind: u32, count: u64, items: &[u8]) -> Self {
        self.raw(key, 9, &[&kind.to_le_bytes()[..], &count.to_le_bytes(), items].concat())
    }

    pub(crate) fn u32(self, key: &str, value: u32) -> Self {
        self.raw(key, 4, &value.to_le_bytes())
    }

    pub(crate) fn f32(self, key: &str, value: f32) -> Self {
        self.raw(key, 6, &value.to_le_bytes())
    }

    pub(crate) fn bool(self, key: &str, value: bool) -> Self {
        self.raw(key, 7, &[value.into()])
    }

    pub(crate) fn string(self, key: &str, value: &str) -> Self {
        self.raw(key, 8, &text(value))
    }

    pub(crate) fn strings(self, key: &str, items: &[&str]) -> Self {
        let bytes: Vec<u8> = items.iter().flat_map(|item| text(item)).collect();
        self.raw_array(key, 8, items.len() as u64, &bytes)
    }

    pub(crate) fn f32s(self, key: &str, items: &[f32]) -> Self {
        let bytes: Vec<u8> = items.iter().flat_map(|item| item.to_le_bytes()).collect();
        self.raw_array(key, 6, items.len() as u64, &bytes)
    }

    pub(crate) fn i32s(self, key: &str, items: &[i32]) -> Self {
        let bytes: Vec<u8> = items.iter().flat_map(|item| item.to_le_bytes()).collect();
        self.raw_array(key, 5, items.len() as u64, &bytes)
    }

    /// A tensor behind those before it.
    pub(crate) fn tensor(self, name: &str, dimensions: &[u64], kind: TensorType) -> Self {
        let offset = self.bytes_of_tensors;
        let bytes = kind.bytes(dimensions.iter().product()).unwrap_or(0);
        let mut next = self.tensor_at(name, dimensions, kind.id(), offset);
        next.bytes_of_tensors = (offset + bytes).next_multiple_of(32);
        next
    }

    /// A tensor anywhere.
    pub(crate) fn tensor_at(mut self, name: &str, dimensions: &[u64], kind: u32, offset: u64) -> Self {
        let mut entry = text(name);
        entry.extend(u32::try_from(dimensions.len()).unwrap().to_le_bytes());
        entry.extend(dimensions.iter().flat_map(|dimension| dimension.to_le_bytes()));
        entry.extend(kind.to_le_bytes());
        entry.extend(offset.to_le_bytes());
        self.tensors.push(entry);
        self
    }

    /// The header alone.
    pub(crate) fn header(&self) -> Vec<u8> {
        let count = |replaced: Option<u64>, items: &[Vec<u8>]| replaced.unwrap_or(items.len() as u64).to_le_bytes();
        let mut bytes = self.magic.to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(count(self.tensor_count, &self.tensors));
        bytes.extend(count(self.entry_count, &self.entries));
        bytes.extend(self.entries.iter().chain(&self.tensors).flatten());
        bytes
    }

    /// The header and room for the tensors, which is not filled with zeros.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut bytes = self.header();
        if self.bytes_of_tensors > 0 {
            bytes.resize(bytes.len().next_multiple_of(32), 0xAA);
            let whole = bytes.len() as u64 + self.bytes_of_tensors;
            bytes.resize(usize::try_from(whole).unwrap(), 0xAA);
        }
        bytes
    }

    /// The whole file, parsed.
    pub(crate) fn parsed(&self) -> Header {
        complete(&self.file()).unwrap()
    }

    /// The error that the file is.
    pub(crate) fn refused(&self) -> GgufError {
        complete(&self.file()).unwrap_err()
    }
}

/// Parses a whole file, which never needs more.
pub(crate) fn complete(file: &[u8]) -> Result<Header, GgufError> {
    match Header::parse(file, file.len() as u64)? {
        Parsed::Complete(header) => Ok(header),
        Parsed::NeedsMore { at_least } => panic!("all {} bytes are there, {at_least} are wanted", file.len()),
    }
}

/// A length and UTF-8.
pub(crate) fn text(value: &str) -> Vec<u8> {
    [&(value.len() as u64).to_le_bytes(), value.as_bytes()].concat()
}

/// A file with every kind of value and two tensors.
pub(crate) fn rich() -> Writer {
    let nested = [
        [8u32.to_le_bytes().to_vec(), 1u64.to_le_bytes().to_vec(), text("in")].concat(),
        [5u32.to_le_bytes().to_vec(), 0u64.to_le_bytes().to_vec()].concat(),
    ];
    Writer::new()
        .raw("a.u8", 0, &[200])
        .raw("a.i8", 1, &[0xFF])
        .raw("a.u16", 2, &60_000u16.to_le_bytes())
        .raw("a.i16", 3, &(-2i16).to_le_bytes())
        .u32("a.u32", 4_000_000_000)
        .raw("a.i32", 5, &(-3i32).to_le_bytes())
        .f32("a.f32", 0.5)
        .bool("a.bool", true)
        .string("a.string", "text ▁")
        .raw("a.u64", 10, &u64::MAX.to_le_bytes())
        .raw("a.i64", 11, &(-4i64).to_le_bytes())
        .raw("a.f64", 12, &0.25f64.to_le_bytes())
        .strings("b.strings", &["one", "", "three"])
        .f32s("b.f32s", &[1.0, -2.0])
        .i32s("b.i32s", &[7, -8, 9])
        .raw_array("b.u8s", 0, 3, &[1, 2, 3])
        .raw_array("b.bools", 7, 2, &[1, 0])
        .raw_array("b.arrays", 9, 2, &nested.concat())
        .tensor("first.weight", &[32, 3], TensorType::Q8_0)
        .tensor("second.weight", &[5], TensorType::F32)
}
