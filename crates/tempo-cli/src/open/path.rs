//! What a path to a model names.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempo_model::{NoWeightFiles, WeightFiles, files};

/// A model on the disk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModelPath {
    /// A folder with the layout of Hugging Face.
    Folder(PathBuf),
    /// A GGUF file.
    Gguf(PathBuf),
}

impl ModelPath {
    /// A folder, a GGUF file, or a folder whose weights are one GGUF file or all parts of one, by the rule of
    /// [`WeightFiles`].
    ///
    /// # Errors
    /// When the path names another file, or a folder with several GGUF files or not all parts of one.
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
        if !path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let mut names = Vec::new();
        for entry in path.read_dir().with_context(|| format!("cannot read {}", path.display()))? {
            let file = entry.with_context(|| format!("cannot read {}", path.display()))?;
            if file.path().is_file() {
                names.push(file.file_name().to_string_lossy().into_owned());
            }
        }
        match WeightFiles::among(names.iter().map(String::as_str)) {
            Ok(WeightFiles::Gguf(files)) => Ok(Self::Gguf(path.join(&files[0]))),
            // What is missing from a folder is told when it is opened.
            Ok(WeightFiles::Single(_) | WeightFiles::Shards) | Err(NoWeightFiles::None) => {
                Ok(Self::Folder(path.to_owned()))
            }
            Err(NoWeightFiles::MissingPart(part)) => {
                bail!("{} holds parts of a model, and {part} is not among them; download it, too", path.display())
            }
            Err(NoWeightFiles::Several(names)) if !is_gguf(Path::new(&names[0])) => Ok(Self::Folder(path.to_owned())),
            Err(NoWeightFiles::Several(names)) => {
                bail!("{} holds {}; name one of them", path.display(), names.join(", "))
            }
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
    fn a_folder_of_parts_is_one_model() {
        let folder = tempfile::tempdir().unwrap();
        let parts = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"].map(|name| folder.path().join(name));
        std::fs::write(&parts[1], "").unwrap();
        let error = ModelPath::of(folder.path()).unwrap_err().to_string();
        assert!(error.contains("m-00001-of-00002.gguf is not among them"), "{error}");
        std::fs::write(&parts[0], "").unwrap();
        std::fs::write(folder.path().join("mmproj-m-f16.gguf"), "").unwrap();
        std::fs::write(folder.path().join("config.json"), "").unwrap();
        assert_eq!(ModelPath::of(folder.path()).unwrap(), ModelPath::Gguf(parts[0].clone()));
    }

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
        assert!(error.ends_with("holds a.gguf, b.gguf; name one of them"), "{error}");
        std::fs::write(path("config.json"), "").unwrap();
        std::fs::write(path("tiny.safetensors"), "").unwrap();
        assert_eq!(
            ModelPath::of(folder.path()).unwrap(),
            ModelPath::Folder(folder.path().into()),
            "with other weights"
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
