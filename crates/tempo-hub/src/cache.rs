//! The cache that Hugging Face's programs share: `models--owner--name` with `blobs`, `refs` and `snapshots`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempo_files::{Choice, INDEX, Pick, Repository, choose, is_gguf, is_path, shards};

use crate::delivery::{Kind, ModelFiles};
use crate::error::HubError;

/// Folders in folders that are looked into.
const DEPTH: usize = 8;

/// The folder of one repository.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    locks: PathBuf,
}

/// A repository in the cache, with the models in it.
#[derive(Clone, Debug)]
pub struct CachedRepository {
    /// `owner/name`.
    pub id: String,
    /// Bytes on the disk, what is not read here included.
    pub bytes: u64,
    /// The models that are whole; empty where none is.
    pub models: Vec<CachedModel>,
    /// Bytes of downloads that were broken off; the next try goes on from there.
    pub unfinished: u64,
}

/// One model of a repository: what to call it, and its files.
#[derive(Clone, Debug)]
pub struct CachedModel {
    /// The name that loads it without a network.
    pub name: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// Its files.
    pub files: ModelFiles,
}

impl Store {
    pub(crate) fn new(cache: &Path, id: &str) -> Self {
        let name = format!("models--{}", id.replace('/', "--"));
        Self { locks: cache.join(".locks").join(&name), folder: cache.join(name) }
    }

