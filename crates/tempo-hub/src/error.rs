//! What can go wrong on the way of a model, with the way out of it.

use std::io;
use std::path::PathBuf;

use tempo_files::{NoChoice, NotAName};

/// A model that cannot be found or fetched by its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The text names no model.
    #[error("{0}, or the path of a folder or file")]
    NotAName(NotAName),
    /// No variable tells where the cache is.
    #[error("no folder for models can be told: none of HF_HOME, HF_HUB_CACHE and HOME is set; set HF_HOME to a folder")]
    NoHome,
    /// `HF_ENDPOINT` is no address.
    #[error("HF_ENDPOINT is {endpoint:?}, which is no address; it has to begin with https:// or http://")]
    Endpoint {
        /// What it says.
        endpoint: String,
    },
    /// The token cannot be sent.
    #[error(
        "the token of HF_TOKEN, or of the file token in HF_HOME, has characters that no token has; copy it once more"
    )]
    Token,
    /// The model is not here, and nothing may be asked for.
    #[error(
        "HF_HUB_OFFLINE is set, and {what} is not whole in {}; unset it, or fetch the model where there is a network and \
         copy that folder", place.display()
    )]
    Offline {
        /// The model, or a file of it.
        what: String,
        /// Where it was looked for.
        place: PathBuf,
    },
    /// No answer.
    #[error(
        "{host} cannot be reached ({reason}); check the network (HTTPS_PROXY names a proxy), or name a folder or a file \
         of this computer instead"
    )]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// There is no such repository, or it is not shown to everybody.
    #[error(
        "{host} has no repository {repository}, or it is private; check how it is spelled, or give the token of an \
         account that may read it in HF_TOKEN"
    )]
    NoRepository {
        /// Its name.
        repository: String,
        /// Who was asked.
        host: String,
    },
    /// The repository has no such branch, tag or commit.
    #[error("{repository} has no branch, tag or commit {revision}; leave @{revision} out for the newest")]
    NoRevision {
        /// The repository.
        repository: String,
        /// What was asked for.
        revision: String,
    },
    /// The terms of the repository were not accepted.
    #[error(
        "{repository} is given only to accounts that accepted its terms: accept them at {endpoint}/{repository}, make a \
         token at {endpoint}/settings/tokens and give it in HF_TOKEN{}",
        if *had_token { " (the account of the token that was sent has not accepted them)" } else { "" }
    )]
    Gated {
        /// The repository.
        repository: String,
        /// The hub's address.
        endpoint: String,
        /// Whether a token was sent.
        had_token: bool,
    },
    /// A file that is not where it should be.
    #[error("{file} is not among the files of {place}{there}")]
    NoFile {
        /// The file.
        file: String,
        /// The repository or the address.
        place: String,
        /// What there is instead.
        there: String,
    },
    /// Nothing there can be loaded.
    #[error("{place} has no model that can be read here: {why}")]
    NoModel {
        /// The repository.
        place: String,
        /// What is missing.
        why: String,
    },
    /// Another status than those above.
    #[error("{host} answered {status} for {file}; {way}")]
    Status {
        /// Who was asked.
        host: String,
        /// The number.
        status: u16,
        /// The file, or the list of a repository.
        file: String,
        /// What may help.
        way: &'static str,
    },
    /// An answer that is something else.
    #[error("what {host} answered for {file} is {what}; check the address, or HF_ENDPOINT")]
    Mistaken {
        /// Who was asked.
        host: String,
        /// The file, or the list of a repository.
        file: String,
        /// What came.
        what: String,
    },
    /// The file is not the one that was announced.
    #[error("{file}: {what}; what had come of it was dropped, so that the next try begins anew")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The connection broke until there was no hope.
    #[error(
        "{file}: the connection broke again and again at byte {at}{of} ({reason}); the next try goes on from there"
    )]
    Broken {
        /// The file.
        file: String,
        /// Bytes that are here.
        at: u64,
        /// ` of` and all bytes, where they are known.
        of: String,
        /// The last failure.
        reason: String,
    },
    /// The disk took no more.
    #[error("{}", disk(path, source))]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        #[source]
        source: io::Error,
    },
}

/// What the system says of a file comes after this, from the chain of causes.
fn disk(path: &std::path::Path, source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!(
            "there is no room left for {}; make room, or set HF_HOME to a folder on another disk (the next try goes on \
             from what has come)",
            path.display()
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("{} may not be written; set HF_HOME to a folder that may", path.display())
        }
        _ => format!("cannot keep {}", path.display()),
    }
}

/// Its words are not said twice: it is no cause of this error.
impl From<NotAName> for HubError {
    fn from(error: NotAName) -> Self {
        Self::NotAName(error)
    }
}

impl HubError {
    /// Why no file of a repository is the one that is meant.
    pub(crate) fn none_of(place: &str, why: NoChoice) -> Self {
        let place = place.to_owned();
        match why {
            NoChoice::File { file, there } => Self::NoFile { file, place, there },
            NoChoice::Model { why } => Self::NoModel { place, why },
        }
    }

    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_takes_no_more_is_told_with_the_way_out() {
        let words = |kind: io::ErrorKind| HubError::disk("/c/blobs/a")(kind.into()).to_string();
        let full = words(io::ErrorKind::StorageFull);
        assert!(full.contains("no room left for /c/blobs/a") && full.contains("HF_HOME"), "{full}");
        assert!(words(io::ErrorKind::PermissionDenied).contains("may not be written"));
        assert_eq!(words(io::ErrorKind::NotFound), "cannot keep /c/blobs/a");
    }
}
