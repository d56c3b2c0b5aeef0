//! How a model is named: a repository, with what is meant of it, or an address.

use std::fmt;

use crate::names::{is_gguf, is_path};
use crate::repository::Pick;

/// Hosts whose pages are repositories.
const HUBS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];
/// The revision that is meant where none is named.
const MAIN: &str = "main";
/// Bytes of a name that a message repeats.
const CLIP: usize = 80;

/// A text that names no model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAName {
    /// What was written, cut where it is long.
    pub text: String,
}

impl fmt::Display for NotAName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{:?} names no model; write owner/name, owner/name:Q4_K_M, owner/name/file.gguf (each with @revision after \
             it), or an address that begins with https://",
            self.text
        )
    }
}

impl std::error::Error for NotAName {}

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
    pub fn parse(text: &str, endpoint: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let found = match (page(text, endpoint), without_scheme(text)) {
            (Some(page), _) => repository(page, MAIN, true).map(Self::Repository),
            (None, Some(_)) => address(text).map(Self::Address),
            (None, None) => repository(text, MAIN, false).map(Self::Repository),
        };
        found.ok_or_else(|| NotAName::of(text))
    }

    /// The same of a text that was typed where a repository is meant; `otherwise` is the revision that is meant where it
    /// names none.
    ///
    /// # Errors
    /// When it names no repository.
    pub fn repository(text: &str, otherwise: &str) -> Result<Repository, NotAName> {
        let text = text.trim();
        let page = page(text, "");
        repository(page.unwrap_or(text), otherwise, page.is_some()).ok_or_else(|| {
            if is_revision(otherwise) { NotAName::of(text) } else { NotAName::of(&format!("{text}@{otherwise}")) }
        })
    }

    /// The same of a text that was typed where an address is meant: `resolved` is what it is as an address, seen from where
    /// it was typed. Only pages of the hub are repositories.
    ///
    /// # Errors
    /// When it is no address of http or https, or tells a name and a password.
    pub fn address(text: &str, resolved: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let found = match page(text, "").or_else(|| page(resolved, "")) {
            Some(page) => repository(page, MAIN, true).map(Self::Repository),
            None => address(resolved).map(Self::Address),
        };
        found.ok_or_else(|| NotAName::of(text))
    }
}

impl NotAName {
    fn of(text: &str) -> Self {
        let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= CLIP).unwrap_or(text.len());
        Self { text: text[..end].to_owned() }
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

/// What stands behind `https://` or `http://`, in small or large letters; nothing where neither is there.
fn without_scheme(text: &str) -> Option<&str> {
    let strip =
        |scheme: &str| text.split_at_checked(scheme.len()).filter(|(found, _)| found.eq_ignore_ascii_case(scheme));
    ["https://", "http://"].into_iter().find_map(strip).map(|(_, rest)| rest)
}

/// What an address of a hub shows: the path behind its host.
fn page<'a>(text: &'a str, endpoint: &str) -> Option<&'a str> {
    let (bare, own) = (without_scheme(text), without_scheme(endpoint).unwrap_or(endpoint));
    let rest = bare.unwrap_or(text);
    // Without its scheme the name of another hub is one of the ways to write a repository.
    let mut hubs = HUBS.into_iter().chain(Some(own).filter(|own| !own.is_empty() && bare.is_some()));
    let path = hubs.find_map(|hub| {
        let (host, path) = rest.split_at_checked(hub.len())?;
        path.strip_prefix('/').filter(|_| host.eq_ignore_ascii_case(hub))
    })?;
    path.split(['?', '#']).next()
}

fn repository(text: &str, otherwise: &str, page: bool) -> Option<Repository> {
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
    let revision = after.or(branch).unwrap_or(otherwise);
    let sound = is_part(parts[0])
        && is_part(name)
        && is_revision(revision)
        && !matches!(&pick, Pick::File(file) if !is_path(file));
    sound.then(|| Repository { id: format!("{}/{name}", parts[0]), revision: revision.to_owned(), pick })
}

