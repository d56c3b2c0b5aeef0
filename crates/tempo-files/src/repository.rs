//! Which files of a repository are the model that is meant: the rule of tempo-hub's README.

use std::collections::BTreeSet;
use std::fmt;

use crate::names::{
    CONFIG, INDEX, OPTIONAL, OTHER_TOKENIZERS, SINGLE, TOKENIZER, is_gguf, is_other, part_names, parts,
};
use crate::visible::escaped;

/// Where nothing is named, the first of these that there is: small and good first, as llama.cpp and ollama choose; then what
/// loads at least as exactly.
const PREFERRED: [&str; 13] =
    ["Q4_K_M", "Q8_0", "Q4_K_S", "Q4_0", "Q4_1", "Q5_K_M", "Q5_K_S", "Q5_0", "Q5_1", "Q6_K", "F16", "BF16", "F32"];
/// GGUF files that a message lists.
const MOST_NAMED: usize = 12;
/// Which files of a repository are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The safetensors, else the GGUF file that comes first by the rule.
    Best,
    /// The GGUF file with weights of this kind, as `Q4_K_M`.
    Quantisation(String),
    /// This GGUF file, with the folders that it is in.
    File(String),
}

/// The files of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Safetensors.
    Folder {
        /// Small files, the index included where there is need of it.
        small: Vec<String>,
        /// Whether the index names the weights; otherwise they are one file.
        indexed: bool,
    },
    /// A GGUF file, or all its parts in order.
    Gguf(Vec<String>),
}

/// Why there is no choice, as words about the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// What is meant is not among its files.
    File {
        /// What is meant.
        file: String,
        /// What there is instead, in words that follow on the name of the repository.
        there: String,
    },
    /// Nothing in it can be loaded.
    Model {
        /// What is missing.
        why: String,
    },
}

impl NoChoice {
    /// The whole sentence.
    pub fn of<'a>(&'a self, place: &'a str) -> impl fmt::Display + 'a {
        fmt::from_fn(move |to| match self {
            Self::File { file, there } => write!(to, "{file} is not among the files of {place}{there}"),
            Self::Model { why } => write!(to, "{place} has no model that can be read here: {why}"),
        })
    }
}

/// Chooses among the files of a place.
///
/// # Errors
/// When what is meant is not among them, or no model is.
pub fn choose(files: &BTreeSet<&str>, pick: &Pick) -> Result<Choice, NoChoice> {
    let ggufs: Vec<&str> = files.iter().copied().filter(|file| is_gguf(file) && is_first(file)).collect();
    let there = || {
        let named = ggufs.iter().take(MOST_NAMED).map(|name| escaped(name)).collect::<Vec<_>>().join(", ");
        match ggufs.len() {
            0 => "; it has no GGUF files".to_owned(),
            more if more > MOST_NAMED => format!("; there are {named} and {} more", more - MOST_NAMED),
            _ => format!("; there is {named}"),
        }
    };
    let missing = |file: &str| NoChoice::File { file: escaped(file).into_owned(), there: there() };
    let gguf = match pick {
        Pick::File(file) => ggufs.iter().find(|found| is_part_of(file, found)).copied().ok_or_else(|| missing(file))?,
        Pick::Quantisation(kind) => best(&ggufs, kind).ok_or_else(|| missing(&format!("a GGUF file of {kind}")))?,
        Pick::Best => {
            if let Some(folder) = folder(files) {
                return Ok(folder);
            }
            let preferred = PREFERRED.iter().find_map(|kind| best(&ggufs, kind));
            let model = |file: &&&str| !is_other(file);
            let first = || ggufs.iter().find(model).copied();
            let why = || NoChoice::Model { why: lacking(files) };
            preferred.or_else(first).ok_or_else(why)?
        }
    };
    let parts = parts(gguf);
    match parts.iter().find(|part| !files.contains(part.as_str())) {
        Some(part) => Err(NoChoice::File { file: part.clone(), there: String::new() }),
        None => Ok(Choice::Gguf(parts)),
    }
}

/// Safetensors with what they need.
fn folder(files: &BTreeSet<&str>) -> Option<Choice> {
    let needed = [CONFIG, TOKENIZER].iter().all(|file| files.contains(file));
    let (single, index) = (files.contains(SINGLE), files.contains(INDEX));
    if !needed || !(single || index) {
        return None;
    }
    let optional = OPTIONAL.into_iter().filter(|file| files.contains(file));
    let small = [CONFIG, TOKENIZER].into_iter().chain(optional).chain(Some(INDEX).filter(|_| !single));
    Some(Choice::Folder { small: small.map(str::to_owned).collect(), indexed: !single })
}

/// Why there is neither safetensors that can be read nor a GGUF file.
fn lacking(files: &BTreeSet<&str>) -> String {
    let has = |ending: &str| files.iter().any(|file| file.ends_with(ending));
    let weights = files.contains(SINGLE) || files.contains(INDEX);
    if weights && files.contains(CONFIG) {
        let found = OTHER_TOKENIZERS.into_iter().find(|file| files.contains(file));
        let found = found.map_or_else(String::new, |file| format!(" (there is {file}, which is another form)"));
        return format!("there is no tokenizer.json{found}; look for a repository with GGUF files of it");
    }
    let why = if has(".safetensors") {
        "its safetensors are not named model.safetensors with config.json beside them"
    } else if has(".bin") || has(".pt") || has(".pth") {
        "its weights are pickled by PyTorch, which are never opened, because they can run code"
    } else {
        "there are neither safetensors with config.json nor a GGUF file"
    };
    why.to_owned()
}

