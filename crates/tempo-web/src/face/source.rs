//! Weights that JavaScript hands over, piece by piece.

use std::collections::BTreeMap;
use std::ops::Range;

use js_sys::Uint8Array;
use serde::Deserialize;
use tempo_model::checkpoint::{INDEX, Places, SINGLE, ShardIndex, TensorEntry, header_length, parse_header};
use tempo_model::{LoadError, TensorSource};
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

/// A checkpoint behind two JavaScript functions.
pub(crate) struct JsSource {
    source: WeightSource,
    files: Vec<SourceFile>,
    places: Places,
}

/// A file that JavaScript can read from.
#[derive(Clone, Debug, Deserialize)]
struct SourceFile {
    name: String,
    bytes: u64,
}

impl JsSource {
    /// Reads the headers of `model.safetensors`, or of the shards that `index` names.
    pub(crate) async fn open(source: WeightSource, index: Option<&[u8]>) -> Result<Self, LoadError> {
        const LIST: &str = "the list of files";
        let listed = source.files().map_err(|error| refused(LIST, &error))?;
        let files: Vec<SourceFile> =
            serde_wasm_bindgen::from_value(listed).map_err(|error| refused(LIST, &error.to_string().into()))?;
        let mut opened = Self { source, files, places: Places::default() };
        let Some(json) = index else {
            opened.add(SINGLE, |_| true).await?;
            return Ok(opened);
        };
        let index = ShardIndex::parse(json)?;
        for shard in index.shards() {
            opened.add(shard, |name| index.places(name, shard)).await?;
        }
        index.check(&opened.places)?;
        Ok(opened)
    }

    async fn add(&mut self, name: &str, wanted: impl Fn(&str) -> bool) -> Result<(), LoadError> {
        let Some(file) = self.files.iter().position(|file| file.name == name) else {
            let reason = format!("it is asked for, but only {} is there", self.names());
            return Err(LoadError::Index { file: if name == SINGLE { SINGLE } else { INDEX }.into(), reason });
        };
        let size = self.files[file].bytes;
        let first = self.piece(file, 0..8.min(size)).await?;
        let first = first
            .first_chunk()
            .copied()
            .ok_or_else(|| LoadError::Header { file: name.into(), reason: format!("it has only {size} bytes") })?;
        let length = header_length(name, first, size)?;
        let json = self.piece(file, 8..8 + length).await?;
        self.places.add(file, parse_header(name, &json, size)?, wanted);
        Ok(())
    }

    fn names(&self) -> String {
        match self.files.as_slice() {
            [] => "no file".to_owned(),
            files => files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", "),
        }
    }

    async fn piece(&self, file: usize, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let name = &self.files[file].name;
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

impl TensorSource for JsSource {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        self.places.entries()
    }

    async fn read(&mut self, name: &str, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let (file, bytes) = self.places.locate(name, bytes)?;
        self.piece(file, bytes).await
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