    /// The commit that a revision stood for when it was last asked for.
    fn commit(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let text = fs::read_to_string(self.folder.join("refs").join(revision)).ok()?;
        Some(text.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// Keeps what a revision stands for now.
    pub(crate) fn refer(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if revision == commit {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        write(&path, commit.as_bytes()).map_err(HubError::disk(path))
    }

    pub(crate) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    pub(crate) fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    pub(crate) fn lock(&self, name: &str) -> PathBuf {
        self.locks.join(format!("{name}.lock"))
    }

    /// The model that is meant, where all its files are here.
    pub(crate) fn find(&self, wanted: &Repository) -> Option<ModelFiles> {
        let snapshot = self.snapshot(&self.commit(&wanted.revision)?);
        model(&snapshot, &files(&snapshot), &wanted.id, &wanted.pick)
    }
}

pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The files below a folder that can be read, by their paths in it, with their bytes.
fn files(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, before, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Some(name) = entry.file_name().to_str().map(|name| format!("{before}{name}")) else { continue };
            // What a link leads to: one that leads nowhere is a file that is not here.
            let Ok(meta) = fs::metadata(entry.path()) else { continue };
            if meta.is_file() && is_path(&name) {
                found.insert(name, meta.len());
            } else if meta.is_dir() && depth < DEPTH {
                folders.push((entry.path(), format!("{name}/"), depth + 1));
            }
        }
    }
    found
}

/// The model that is meant among the files of a folder, where all of it is there.
pub(crate) fn model(folder: &Path, files: &BTreeMap<String, u64>, id: &str, pick: &Pick) -> Option<ModelFiles> {
    let mut names: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    loop {
        match choose(&names, pick).ok()? {
            Choice::Gguf(parts) => {
                let paths = parts.iter().map(|part| folder.join(part)).collect();
                return Some(ModelFiles { id: gguf_id(&parts[0]), kind: Kind::Gguf(paths) });
            }
            Choice::Folder { indexed, .. } => {
                let whole = !indexed || {
                    let index = fs::read(folder.join(INDEX)).ok();
                    let shards = index.and_then(|index| shards(&index).ok());
                    shards.is_some_and(|shards| shards.iter().all(|shard| names.contains(shard.as_str())))
                };
                if whole {
                    return Some(ModelFiles { id: id.to_owned(), kind: Kind::Folder(folder.to_owned()) });
                }
                // Without all its shards it is no model; a GGUF file beside it may be one.
                names.remove(INDEX);
            }
        }
    }
}

/// What a GGUF file is called, without its folder and its ending.
pub(crate) fn gguf_id(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.get(..name.len().saturating_sub(5)).unwrap_or(name).to_owned()
}

/// Every repository of the cache that was fetched as a model, sorted by name.
///
/// # Errors
/// When the cache cannot be read; one that is not there is empty.
pub(crate) fn repositories(cache: &Path) -> Result<Vec<CachedRepository>, HubError> {
    let entries = match fs::read_dir(cache) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(HubError::disk(cache)(error)),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<String> =
        names.filter_map(|name| Some(name.strip_prefix("models--")?.replace("--", "/"))).collect();
    ids.sort();
    Ok(ids.into_iter().map(|id| repository(cache, id)).collect())
}

fn repository(cache: &Path, id: String) -> CachedRepository {
    let store = Store::new(cache, &id);
    let blobs = fs::read_dir(store.folder.join("blobs")).into_iter().flatten().flatten();
    let blobs: Vec<(bool, u64)> = blobs
        .filter_map(|blob| {
            Some((blob.path().extension().is_some_and(|end| end == "incomplete"), blob.metadata().ok()?.len()))
        })
        .collect();
    let bytes_of = |unfinished| blobs.iter().filter(|(found, _)| *found == unfinished).map(|(_, bytes)| bytes).sum();
    let mut found = CachedRepository { bytes: bytes_of(false), models: Vec::new(), unfinished: bytes_of(true), id };
    let mut seen = BTreeSet::new();
    for (commit, revision) in revisions(&store) {
        let folder = store.snapshot(&commit);
        let files = files(&folder);
        // Where links are copies, nothing stands among the blobs.
        found.bytes = found.bytes.max(files.values().sum());
        let at = revision.map_or_else(String::new, |revision| format!("@{revision}"));
        let mut add = |name: String, model: Option<ModelFiles>| {
            let Some(model) = model else { return };
            let resolved = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            if seen.insert(model.paths().iter().map(resolved).collect::<Vec<PathBuf>>()) {
                let bytes = model.paths().iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum();
                found.models.push(CachedModel { name, bytes, files: model });
            }
        };
        let whole = model(&folder, &files, &found.id, &Pick::Best);
        add(format!("{}{at}", found.id), whole.filter(|model| matches!(model.kind, Kind::Folder(_))));
        for file in files.keys().filter(|file| is_gguf(file)) {
            add(format!("{}/{file}{at}", found.id), model(&folder, &files, &found.id, &Pick::File(file.clone())));
        }
    }
    found
}

/// Commits of a repository, each with what to write after `@`: nothing for `main`. That one comes first.
fn revisions(store: &Store) -> Vec<(String, Option<String>)> {
    let refs = files(&store.folder.join("refs"));
    let mut named: BTreeMap<String, Option<String>> = BTreeMap::new();
    for name in refs.keys() {
        if let Some(commit) = store.commit(name) {
            let shown = Some(name.clone()).filter(|name| name != "main");
            let before = named.entry(commit).or_insert_with(|| shown.clone());
            if shown.is_none() {
                *before = None;
            }
        }
    }
    let folders = fs::read_dir(store.folder.join("snapshots")).into_iter().flatten().flatten();
    let commits = folders.filter_map(|entry| entry.file_name().into_string().ok()).filter(|commit| is_commit(commit));
    let mut all: Vec<(String, Option<String>)> = commits
        .map(|commit| (named.get(&commit).cloned().unwrap_or_else(|| Some(commit.clone())), commit))
        .map(|(name, commit)| (commit, name))
        .collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    all
}

/// Writes a small file and the folders it is in.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, |new| fs::write(new, content))
}

/// Puts what `make` makes in the place of a path, at once: other programs may be reading what is there.
fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    // No name of a model's file begins with a dot.
    let new = path.with_file_name(format!(".{name}.{}", std::process::id()));
    // Left by a program of the same number.
    drop(fs::remove_file(&new));
    make(&new)?;
    fs::rename(&new, path)
}

/// Makes a name of a snapshot stand for a blob: by a link, or where links need rights, by the same bytes under two names.
pub(crate) fn point(pointer: &Path, blob: &Path, steps: usize) -> io::Result<()> {
    let name = blob.file_name().unwrap_or_default();
    let mut relative: PathBuf = std::iter::repeat_n("..", steps).collect();
    relative.extend([Path::new("blobs"), Path::new(name)]);
    replace(pointer, |new| {
        link(&relative, new).or_else(|_| fs::hard_link(blob, new)).or_else(|_| fs::copy(blob, new).map(drop))
    })
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

/// Windows asks for rights or for its developer mode; without them the next way is taken.
#[cfg(windows)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(original, link)
}

