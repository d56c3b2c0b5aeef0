//! The story model that is compiled into the binary, so that everything runs with nothing downloaded.

use std::collections::BTreeMap;
use std::ops::Range;

use tempo_model::checkpoint::{TensorEntry, TensorIndex, header_length, parse_header};
use tempo_model::{Folder, LoadError, Numbers, SmallFiles, TensorSource};

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/public/models/storyteller/", $name))
    };
}

static CONFIG: &[u8] = file!("config.json");
static GENERATION: &[u8] = file!("generation_config.json");
static TOKENIZER: &[u8] = file!("tokenizer.json");
static WEIGHTS: &[u8] = file!("model.safetensors");

/// The built-in model.
pub(super) fn model() -> Result<Folder<Embedded>, LoadError> {
    let files = [("config.json", CONFIG), ("generation_config.json", GENERATION), ("tokenizer.json", TOKENIZER)];
    let files = files.map(|(name, content)| (name, content.to_vec())).into();
    Folder::new("storyteller", SmallFiles::Memory(files), Embedded::open(WEIGHTS)?)
}

/// A safetensors file in memory.
pub(super) struct Embedded {
    weights: &'static [u8],
    index: TensorIndex,
}

impl Embedded {
    fn open(weights: &'static [u8]) -> Result<Self, LoadError> {
        const FILE: &str = "the built-in model.safetensors";
        let first = weights.first_chunk().copied().unwrap_or_default();
        let length = to_index(header_length(FILE, first, weights.len() as u64)?);
        let json = weights.get(first.len()..first.len() + length).unwrap_or_default();
        let mut index = TensorIndex::default();
        index.add(0, parse_header(FILE, json, weights.len() as u64)?, |_| true);
        Ok(Self { weights, index })
    }
}

impl TensorSource for Embedded {
    fn tensors(&self) -> &BTreeMap<String, TensorEntry> {
        self.index.entries()
    }

    fn file_bytes(&self) -> u64 {
        self.weights.len() as u64
    }

    async fn read(&mut self, name: &str, elements: Range<u64>) -> Result<Numbers, LoadError> {
        // The header was checked against the length of the file.
        let part = |bytes: Range<u64>| self.weights.get(to_index(bytes.start)..to_index(bytes.end)).unwrap_or_default();
        self.index.read(name, elements, async |_, bytes| Ok(part(bytes).to_vec())).await
    }
}

/// Offsets in a slice fit its index type; one that does not is out of range either way.
fn to_index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_tensor_are_parts_of_the_whole() {
        let mut embedded = Embedded::open(WEIGHTS).unwrap();
        let (name, shape) =
            embedded.tensors().last_key_value().map(|(name, entry)| (name.clone(), entry.shape.clone())).unwrap();
        let elements: usize = shape.iter().product();
        let mut read = |from: u64| pollster::block_on(embedded.read(&name, from..elements as u64)).unwrap().into_f32();
        let (whole, tail) = (read(0), read(4));
        assert_eq!((whole.len(), &whole[4..]), (elements, tail.as_slice()));
        assert!(pollster::block_on(embedded.read("no.such", 0..1)).is_err());
    }
}