fn address(text: &str) -> Option<String> {
    let whole = text.split('#').next().unwrap_or_default();
    let (place, query) = whole.split_once('?').map_or((whole, None), |(place, query)| (place, Some(query)));
    let rest = without_scheme(place)?;
    let scheme = place[..place.len() - rest.len()].to_ascii_lowercase();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if host.is_empty() || host.contains('@') || !plain(whole) {
        return None;
    }
    if is_gguf(path) {
        // What stands behind a file's name may be what lets it be read.
        let place = format!("{scheme}{rest}");
        return Some(query.map_or_else(|| place.clone(), |query| format!("{place}?{query}")));
    }
    // An address of one of the files means its folder.
    let folder = match path.rsplit_once('/') {
        Some((folder, last)) if is_small(last) => folder,
        None if is_small(path) => "",
        _ => path,
    };
    let folder = folder.trim_end_matches('/');
    Some(if folder.is_empty() { format!("{scheme}{host}/") } else { format!("{scheme}{host}/{folder}/") })
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

    fn table() -> Value {
        serde_json::from_str(include_str!("spellings.json")).unwrap()
    }

    fn text(entry: &Value, key: &str) -> Option<String> {
        entry[key].as_str().map(str::to_owned)
    }

    #[test]
    fn spellings_are_read_by_the_table() {
        let table = table();
        for entry in table["repositories"].as_array().unwrap() {
            let spelled = text(entry, "text").unwrap();
            let pick = match (text(entry, "kind"), text(entry, "file")) {
                (Some(kind), _) => Pick::Quantisation(kind),
                (_, Some(file)) => Pick::File(file),
                _ => Pick::Best,
            };
            let (id, revision) = (text(entry, "repo").unwrap(), text(entry, "revision").unwrap());
            let want = Repository { id, revision, pick };
            assert_eq!(Spelling::parse(&spelled, "").unwrap(), Spelling::Repository(want.clone()), "{spelled}");
            assert_eq!(Spelling::repository(&spelled, "main").unwrap(), want, "{spelled}");
        }
        for entry in table["addresses"].as_array().unwrap() {
            let spelled = text(entry, "text").unwrap();
            let want = Spelling::Address(text(entry, "address").unwrap());
            assert_eq!(Spelling::parse(&spelled, "").unwrap(), want, "{spelled}");
            assert_eq!(Spelling::address(&spelled, &spelled).unwrap(), want, "{spelled}");
            assert!(Spelling::repository(&spelled, "main").is_err(), "{spelled}");
        }
        for spelled in table["refused"].as_array().unwrap() {
            let spelled = spelled.as_str().unwrap();
            assert!(Spelling::parse(spelled, "").is_err(), "{spelled}");
            assert!(Spelling::repository(spelled, "main").is_err(), "{spelled}");
        }
    }

    #[test]
    fn a_revision_beside_a_name_is_the_one_where_the_name_has_none() {
        let revision = |text, otherwise| Spelling::repository(text, otherwise).map(|found| found.revision);
        assert_eq!(revision("owner/name", "v2").unwrap(), "v2");
        assert_eq!(revision("owner/name@main", "v2").unwrap(), "main");
        assert_eq!(revision("owner/name", "../main").unwrap_err().text, "owner/name@../main");
    }

    #[test]
    fn an_address_is_what_it_is_seen_from_where_it_was_typed() {
        let at = |text, resolved| Spelling::address(text, resolved);
        let page = at("./models/other", "https://page.example/app/models/other");
        assert_eq!(page, Ok(Spelling::Address("https://page.example/app/models/other/".into())));
        let Ok(Spelling::Repository(found)) = at("hf.co/o/n:Q8_0", "https://page.example/app/hf.co/o/n:Q8_0") else {
            panic!("what shows a repository is no folder of files")
        };
        assert_eq!(found.spelling(), "o/n:Q8_0");
        assert!(at("data:text/plain,x", "data:text/plain,x").is_err());
        assert!(at("", "").is_err());
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
