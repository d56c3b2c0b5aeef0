//! A hub with a cache of its own, and what is told while it works.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tempo_hub::{Environment, Hub, HubError, Kind, ModelFiles, Spelling, Watch};

use crate::server::{Files, files};

/// Keeps what is told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) notes: RefCell<Vec<String>>,
    pub(crate) bytes: RefCell<Vec<(String, u64, Option<u64>)>>,
}

impl Watch for Told {
    fn arrived(&self, file: &str, done: u64, total: Option<u64>) {
        self.bytes.borrow_mut().push((file.to_owned(), done, total));
    }

    fn note(&self, words: &str) {
        self.notes.borrow_mut().push(words.to_owned());
    }
}

/// A user of the hub at an address.
pub(crate) struct User {
    pub(crate) home: TempDir,
    variables: Vec<(String, String)>,
    pub(crate) told: Told,
}

impl User {
    pub(crate) fn of(endpoint: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let variables =
            vec![("HF_HOME".into(), home.path().to_str().unwrap().into()), ("HF_ENDPOINT".into(), endpoint.into())];
        Self { home, variables, told: Told::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(given, _)| given != name);
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn hub(&self) -> Hub {
        let find = |name: &str| self.variables.iter().find(|(given, _)| given == name).map(|(_, value)| value.into());
        Hub::new(Environment::read(find).unwrap()).impatient()
    }

    /// The model of a name, out of the cache or fetched.
    pub(crate) fn fetch(&self, name: &str) -> Result<ModelFiles, HubError> {
        let hub = self.hub();
        let wanted = Spelling::parse(name, &hub.environment().endpoint)?;
        if let Some(found) = hub.cached(&wanted) {
            return Ok(found);
        }
        let mut delivery = hub.deliver(&wanted, &self.told)?;
        delivery.small()?;
        for file in delivery.weights()? {
            file.finish()?;
        }
        let found = hub.cached(&wanted).expect("what was fetched is found");
        assert_eq!(&found, delivery.files());
        Ok(found)
    }

    pub(crate) fn error(&self, name: &str) -> String {
        self.fetch(name).unwrap_err().to_string()
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.home.path().join("hub/models--owner--name")
    }

    /// What is kept of downloads that are not whole.
    pub(crate) fn unfinished(&self) -> Vec<u64> {
        let blobs = fs::read_dir(self.repository().join("blobs")).into_iter().flatten().flatten();
        let unfinished = blobs.filter(|blob| blob.path().extension().is_some_and(|end| end == "incomplete"));
        unfinished.map(|blob| blob.metadata().unwrap().len()).collect()
    }
}

/// The content of the only GGUF file of a model.
pub(crate) fn content(model: &ModelFiles) -> Vec<u8> {
    let Kind::Gguf(paths) = &model.kind else { panic!("{model:?} is a folder") };
    let [path] = paths.as_slice() else { panic!("{model:?} has parts") };
    fs::read(path).unwrap()
}

/// A file that takes more than one piece to move.
pub(crate) fn large() -> Vec<u8> {
    (0..700_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

/// A repository with one GGUF file.
pub(crate) fn one_file() -> Files {
    files(&[("m-Q8_0.gguf", &large()), ("README.md", b"read")])
}
