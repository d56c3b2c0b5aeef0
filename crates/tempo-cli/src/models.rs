//! `tempo models`: what the cache of Hugging Face's programs holds, and whether it runs; told from headers.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use tempo_hub::{CachedModel, CachedRepository, Environment, Hub};

use crate::cli::ModelsArgs;
use crate::inspect::bytes;
use crate::open;
use crate::render::visible;

/// A model, and why it does not run; nothing where it does.
struct Listed {
    name: String,
    bytes: u64,
    architecture: Option<String>,
    why_not: Option<String>,
}

/// Runs the subcommand. Asks nothing of the network.
pub(crate) fn run(args: &ModelsArgs) -> Result<ExitCode> {
    let hub = Hub::new(Environment::read(|name| std::env::var_os(name))?);
    let repositories = hub.models()?;
    let listed: Vec<Listed> = repositories.iter().flat_map(list).collect();
    let (cache, mut out) = (hub.environment().cache.display().to_string(), io::stdout().lock());
    if args.json {
        let models: Vec<Value> = listed.iter().map(document).collect();
        serde_json::to_writer_pretty(&mut out, &json!({ "cache": cache, "models": models }))?;
        writeln!(out)?;
    } else {
        print(&cache, &listed, &mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The models of a repository, and what is there beside them.
fn list(repository: &CachedRepository) -> Vec<Listed> {
    let mut listed: Vec<Listed> = repository.models.iter().map(judged).collect();
    let rest = match repository.unfinished {
        0 if listed.is_empty() => Some((repository.bytes, "it has no model that can be read here")),
        0 => None,
        some => Some((some, "a download that broke off; the next one goes on from there")),
    };
    listed.extend(rest.map(|(bytes, why)| Listed {
        name: repository.id.clone(),
        bytes,
        architecture: None,
        why_not: Some(why.to_owned()),
    }));
    listed
}

/// Told from its headers.
fn judged(model: &CachedModel) -> Listed {
    let found = open::on_disk(model.files.clone());
    let (architecture, why_not) = match pollster::block_on(open::described(&found, open::Plan::default())) {
        Ok(found) if found.unsupported.is_empty() => (Some(found.model_type), None),
        Ok(found) => (Some(found.model_type), Some(found.unsupported.join("; "))),
        Err(error) => (None, Some(format!("{:#}", anyhow::Error::from(error)))),
    };
    Listed { name: model.name.clone(), bytes: model.bytes, architecture, why_not }
}

fn document(model: &Listed) -> Value {
    json!({
        "name": model.name,
        "bytes": model.bytes,
        "architecture": model.architecture,
        "runs": model.why_not.is_none(),
        "why_not": model.why_not,
    })
}

fn print(cache: &str, listed: &[Listed], out: &mut impl Write) -> io::Result<()> {
    if listed.is_empty() {
        return writeln!(out, "no models in {}; `tempo generate --model owner/name` fetches one", visible::line(cache));
    }
    let sizes: Vec<String> = listed.iter().map(|model| bytes(model.bytes)).collect();
    let width = listed.iter().map(|model| model.name.len()).max().unwrap_or_default();
    let size_width = sizes.iter().map(String::len).max().unwrap_or_default();
    for (model, size) in listed.iter().zip(&sizes) {
        let runs = model.why_not.as_ref().map_or_else(|| "runs".to_owned(), |why| format!("does not run: {why}"));
        let name = visible::line(&model.name);
        writeln!(out, "{name:width$}  {size:>size_width$}  {}", visible::line(&runs))?;
    }
    writeln!(out, "in {}", visible::line(cache))
}