/// The file with weights of this kind; the shortest name where several have it.
fn best<'a>(ggufs: &[&'a str], kind: &str) -> Option<&'a str> {
    let found = ggufs.iter().copied().filter(|file| !is_other(file) && has_kind(file, kind));
    found.min_by_key(|file| (file.len(), *file))
}

/// Whether a name says that the weights are of this kind: as a word of its own, in small or large letters.
fn has_kind(file: &str, kind: &str) -> bool {
    let (file, kind) = (file.to_lowercase(), kind.to_lowercase());
    file.match_indices(&kind).any(|(at, _)| {
        let before = file[..at].bytes().next_back();
        let after = file[at + kind.len()..].bytes().next();
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric()) && after.is_none_or(|byte| b"-./".contains(&byte))
    })
}

/// Whether a file stands for a model: it is whole, or the first of its parts.
fn is_first(file: &str) -> bool {
    part_names(file).is_none_or(|(number, _)| number == 0)
}

fn is_part_of(file: &str, first: &str) -> bool {
    parts(file)[0] == first
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn chosen(files: &[&str], pick: &Pick) -> Result<Vec<String>, String> {
        match choose(&files.iter().copied().collect(), pick) {
            Ok(Choice::Gguf(files)) => Ok(files),
            Ok(Choice::Folder { small, indexed }) => {
                Ok(small.into_iter().chain(Some(SINGLE.to_owned()).filter(|_| !indexed)).collect())
            }
            Err(error) => Err(error.of("o/n").to_string()),
        }
    }

    fn kind(kind: &str) -> Pick {
        Pick::Quantisation(kind.into())
    }

    #[test]
    fn safetensors_come_first_and_bring_only_what_is_read() {
        let files = [CONFIG, TOKENIZER, SINGLE, INDEX, "pytorch_model.bin", "onnx/model.onnx", "m-Q4_K_M.gguf"];
        assert_eq!(chosen(&files, &Pick::Best).unwrap(), [CONFIG, TOKENIZER, SINGLE]);
        let files = [CONFIG, TOKENIZER, INDEX, "generation_config.json", "model-00001-of-00002.safetensors"];
        assert_eq!(chosen(&files, &Pick::Best).unwrap(), [CONFIG, TOKENIZER, "generation_config.json", INDEX]);
    }

    #[test]
    fn of_gguf_files_one_is_chosen_by_a_rule() {
        let all = ["m-F16.gguf", "m-IQ4_K_M.gguf", "m-Q2_K.gguf", "m-Q8_0.gguf", "m-ud-Q4_K_M.gguf", "mmproj-F16.gguf"];
        let best = |files: &[&str]| chosen(files, &Pick::Best).unwrap().remove(0);
        assert_eq!(best(&all), "m-ud-Q4_K_M.gguf");
        assert_eq!(best(&[&all[..], &["m.q4_k_m.gguf"]].concat()), "m.q4_k_m.gguf", "the shortest name");
        assert_eq!(best(&all[..4]), "m-Q8_0.gguf");
        assert_eq!(best(&["imatrix.gguf", "m.gguf", "n.gguf", "mmproj-Q8_0.gguf"]), "m.gguf", "the first");
        assert_eq!(best(&["q8_0/m.gguf", "f16/m.gguf"]), "q8_0/m.gguf");
        assert_eq!(chosen(&all, &kind("q2_k")).unwrap(), ["m-Q2_K.gguf"]);
        let error = chosen(&all, &kind("Q4")).unwrap_err();
        assert!(error.contains("a GGUF file of Q4") && error.contains("m-Q8_0.gguf"), "{error}");
        assert!(chosen(&[CONFIG, TOKENIZER, SINGLE], &kind("Q4_0")).unwrap_err().contains("no GGUF files"));
    }

    #[test]
    fn files_are_chosen_by_the_table() {
        let table: Value = serde_json::from_str(include_str!("cases.json")).unwrap();
        for case in table["choices"].as_array().unwrap() {
            let files: Vec<&str> = case["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let pick = case["kind"].as_str().map_or(Pick::Best, kind);
            let found = chosen(&files, &pick).ok().and_then(|mut files| files.pop());
            assert_eq!(found.as_deref(), case["chosen"].as_str(), "{case}");
        }
    }

    #[test]
    fn the_parts_of_a_file_come_together() {
        let files = ["q/m-00001-of-00002.gguf", "q/m-00002-of-00002.gguf", "n-00001-of-00003.gguf"];
        assert_eq!(chosen(&files, &Pick::File("q/m-00002-of-00002.gguf".into())).unwrap(), files[..2]);
        assert_eq!(chosen(&files[..2], &Pick::Best).unwrap(), files[..2]);
        let error = chosen(&files, &Pick::File(files[2].into())).unwrap_err();
        assert!(error.starts_with("n-00002-of-00003.gguf is not among"), "{error}");
        assert_eq!(
            chosen(&["m-Q8_0-00002-of-00002.gguf"], &Pick::Best).unwrap_err(),
            chosen(&[], &Pick::Best).unwrap_err()
        );
    }

    #[test]
    fn what_has_no_model_says_what_is_missing() {
        let why = |files: &[&str]| chosen(files, &Pick::Best).unwrap_err();
        assert!(why(&[CONFIG, SINGLE, "tokenizer.model"]).contains("there is tokenizer.model"));
        assert!(why(&[CONFIG, "pytorch_model.bin"]).contains("pickled"));
        assert!(why(&["README.md"]).contains("neither safetensors"));
        assert!(why(&["model-a.safetensors"]).contains("not named model.safetensors"));
    }
}
