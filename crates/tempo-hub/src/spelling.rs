//! How a model is named: a repository, with what is meant of it, or an address.

use tempo_files::{Pick, is_gguf, is_path};

use crate::error::HubError;

/// Hosts whose pages are repositories.
const HUBS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];
/// The revision that is meant where none is named.
const MAIN: &str = "main";
/// Bytes of a name that a message repeats.
const CLIP: usize = 80;

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `owner/name` and the like.
    Repository(Repository),
    /// The address of a GGUF file, or of a folder with the files of a model, which then ends in a slash.
    Address(String),
}

/// A repository of the hub, and what is meant of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`.
    pub id: String,
    /// A branch, a tag or a commit.
    pub revision: String,
    /// Which of its files.
    pub pick: Pick,
}

impl Spelling {
    /// Reads `owner/name`, `owner/name:Q4_K_M`, `owner/name/file.gguf`, each with `@revision` after it, or an address.
    /// `endpoint` is the address of a further hub, whose pages are repositories, too.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn parse(text: &str, endpoint: &str) -> Result<Self, HubError> {
        let text = text.trim();
        let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
        let own = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
        let rest = scheme.map_or(text, |scheme| &text[scheme.len()..]);
        let mut hub = HUBS.into_iter().chain(Some(own).filter(|own| !own.is_empty() && scheme.is_some()));
        let page = hub.find_map(|hub| rest.strip_prefix(hub)?.strip_prefix('/'));
        match (page, scheme) {
            (Some(page), _) => {
                let path = page.split(['?', '#']).next().unwrap_or_default();
                repository(path, true).map(Self::Repository).ok_or_else(|| not_a_name(text))
            }
            (None, Some(_)) => address(text).map(Self::Address).ok_or_else(|| not_a_name(text)),
            (None, None) => repository(text, false).map(Self::Repository).ok_or_else(|| not_a_name(text)),
        }
    }
}

impl Repository {
    /// The name as one would type it.
    pub fn spelling(&self) -> String {
        let pick = match &self.pick {
            Pick::Best => String::new(),
            Pick::Quantisation(kind) => format!(":{kind}"),
            Pick::File(file) => format!("/{file}"),
        };
        let revision = if self.revision == MAIN { String::new() } else { format!("@{}", self.revision) };
        format!("{}{pick}{revision}", self.id)
    }
}

fn not_a_name(text: &str) -> HubError {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= CLIP).unwrap_or(text.len());
    HubError::NotAName { text: text[..end].to_owned() }
}

fn repository(text: &str, page: bool) -> Option<Repository> {
    let (path, after) = text.split_once('@').map_or((text, None), |(path, after)| (path, Some(after)));
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    // A path of the system.
    if parts.len() < 2 || path.starts_with('/') {
        return None;
    }
    let rest = parts.split_off(2);
    let (name, kind) = parts[1].split_once(':').map_or((parts[1], None), |(name, kind)| (name, Some(kind)));
    // Of /blob/main/config.json only "main" is the revision; a branch with a slash has to be written after "@".
    let branched = page && rest.len() >= 2 && matches!(rest[0], "tree" | "blob" | "resolve");
    let (branch, rest) = if branched { (Some(rest[1]), &rest[2..]) } else { (None, rest.as_slice()) };
    let pick = match (kind, rest.last()) {
        (Some(kind), None) if is_kind(kind) => Pick::Quantisation(kind.to_owned()),
        (Some(_), _) => return None,
        (None, Some(last)) if is_gguf(last) => Pick::File(rest.join("/")),
        (None, Some(_)) if !branched => return None,
        (None, _) => Pick::Best,
    };
    let revision = after.or(branch).unwrap_or(MAIN);
    let sound = is_part(parts[0])
        && is_part(name)
        && is_revision(revision)
        && !matches!(&pick, Pick::File(file) if !is_path(file));
    sound.then(|| Repository { id: format!("{}/{name}", parts[0]), revision: revision.to_owned(), pick })
}

