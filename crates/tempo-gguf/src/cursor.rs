//! Reading from the beginning of a file that has not arrived in full, without believing any count in it.
//!
//! The cursor keeps the number of bytes that must still follow, from the counts read so far and the least size of what
//! they count. So a count that cannot be true is refused when it is read, before anything is allocated for it, and a
//! prefix that is too short is told how much is missing at least. Once [`Cursor::owe`] has returned, the prefix *holds*
//! that many bytes: a vector of `count` items takes at most `size of an item / least` times the bytes given.

use std::fmt;

use crate::error::{GgufError, brief};

/// Why reading stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The file goes on; a prefix of this many bytes is needed at least.
    NeedsMore(u64),
    /// The file cannot be used.
    Refused(GgufError),
}

impl From<GgufError> for Stop {
    fn from(error: GgufError) -> Self {
        Self::Refused(error)
    }
}

/// What is being read; only written out when it is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    /// A field at the beginning of the file.
    Header(&'static str),
    /// The key of a metadata entry.
    Key(u64),
    /// A part of a key's value.
    Value(&'a str, &'static str),
    /// An element of a key's array.
    Element(&'a str, u64),
    /// The name of a tensor.
    TensorName(u64),
    /// A part of a tensor's entry.
    Tensor(&'a str, &'static str),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(what) => write!(to, "the {what}"),
            Self::Key(index) => write!(to, "the key of metadata entry {index}"),
            Self::Value(key, what) => write!(to, "the {what} of {}", brief(key)),
            Self::Element(key, index) => write!(to, "element {index} of {}", brief(key)),
            Self::TensorName(index) => write!(to, "the name of tensor {index}"),
            Self::Tensor(name, what) => write!(to, "the {what} of tensor {}", brief(name)),
        }
    }
}

/// A place in the prefix.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    prefix: &'a [u8],
    at: usize,
    file_bytes: u64,
    /// Bytes that must follow what is read next.
    owed: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(prefix: &'a [u8], file_bytes: u64) -> Self {
        Self { prefix, at: 0, file_bytes, owed: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn at(&self) -> u64 {
        self.at as u64
    }

    /// Makes sure that `needed` bytes and all that is owed lie in the prefix.
    fn require(&self, needed: u64, field: Field) -> Result<(), Stop> {
        let begin = self.at() + self.owed;
        match begin.checked_add(needed) {
            Some(end) if end <= self.prefix.len() as u64 => Ok(()),
            Some(end) if end <= self.file_bytes => Err(Stop::NeedsMore(end)),
            _ => Err(Stop::Refused(GgufError::Room {
                field: field.to_string(),
                at: self.at(),
                needed,
                room: self.file_bytes.saturating_sub(begin),
            })),
        }
    }

    /// Promises that `count` items of at least `least` bytes will be read, if the prefix holds that many.
    pub(crate) fn owe(&mut self, count: u64, least: u64, field: Field) -> Result<usize, Stop> {
        let needed = count.saturating_mul(least);
        self.require(needed, field)?;
        self.owed += needed;
        // It is no more than the length of the prefix, which is in memory.
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Takes back the promise for one item, which is read next.
    pub(crate) fn pay(&mut self, least: u64) {
        self.owed = self.owed.saturating_sub(least);
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: u64, field: Field) -> Result<&'a [u8], Stop> {
        self.require(count, field)?;
        let end = self.at + usize::try_from(count).unwrap_or(usize::MAX);
        let bytes = &self.prefix[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    /// `count` items of `N` bytes each.
    pub(crate) fn items<const N: usize>(&mut self, count: u64, field: Field) -> Result<&'a [[u8; N]], Stop> {
        Ok(self.take(count.saturating_mul(N as u64), field)?.as_chunks().0)
    }

    fn item<const N: usize>(&mut self, field: Field) -> Result<[u8; N], Stop> {
        Ok(self.items::<N>(1, field)?[0])
    }

    pub(crate) fn magic(&mut self) -> Result<[u8; 4], Stop> {
        self.item(Field::Header("magic number"))
    }

    pub(crate) fn u8(&mut self, field: Field) -> Result<u8, Stop> {
        self.item(field).map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self, field: Field) -> Result<u16, Stop> {
        self.item(field).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self, field: Field) -> Result<u32, Stop> {
        self.item(field).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, field: Field) -> Result<u64, Stop> {
        self.item(field).map(u64::from_le_bytes)
    }

    /// A length and as many bytes of UTF-8, at most `longest`.
    pub(crate) fn string(&mut self, longest: u64, field: Field) -> Result<String, Stop> {
        let at = self.at();
        let found = self.u64(field)?;
        if found > longest {
            return Err(GgufError::Long { field: field.to_string(), at, found, allowed: longest }.into());
        }
        Ok(self.utf8(found, field)??)
    }

    /// A length and as many bytes; inside, whether they are UTF-8.
    pub(crate) fn text(&mut self, field: Field) -> Result<Result<String, GgufError>, Stop> {
        let length = self.u64(field)?;
        self.utf8(length, field)
    }

    fn utf8(&mut self, length: u64, field: Field) -> Result<Result<String, GgufError>, Stop> {
        let at = self.at();
        Ok(match std::str::from_utf8(self.take(length, field)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(GgufError::Utf8 { field: field.to_string(), at }),
        })
    }
}
