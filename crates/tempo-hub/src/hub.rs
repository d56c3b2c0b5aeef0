//! Names to models: what the cache has, and what the network would have to bring.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tempo_files::{Choice, OPTIONAL, Repository, SINGLE, Spelling, choose, is_path};

use crate::address;
use crate::arriving::{Wanted, Watch, hex};
use crate::cache::{CachedRepository, Store, gguf_id, is_commit, repositories};
use crate::delivery::{Delivery, Item, Kind, ModelFiles};
use crate::destination::Destination;
use crate::environment::Environment;
use crate::error::HubError;
use crate::http::{Answer, Client, NoAnswer};
use crate::patience::{PAUSES, is_busy, wait};
use crate::shelf::Shelf;

/// The hub, as far as this computer knows it, and the way to the rest.
#[derive(Debug)]
pub struct Hub {
    pub(crate) environment: Environment,
    pub(crate) client: Client,
    pub(crate) pauses: Vec<u64>,
}

/// What a list of a repository says of one file.
#[derive(Clone, Debug, Default)]
struct Facts {
    size: Option<u64>,
    sha256: Option<String>,
    /// What Git calls its content.
    blob: Option<String>,
}

impl Hub {
    /// The hub of an environment. Asks nothing of the network.
    pub fn new(environment: Environment) -> Self {
        Self { client: Client::new(&environment), environment, pauses: PAUSES.to_vec() }
    }

