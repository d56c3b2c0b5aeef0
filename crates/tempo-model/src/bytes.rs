//! Files that are read by ranges of bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::LoadError;

/// A file somewhere, of which pieces can be had.
#[expect(async_fn_in_trait, reason = "a page loads on its only thread; no caller needs `Send`")]
pub trait ByteRanges {
    /// Bytes of the whole file.
    fn size(&self) -> u64;

    /// These bytes of the file, which lie within its size: all of them, or an error.
    ///
    /// # Errors
    /// When they cannot be had.
    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError>;
}

/// A file of the system.
#[derive(Debug)]
pub struct FileRanges {
    path: PathBuf,
    file: File,
    size: u64,
}

impl FileRanges {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        Ok(Self { path: path.to_owned(), file, size })
    }
}

impl ByteRanges for FileRanges {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let unreadable = |source| LoadError::Read { path: self.path.clone(), source };
        let length = usize::try_from(bytes.end - bytes.start);
        let length = length.map_err(|_| unreadable(std::io::ErrorKind::OutOfMemory.into()))?;
        let mut buffer = vec![0; length];
        self.file.seek(SeekFrom::Start(bytes.start)).map_err(unreadable)?;
        self.file.read_exact(&mut buffer).map_err(unreadable)?;
        Ok(buffer)
    }
}
