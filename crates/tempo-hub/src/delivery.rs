//! The files of one model on their way: small ones first, so that they can be judged before the weights are fetched.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tempo_files::{CHAT_TEMPLATE, INDEX, escaped, shards};

use crate::arriving::{Around, Arriving, Wanted, Watch};
use crate::destination::Destination;
use crate::error::HubError;
use crate::http::{Answer, host};
use crate::hub::Hub;
use crate::shelf::Shelf;

/// A model on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    /// What the model is called: `owner/name`, or the name of a GGUF file without its ending.
    pub id: String,
    /// Where it is.
    pub kind: Kind,
}

/// How a model lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder with the layout of Hugging Face.
    Folder(PathBuf),
    /// A GGUF file, or all its parts in order.
    Gguf(Vec<PathBuf>),
}

impl ModelFiles {
    /// The files of the weights, where they are GGUF; those of a folder otherwise.
    pub fn paths(&self) -> Vec<PathBuf> {
        match &self.kind {
            Kind::Gguf(paths) => paths.clone(),
            Kind::Folder(folder) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
                let mut found: Vec<PathBuf> = entries
                    .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
                    .collect();
                found.sort();
                found
            }
        }
    }
}

/// One file and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) wanted: Wanted,
    pub(crate) destination: Destination,
    /// A model is one without it, too.
    pub(crate) optional: bool,
}

/// Makes the item of a file beside the others.
pub(crate) type ItemOf<'a> = Box<dyn Fn(&str) -> Result<Item, HubError> + 'a>;
/// What an answer that is no success means for a file.
pub(crate) type Refusal<'a> = Box<dyn Fn(&Answer, &str) -> HubError + 'a>;

/// A model that was found and is not here yet.
pub struct Delivery<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) watch: &'a dyn Watch,
    /// Which it will be.
    pub(crate) files: ModelFiles,
    /// Where it comes from, in words.
    pub(crate) from: String,
    pub(crate) small: Vec<Item>,
    pub(crate) weights: Vec<Item>,
    /// Weights that an index has yet to name.
    pub(crate) shard: Option<ItemOf<'a>>,
    pub(crate) refusal: Refusal<'a>,
    pub(crate) shelf: Shelf,
}

impl Delivery<'_> {
    /// Where it comes from, in words: the repository with its commit, or the address.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// Where the model is once its weights are here; its small files are after [`small`](Self::small).
    pub fn files(&self) -> &ModelFiles {
        &self.files
    }

    /// Fetches the small files: configuration, tokenizer, index.
    ///
    /// # Errors
    /// When one cannot be had or kept, or the index makes no sense.
    pub fn small(&mut self) -> Result<(), HubError> {
        for item in std::mem::take(&mut self.small) {
            let optional = item.optional;
            let (name, whole) = (item.wanted.name.clone(), item.destination.whole.clone());
            let index = name.ends_with(INDEX).then(|| whole.clone());
            // Where nothing was published of a file, a page may come in its place that is not said to be one. All but the
            // template are JSON.
            let doubted = item.wanted.size.is_none() && name != CHAT_TEMPLATE;
            let host = host(&item.wanted.address);
            let fetched = self.open(item).and_then(Arriving::finish).and_then(|()| match not_json(&whole) {
                Some(what) if doubted => {
                    // It would be found here for ever, whatever the server has by then.
                    drop(std::fs::remove_file(&whole));
                    Err(HubError::Mistaken { host, file: name.clone(), what })
                }
                _ => Ok(()),
            });
            let absent = |error: &HubError| match error {
                HubError::NoFile { .. } | HubError::Mistaken { .. } => true,
                HubError::Status { status, .. } => matches!(status, 401 | 403 | 410),
                _ => false,
            };
            match fetched {
                Err(error) if optional && absent(&error) => continue,
                fetched => fetched?,
            }
            if let (Some(index), Some(shard)) = (index, &self.shard) {
                let content = std::fs::read(&index).map_err(HubError::disk(&index))?;
                let names = shards(&content).map_err(|what| HubError::Damaged { file: name, what });
                let names = names.inspect_err(|_| drop(std::fs::remove_file(&index)))?;
                self.weights = names.iter().map(|name| shard(name)).collect::<Result<_, _>>()?;
            }
        }
        Ok(())
    }

    /// The files of the weights, in order, each fetched as far as it is read. Those that were asked for and dropped before
    /// go on where they were, on the same connection.
    ///
    /// # Errors
    /// When the disk keeps nothing.
    pub fn weights(&self) -> Result<Vec<Arriving<'_>>, HubError> {
        self.weights.iter().map(|item| self.open(item.clone())).collect()
    }

    fn open(&self, item: Item) -> Result<Arriving<'_>, HubError> {
        let Hub { client, pauses, .. } = self.hub;
        let around = Around { client, watch: self.watch, shelf: &self.shelf, pauses, refusal: &self.refusal };
        Arriving::open(around, item.wanted, item.destination)
    }
}

/// What a file that should be JSON begins with where it is none, in words.
fn not_json(path: &Path) -> Option<String> {
    const SHOWN: u64 = 40;
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(SHOWN).read_to_end(&mut start)).ok()?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    let words = String::from_utf8_lossy(text);
    match text.first() {
        Some(b'{' | b'[') => None,
        None => Some("empty".into()),
        Some(_) => Some(format!("no JSON (it begins with \"{}\")", escaped(words.lines().next().unwrap_or_default()))),
    }
}
