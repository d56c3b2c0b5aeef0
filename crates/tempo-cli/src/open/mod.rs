//! Which model runs on which device: a folder, a GGUF file or the built-in model, the CPU or a graphics adapter.

mod embedded;
mod path;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use tempo_core::{LanguageModel as _, TokenId};
use tempo_model::device;
use tempo_model::{DevicePreference, Engine, GgufSource, Placement, Tokenizer};

pub(crate) use path::ModelPath;

use crate::progress::Progress;
use crate::settings::Settings;

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

    /// Which device `auto` took and why; nothing where a device was asked for.
    pub(crate) fn chosen_by_itself(&self, settings: &Settings) -> Option<String> {
        let device = self.engine.device();
        let name = device.adapter.as_ref().map_or("cpu", |adapter| &adapter.name);
        (preference(&settings.device) == DevicePreference::Auto).then(|| format!("device {name}: {}", device.reason))
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

/// Opens the device and loads the model in its folder or file, or the built-in one, with its tokenizer.
///
/// # Errors
/// When the device is not there, or the model is unsound, unsupported or too large for it.
pub(crate) fn model(settings: &Settings) -> Result<Opened> {
    let engine = engine(settings)?;
    let vocab = engine.config().vocab;
    let tokenizer = match &settings.model {
        Some(model) => match ModelPath::of(model)? {
            ModelPath::Folder(folder) => Tokenizer::load(&folder, vocab),
            ModelPath::Gguf(file) => {
                pollster::block_on(GgufSource::open_file(&file)).and_then(|source| source.tokenizer())
            }
        }
        .with_context(|| cannot_load(model))?,
        None => embedded::tokenizer(vocab).context(CANNOT_LOAD_BUILT_IN)?,
    };
    Ok(Opened { engine, tokenizer })
}

/// As [`model`], for who speaks in token ids.
pub(crate) fn engine(settings: &Settings) -> Result<Engine> {
    let Settings { device, load, .. } = settings;
    set_threads(settings.threads)?;
    pollster::block_on(async {
        let begun = Instant::now();
        let clock = || begun.elapsed().as_secs_f64() * 1e3;
        let opened;
        let place = match preference(device) {
            DevicePreference::Auto => Placement::Fastest(&clock),
            asked => {
                opened = device::open(asked).await.with_context(|| format!("cannot use --device {device}"))?;
                Placement::On(&opened)
            }
        };
        let progress = Progress::bytes("loading");
        let show = |loaded: tempo_model::Progress| match loaded.kernels {
            None => progress.show(loaded.done, loaded.total),
            Some((done, total)) => progress.show_kernels(done, total),
        };
        match &settings.model {
            Some(model) => match ModelPath::of(model)? {
                ModelPath::Folder(folder) => Engine::load(&folder, place, *load, show).await,
                ModelPath::Gguf(file) => Engine::load_gguf(&file, place, *load, show).await,
            }
            .with_context(|| cannot_load(model)),
            None => embedded::engine(place, *load, show).await.context(CANNOT_LOAD_BUILT_IN),
        }
    })
}

const CANNOT_LOAD_BUILT_IN: &str = "cannot load the built-in model";

fn cannot_load(model: &Path) -> String {
    format!("cannot load the model {}", model.display())
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
