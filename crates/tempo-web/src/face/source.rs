//! Weights that JavaScript hands over, piece by piece.

use std::ops::Range;
use std::rc::Rc;

use js_sys::Uint8Array;
use serde::Deserialize;
use tempo_model::checkpoint::Checkpoint;
use tempo_model::{ByteRanges, GgufSource, LoadError};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Where JavaScript keeps weights.
    #[wasm_bindgen(typescript_type = "WeightSource")]
    pub type WeightSource;

    #[wasm_bindgen(method, catch)]
    fn files(this: &WeightSource) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &WeightSource, file: &str, start: f64, end: f64) -> Result<JsValue, JsValue>;
}

/// A file that JavaScript can read from.
#[derive(Clone, Debug, Deserialize)]
struct SourceFile {
    name: String,
    bytes: u64,
}

/// One of the files behind two JavaScript functions.
#[derive(Clone)]
pub(super) struct JsFile {
    source: Rc<WeightSource>,
    file: SourceFile,
}

impl ByteRanges for JsFile {
    fn size(&self) -> u64 {
        self.file.bytes
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let name = &self.file.name;
        // Files stay far below 2^53 bytes, where f64 counts exactly.
        let found = self.source.read(name, bytes.start as f64, bytes.end as f64).await;
        let found = found.map_err(|error| refused(name, &error))?;
        let found = found.dyn_into::<Uint8Array>().map_err(|other| refused(name, &other))?;
        let (length, expected) = (u64::from(found.length()), bytes.end - bytes.start);
        if length != expected {
            let reason = format!("bytes {} to {} were asked for, {length} came", bytes.start, bytes.end);
            return Err(refused(name, &reason.into()));
        }
        Ok(found.to_vec())
    }
}

/// Reads the headers of `model.safetensors`, or of the shards that `index` names.
pub(super) async fn checkpoint(source: WeightSource, index: Option<&[u8]>) -> Result<Checkpoint<JsFile>, LoadError> {
    let files = files(source)?;
    let open = |name: &str| {
        let missing = || LoadError::Index {
            file: name.into(),
            reason: format!("it is asked for, but only {} is there", names(&files)),
        };
        files.iter().find(|each| each.file.name == name).cloned().ok_or_else(missing)
    };
    Checkpoint::open(index, open).await
}

/// Reads the header of the first file of a GGUF model, and of the parts that it is to have beside it.
pub(super) async fn gguf(source: WeightSource) -> Result<GgufSource<JsFile>, LoadError> {
    let files = files(source)?;
    let Some(first) = files.first().map(|first| first.file.name.clone()) else {
        return Err(refused("the GGUF file", &"no file is there".into()));
    };
    let open = |name: &str| {
        let missing = || LoadError::Read { path: name.into(), source: std::io::ErrorKind::NotFound.into() };
        files.iter().find(|each| each.file.name == name).cloned().ok_or_else(missing)
    };
    GgufSource::open_parts(first, open).await
}

fn files(source: WeightSource) -> Result<Vec<JsFile>, LoadError> {
    const LIST: &str = "the list of files";
    let listed = source.files().map_err(|error| refused(LIST, &error))?;
    let listed: Vec<SourceFile> =
        serde_wasm_bindgen::from_value(listed).map_err(|error| refused(LIST, &error.to_string().into()))?;
    let source = Rc::new(source);
    Ok(listed.into_iter().map(|file| JsFile { source: source.clone(), file }).collect())
}

fn names(files: &[JsFile]) -> String {
    match files {
        [] => "no file".to_owned(),
        files => files.iter().map(|each| each.file.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// What JavaScript threw, with the file that it was about.
fn refused(file: &str, error: &JsValue) -> LoadError {
    let words = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"));
    LoadError::Read { path: file.into(), source: std::io::Error::other(words) }
}
