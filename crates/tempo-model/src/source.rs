//! Where a model comes from: its configuration, its words and its tensors.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempo_tokenizer::Tokenizer;

use crate::bytes::FileRanges;
use crate::checkpoint::{Checkpoint, Numbers, Pending, TensorEntry, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::error::LoadError;

const CONFIG: &str = "config.json";
const GENERATION: &str = "generation_config.json";
const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const CHAT_TEMPLATE: &str = "chat_template.jinja";

/// A model that can be loaded.
pub trait ModelSource: TensorSource {
    /// What the model is called in traces.
    fn id(&self) -> &str;

    /// `model_type` or `general.architecture`, as written.
    fn model_type(&self) -> &str;

    /// The decoder that it is.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] where it is of a kind that is not computed here; others where its numbers cannot be.
    fn config(&mut self) -> Pending<'_, DecoderConfig>;

    /// Its tokenizer, checked against a vocabulary of this size.
    ///
    /// # Errors
    /// When there is none, or its tables make no sense.
    fn tokenizer(&self, vocab: usize) -> Result<Tokenizer, LoadError>;

    /// The template that makes a text of a conversation, where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    fn chat_template(&self) -> Result<Option<String>, LoadError>;

    /// Refuses tensors that the configuration has no use for, where they would change what is computed.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] with the first of them.
    fn accept(&self, unused: &[String]) -> Result<(), LoadError>;
}

/// The small files of a model, by the names that they have in a folder of Hugging Face.
#[derive(Clone, Debug)]
pub enum SmallFiles {
    /// In this folder.
    Folder(PathBuf),
    /// In memory.
    Memory(BTreeMap<&'static str, Vec<u8>>),
}

impl SmallFiles {
    fn read(&self, name: &str) -> Result<Vec<u8>, LoadError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                std::fs::read(&path).map_err(|source| LoadError::Read { path, source })
            }
            Self::Memory(files) => {
                let missing = || LoadError::Read { path: name.into(), source: std::io::ErrorKind::NotFound.into() };
                files.get(name).cloned().ok_or_else(missing)
            }
        }
    }

    /// The same of a file that need not be there.
    fn find(&self, name: &str) -> Result<Option<Vec<u8>>, LoadError> {
        match self.read(name) {
            Err(LoadError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// The decoder that the configuration among these files describes.
    ///
    /// # Errors
    /// When it is missing, makes no sense or describes a model that is not supported.
    pub fn config(&self) -> Result<DecoderConfig, LoadError> {
        ConfigFile::parse(&self.read(CONFIG)?)?.resolve(self.find(GENERATION)?.as_deref())
    }
}

/// A model with the layout of Hugging Face: small files, and tensors wherever they are.
#[derive(Debug)]
pub struct Folder<T> {
    id: String,
    model_type: String,
    files: SmallFiles,
    tensors: T,
}

impl Folder<Checkpoint<FileRanges>> {
    /// Opens a folder of the system; the model is called what the folder is called. Reads configuration and headers, no
    /// weights.
    ///
    /// # Errors
    /// When a file is missing or unsound. What the configuration lacks is told before what the weights lack: an
    /// unsupported model needs none to be refused.
    pub async fn open(path: &Path) -> Result<Self, LoadError> {
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let id = resolved.file_name().unwrap_or_default().to_string_lossy();
        let files = SmallFiles::Folder(path.to_owned());
        ConfigFile::parse(&files.read(CONFIG)?)?;
        match Checkpoint::open_folder(path).await {
            Ok(tensors) => Self::new(id, files, tensors),
            Err(error) => Err(files.config().err().unwrap_or(error)),
        }
    }
}

impl<T: TensorSource> Folder<T> {
    /// A model of these parts.
    ///
    /// # Errors
    /// When the configuration is missing or is not the JSON expected there.
    pub fn new(id: impl Into<String>, files: SmallFiles, tensors: T) -> Result<Self, LoadError> {
        let config = ConfigFile::parse(&files.read(CONFIG)?)?;
        Ok(Self { id: id.into(), model_type: config.model_type().to_owned(), files, tensors })
    }
}

impl<T: TensorSource> TensorSource for Folder<T> {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        self.tensors.tensors()
    }

    fn file_bytes(&self) -> u64 {
        self.tensors.file_bytes()
    }

    fn read<'a>(&'a mut self, name: &'a str, elements: Range<u64>) -> Pending<'a, Numbers> {
        self.tensors.read(name, elements)
    }
}

impl<T: TensorSource> ModelSource for Folder<T> {
    fn id(&self) -> &str {
        &self.id
    }

    fn model_type(&self) -> &str {
        &self.model_type
    }

    fn config(&mut self) -> Pending<'_, DecoderConfig> {
        Box::pin(std::future::ready(self.files.config()))
    }

    fn tokenizer(&self, vocab: usize) -> Result<Tokenizer, LoadError> {
        Ok(Tokenizer::parse(&self.files.read(TOKENIZER)?, vocab)?)
    }

    fn chat_template(&self) -> Result<Option<String>, LoadError> {
        if let Some(template) = self.files.find(CHAT_TEMPLATE)? {
            return Ok(Some(String::from_utf8_lossy(&template).into_owned()));
        }
        let Some(json) = self.files.find(TOKENIZER_CONFIG)? else { return Ok(None) };
        let config: Value = serde_json::from_slice(&json)
            .map_err(|source| LoadError::Json { file: TOKENIZER_CONFIG.into(), source })?;
        // One template, or several with names.
        let one = &config["chat_template"];
        let named = || one.as_array()?.iter().find(|each| each["name"] == "default");
        Ok(one.as_str().or_else(|| named()?["template"].as_str()).map(str::to_owned))
    }

    /// A checkpoint may hold parts that this decoder leaves out, as the eyes of a model that reads images.
    fn accept(&self, _unused: &[String]) -> Result<(), LoadError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LLAMA, Memory};

    fn with(files: &[(&'static str, &str)]) -> Folder<Memory> {
        let config = (CONFIG, LLAMA.into());
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).chain([config]).collect();
        Folder::new("random", SmallFiles::Memory(files), Memory::default()).unwrap()
    }

    #[test]
    fn a_chat_template_is_found_wherever_it_is() {
        let template = |files: &[_]| with(files).chat_template().unwrap();
        assert_eq!(template(&[]), None);
        assert_eq!(template(&[(TOKENIZER_CONFIG, "{}")]), None);
        assert_eq!(template(&[(TOKENIZER_CONFIG, r#"{"chat_template": "{{ a }}"}"#)]).unwrap(), "{{ a }}");
        let named =
            r#"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#;
        assert_eq!(template(&[(TOKENIZER_CONFIG, named)]).unwrap(), "d");
        assert_eq!(template(&[(TOKENIZER_CONFIG, named), (CHAT_TEMPLATE, "{{ b }}")]).unwrap(), "{{ b }}");
        assert!(matches!(with(&[(TOKENIZER_CONFIG, "[")]).chat_template(), Err(LoadError::Json { .. })));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = with(&[]).tokenizer(48).unwrap_err();
        assert!(matches!(&error, LoadError::Read { path, .. } if path.ends_with(TOKENIZER)), "{error}");
    }
}
