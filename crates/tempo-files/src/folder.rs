//! Which of the files in a folder, or of those that somebody picked, hold the weights.

use crate::names::{INDEX, SINGLE, is_gguf, is_other, parts};

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
        let ggufs: Vec<&str> = names.iter().copied().filter(|name| is_gguf(name) && !is_other(name)).collect();
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

/// What systems and programs keep for themselves begins with a dot, also as a copy of a name.
fn hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}

fn is_safetensors(name: &str) -> bool {
    name.ends_with(".safetensors") && !name.starts_with("adapter_model")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::index::is_shard;

    fn cases() -> Value {
        serde_json::from_str(include_str!("cases.json")).unwrap()
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
