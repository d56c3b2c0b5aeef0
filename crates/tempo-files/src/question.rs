//! The rule for callers in another language: a question and its answer as JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::folder::{NoWeightFiles, WeightFiles};
use crate::index::shards;
use crate::names::{SINGLE, parts};
use crate::repository::{Choice, Pick, choose};
use crate::spelling::{Repository, Spelling};
use crate::visible::escaped;

/// Answers a question.
///
/// | asked | meant |
/// |---|---|
/// | `{"names": [..]}` | the weights among the files of a folder |
/// | `{"names": [..], "repository": "owner/name", "kind": "Q4_K_M", "file": "m.gguf"}` | those of a repository; neither `kind` nor `file`, or one of them |
/// | `{"part": "m-00002-of-00003.gguf"}` | a GGUF file with all others of its model |
/// | `{"index": ".."}` | the shards that the text of an index names |
/// | `{"name": ".."}` | a name as it is shown |
/// | `{"spelling": "owner/name:Q4_K_M", "revision": "main"}` | a repository as it was typed, and the revision where none was |
/// | `{"spelling": "..", "address": "https://.."}` | an address as it was typed, and what it is seen from the page |
///
/// | answered | meant |
/// |---|---|
/// | `{"weights": [..]}` | these files, in their order |
/// | `{"indexed": true}` | those that the index names |
/// | `{"several": [..]}`, `{"missing": ".."}`, `{"none": true}` | no telling, as [`NoWeightFiles`] has it; names as they are shown |
/// | `{"refused": ".."}` | why not, in words; beside it `file` where it is one that is not there |
/// | `{"shown": ".."}` | the name |
/// | `{"repository": "owner/name", "revision": "..", "kind": "..", "file": ".."}` | what is meant of it, at most one of `kind` and `file` |
/// | `{"address": ".."}` | of a folder, with a slash at its end, or of a GGUF file |
pub fn answer(question: &str) -> String {
    let question: Value = serde_json::from_str(question).unwrap_or_default();
    let text = |key: &str| question[key].as_str();
    let answer = if let Some(names) = question["names"].as_array() {
        let names = names.iter().filter_map(Value::as_str);
        match text("repository") {
            None => in_folder(WeightFiles::among(names)),
            Some(place) => {
                let pick = match (text("kind"), text("file")) {
                    (Some(kind), _) => Pick::Quantisation(kind.to_owned()),
                    (None, Some(file)) => Pick::File(file.to_owned()),
                    (None, None) => Pick::Best,
                };
                in_repository(&names.collect(), &pick, place)
            }
        }
    } else if let Some(index) = text("index") {
        match shards(index.as_bytes()) {
            Ok(names) => json!({"weights": names}),
            Err(why) => json!({"refused": why}),
        }
    } else if let Some(spelling) = text("spelling") {
        let found = match text("address") {
            Some(address) => Spelling::address(spelling, address),
            None => Spelling::repository(spelling, text("revision").unwrap_or("main")).map(Spelling::Repository),
        };
        found.map_or_else(|error| json!({"refused": error.to_string()}), named)
    } else if let Some(part) = text("part") {
        json!({"weights": parts(part)})
    } else {
        json!({"shown": escaped(text("name").unwrap_or_default())})
    };
    answer.to_string()
}

fn named(found: Spelling) -> Value {
    let Repository { id, revision, pick } = match found {
        Spelling::Address(address) => return json!({"address": address}),
        Spelling::Repository(found) => found,
    };
    let mut answer = json!({"repository": id, "revision": revision});
    match pick {
        Pick::Best => {}
        Pick::Quantisation(kind) => answer["kind"] = kind.into(),
        Pick::File(file) => answer["file"] = file.into(),
    }
    answer
}