#[cfg(not(any(unix, windows)))]
fn link(_original: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempo_files::SINGLE;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn wanted(pick: Pick, revision: &str) -> Repository {
        Repository { id: "o/n".into(), revision: revision.into(), pick }
    }

    /// A cache with these files in one snapshot, which `main` stands for.
    fn cache(files: &[(&str, &str)]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path(), "o/n");
        for (number, (name, content)) in files.iter().enumerate() {
            let blob = store.blob(&number.to_string());
            write(&blob, content.as_bytes()).unwrap();
            point(&store.snapshot(COMMIT).join(name), &blob, 2 + name.matches('/').count()).unwrap();
        }
        store.refer("main", COMMIT).unwrap();
        (folder, store)
    }

    #[test]
    fn what_other_programs_left_is_found_where_it_is_whole() {
        let small = [("config.json", "{}"), ("tokenizer.json", "{}")];
        let index = r#"{"weight_map": {"a": "x.safetensors"}}"#;
        let (_folder, store) = cache(&[&small[..], &[(INDEX, index)]].concat());
        assert!(store.find(&wanted(Pick::Best, "main")).is_none(), "a shard is missing");
        let (_folder, store) = cache(&[&small[..], &[(INDEX, index), ("x.safetensors", "")]].concat());
        let found = store.find(&wanted(Pick::Best, "main")).unwrap();
        assert_eq!((found.id.as_str(), &found.kind), ("o/n", &Kind::Folder(store.snapshot(COMMIT))));
        assert!(store.find(&wanted(Pick::Best, COMMIT)).is_some());
        assert!(store.find(&wanted(Pick::Best, "v2")).is_none());
        let (_folder, store) = cache(&[&small[..], &[(INDEX, index), ("q/m-Q8_0.gguf", "")]].concat());
        let found = store.find(&wanted(Pick::Best, "main")).unwrap();
        assert_eq!(found.id, "m-Q8_0", "what is whole, though it is not what would be fetched");
        assert_eq!(fs::read(&found.paths()[0]).unwrap(), b"");
        assert!(store.find(&wanted(Pick::Quantisation("Q4_0".into()), "main")).is_none());
    }

    #[test]
    fn a_name_that_is_given_again_is_there_all_the_while() {
        let (_folder, store) = cache(&[("m.gguf", "x")]);
        let (name, blob) = (store.snapshot(COMMIT).join("m.gguf"), store.blob("0"));
        std::thread::scope(|scope| {
            let again = scope.spawn(|| (0..500).try_for_each(|_| point(&name, &blob, 2)));
            while !again.is_finished() {
                assert_eq!(fs::read(&name).unwrap(), b"x", "another program reads it meanwhile");
            }
            again.join().unwrap().unwrap();
        });
        assert_eq!(fs::read_dir(store.snapshot(COMMIT)).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_no_file() {
        let (_folder, store) = cache(&[("m.gguf", "x")]);
        fs::remove_file(store.blob("0")).unwrap();
        assert!(store.find(&wanted(Pick::Best, "main")).is_none());
    }

    #[test]
    fn the_models_of_a_cache_have_names_that_load_them() {
        let (folder, store) = cache(&[
            ("config.json", "{}"),
            ("tokenizer.json", "{}"),
            (SINGLE, "four"),
            ("m-00001-of-00002.gguf", "1"),
            ("m-00002-of-00002.gguf", "23"),
            ("n-00001-of-00002.gguf", ""),
        ]);
        write(&store.blob("ab.incomplete"), b"12345").unwrap();
        let other = "f".repeat(40);
        write(&store.snapshot(&other).join("k.gguf"), b"").unwrap();
        fs::create_dir_all(folder.path().join("datasets--o--d")).unwrap();
        let all = repositories(folder.path()).unwrap();
        let [found] = all.as_slice() else { panic!("{all:?}") };
        let models: Vec<(&str, u64)> = found.models.iter().map(|model| (model.name.as_str(), model.bytes)).collect();
        let last = format!("o/n/k.gguf@{other}");
        assert_eq!(models, [("o/n", 4), ("o/n/m-00001-of-00002.gguf", 3), (last.as_str(), 0)]);
        assert_eq!((found.bytes, found.unfinished), (11, 5));
        assert!(repositories(&folder.path().join("none")).unwrap().is_empty());
    }
}
