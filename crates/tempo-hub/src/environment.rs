//! What the variables say that Hugging Face's programs have in common.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::HubError;

const ENDPOINT: &str = "https://huggingface.co";

/// Where models are asked for and kept, and with whose rights.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `HF_ENDPOINT`: the hub's address, without a slash at its end.
    pub endpoint: String,
    /// `HF_HUB_CACHE`, else `hub` in `HF_HOME`: the folder with a folder for each repository.
    pub cache: PathBuf,
    /// `HF_ASSETS_CACHE`, else `assets` in `HF_HOME`: where files of other addresses are kept.
    pub assets: PathBuf,
    /// `HF_TOKEN`, else what the file of the token says.
    pub(crate) token: Option<Token>,
    /// `HF_HUB_OFFLINE`: nothing may be asked of a network.
    pub offline: bool,
}

/// What tells a hub who asks; shown nowhere.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Token(..)")
    }
}

impl Environment {
    /// Reads the variables `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_ASSETS_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`,
    /// `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE` and the older names of some.
    ///
    /// # Errors
    /// When one of them cannot be what it says, or no folder can be told for the cache.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, HubError> {
        let set = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let text = |names: &[&str]| set(names).map(|value| value.to_string_lossy().trim().to_owned());
        let user = set(&["HOME", "USERPROFILE"]).map(PathBuf::from);
        let expanded = |value: OsString| match (Path::new(&value).strip_prefix("~"), &user) {
            (Ok(rest), Some(user)) => user.join(rest),
            _ => PathBuf::from(value),
        };
        let in_caches = || Some(user.as_ref()?.join(".cache"));
        let caches = || set(&["XDG_CACHE_HOME"]).map(expanded).or_else(in_caches);
        let home = set(&["HF_HOME"]).map(expanded).or_else(|| Some(caches()?.join("huggingface")));
        let below = |names: &[&str], folder: &str| {
            let found = set(names).map(expanded).or_else(|| Some(home.as_ref()?.join(folder)));
            found.ok_or(HubError::NoHome)
        };
        let endpoint = text(&["HF_ENDPOINT"]).unwrap_or_else(|| ENDPOINT.to_owned());
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let host = ["https://", "http://"].iter().find_map(|scheme| endpoint.strip_prefix(scheme));
        if host.is_none_or(|host| host.is_empty() || host.contains('@') || !host.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(HubError::Endpoint { endpoint });
        }
        let token = if is_true(text(&["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) {
            None
        } else {
            let named = text(&["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]);
            let file = || std::fs::read_to_string(below(&["HF_TOKEN_PATH"], "token").ok()?).ok();
            named.or_else(file).map(|token| token.trim().to_owned()).filter(|token| !token.is_empty())
        };
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(HubError::Token);
        }
        Ok(Self {
            endpoint,
            cache: below(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"], "hub")?,
            assets: below(&["HF_ASSETS_CACHE"], "assets")?,
            token: token.map(Token),
            offline: is_true(text(&["HF_HUB_OFFLINE"])) || is_true(text(&["TRANSFORMERS_OFFLINE"])),
        })
    }

    /// The hub's name, for messages.
    pub(crate) fn host(&self) -> &str {
        self.endpoint.split_once("://").map_or(&self.endpoint, |(_, host)| host)
    }
}

/// What those programs take for a yes.
fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, HubError> {
        Environment::read(|name| variables.iter().find(|(given, _)| *given == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_cache_is_where_other_programs_look_for_it() {
        let cache = |variables: &[_]| read(variables).unwrap().cache;
        assert_eq!(cache(&[("HOME", "/u")]), Path::new("/u/.cache/huggingface/hub"));
        assert_eq!(cache(&[("USERPROFILE", "/u")]), Path::new("/u/.cache/huggingface/hub"));
        assert_eq!(cache(&[("HOME", "/u"), ("XDG_CACHE_HOME", "/x")]), Path::new("/x/huggingface/hub"));
        assert_eq!(cache(&[("HOME", "/u"), ("HF_HOME", "~/h")]), Path::new("/u/h/hub"));
        assert_eq!(cache(&[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/c")]), Path::new("/c"));
        assert_eq!(cache(&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")]), Path::new("/c"));
        assert_eq!(read(&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "")]).unwrap().assets, Path::new("/h/assets"));
        assert!(matches!(read(&[]), Err(HubError::NoHome)));
    }

    #[test]
    fn a_token_comes_from_the_variable_or_the_file_and_is_never_shown() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap();
        let header = |more: &[(&str, &str)]| {
            let found = read(&[&[("HF_HOME", path)], more].concat()).unwrap();
            assert!(!format!("{found:?}").contains("secret"), "{found:?}");
            found.token.map(|token| token.header())
        };
        assert_eq!(header(&[]), None);
        std::fs::write(home.path().join("token"), "secret-of-file\n").unwrap();
        assert_eq!(header(&[]).unwrap(), "Bearer secret-of-file");
        assert_eq!(header(&[("HF_TOKEN", " secret ")]).unwrap(), "Bearer secret");
        assert_eq!(header(&[("HF_TOKEN", "secret"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]), None);
        assert!(matches!(read(&[("HF_HOME", path), ("HF_TOKEN", "se\ncret")]), Err(HubError::Token)));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        assert!(read(&[("HOME", "/u"), ("HF_HUB_OFFLINE", "Yes")]).unwrap().offline);
        assert!(!read(&[("HOME", "/u"), ("HF_HUB_OFFLINE", "0")]).unwrap().offline);
        assert_eq!(read(&[("HOME", "/u"), ("HF_ENDPOINT", "http://h:1/")]).unwrap().host(), "h:1");
        let error = read(&[("HOME", "/u"), ("HF_ENDPOINT", "hub.example")]).unwrap_err().to_string();
        assert!(error.contains("HF_ENDPOINT") && error.contains("hub.example"), "{error}");
    }
}
