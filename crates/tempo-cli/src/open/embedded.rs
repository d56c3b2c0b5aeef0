//! The story model that is compiled into the binary, so that everything runs with nothing downloaded.

use std::io::ErrorKind;
use std::ops::Range;

use tempo_model::checkpoint::Checkpoint;
use tempo_model::{ByteRanges, Folder, LoadError, SmallFiles};

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
pub(super) async fn model() -> Result<Folder<Checkpoint<Embedded>>, LoadError> {
    let files = [("config.json", CONFIG), ("generation_config.json", GENERATION), ("tokenizer.json", TOKENIZER)];
    let files = files.map(|(name, content)| (name, content.to_vec())).into();
    let weights = Checkpoint::open(None, |_| Ok(Embedded(WEIGHTS))).await?;
    Folder::new("storyteller", SmallFiles::Memory(files), weights)
}

/// A file in memory.
pub(super) struct Embedded(&'static [u8]);

impl ByteRanges for Embedded {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let index = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
        let end = || LoadError::Read { path: "the built-in model".into(), source: ErrorKind::UnexpectedEof.into() };
        self.0.get(index(bytes.start)..index(bytes.end)).map(<[u8]>::to_vec).ok_or_else(end)
    }
}

#[cfg(test)]
mod tests {
    use tempo_model::TensorSource as _;

    use super::*;

    #[test]
    fn pieces_of_a_tensor_are_parts_of_the_whole() {
        let mut model = pollster::block_on(model()).unwrap();
        let (name, entry) =
            model.tensors().last_key_value().map(|(name, entry)| (name.clone(), entry.clone())).unwrap();
        let mut read = |from: u64| pollster::block_on(model.read(&name, from..entry.elements())).unwrap().into_f32();
        let (whole, tail) = (read(0), read(4));
        assert_eq!((whole.len() as u64, &whole[4..]), (entry.elements(), tail.as_slice()));
        assert!(pollster::block_on(model.read("no.such", 0..1)).is_err());
    }
}
