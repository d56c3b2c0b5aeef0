//! Where a model comes from: its configuration, its words and its tensors.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempo_files::{CHAT_TEMPLATE, CONFIG, GENERATION, OTHER_TOKENIZERS, TOKENIZER, TOKENIZER_CONFIG};
use tempo_tokenizer::{Remark, Tokenizer, files};

use crate::bytes::FileRanges;
use crate::chat::ChatFile;
use crate::checkpoint::{Checkpoint, Numbers, Pending, TensorEntry, TensorSource};
use crate::config::{ConfigFile, DecoderConfig};
use crate::error::LoadError;

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

    /// The same as far as files are known before a weight of them is read: of a GGUF file all but the factors of its angles,
    /// which are a tensor.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    fn outline(&self) -> Result<DecoderConfig, LoadError>;

    /// What was left out of its configuration, or taken for granted. What the tokenizer has to say is
    /// [`Tokenizer::remarks`].
    fn remarks(&self) -> Vec<Remark>;

    /// Its tokenizer, checked against a vocabulary of this size.
    ///
    /// # Errors
    /// When there is none, or its tables make no sense.
    fn tokenizer(&self, vocab: usize) -> Result<Tokenizer, LoadError>;

    /// The template that makes a text of a conversation, where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    fn chat(&self) -> Result<Option<ChatFile>, LoadError>;

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

    /// Why there is no tokenizer: where it is there in another form, that is said first.
    fn without_tokenizer(&self, error: LoadError) -> LoadError {
        let (Self::Folder(folder), LoadError::Read { source, .. }) = (self, &error) else { return error };
        let found = OTHER_TOKENIZERS.into_iter().find(|name| folder.join(name).exists());
        match found.filter(|_| source.kind() == std::io::ErrorKind::NotFound) {
            Some(found) => LoadError::NoTokenizer { found },
            None => error,
        }
    }

    /// The decoder that the configuration among these files describes.
    ///
    /// # Errors
    /// When it is missing, makes no sense or describes a model that is not supported.
    pub fn config(&self) -> Result<DecoderConfig, LoadError> {
        ConfigFile::parse(&self.read(CONFIG)?)?.resolve(self.find(GENERATION)?.as_deref())
    }

    /// What was left out of these files, or taken for granted. None of a configuration that cannot be read.
    pub fn remarks(&self) -> Vec<Remark> {
        let config = self.read(CONFIG).and_then(|json| ConfigFile::parse(&json));
        let generation = self.find(GENERATION).ok().flatten();
        config.map(|config| config.remarks(generation.as_deref())).unwrap_or_default()
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
        Self::open_as(path, None).await
    }

    /// The same of a model that is called something else than its folder, as in a cache.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_as(path: &Path, id: Option<String>) -> Result<Self, LoadError> {
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let id = id.unwrap_or_else(|| resolved.file_name().unwrap_or_default().to_string_lossy().into_owned());
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
        Box::pin(std::future::ready(self.outline()))
    }

    fn outline(&self) -> Result<DecoderConfig, LoadError> {
        self.files.config()
    }

    fn remarks(&self) -> Vec<Remark> {
        self.files.remarks()
    }

    fn tokenizer(&self, vocab: usize) -> Result<Tokenizer, LoadError> {
        let json = self.files.read(TOKENIZER).map_err(|error| self.files.without_tokenizer(error))?;
        Ok(Tokenizer::parse(&json, vocab)?)
    }

    fn chat(&self) -> Result<Option<ChatFile>, LoadError> {
        let own = match self.files.find(CHAT_TEMPLATE)? {
            None => None,
            Some(text) => match files::mistaken(&text) {
                Some(what) => return Err(LoadError::Mistaken { file: CHAT_TEMPLATE.into(), what }),
                None => Some(String::from_utf8_lossy(files::without_mark(&text)).into_owned()),
            },
        };
        let config = match self.files.find(TOKENIZER_CONFIG)? {
            Some(json) => files::json(&json).map_err(|error| LoadError::json(TOKENIZER_CONFIG, error))?,
            None => Value::Null,
        };
        Ok(ChatFile::of(own, &config))
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
        let template = |files: &[_]| with(files).chat().unwrap().map(|chat| chat.template);
        assert_eq!(template(&[]), None);
        assert_eq!(template(&[(TOKENIZER_CONFIG, "{}")]), None);
        assert_eq!(template(&[(TOKENIZER_CONFIG, r#"{"chat_template": "{{ a }}"}"#)]).unwrap(), "{{ a }}");
        let named =
            r#"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#;
        assert_eq!(template(&[(TOKENIZER_CONFIG, named)]).unwrap(), "d");
        assert_eq!(template(&[(TOKENIZER_CONFIG, named), (CHAT_TEMPLATE, "{{ b }}")]).unwrap(), "{{ b }}");
        assert!(matches!(with(&[(TOKENIZER_CONFIG, "[")]).chat(), Err(LoadError::Json { .. })));
        assert_eq!(template(&[(CHAT_TEMPLATE, "\u{feff}{{ b }}")]).unwrap(), "{{ b }}");
        let error = with(&[(CHAT_TEMPLATE, "<!DOCTYPE html><p>{{ b }}")]).chat().unwrap_err().to_string();
        assert!(error.starts_with("chat_template.jinja is a web page (HTML)"), "{error}");
    }

    #[test]
    fn a_tokenizer_of_another_form_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let files = SmallFiles::Folder(folder.path().into());
        std::fs::write(folder.path().join(CONFIG), LLAMA).unwrap();
        let source = Folder::new("random", files, Memory::default()).unwrap();
        assert!(matches!(source.tokenizer(48), Err(LoadError::Read { .. })));
        std::fs::write(folder.path().join("tokenizer.model"), "").unwrap();
        let error = source.tokenizer(48).unwrap_err().to_string();
        assert!(
            error.starts_with("there is tokenizer.model, but no tokenizer.json") && error.contains("save_pretrained")
        );
    }

    #[test]
    fn a_generation_config_that_cannot_be_read_is_left_out_and_told_of() {
        let with = |text: &str| with(&[(GENERATION, text)]);
        let config = pollster::block_on(with("<!doctype html>").config()).unwrap();
        assert_eq!(config.eos, [0], "those of config.json");
        let remarks = with("<!doctype html>").remarks();
        let text = remarks.iter().find(|remark| remark.alters_text).unwrap().to_string();
        assert!(text.starts_with("generation_config.json: it is a web page (HTML)"), "{text}");
        assert!(with("\u{feff}{\"eos_token_id\": 7}").remarks().iter().all(|remark| !remark.alters_text));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = with(&[]).tokenizer(48).unwrap_err();
        assert!(matches!(&error, LoadError::Read { path, .. } if path.ends_with(TOKENIZER)), "{error}");
    }
}
