//! A model that is judged before its weights are here: its headers are read from files that are on their way.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use tempo_files::{INDEX, SINGLE};
use tempo_hub::{Arriving, Delivery, Kind};
use tempo_model::checkpoint::Checkpoint;
use tempo_model::{ByteRanges, Description, Folder, GgufSource, LoadError, SmallFiles};

use super::{Plan, describe_by};

/// A file of which as much is fetched as is read.
struct Pieces<'a> {
    file: Arriving<'a>,
    size: u64,
}

impl<'a> Pieces<'a> {
    fn of(mut file: Arriving<'a>) -> Result<Self> {
        Ok(Self { size: file.size()?, file })
    }
}

impl ByteRanges for Pieces<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let path = self.file.name().into();
        self.file.read(bytes).map_err(|error| LoadError::Read { path, source: std::io::Error::other(error) })
    }
}

/// Describes a model whose small files are here. Of its weights the headers are fetched.
///
/// # Errors
/// When a file cannot be had or is not what its name says. A model that cannot run is described all the same.
pub(super) fn describe(delivery: &Delivery, plan: Plan) -> Result<Description> {
    let files = delivery.files();
    match &files.kind {
        Kind::Folder(folder) => pollster::block_on(in_folder(delivery, folder, plan)),
        Kind::Gguf(_) => pollster::block_on(in_gguf(delivery, plan)),
    }
}

async fn in_folder(delivery: &Delivery<'_>, folder: &Path, plan: Plan) -> Result<Description> {
    let small = SmallFiles::Folder(folder.to_owned());
    // An unsupported model needs no weights to be refused.
    match small.config() {
        Err(error @ LoadError::Unsupported { .. }) => return Err(error.into()),
        known => known.map(drop)?,
    }
    let arriving = delivery.weights()?.into_iter().map(|file| Ok((file.name().to_owned(), Pieces::of(file)?)));
    let arriving = RefCell::new(arriving.collect::<Result<BTreeMap<_, _>>>()?);
    let index = if arriving.borrow().contains_key(SINGLE) { None } else { std::fs::read(folder.join(INDEX)).ok() };
    let open = |name: &str| {
        let missing = || LoadError::Read { path: name.into(), source: std::io::ErrorKind::NotFound.into() };
        arriving.borrow_mut().remove(name).ok_or_else(missing)
    };
    let tensors = Checkpoint::open(index.as_deref(), open).await?;
    let mut source = Folder::new(delivery.files().id.clone(), small, tensors)?;
    Ok(describe_by(&mut source, plan).await?)
}

async fn in_gguf(delivery: &Delivery<'_>, plan: Plan) -> Result<Description> {
    let parts = delivery.weights()?;
    let first = parts.first().map(|part| part.name().to_owned()).unwrap_or_default();
    let parts = parts.into_iter().map(|part| Ok((part.name().to_owned(), Pieces::of(part)?)));
    let mut parts = parts.collect::<Result<BTreeMap<_, _>>>()?;
    let open = |name: &str| {
        let missing = || LoadError::Read { path: name.into(), source: std::io::ErrorKind::NotFound.into() };
        parts.remove(name).ok_or_else(missing)
    };
    let mut source = GgufSource::open_parts(first, open).await?;
    Ok(describe_by(&mut source, plan).await?)
}
