//! What can be wrong with a file, with the facts in it: which field, where, what was found, what may be.

use crate::TensorType;

/// A GGUF file, or a part of one, that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// Some other kind of file.
    #[error("not a GGUF file: it begins with the bytes {found:02x?}")]
    Magic {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// A version that this crate does not read.
    #[error("GGUF versions 2 and 3 are read, this file has version {version}")]
    Version {
        /// The version in the file.
        version: u32,
    },
    /// Written for a machine of the other byte order.
    #[error("big-endian GGUF is not read, and this file is one, of version {version}")]
    BigEndian {
        /// The version, in the file's byte order.
        version: u32,
    },
    /// More bytes than the file is said to have.
    #[error("{prefix} bytes were given as the beginning of a file of {file} bytes")]
    Prefix {
        /// Bytes given.
        prefix: u64,
        /// Bytes of the whole file.
        file: u64,
    },
    /// The file ends before what it announces.
    #[error("{field} at byte {at} needs {needed} bytes, the file has room for {room}")]
    Room {
        /// What was being read.
        field: String,
        /// Where.
        at: u64,
        /// Bytes it needs at least.
        needed: u64,
        /// Bytes left for it, without those that must follow.
        room: u64,
    },
    /// A name that is longer than the format allows.
    #[error("{field} at byte {at} is {found} bytes long, at most {allowed} are allowed")]
    Long {
        /// What was being read.
        field: String,
        /// Where its length stands.
        at: u64,
        /// Its length.
        found: u64,
        /// The limit.
        allowed: u64,
    },
    /// Text that is not UTF-8.
    #[error("{field} at byte {at} is not UTF-8")]
    Utf8 {
        /// What was being read.
        field: String,
        /// Where its bytes begin.
        at: u64,
    },
    /// A number that stands for nothing.
    #[error("{field} at byte {at} must be {allowed}, found {found}")]
    Code {
        /// What was being read.
        field: String,
        /// Where.
        at: u64,
        /// What it may be.
        allowed: &'static str,
        /// What it is.
        found: u64,
    },
    /// A type that ggml has no more.
    #[error("tensor {name} is stored as {kind}, a type that ggml has withdrawn; take a file in {instead} instead")]
    Withdrawn {
        /// The tensor.
        name: String,
        /// The type.
        kind: &'static str,
        /// What took its place.
        instead: &'static str,
    },
    /// Arrays of arrays of arrays.
    #[error("{field} at byte {at}: arrays are nested deeper than {limit}")]
    Nested {
        /// What was being read.
        field: String,
        /// Where.
        at: u64,
        /// Levels that are read.
        limit: usize,
    },
    /// A key that stands there twice.
    #[error("the metadata has the key {key} twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A tensor that stands there twice.
    #[error("the file lists the tensor {name} twice")]
    DuplicateTensor {
        /// Its name.
        name: String,
    },
    /// A tensor of more numbers than can be counted.
    #[error("tensor {name} of dimensions {dimensions:?} is larger than any file")]
    Overflow {
        /// Its name.
        name: String,
        /// Its dimensions, fastest first.
        dimensions: Vec<u64>,
    },
    /// Rows that are no whole number of blocks.
    #[error("tensor {name}: rows of {row} elements are no whole blocks of {block}, as {kind} has them")]
    Row {
        /// The tensor.
        name: String,
        /// How it is stored.
        kind: TensorType,
        /// Elements of a row.
        row: u64,
        /// Elements of a block.
        block: u64,
    },
    /// A tensor that begins in between.
    #[error("tensor {name}: offset {offset} is no multiple of the alignment {alignment}")]
    Offset {
        /// The tensor.
        name: String,
        /// Its offset in the part of the file that holds the tensors.
        offset: u64,
        /// `general.alignment`, or 32.
        alignment: u64,
    },
    /// A tensor that the file is too short for.
    #[error("tensor {name}: {bytes} bytes at offset {offset} after byte {begin} do not lie in a file of {file} bytes")]
    Outside {
        /// The tensor.
        name: String,
        /// Its offset in the part of the file that holds the tensors.
        offset: u64,
        /// Its size.
        bytes: u64,
        /// Where the tensors begin.
        begin: u64,
        /// Bytes of the file.
        file: u64,
    },
    /// Two tensors in one place.
    #[error("the tensors {first} and {second} overlap at byte {at}")]
    Overlap {
        /// The one that begins first.
        first: String,
        /// The other one.
        second: String,
        /// Where the other one begins.
        at: u64,
    },
    /// A key that is needed is not there.
    #[error("the metadata has no key {key}")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// A key whose value is of another type.
    #[error("{key} must be {expected}, found {found}")]
    KeyType {
        /// The key.
        key: String,
        /// What is needed.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A key whose value cannot be.
    #[error("{key} must be {allowed}, found {found}")]
    KeyValue {
        /// The key, with an index where it is an array.
        key: String,
        /// What it may be.
        allowed: String,
        /// What it is.
        found: String,
    },
    /// A tensor that is needed is not there.
    #[error("the file has no tensor {name}")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor that does not fit the metadata.
    #[error("tensor {name} must have the dimensions {expected}, found {found:?}")]
    Dimensions {
        /// Its name.
        name: String,
        /// What the metadata asks for, fastest first.
        expected: String,
        /// What the file has.
        found: Vec<u64>,
    },
    /// A type whose numbers are not read.
    #[error("tensors of type {kind} are not read; {} are", TensorType::readable_names())]
    Unreadable {
        /// The type.
        kind: TensorType,
    },
    /// Bytes that are no whole blocks, or not those of the tensor.
    #[error("{kind}: {expected} bytes are needed, found {found}")]
    Length {
        /// How they are stored.
        kind: TensorType,
        /// What is needed.
        expected: String,
        /// Bytes given.
        found: usize,
    },
}

/// The beginning of a name from the file, since a hostile one may be as long as the file.
pub(crate) fn brief(name: &str) -> String {
    const LONGEST: usize = 120;
    match name.char_indices().nth(LONGEST) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}...", &name[..end]),
    }
}
