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
        // Opening a pipe would wait for somebody to write into it, and a device has no end.
        let about = std::fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() {
            return Err(unreadable(std::io::Error::other("it is no file of bytes, but a folder, a pipe or a device")));
        }
        let (file, size) = (File::open(path).map_err(unreadable)?, about.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let error = FileRanges::open(folder.path()).unwrap_err();
        assert!(
            matches!(&error, LoadError::Read { source, .. } if source.to_string().contains("a folder, a pipe")),
            "{error}"
        );
        std::fs::write(folder.path().join("m"), "abc").unwrap();
        let mut file = FileRanges::open(&folder.path().join("m")).unwrap();
        assert_eq!((file.size(), pollster::block_on(file.read(1..3)).unwrap()), (3, b"bc".to_vec()));
    }
}
