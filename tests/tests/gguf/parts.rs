//! Models in several GGUF files.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use pollster::block_on;
use tempo_model::{DeviceChoice, Engine, GgufSource, LoadError, ModelSource as _, TensorSource as _};
use tempo_tests::models::FUSED;

use crate::file::{File, Memory, Value, twin};
use crate::logits;

const COUNT: u32 = 3;

fn name(part: u32) -> String {
    format!("m-{part:05}-of-{COUNT:05}.gguf")
}

/// A file in parts: the metadata and no tensor in the first, the tensors by turns in the others.
fn split(whole: &File) -> BTreeMap<String, File> {
    let mut parts: Vec<File> = (0..COUNT).map(|_| File::default()).collect();
    parts[0].metadata = whole.metadata.clone();
    for (number, (name, tensor)) in whole.tensors.iter().enumerate() {
        parts[1 + number % 2].tensors.insert(name.clone(), tensor.clone());
    }
    for (number, part) in (0..).zip(&mut parts) {
        part.set("split.no", Value::U32(number));
        part.set("split.count", Value::U32(COUNT));
        part.set("split.tensors.count", Value::U32(u32::try_from(whole.tensors.len()).unwrap()));
    }
    (1..).map(name).zip(parts).collect()
}

fn open(files: &BTreeMap<String, File>, given: &str) -> Result<GgufSource<Memory>, LoadError> {
    let find = |name: &str| match files.get(name) {
        Some(file) => Ok(Memory(file.bytes())),
        None => Err(LoadError::Read { path: name.into(), source: ErrorKind::NotFound.into() }),
    };
    block_on(GgufSource::open_parts(given.to_owned(), find))
}

fn refusal(files: &BTreeMap<String, File>, given: &str) -> String {
    let error = anyhow::Error::from(open(files, given).map(|_| ()).unwrap_err());
    format!("{error:#}")
}

#[test]
fn gguf_parts_are_one_model_whichever_is_named() {
    let whole = twin("llama");
    let files = split(&whole);
    let cpu = DeviceChoice::cpu("a test");
    let expected = logits(&mut crate::engine(&whole, FUSED).unwrap());
    for part in 1..=COUNT {
        let mut source = open(&files, &name(part)).unwrap();
        assert_eq!(source.id(), "m");
        let bytes: usize = files.values().map(|file| file.bytes().len()).sum();
        assert_eq!(source.file_bytes(), bytes as u64);
        let mut engine = block_on(Engine::open(&mut source, &cpu, FUSED, |_| ())).unwrap();
        assert_eq!(logits(&mut engine), expected, "{part}");
    }
}

#[test]
fn gguf_parts_that_do_not_belong_together_are_refused() {
    let files = split(&twin("llama"));
    let with = |change: &dyn Fn(&mut BTreeMap<String, File>)| {
        let mut files = files.clone();
        change(&mut files);
        refusal(&files, &name(1))
    };
    let error = with(&|files| drop(files.remove(&name(3))));
    assert!(error.contains("m-00003-of-00003.gguf, another one, is not there"), "{error}");
    let set = |part: u32, key: &'static str, value: u32| {
        move |files: &mut BTreeMap<String, File>| files.get_mut(&name(part)).unwrap().set(key, Value::U32(value))
    };
    let error = with(&set(2, "split.no", 2));
    assert!(error.ends_with("split.no must be 1, as its name says, found 2"), "{error}");
    let error = with(&set(2, "split.count", 4));
    assert!(error.ends_with("split.count must be 3, as its name says, found 4"), "{error}");
    let error = with(&set(1, "split.tensors.count", 3));
    assert!(error.contains("split.tensors.count must be "), "{error}");
    let error = with(&|files| {
        let twice = files[&name(2)].tensors.clone();
        files.get_mut(&name(3)).unwrap().tensors.extend(twice);
    });
    assert!(error.contains("twice"), "{error}");
    let lone = [("other.gguf".to_owned(), files[&name(1)].clone())].into();
    let error = refusal(&lone, "other.gguf");
    assert!(error.contains("split.count must be 1"), "{error}");
}