fn in_folder(found: Result<WeightFiles, NoWeightFiles>) -> Value {
    match found {
        Ok(WeightFiles::Single(name)) => json!({"weights": [name]}),
        Ok(WeightFiles::Gguf(names)) => json!({"weights": names}),
        Ok(WeightFiles::Shards) => json!({"indexed": true}),
        Err(NoWeightFiles::None) => json!({"none": true}),
        Err(NoWeightFiles::Several(names)) => {
            json!({"several": names.iter().map(|name| escaped(name)).collect::<Vec<_>>()})
        }
        Err(NoWeightFiles::MissingPart(part)) => json!({"missing": escaped(&part)}),
    }
}

fn in_repository(names: &BTreeSet<&str>, pick: &Pick, place: &str) -> Value {
    match choose(names, pick) {
        Ok(Choice::Gguf(parts)) => json!({"weights": parts}),
        Ok(Choice::Folder { indexed: false, .. }) => json!({"weights": [SINGLE]}),
        Ok(Choice::Folder { indexed: true, .. }) => json!({"indexed": true}),
        Err(why) => {
            let mut refused = json!({"refused": why.of(place).to_string()});
            if let crate::NoChoice::File { file, .. } = why {
                refused["file"] = file.into();
            }
            refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_its_answer() {
        let repository = |rest: Value| {
            let mut question = json!({"repository": "o/n"});
            question.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            question
        };
        let ggufs = json!(["a-Q2_K.gguf", "a-Q8_0.gguf"]);
        for (question, want) in [
            (json!({"names": ["a.safetensors", "config.json"]}), json!({"weights": ["a.safetensors"]})),
            (json!({"names": ["a.gguf", "b\u{200b}.gguf"]}), json!({"several": ["a.gguf", r"b\u{200b}.gguf"]})),
            (json!({"names": ["m-00002-of-00002.gguf"]}), json!({"missing": "m-00001-of-00002.gguf"})),
            (json!({"names": []}), json!({"none": true})),
            (json!({"names": ["model.safetensors.index.json"]}), json!({"indexed": true})),
            (repository(json!({"names": ggufs})), json!({"weights": ["a-Q8_0.gguf"]})),
            (repository(json!({"names": ggufs, "kind": "q2_k"})), json!({"weights": ["a-Q2_K.gguf"]})),
            (repository(json!({"names": ggufs, "file": "a-Q2_K.gguf"})), json!({"weights": ["a-Q2_K.gguf"]})),
            (
                repository(json!({"names": ["a.gguf"], "file": "b.gguf"})),
                json!({"refused": "b.gguf is not among the files of o/n; there is a.gguf", "file": "b.gguf"}),
            ),
            (
                repository(json!({"names": ["config.json", "tokenizer.json", "model.safetensors"]})),
                json!({"weights": ["model.safetensors"]}),
            ),
            (
                json!({"part": "m-00002-of-00002.gguf"}),
                json!({"weights": ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]}),
            ),
            (json!({"index": r#"{"weight_map": {"a": "x.safetensors"}}"#}), json!({"weights": ["x.safetensors"]})),
            (json!({"index": "{}"}), json!({"refused": "it has no weight_map; fetch the file again"})),
            (json!({"name": "a\u{feff}"}), json!({"shown": r"a\u{feff}"})),
            (json!({"spelling": "o/n", "revision": "v2"}), json!({"repository": "o/n", "revision": "v2"})),
            (
                json!({"spelling": "o/n:Q8_0@v1", "revision": "v2"}),
                json!({"repository": "o/n", "revision": "v1", "kind": "Q8_0"}),
            ),
            (
                json!({"spelling": "hf.co/o/n/a.gguf", "address": "https://page.example/hf.co/o/n/a.gguf"}),
                json!({"repository": "o/n", "revision": "main", "file": "a.gguf"}),
            ),
            (
                json!({"spelling": "m", "address": "https://page.example/m"}),
                json!({"address": "https://page.example/m/"}),
            ),
            (json!({}), json!({"shown": ""})),
        ] {
            assert_eq!(serde_json::from_str::<Value>(&answer(&question.to_string())).unwrap(), want, "{question}");
        }
        let refused = answer(r#"{"spelling": "nothing"}"#);
        assert!(refused.contains(r#"\"nothing\" names no model; write owner/name"#), "{refused}");
    }
}
