//! Where a file is put, and who may put it there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::arriving::Watch;
use crate::error::HubError;

/// Where a file is put.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) incomplete: PathBuf,
    pub(crate) lock: PathBuf,
    /// The whole file.
    pub(crate) whole: PathBuf,
    /// A name for it in a snapshot, and how many folders that is below the one of the repository.
    pub(crate) pointer: Option<(PathBuf, usize)>,
}

pub(crate) fn is_whole(path: &Path, size: Option<u64>) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && size.is_none_or(|size| size == meta.len()))
}

/// The lock of a file, as the other programs take it. A system without locks does without.
pub(crate) fn locked(path: &Path, name: &str, watch: &dyn Watch) -> Result<Option<File>, HubError> {
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = open.map_err(HubError::disk(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            watch.note(&format!("another program is fetching {name}; waiting until it is done"));
            Ok(file.lock().is_ok().then_some(file))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}