    /// The same without pauses between tries, for tests.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.pauses.fill(0);
        self
    }

    /// What the variables say.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The model of a name, where all of it is in the cache. Asks nothing of the network.
    pub fn cached(&self, wanted: &Spelling) -> Option<ModelFiles> {
        match wanted {
            Spelling::Repository(wanted) => Store::new(&self.environment.cache, &wanted.id).find(wanted),
            Spelling::Address(address) => address::cached(&self.environment.assets, address),
        }
    }

    /// Asks where the files of a model are. Fetches none of them.
    ///
    /// # Errors
    /// When there is no such model, it may not be read, or nobody can be asked.
    pub fn deliver<'a>(&'a self, wanted: &Spelling, watch: &'a dyn Watch) -> Result<Delivery<'a>, HubError> {
        match wanted {
            Spelling::Repository(wanted) => self.deliver_repository(wanted, watch),
            Spelling::Address(address) => address::deliver(self, address, watch),
        }
    }

    /// Every repository in the cache that was fetched as a model.
    ///
    /// # Errors
    /// When the cache cannot be read.
    pub fn models(&self) -> Result<Vec<CachedRepository>, HubError> {
        repositories(&self.environment.cache)
    }

    pub(crate) fn offline(&self, what: &str, place: &std::path::Path) -> Result<(), HubError> {
        if !self.environment.offline {
            return Ok(());
        }
        Err(HubError::Offline { what: what.to_owned(), place: place.to_owned() })
    }

    fn deliver_repository<'a>(&'a self, wanted: &Repository, watch: &'a dyn Watch) -> Result<Delivery<'a>, HubError> {
        let Environment { cache, endpoint, .. } = &self.environment;
        self.offline(&wanted.spelling(), cache)?;
        let (commit, files) = self.list(wanted, watch)?;
        let store = Store::new(cache, &wanted.id);
        store.refer(&wanted.revision, &commit)?;
        let names: BTreeSet<&str> = files.keys().map(String::as_str).collect();
        let choice = choose(&names, &wanted.pick).map_err(|why| HubError::none_of(&wanted.id, why))?;
        let snapshot = store.snapshot(&commit);
        let from = format!("{} at {}", wanted.id, &commit[..12]);
        let base = format!("{endpoint}/{}/resolve/{commit}/", wanted.id);
        let (repository, place) = (wanted.clone(), wanted.id.clone());
        let pointed = snapshot.clone();
        let item = move |name: &str| {
            let missing = || HubError::NoFile { file: name.to_owned(), place: place.clone(), there: String::new() };
            let facts = files.get(name).ok_or_else(missing)?.clone();
            let pointer = (pointed.join(name), 2 + name.matches('/').count());
            let blob = facts.sha256.clone().or(facts.blob);
            let part = blob.clone().unwrap_or_else(|| {
                let digest = ring::digest::digest(&ring::digest::SHA256, format!("{commit}/{name}").as_bytes());
                hex(digest.as_ref())
            });
            let incomplete = store.blob(&format!("{part}.incomplete"));
            let lock = store.lock(&part);
            let (whole, pointer) = match blob {
                Some(blob) => (store.blob(&blob), Some(pointer)),
                // Without a published name it stands in the snapshot itself, as where links cannot be made.
                None => (pointer.0, None),
            };
            let optional = OPTIONAL.contains(&name);
            let wanted = Wanted {
                name: name.to_owned(),
                address: format!("{base}{name}"),
                size: facts.size,
                sha256: facts.sha256,
            };
            Ok(Item { wanted, destination: Destination { incomplete, lock, whole, pointer }, optional })
        };
        let all = |names: &[String]| names.iter().map(|name| item(name)).collect::<Result<Vec<_>, HubError>>();
        let (small, weights, files, indexed) = match choice {
            Choice::Folder { small, indexed } => {
                let weights = if indexed { Vec::new() } else { vec![item(SINGLE)?] };
                let files = ModelFiles { id: wanted.id.clone(), kind: Kind::Folder(snapshot) };
                (all(&small)?, weights, files, indexed)
            }
            Choice::Gguf(parts) => {
                let paths = parts.iter().map(|part| snapshot.join(part)).collect();
                let files = ModelFiles { id: gguf_id(&parts[0]), kind: Kind::Gguf(paths) };
                (Vec::new(), all(&parts)?, files, false)
            }
        };
        let refusal = Box::new(move |answer: &Answer, file: &str| self.refusal(answer, &repository, Some(file)));
        let shard = indexed.then(|| Box::new(item) as _);
        Ok(Delivery { hub: self, watch, files, from, small, weights, shard, refusal, shelf: Shelf::default() })
    }

    /// Asks for what is at an address, and again where the server is busy.
    pub(crate) fn ask(&self, address: &str, from: Option<u64>, watch: &dyn Watch) -> Result<Answer, NoAnswer> {
        for &pause in &self.pauses {
            let answer = self.client.get(address, from)?;
            if !is_busy(answer.status) || !wait(&answer, pause, watch) {
                return Ok(answer);
            }
        }
        self.client.get(address, from)
    }

    /// The commit of a revision and its files.
    fn list(&self, wanted: &Repository, watch: &dyn Watch) -> Result<(String, BTreeMap<String, Facts>), HubError> {
        let revision = wanted.revision.replace('/', "%2F");
        let address = format!("{}/api/models/{}/revision/{revision}?blobs=true", self.environment.endpoint, wanted.id);
        let (content, answer) = self.ask(&address, None, watch)?.read()?;
        if answer.status != 200 {
            return Err(self.refusal(&answer, wanted, None));
        }
        let mistaken = |what: &str| HubError::Mistaken {
            host: answer.host.clone(),
            file: format!("the list of files of {}", wanted.id),
            what: what.to_owned(),
        };
        let list: Value = serde_json::from_slice(&content)
            .map_err(|_| mistaken(if answer.is_page() { "a web page" } else { "no JSON" }))?;
        let commit = list["sha"].as_str().filter(|commit| is_commit(commit));
        let commit = commit.ok_or_else(|| mistaken("JSON without the commit"))?.to_owned();
        let entries = list["siblings"].as_array().ok_or_else(|| mistaken("JSON without the files"))?;
        let hex = |value: &Value, digits: usize| {
            let text = value.as_str().filter(|text| text.len() == digits)?;
            text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| text.to_lowercase())
        };
        // Odd names are none of ours: they become names of files here.
        let named =
            entries.iter().filter_map(|entry| Some((entry["rfilename"].as_str().filter(|name| is_path(name))?, entry)));
        let files = named.map(|(name, entry)| {
            let (sha256, blob) = (hex(&entry["lfs"]["sha256"], 64), hex(&entry["blobId"], 40));
            (name.to_owned(), Facts { size: entry["size"].as_u64(), sha256, blob })
        });
        Ok((commit, files.collect()))
    }

    /// What an answer that is no success means: for a file, or for the list of files.
    fn refusal(&self, answer: &Answer, wanted: &Repository, file: Option<&str>) -> HubError {
        let Environment { endpoint, token, .. } = &self.environment;
        let repository = wanted.id.clone();
        let host = self.environment.host().to_owned();
        let gated = || HubError::Gated {
            repository: repository.clone(),
            endpoint: endpoint.clone(),
            had_token: token.is_some(),
        };
        let no_file =
            |file: &str| HubError::NoFile { file: file.to_owned(), place: repository.clone(), there: String::new() };
        match (answer.first("x-error-code"), answer.status, file) {
            (Some("GatedRepo"), _, _) | (None, 401 | 403, Some(_)) => gated(),
            (Some("RevisionNotFound"), _, _) => {
                HubError::NoRevision { repository: repository.clone(), revision: wanted.revision.clone() }
            }
            (Some("EntryNotFound"), _, Some(file)) | (None, 404 | 410, Some(file)) => no_file(file),
            (Some("RepoNotFound"), _, _) | (None, 401 | 403 | 404 | 410, None) => {
                HubError::NoRepository { repository, host }
            }
            (_, status, file) => {
                let file = file.map_or_else(|| format!("the list of files of {repository}"), str::to_owned);
                HubError::Status { host: answer.host.clone(), status, file, way: way(status) }
            }
        }
    }
}

/// What may help against a status.
pub(crate) fn way(status: u16) -> &'static str {
    match status {
        401 | 403 => "it may not be read without signing in there; fetch it with a browser and name the file",
        404 | 410 => "check the address",
        429 => "it was asked too often; wait some minutes",
        _ => "try again later",
    }
}
