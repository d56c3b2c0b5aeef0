//! What a path to a model names.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempo_model::files;

/// A model on the disk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModelPath {
    /// A folder with the layout of Hugging Face.
    Folder(PathBuf),
    /// A GGUF file.
    Gguf(PathBuf),
}

impl ModelPath {
    /// A folder, a GGUF file, or a folder that holds nothing but one GGUF file of a model.
    ///
    /// # Errors
    /// When the path names another file, or a folder with several GGUF files.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        if is_gguf(path) {
            return Ok(Self::Gguf(path.to_owned()));
        }
        if path.is_file() {
            let start = beginning(path);
            if start.starts_with(b"GGUF") {
                return Ok(Self::Gguf(path.to_owned()));
            }
            if let Some(what) = files::mistaken(&start) {
                bail!("the model {} is {what}", path.display());
            }
            bail!("the model {} is a file, but no GGUF file; name the folder it is in", path.display());
        }
        if !path.is_dir() || path.join("config.json").exists() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let mut files = Vec::new();
        for entry in path.read_dir().with_context(|| format!("cannot read {}", path.display()))? {
            let file = entry.with_context(|| format!("cannot read {}", path.display()))?.path();
            files.extend(Some(file).filter(|file| is_gguf(file) && file.is_file()));
        }
        match files.as_slice() {
            [] => Ok(Self::Folder(path.to_owned())),
            [_] => Ok(Self::Gguf(files.remove(0))),
            several => bail!("{} holds {} GGUF files; name one of them", path.display(), several.len()),
        }
    }
}

/// What tells the kind of a file that is not named after it: caches call files by their checksums. Nothing where it cannot be
/// read, which is said when it is opened.
fn beginning(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    if read.is_ok() { start } else { Vec::new() }
}

/// By its name.
fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) && !path.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gguf_files_are_known_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert_eq!(ModelPath::of(folder.path()).unwrap(), ModelPath::Folder(folder.path().into()), "empty");
        std::fs::write(path("a.gguf"), "").unwrap();
        assert_eq!(ModelPath::of(folder.path()).unwrap(), ModelPath::Gguf(path("a.gguf")), "the only one");
        assert_eq!(
            ModelPath::of(&path("no.GGUF")).unwrap(),
            ModelPath::Gguf(path("no.GGUF")),
            "said to be missing later"
        );
        std::fs::write(path("b.gguf"), "").unwrap();
        let error = ModelPath::of(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("holds 2 GGUF files; name one of them"), "{error}");
        std::fs::write(path("config.json"), "").unwrap();
        assert_eq!(
            ModelPath::of(folder.path()).unwrap(),
            ModelPath::Folder(folder.path().into()),
            "with a configuration"
        );
        std::fs::write(path("sha256-ab"), "GGUF and more").unwrap();
        assert_eq!(ModelPath::of(&path("sha256-ab")).unwrap(), ModelPath::Gguf(path("sha256-ab")), "by its content");
        std::fs::write(path("page"), "<!doctype html>").unwrap();
        let error = ModelPath::of(&path("page")).unwrap_err().to_string();
        assert!(error.contains("is a web page (HTML)"), "{error}");
        let error = ModelPath::of(&path("config.json")).unwrap_err().to_string();
        assert!(error.contains("is a file, but no GGUF file"), "{error}");
    }
}
