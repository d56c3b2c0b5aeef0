//! GGUF files as models: configuration, tokenizer and weights from one file, which is read by byte ranges.

mod bytes;
mod config;
mod source;

use std::path::Path;

pub use bytes::{ByteRanges, FileRanges};
pub use source::GgufSource;

use crate::engine::Engine;
use crate::error::LoadError;
use crate::options::{LoadOptions, Placement, Progress};

impl Engine {
    /// Loads the model in a GGUF file; it is called what the file is called, without its ending.
    ///
    /// # Errors
    /// As [`from_gguf`](Self::from_gguf), and when there is no such file.
    pub async fn load_gguf(
        path: &Path,
        place: impl Into<Placement<'_>>,
        options: LoadOptions,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let mut source = GgufSource::open_file(path).await?;
        Self::from_gguf(&mut source, place, options, progress).await
    }

    /// Loads a model from wherever its GGUF file is. Progress is told in bytes of the file.
    ///
    /// # Errors
    /// When the file is unsound, when the model is of a kind that is not supported, or does not fit the device.
    pub async fn from_gguf<R: ByteRanges>(
        source: &mut GgufSource<R>,
        place: impl Into<Placement<'_>>,
        options: LoadOptions,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError> {
        let config = source.config().await?;
        source.check(&config)?;
        let id = source.id().to_owned();
        Self::with_config(&id, config, source, place.into(), options, &mut progress).await
    }
}
