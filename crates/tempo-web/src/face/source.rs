//! Weights that JavaScript hands over, piece by piece.

use std::collections::BTreeMap;
use std::ops::Range;

use js_sys::Uint8Array;
use serde::Deserialize;
use tempo_model::checkpoint::{INDEX, SINGLE, ShardIndex, TensorEntry, TensorIndex, header_length, parse_header};
use tempo_model::{ByteRanges, GgufSource, LoadError, Numbers, TensorSource};
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

/// The files behind two JavaScript functions.
struct JsFiles {
    source: WeightSource,
    listed: Vec<SourceFile>,
}

/// A file that JavaScript can read from.
#[derive(Clone, Debug, Deserialize)]
struct SourceFile {
    name: String,
    bytes: u64,
}

impl JsFiles {
    fn list(source: WeightSource) -> Result<Self, LoadError> {
        const LIST: &str = "the list of files";
        let listed = source.files().map_err(|error| refused(LIST, &error))?;
        let listed =
            serde_wasm_bindgen::from_value(listed).map_err(|error| refused(LIST, &error.to_string().into()))?;
        Ok(Self { source, listed })
    }

    fn names(&self) -> String {
        match self.listed.as_slice() {
            [] => "no file".to_owned(),
            files => files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", "),
        }
    }

    async fn piece(&self, file: usize, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let name = &self.listed[file].name;
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

/// A checkpoint of safetensors.
pub(super) struct JsSource {
    files: JsFiles,
    index: TensorIndex,
}

impl JsSource {
    /// Reads the headers of `model.safetensors`, or of the shards that `index` names.
    pub(super) async fn open(source: WeightSource, index: Option<&[u8]>) -> Result<Self, LoadError> {
        let mut opened = Self { files: JsFiles::list(source)?, index: TensorIndex::default() };
        let Some(json) = index else {
            opened.add(SINGLE, |_| true).await?;
            return Ok(opened);
        };
        let index = ShardIndex::parse(json)?;
        for shard in index.shards() {
            opened.add(shard, |name| index.assigns(name, shard)).await?;
        }
        index.check(&opened.index)?;
        Ok(opened)
    }

    async fn add(&mut self, name: &str, wanted: impl Fn(&str) -> bool) -> Result<(), LoadError> {
        let Some(file) = self.files.listed.iter().position(|file| file.name == name) else {
            let reason = format!("it is asked for, but only {} is there", self.files.names());
            return Err(LoadError::Index { file: if name == SINGLE { SINGLE } else { INDEX }.into(), reason });
        };
        let size = self.files.listed[file].bytes;
        let first = self.files.piece(file, 0..8.min(size)).await?;
        let first = first
            .first_chunk()
            .copied()
            .ok_or_else(|| LoadError::Header { file: name.into(), reason: format!("it has only {size} bytes") })?;
        let length = header_length(name, first, size)?;
        let json = self.files.piece(file, 8..8 + length).await?;
        self.index.add(file, parse_header(name, &json, size)?, wanted);
        Ok(())
    }
}

impl TensorSource for JsSource {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        self.index.entries()
    }

    fn file_bytes(&self) -> u64 {
        self.files.listed.iter().map(|file| file.bytes).sum()
    }

    async fn read(&mut self, name: &str, elements: Range<u64>) -> Result<Numbers, LoadError> {
        self.index.read(name, elements, async |file, bytes| self.files.piece(file, bytes).await).await
    }
}

/// The one file of a GGUF model.
pub(super) struct JsFile(JsFiles);

impl JsFile {
    /// Reads the header of the file.
    pub(super) async fn open(source: WeightSource) -> Result<GgufSource<Self>, LoadError> {
        let files = JsFiles::list(source)?;
        match files.listed.as_slice() {
            [file] => GgufSource::open(file.name.clone(), Self(files)).await,
            _ => Err(refused("the GGUF file", &format!("one is asked for, {} is there", files.names()).into())),
        }
    }
}

impl ByteRanges for JsFile {
    fn size(&self) -> u64 {
        self.0.listed[0].bytes
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        self.0.piece(0, bytes).await
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
