//! Which of the files in a folder, a repository or a choice are the model, and what an index may name: one rule for the
//! program and the page. `weight_files.json` has cases that both are held to; the page has it in
//! `www/src/models/weight-files.ts`, because it lists files before the engine is there.

use std::path::Path;

use tempo_gguf::part_names;

/// Name of the file of a checkpoint that is not split.
pub(crate) const SINGLE: &str = "model.safetensors";
/// Name of the file that tells which shard holds which tensor.
pub(crate) const INDEX: &str = "model.safetensors.index.json";

/// The files that hold the weights of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightFiles {
    /// One safetensors file.
    Single(String),
    /// The safetensors files that the index names.
    Shards,
    /// A GGUF file, or all parts of one in their order.
    Gguf(Vec<String>),
}

/// Why there is no telling which files they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoWeightFiles {
    /// There are none.
    None,
    /// These could each be a model; of one in several files, the first.
    Several(Vec<String>),
    /// A GGUF file is one of several parts, and this one is not there.
    MissingPart(String),
}

impl WeightFiles {
    /// Of all these files, by their names: `model.safetensors`, which goes before an index that may be left from before the
    /// shards were joined; then the shards of an index; then the only other safetensors file; then the only GGUF model.
    /// Adapters, projectors of images and hidden files are no models.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn among<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, NoWeightFiles> {
        let mut names: Vec<&str> = names.into_iter().filter(|name| !hidden(name)).collect();
        names.sort_unstable();
        if names.contains(&SINGLE) {
            return Ok(Self::Single(SINGLE.into()));
        }
        if names.contains(&INDEX) {
            return Ok(Self::Shards);
        }
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let safetensors: Vec<&str> = names.iter().copied().filter(|name| is_safetensors(name)).collect();
        match safetensors.as_slice() {
            [] => {}
            [only] => return Ok(Self::Single((*only).to_owned())),
            several => return Err(NoWeightFiles::Several(owned(several))),
        }
        let ggufs: Vec<&str> = names.iter().copied().filter(|name| is_gguf(name)).collect();
        let parts = |name: &str| part_names(name).map_or_else(|| vec![name.to_owned()], |(_, parts)| parts);
        // Of a model in several files, one stands for all.
        let mut models: Vec<Vec<String>> = ggufs.iter().map(|name| parts(name)).collect();
        models.sort_unstable();
        models.dedup();
        match models.as_slice() {
            [] => Err(NoWeightFiles::None),
            [parts] => match parts.iter().find(|part| !ggufs.contains(&part.as_str())) {
                None => Ok(Self::Gguf(parts.clone())),
                Some(missing) => Err(NoWeightFiles::MissingPart(missing.clone())),
            },
            several => Err(NoWeightFiles::Several(several.iter().map(|parts| parts[0].clone()).collect())),
        }
    }
}

/// Whether an index may name this file: a safetensors file beside it, by a name that is one everywhere.
pub(crate) fn is_shard(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let sound = name.len() <= LONGEST_NAME && begins && name.chars().all(plain) && !name.contains("..");
    sound && name.ends_with(".safetensors")
}

/// Letters of a name at most.
const LONGEST_NAME: usize = 200;

/// What systems and programs keep for themselves begins with a dot, also as a copy of a name.
fn hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}

fn is_safetensors(name: &str) -> bool {
    name.ends_with(".safetensors") && !name.starts_with("adapter_model")
}

fn is_gguf(name: &str) -> bool {
    let small = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
        && !small.contains("mmproj")
        && !small.contains("adapter")
        && !small.contains("imatrix")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What the page is held to, too.
    fn cases() -> Value {
        serde_json::from_str(include_str!("weight_files.json")).unwrap()
    }

    fn texts(value: &Value) -> Vec<&str> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }

    #[test]
    fn the_model_among_the_files() {
        for case in cases()["files"].as_array().unwrap() {
            let names = &case["names"];
            let found = match WeightFiles::among(texts(names)) {
                Ok(WeightFiles::Single(name)) => json!({"names": names, "single": name}),
                Ok(WeightFiles::Shards) => json!({"names": names, "shards": true}),
                Ok(WeightFiles::Gguf(files)) => json!({"names": names, "gguf": files}),
                Err(NoWeightFiles::None) => json!({"names": names, "none": true}),
                Err(NoWeightFiles::Several(files)) => json!({"names": names, "several": files}),
                Err(NoWeightFiles::MissingPart(part)) => json!({"names": names, "missing": part}),
            };
            assert_eq!(found, *case);
        }
    }

    #[test]
    fn what_an_index_may_name() {
        let cases = cases();
        assert!(texts(&cases["shards"]["named"]).into_iter().all(is_shard));
        for name in texts(&cases["shards"]["refused"]) {
            assert!(!is_shard(name), "{name:?}");
        }
    }
}
