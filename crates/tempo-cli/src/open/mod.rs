//! Which model runs on which device: a folder or the built-in model, the CPU or a graphics adapter.

mod embedded;

use std::path::Path;

use anyhow::{Context as _, Result};
use tempo_core::{LanguageModel as _, TokenId};
use tempo_model::device;
use tempo_model::{DevicePreference, Engine, Tokenizer};

use crate::progress::Progress;

/// A loaded model with its words.
pub(crate) struct Opened {
    /// The model.
    pub(crate) engine: Engine,
    tokenizer: Tokenizer,
}

impl Opened {
    /// The model and the vocabulary, to be used beside each other.
    pub(crate) fn parts(&mut self) -> (&mut Engine, &Tokenizer) {
        (&mut self.engine, &self.tokenizer)
    }

    /// The tokens of a text.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<TokenId>> {
        let ids = self.tokenizer.encode(text).context("cannot tokenise the prompt")?;
        Ok(ids.into_iter().map(TokenId).collect())
    }

    /// Model and device in words.
    pub(crate) fn place(&self) -> String {
        let id = &self.engine.description().id;
        match &self.engine.device().adapter {
            None => format!("{id} on cpu"),
            Some(adapter) => format!("{id} on gpu ({})", adapter.name),
        }
    }
}

/// Opens the device and loads the model in `folder`, or the built-in one, with its tokenizer.
///
/// # Errors
/// When the device is not there, or the model is unsound, unsupported or too large for it.
pub(crate) fn model(folder: Option<&Path>, device: &str, threads: usize) -> Result<Opened> {
    let engine = engine(folder, device, threads)?;
    let vocab = engine.config().vocab;
    let tokenizer = match folder {
        Some(folder) => Tokenizer::load(folder, vocab).with_context(|| cannot_load(folder))?,
        None => embedded::tokenizer(vocab).context(CANNOT_LOAD_BUILT_IN)?,
    };
    Ok(Opened { engine, tokenizer })
}

/// As [`model`], for who speaks in token ids.
pub(crate) fn engine(folder: Option<&Path>, device: &str, threads: usize) -> Result<Engine> {
    set_threads(threads)?;
    pollster::block_on(async {
        let device = device::open(preference(device)).await.with_context(|| format!("cannot use --device {device}"))?;
        let progress = Progress::bytes("loading");
        let show = |loaded: tempo_model::Progress| progress.show(loaded.done, loaded.total);
        match folder {
            Some(folder) => Engine::load(folder, &device, show).await.with_context(|| cannot_load(folder)),
            None => embedded::engine(&device, show).await.context(CANNOT_LOAD_BUILT_IN),
        }
    })
}

const CANNOT_LOAD_BUILT_IN: &str = "cannot load the built-in model";

fn cannot_load(folder: &Path) -> String {
    format!("cannot load the model {}", folder.display())
}

/// The device of that name in `--device`.
fn preference(name: &str) -> DevicePreference {
    match name {
        "cpu" => DevicePreference::Cpu,
        "gpu" => DevicePreference::Gpu,
        _ => DevicePreference::Auto,
    }
}

/// Sizes the pool that the CPU backend works in, which has to happen before its first use.
fn set_threads(threads: usize) -> Result<()> {
    if threads == 0 {
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().with_context(|| format!("cannot start --threads {threads}"))
}
