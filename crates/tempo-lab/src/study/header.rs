//! Which study a folder holds.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use tempo_core::ModelEvent;

use super::spec::Spec;
use super::texts::Window;

/// The part of the documents that one machine takes: every n-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// From 1 on.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// All documents.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether it takes this document.
    pub fn takes(&self, document: usize) -> bool {
        document % self.of == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(words: &str) -> anyhow::Result<Self> {
        let numbers = words.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if 1 <= index && index <= of => Ok(Self { index, of }),
            _ => bail!("must be i/n with i from 1 to n, as 2/4"),
        }
    }
}

/// What has to be equal in every part of a study, and the part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What is measured.
    pub spec: Spec,
    /// The model.
    pub model: ModelEvent,
    /// Documents that are taken.
    pub documents: usize,
    /// Documents that are too short.
    pub short: usize,
    /// Checksum of the tokens of all windows.
    pub tokens: String,
    /// The part of the documents.
    pub shard: Shard,
}

impl Header {
    /// Of a study on these windows.
    pub fn new(spec: &Spec, model: ModelEvent, windows: &[Window], short: usize, shard: Shard) -> Self {
        let documents = windows.iter().map(|window| window.document + 1).max().unwrap_or(0);
        // FNV-1a.
        let ids = windows.iter().flat_map(|window| window.prompt.iter().chain(&window.gold));
        let sum = ids
            .flat_map(|id| id.0.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { spec: spec.clone(), model, documents, short, tokens: format!("{sum:016x}"), shard }
    }

    /// Reads the header of a folder, where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let shown = path.display();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let header = serde_json::from_str(&text).with_context(|| format!("{shown} is no header of a study"))?;
                Ok(Some(header))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {shown}")),
        }
    }

    /// Whether rows of both belong together; where the texts and the model lie does not matter.
    ///
    /// # Errors
    /// Names what differs.
    pub fn same_study(&self, other: &Self) -> anyhow::Result<()> {
        let plain = |header: &Self| {
            let spec = Spec { texts: "texts".into(), model: None, ..header.spec.clone() };
            serde_json::to_value(Self { spec, shard: Shard::WHOLE, ..header.clone() })
        };
        let (a, b) = (plain(self)?, plain(other)?);
        for key in ["model", "tokens", "documents", "short"] {
            ensure!(a[key] == b[key], "their `{key}` differ: {} and {}", a[key], b[key]);
        }
        let keys = a["spec"].as_object().into_iter().flatten();
        for (key, value) in keys {
            ensure!(*value == b["spec"][key], "their `{key}` differ: {value} and {}", b["spec"][key]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_the_documents() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].map(|words| words.parse().unwrap()).to_vec();
        for document in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.takes(document)).count(), 1);
        }
        for words in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2"] {
            assert!(words.parse::<Shard>().is_err(), "{words}");
        }
    }
}
