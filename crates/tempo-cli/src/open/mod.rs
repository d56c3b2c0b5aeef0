//! Which model runs on which device: a folder, a GGUF file or the built-in model, the CPU or a graphics adapter.

mod arriving;
mod embedded;
mod named;
mod path;

use std::time::Instant;

use anyhow::{Context as _, Result};
use tempo_core::LanguageModel as _;
use tempo_model::{
    Description, DeviceChoice, DevicePreference, Devices, Engine, Folder, GgufSource, LoadError, LoadOptions, Model,
    ModelSource, Placement, Remark, WeightPreference,
};

pub(crate) use named::{describe, on_disk, shown};

use named::Found;
use path::ModelPath;

use crate::progress::Progress;
use crate::remark::remark;
use crate::settings::Settings;

/// Which device and which weights `auto` took and why; nothing of what was asked for, nor of the built-in model's weights.
pub(crate) fn chosen_by_itself(engine: &Engine, settings: &Settings) -> Vec<String> {
    let (device, weights) = (engine.device(), engine.weights());
    let name = device.adapter.as_ref().map_or("cpu", |adapter| &adapter.name);
    let of_device = (settings.device == DevicePreference::Auto).then(|| format!("device {name}: {}", device.reason));
    let format = weights.format.name();
    let chosen = settings.load.weights == WeightPreference::Auto && settings.model.is_some();
    let of_weights = chosen.then(|| format!("weights {format}: {}", weights.reason));
    of_device.into_iter().chain(of_weights).collect()
}

/// Model and device in words.
pub(crate) fn place(engine: &Engine) -> String {
    let id = &engine.description().id;
    match &engine.device().adapter {
        None => format!("{id} on cpu"),
        Some(adapter) => format!("{id} on gpu ({})", adapter.name),
    }
}

/// A model and its words.
///
/// # Errors
/// As [`engine`], and when the model has no tokenizer that fits it.
pub(crate) fn model(settings: &Settings) -> Result<Model> {
    load::<Model>(settings)
}

/// The same, with what there is to know of it on standard error: what may change a text, and what was chosen by itself.
///
/// # Errors
/// As [`model`], and when standard error is gone.
pub(crate) fn told(settings: &Settings) -> Result<Model> {
    let model = model(settings)?;
    tell(&model.remarks, &model.engine, settings)?;
    Ok(model)
}

/// What [`told`] tells, for those who have something to check before.
///
/// # Errors
/// When standard error is gone.
pub(crate) fn tell(remarks: &[Remark], engine: &Engine, settings: &Settings) -> Result<()> {
    let altering = remarks.iter().filter(|found| found.alters_text).map(ToString::to_string);
    altering.chain(chosen_by_itself(engine, settings)).try_for_each(|text| remark("note", &text))
}

/// A model for commands that speak in token ids: opens the device and loads the model in a folder or file, or the built-in
/// one.
///
/// # Errors
/// When the device is not there, or the model is unsound, unsupported or too large for it.
pub(crate) fn engine(settings: &Settings) -> Result<Engine> {
    load::<Engine>(settings)
}

/// What can be made of a source of a model.
trait Loaded: Sized {
    async fn open<S: ModelSource>(
        source: &mut S,
        placement: Placement<'_>,
        options: LoadOptions,
        progress: impl FnMut(tempo_model::Progress),
    ) -> Result<Self, LoadError>;
}

impl Loaded for Model {
    async fn open<S: ModelSource>(
        source: &mut S,
        placement: Placement<'_>,
        options: LoadOptions,
        progress: impl FnMut(tempo_model::Progress),
    ) -> Result<Self, LoadError> {
        Self::open(source, placement, options, progress).await
    }
}

impl Loaded for Engine {
    async fn open<S: ModelSource>(
        source: &mut S,
        placement: Placement<'_>,
        options: LoadOptions,
        progress: impl FnMut(tempo_model::Progress),
    ) -> Result<Self, LoadError> {
        Self::open(source, placement, options, progress).await
    }
}

fn load<L: Loaded>(settings: &Settings) -> Result<L> {
    set_threads(settings.threads)?;
    let plan = Plan { options: settings.load, device: settings.device };
    let found = settings.model.as_deref().map(|model| named::find(model, plan)).transpose()?;
    pollster::block_on(async {
        match found {
            None => load_from(embedded::model().await, settings).await,
            Some(Found { path: ModelPath::Folder(folder), id }) => {
                load_from(Folder::open_as(&folder, id).await, settings).await
            }
            Some(Found { path: ModelPath::Gguf(file), .. }) => {
                load_from(GgufSource::open_file(&file).await, settings).await
            }
        }
    })
}

/// How a model that is described would be loaded.
#[derive(Clone, Copy, Default)]
pub(crate) struct Plan {
    pub(crate) options: LoadOptions,
    pub(crate) device: DevicePreference,
}

/// Describes a model on the disk.
///
/// # Errors
/// When its files cannot be read, or are not what their names say.
pub(crate) async fn described(found: &Found, plan: Plan) -> Result<Description, LoadError> {
    match &found.path {
        ModelPath::Folder(folder) => describe_by(&mut Folder::open_as(folder, found.id.clone()).await?, plan).await,
        ModelPath::Gguf(file) => describe_by(&mut GgufSource::open_file(file).await?, plan).await,
    }
}

/// Describes a model as it would be on the CPU. A graphics device is asked only where the CPU has no memory for it.
async fn describe_by(source: &mut dyn ModelSource, plan: Plan) -> Result<Description, LoadError> {
    let cpu = DeviceChoice::cpu("");
    let mut found = tempo_model::describe(source, plan.options, cpu.room()).await?;
    let Some((_, needed)) = &found.decoder else { return Ok(found) };
    let Err(too_large) = needed.check(&cpu) else { return Ok(found) };
    let other = Devices::default().open(plan.device).await.ok().filter(|device| !device.is_cpu());
    let refusal = match other {
        Some(device) => needed.check(&device).err(),
        None => Some(too_large),
    };
    found.unsupported.extend(refusal.map(|error| error.to_string()));
    Ok(found)
}

async fn load_from<L: Loaded, S: ModelSource>(source: Result<S, LoadError>, settings: &Settings) -> Result<L> {
    let begun = Instant::now();
    let clock = || begun.elapsed().as_secs_f64() * 1e3;
    let mut devices = Devices::default();
    let opened;
    let placement = match settings.device {
        DevicePreference::Auto => Placement::Fastest { devices: &mut devices, clock: &clock },
        fixed => {
            let named = || format!("cannot use --device {}", settings.device.name());
            opened = devices.open(fixed).await.with_context(named)?;
            Placement::On(&opened)
        }
    };
    let progress = Progress::bytes("loading");
    let show = |loaded: tempo_model::Progress| match loaded.kernels {
        None => progress.show(loaded.done, loaded.total),
        Some((done, total)) => progress.show_kernels(done, total),
    };
    let mut source = source.with_context(|| cannot_load(settings))?;
    L::open(&mut source, placement, settings.load, show).await.with_context(|| cannot_load(settings))
}

fn cannot_load(settings: &Settings) -> String {
    match &settings.model {
        None => "cannot load the built-in model".to_owned(),
        Some(path) => format!("cannot load the model {}", shown(path)),
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
