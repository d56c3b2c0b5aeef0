//! Models at addresses that are no repositories: kept in the folder that Hugging Face's programs leave to others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ring::digest;
use tempo_files::{CONFIG, INDEX, OPTIONAL, Pick, SINGLE, TOKENIZER, is_file_name, is_gguf, parts};

use crate::arriving::{Wanted, Watch, hex};
use crate::cache::{gguf_id, model};
use crate::delivery::{Delivery, Item, Kind, ModelFiles};
use crate::destination::Destination;
use crate::error::HubError;
use crate::http::{Answer, host};
use crate::hub::{Hub, way};
use crate::shelf::Shelf;

/// An address, taken apart.
struct Place<'a> {
    /// The folder, with a slash at its end.
    base: &'a str,
    /// The GGUF file in it.
    file: Option<&'a str>,
    /// What lets the file be read; not part of what it is, and shown nowhere.
    query: &'a str,
}

impl<'a> Place<'a> {
    fn of(address: &'a str) -> Self {
        let (plain, query) = address.split_at(address.find('?').unwrap_or(address.len()));
        let at = plain.rfind('/').map_or(plain.len(), |at| at + 1);
        let (base, file) = plain.split_at(at);
        Self { base, file: Some(file).filter(|file| is_gguf(file)), query }
    }

    /// `assets/tempo/addresses/` and a readable name with a hash.
    fn folder(&self, assets: &Path) -> PathBuf {
        let hash = hex(digest::digest(&digest::SHA256, self.base.as_bytes()).as_ref());
        let readable: String = host(self.base)
            .chars()
            .map(|char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' })
            .collect();
        assets.join("tempo").join("addresses").join(format!("{readable}-{}", &hash[..16]))
    }

    /// A safe name for the file of any address.
    fn file_name(name: &str) -> String {
        if is_file_name(name) {
            return name.to_owned();
        }
        format!("{}.gguf", &hex(digest::digest(&digest::SHA256, name.as_bytes()).as_ref())[..16])
    }

    fn id(&self) -> String {
        let path = self.base.trim_end_matches('/').split_once("://").map_or(self.base, |(_, rest)| rest);
        self.file.map_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned(), gguf_id)
    }
}

/// The model of an address, where all of it was fetched before.
pub(crate) fn cached(assets: &Path, address: &str) -> Option<ModelFiles> {
    let place = Place::of(address);
    let folder = place.folder(assets);
    if let Some(file) = place.file {
        let paths: Vec<PathBuf> = parts(file).iter().map(|part| folder.join(Place::file_name(part))).collect();
        let whole = paths.iter().all(|path| path.is_file());
        return whole.then(|| ModelFiles { id: place.id(), kind: Kind::Gguf(paths) });
    }
    let entries = fs::read_dir(&folder).ok()?.flatten();
    let files: BTreeMap<String, u64> = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.metadata().ok()?.len())))
        .filter(|(name, _)| is_file_name(name) && !is_gguf(name))
        .collect();
    model(&folder, &files, &place.id(), &Pick::Best)
}

pub(crate) fn deliver<'a>(hub: &'a Hub, address: &str, watch: &'a dyn Watch) -> Result<Delivery<'a>, HubError> {
    let place = Place::of(address);
    let folder = place.folder(&hub.environment.assets);
    let shown = format!("{}{}", place.base, place.file.unwrap_or_default());
    hub.offline(&shown, &folder)?;
    let (base, query, kept) = (place.base.to_owned(), place.query.to_owned(), folder.clone());
    let item = move |name: &str| {
        let file = Place::file_name(name);
        let destination = Destination {
            incomplete: kept.join(format!("{file}.incomplete")),
            lock: kept.join(format!("{file}.lock")),
            whole: kept.join(&file),
            pointer: None,
        };
        let optional = OPTIONAL.contains(&name);
        let wanted =
            Wanted { name: name.to_owned(), address: format!("{base}{name}{query}"), size: None, sha256: None };
        Ok(Item { wanted, destination, optional })
    };
    let all = |names: &[&str]| names.iter().map(|name| item(name)).collect::<Result<Vec<_>, HubError>>();
    let refused = place.base.to_owned();
    let refusal = Box::new(move |answer: &Answer, file: &str| match answer.status {
        404 | 410 => HubError::NoFile { file: file.to_owned(), place: refused.clone(), there: String::new() },
        status => HubError::Status { host: answer.host.clone(), status, file: file.to_owned(), way: way(status) },
    });
    let mut delivery = Delivery {
        hub,
        watch,
        files: ModelFiles { id: place.id(), kind: Kind::Folder(folder.clone()) },
        from: shown,
        small: Vec::new(),
        weights: Vec::new(),
        shard: None,
        refusal,
        shelf: Shelf::default(),
    };
    if let Some(file) = place.file {
        let parts = parts(file);
        delivery.files.kind = Kind::Gguf(parts.iter().map(|part| folder.join(Place::file_name(part))).collect());
        delivery.weights = parts.iter().map(|part| item(part)).collect::<Result<_, _>>()?;
        return Ok(delivery);
    }
    // A folder that cannot be listed: the names are known, so each is asked for.
    let small: Vec<&str> = [CONFIG, TOKENIZER].into_iter().chain(OPTIONAL).collect();
    delivery.small = all(&small)?;
    delivery.weights = all(&[SINGLE])?;
    if !is_there(hub, &delivery.weights[0].wanted.address, watch)? {
        delivery.weights.clear();
        delivery.small.extend(all(&[INDEX])?);
        delivery.shard = Some(Box::new(item));
    }
    Ok(delivery)
}

/// Whether a file is at an address: one that must not be asked for, or is a web page for all that is not there, is not.
fn is_there(hub: &Hub, address: &str, watch: &dyn Watch) -> Result<bool, HubError> {
    let answer = hub.ask(address, Some(0), watch)?;
    Ok(!matches!(answer.status, 401 | 403 | 404 | 410) && !answer.is_page())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_an_address_have_a_folder_of_their_own() {
        let folder = |address: &str| Place::of(address).folder(Path::new("/a"));
        assert_eq!(folder("https://h.example:1/m/"), folder("https://h.example:1/m/x.gguf?key=1"));
        assert_ne!(folder("https://h.example:1/m/"), folder("https://h.example:1/n/"));
        let name = folder("https://h.example:1/m/").file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("h.example-1-"), "{name}");
        assert_eq!(Place::of("https://h.example/m/").id(), "m");
        assert_eq!(Place::of("https://h.example/").id(), "h.example");
        assert_eq!(Place::of("https://h.example/m/x.gguf?key=1").id(), "x");
        assert!(is_file_name(&Place::file_name("my%20model (1).gguf")));
    }
}
