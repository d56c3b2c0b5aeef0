//! Models that are named and not where the program runs: found in the cache, or fetched into it.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use tempo_hub::{Environment, Hub, HubError, Kind, ModelFiles, Spelling};
use tempo_model::{Description, LoadOptions, WeightPreference};

use super::path::ModelPath;
use super::{Plan, arriving};
use crate::download::Download;
use crate::remark::remark;

/// A model on the disk, and what it is called where its path does not tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: ModelPath,
    pub(crate) id: Option<String>,
}

/// Where a model is.
enum Place {
    Here(Found),
    /// Its files would have to be fetched.
    Away(Box<Hub>, Spelling),
}

/// The model of a path, a name or an address, fetched where it is not here.
///
/// # Errors
/// When there is none, or it cannot be had. What cannot run is refused before its weights are fetched.
pub(crate) fn find(model: &Path, plan: Plan) -> Result<Found> {
    match place(model)? {
        Place::Here(found) => Ok(found),
        Place::Away(hub, wanted) => {
            fetch(&hub, &wanted, plan).with_context(|| format!("cannot load the model {}", shown(model)))
        }
    }
}

/// Describes the model of a path, a name or an address. Of one that is not here its small files and headers are fetched,
/// no weights.
///
/// # Errors
/// When there is none, or its files are not what their names say.
pub(crate) fn describe(model: &Path, weights: WeightPreference) -> Result<Description> {
    let plan = Plan { options: LoadOptions { weights, ..LoadOptions::default() }, ..Plan::default() };
    match place(model)? {
        Place::Here(found) => Ok(pollster::block_on(super::described(&found, plan))?),
        Place::Away(hub, wanted) => {
            let download = Download::of_headers();
            let mut delivery = hub.deliver(&wanted, &download)?;
            delivery.small()?;
            arriving::describe(&delivery, plan)
        }
    }
}

fn place(model: &Path) -> Result<Place> {
    let on_path = || Ok(Place::Here(Found { path: ModelPath::of(model)?, id: None }));
    let Some(text) = model.to_str() else { return on_path() };
    if model.exists() {
        // A path wins, without a question to anybody; who has both is told.
        if let Some(other) = named(text).ok().and_then(|(hub, wanted)| hub.cached(&wanted)) {
            let both = format!("{text} is a path here and a model in the cache ({}); ", other.id);
            remark("note", &format!("{both}the path is taken, hf.co/{text} would be the other"))?;
        }
        return on_path();
    }
    // Neither a path nor a name: what is missing is told of the path.
    if !text.contains("://") && Spelling::parse(text, "").is_err() {
        return on_path();
    }
    let (hub, wanted) = named(text)?;
    Ok(match hub.cached(&wanted) {
        Some(files) => Place::Here(on_disk(files)),
        None => Place::Away(Box::new(hub), wanted),
    })
}

/// A model as it was named, without what stands behind the `?` of an address, which may be a key to it.
pub(crate) fn shown(model: &Path) -> String {
    let text = model.display().to_string();
    match text.split_once('?') {
        Some((address, _)) if text.contains("://") => address.to_owned(),
        _ => text,
    }
}

fn named(text: &str) -> Result<(Hub, Spelling)> {
    let environment = Environment::read(|name| std::env::var_os(name))?;
    let wanted = Spelling::parse(text, &environment.endpoint).map_err(HubError::from)?;
    Ok((Hub::new(environment), wanted))
}

fn fetch(hub: &Hub, wanted: &Spelling, plan: Plan) -> Result<Found> {
    let download = Download::default();
    let mut delivery = hub.deliver(wanted, &download)?;
    remark("note", &format!("fetching {} into the cache", delivery.from()))?;
    delivery.small()?;
    let description = arriving::describe(&delivery, plan)?;
    if !description.unsupported.is_empty() {
        return Err(anyhow!("{} (its weights were not fetched)", description.unsupported.join("; ")));
    }
    for file in delivery.weights()? {
        file.finish()?;
    }
    Ok(on_disk(delivery.files().clone()))
}

/// The files as what loads them knows them: parts are found by the first of them.
pub(crate) fn on_disk(files: ModelFiles) -> Found {
    match files.kind {
        Kind::Folder(folder) => Found { path: ModelPath::Folder(folder), id: Some(files.id) },
        Kind::Gguf(mut parts) => Found { path: ModelPath::Gguf(parts.swap_remove(0)), id: Some(files.id) },
    }
}
