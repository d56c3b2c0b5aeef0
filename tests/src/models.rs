//! Where the models of the tests are, and how their tokens read.

use std::path::{Path, PathBuf};

use anyhow::Context;
use pollster::block_on;
use tempo_core::{TokenId, Vocabulary};
use tempo_model::{DeviceChoice, Engine, Folder, Kernels, LoadOptions, Tokenizer, WeightFormat, WeightPreference};

/// `tests/fixtures`
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The folder of a model: the project's own story model by name, everything else among the fixtures.
pub fn folder(id: &str) -> PathBuf {
    if id == "storyteller" {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/public/models/storyteller")
    } else {
        fixtures().join("models").join(id)
    }
}

/// Weights as they are.
const F32: WeightPreference = WeightPreference::Fixed(WeightFormat::F32);

/// The fused kernels, weights as they are.
pub const FUSED: LoadOptions = LoadOptions { kernels: Kernels::Fused, weights: F32, workers: None };
/// Tensor operations.
pub const TENSOR: LoadOptions = LoadOptions { kernels: Kernels::Tensor, weights: F32, workers: None };

/// Loads a model by name.
///
/// # Errors
/// When it cannot be loaded.
pub fn load(id: &str, device: &DeviceChoice, options: LoadOptions) -> anyhow::Result<Engine> {
    let opened = block_on(async { Engine::open(&mut Folder::open(&folder(id)).await?, device, options, |_| ()).await });
    opened.with_context(|| format!("model {id}"))
}

/// A tokenizer, or nothing for random models that have none.
#[derive(Debug)]
pub struct Words(Option<Tokenizer>);

impl Words {
    /// The tokenizer in a model's folder, if there is one.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn of(id: &str) -> anyhow::Result<Self> {
        let folder = folder(id);
        let exists = folder.join("tokenizer.json").exists();
        Ok(Self(exists.then(|| Tokenizer::load(&folder, usize::MAX)).transpose()?))
    }

    /// Whether there are any.
    pub fn exist(&self) -> bool {
        self.0.is_some()
    }

    /// A text as the model reads it.
    ///
    /// # Errors
    /// When the model has no tokenizer, or it fails.
    pub fn encode(&self, text: &str) -> anyhow::Result<Vec<TokenId>> {
        let tokenizer = self.0.as_ref().context("the model has no tokenizer")?;
        Ok(tokenizer.encode(text)?.into_iter().map(TokenId).collect())
    }
}

impl Vocabulary for Words {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        self.0.as_ref().map_or_else(Vec::new, |tokenizer| tokenizer.bytes_of(id.0).to_vec())
    }
}