fn address(text: &str) -> Option<String> {
    let whole = text.split('#').next().unwrap_or_default();
    let (place, query) = whole.split_once('?').map_or((whole, None), |(place, query)| (place, Some(query)));
    let (scheme, rest) = place.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if host.is_empty() || host.contains('@') || !plain(whole) {
        return None;
    }
    if is_gguf(path) {
        // What stands behind a file's name may be what lets it be read.
        return Some(query.map_or_else(|| place.to_owned(), |query| format!("{place}?{query}")));
    }
    // An address of one of the files means its folder.
    let folder = match path.rsplit_once('/') {
        Some((folder, last)) if is_small(last) => folder,
        None if is_small(path) => "",
        _ => path,
    };
    let folder = folder.trim_end_matches('/');
    Some(if folder.is_empty() { format!("{scheme}://{host}/") } else { format!("{scheme}://{host}/{folder}/") })
}

/// One of the files of a folder, by its name.
fn is_small(name: &str) -> bool {
    let ending = std::path::Path::new(name).extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json") || ending.eq_ignore_ascii_case("safetensors"))
}

fn is_kind(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// The owner or the name of a repository.
fn is_part(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let last = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    within(text, 96, inside, last) && !text.contains("..") && !text.contains("--")
}

fn is_revision(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    within(text, 128, inside, |byte| byte.is_ascii_alphanumeric()) && !text.contains("..") && !text.contains("//")
}

/// Whether a text begins with a letter or a digit, goes on with such bytes and ends with such a one.
fn within(text: &str, most: usize, inside: impl Fn(u8) -> bool, last: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(&end)) = (bytes.first(), bytes.last()) else { return false };
    bytes.len() <= most
        && first.is_ascii_alphanumeric()
        && bytes.iter().all(|&byte| inside(byte))
        && (bytes.len() == 1 || last(end))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Spellings that the page reads the same way: www/src/models/names.test.ts reads the same file.
    #[test]
    fn spellings_are_read_as_the_page_reads_them() {
        let table: Value = serde_json::from_str(include_str!("../tests/spellings.json")).unwrap();
        let entries = |key: &str| table[key].as_array().unwrap().clone();
        let text = |entry: &Value, key: &str| entry[key].as_str().map(str::to_owned);
        for entry in entries("repositories") {
            let spelled = text(&entry, "text").unwrap();
            let pick = match (text(&entry, "kind"), text(&entry, "file")) {
                (Some(kind), _) => Pick::Quantisation(kind),
                (_, Some(file)) => Pick::File(file),
                _ => Pick::Best,
            };
            let (id, revision) = (text(&entry, "repo").unwrap(), text(&entry, "revision").unwrap());
            let want = Spelling::Repository(Repository { id, revision, pick });
            assert_eq!(Spelling::parse(&spelled, "").unwrap(), want, "{spelled}");
        }
        for entry in entries("addresses") {
            let spelled = text(&entry, "text").unwrap();
            let want = Spelling::Address(text(&entry, "address").unwrap());
            assert_eq!(Spelling::parse(&spelled, "").unwrap(), want, "{spelled}");
        }
        for spelled in entries("refused") {
            let spelled = spelled.as_str().unwrap();
            assert!(Spelling::parse(spelled, "").is_err(), "{spelled}");
        }
    }

    #[test]
    fn the_pages_of_another_hub_are_repositories() {
        let parse = |text| Spelling::parse(text, "http://hub.example:8000");
        let Ok(Spelling::Repository(found)) = parse("http://hub.example:8000/owner/name/tree/v2") else { panic!() };
        assert_eq!(found.spelling(), "owner/name@v2");
        assert!(matches!(parse("http://hub.example/owner/name"), Ok(Spelling::Address(_))), "another port");
        let error = parse(&"é".repeat(99)).unwrap_err().to_string();
        assert!(error.len() < 300 && error.contains("owner/name"), "{error}");
    }

    #[test]
    fn a_repository_is_spelled_as_it_was() {
        for text in ["owner/name", "owner/name:Q8_0", "owner/name/Q8_0/m.gguf@v2", "owner/name@refs/pr/3"] {
            let Ok(Spelling::Repository(found)) = Spelling::parse(text, "") else { panic!("{text}") };
            assert_eq!(found.spelling(), text);
        }
    }
}
