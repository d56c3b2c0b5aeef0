//! What a model is and what it needs, told before a byte of its weights is read.

use std::collections::{BTreeMap, BTreeSet};

use tempo_kernels::WeightFormat;
use tempo_tokenizer::Remark;

use crate::checkpoint::TensorEntry;
use crate::config::DecoderConfig;
use crate::device::{DeviceChoice, ONE_MEMORY};
use crate::error::{DeviceError, LoadError};
use crate::inventory::Inventory;
use crate::open::remarks;
use crate::options::LoadOptions;
use crate::source::ModelSource;
use crate::tensors::row_shape;
use crate::weights::WeightChoice;

/// Members of the largest set that is computed at once.
const SET: usize = 16;

/// What a model needs of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Numbers in its weights, a tied matrix counted once.
    pub parameters: u64,
    /// Bytes of the weights on the device.
    pub weight_bytes: u64,
    /// Bytes of one row of the KV cache, in all layers.
    pub row_bytes: u64,
    /// Bytes of the largest single buffer that the device has to bind.
    pub largest_buffer_bytes: u64,
}

impl Requirements {
    /// What a model of this configuration needs with its weights in this format.
    pub fn of(config: &DecoderConfig, weights: WeightFormat) -> Self {
        Self::with(config, &Inventory::new(config, &BTreeMap::new()), weights)
    }

    pub(crate) fn with(config: &DecoderConfig, inventory: &Inventory, weights: WeightFormat) -> Self {
        Self {
            parameters: inventory.parameters(),
            weight_bytes: inventory.device_bytes(weights),
            row_bytes: row_shape(config).bytes(),
            // Matrices are split where a device binds less; the logits of a set are not.
            largest_buffer_bytes: (SET * config.vocab * size_of::<f32>()) as u64,
        }
    }

    /// Refuses a device whose buffers are too small, and a CPU with less memory than the weights alone take.
    ///
    /// # Errors
    /// [`DeviceError::Limit`] or [`DeviceError::Memory`], with both numbers.
    pub fn check(&self, device: &DeviceChoice) -> Result<(), DeviceError> {
        device.check_buffer(self.largest_buffer_bytes)?;
        // The room for a model is three quarters of the memory.
        let memory = device.room().filter(|_| device.is_cpu() && ONE_MEMORY).map(|room| room / 3 * 4);
        match memory.filter(|memory| self.weight_bytes > *memory) {
            None => Ok(()),
            Some(memory) => Err(DeviceError::Memory { needed: self.weight_bytes, memory }),
        }
    }
}

/// A model that can be loaded, as far as that is known before a weight is read.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The decoder.
    pub config: DecoderConfig,
    /// What its weights will be kept as.
    pub weights: WeightChoice,
    /// What it needs of the device.
    pub requirements: Requirements,
}

impl Preview {
    /// Judges names, shapes and types of its tensors, and chooses what its weights are kept as on this device. Reads no
    /// weights, and asks for no tokenizer.
    ///
    /// # Errors
    /// What [`Model::open`](crate::Model::open) would refuse, room on the device apart.
    pub fn of(source: &dyn ModelSource, options: &LoadOptions, device: &DeviceChoice) -> Result<Self, LoadError> {
        let config = source.outline()?;
        let (inventory, files) = (Inventory::new(&config, source.tensors()), source.tensors());
        source.accept(&inventory.unused(files))?;
        inventory.check(files)?;
        let weights = WeightChoice::new(options, &config, &inventory, files, device.room());
        let requirements = Requirements::with(&config, &inventory, weights.format);
        Ok(Self { config, weights, requirements })
    }

    /// The same of a model of which nothing but its configuration is here.
    pub fn of_config(config: DecoderConfig, options: &LoadOptions, device: &DeviceChoice) -> Self {
        let files = BTreeMap::new();
        let inventory = Inventory::new(&config, &files);
        let weights = WeightChoice::new(options, &config, &inventory, &files, device.room());
        let requirements = Requirements::with(&config, &inventory, weights.format);
        Self { config, weights, requirements }
    }
}

/// A model in words and numbers.
#[derive(Clone, Debug)]
pub struct Description {
    /// `model_type` or `general.architecture`, as written.
    pub model_type: String,
    /// The decoder and what it needs, where its kind is supported.
    pub decoder: Option<(DecoderConfig, Requirements)>,
    /// What its weights would be kept as on the device asked about, and why; where its kind is supported.
    pub weights: Option<WeightChoice>,
    /// Element types in the checkpoint.
    pub dtypes: Vec<String>,
    /// Tensors in the checkpoint.
    pub tensors: usize,
    /// Tensors in the checkpoint that the model has no use for.
    pub unused: Vec<String>,
    /// Numbers in the tensors that are used, a tied matrix counted once; in all tensors where the kind is unknown.
    pub parameters: u64,
    /// Bytes of the checkpoint's files.
    pub file_bytes: u64,
    /// Why the model cannot be loaded, in words; empty when it can.
    pub unsupported: Vec<String>,
    /// What was left out of its files, or taken for granted.
    pub remarks: Vec<Remark>,
}

/// Describes a model that is to be loaded in this way, on a device with room for so many bytes where that is known. What
/// this crate does not support is listed instead of refused; whether a device has room is told by [`Requirements::check`].
///
/// # Errors
/// When files cannot be read, or are not what their names say.
pub async fn describe(
    source: &mut dyn ModelSource,
    options: LoadOptions,
    room: Option<u64>,
) -> Result<Description, LoadError> {
    let (config, mut unsupported) = match source.config().await {
        Ok(config) => (Some(config), Vec::new()),
        Err(LoadError::Unsupported { what }) => (None, what),
        Err(error @ LoadError::Gguf { .. }) => (None, vec![in_words(&error)]),
        Err(error) => return Err(error),
    };
    let entries = source.tensors();
    let dtypes: BTreeSet<String> = entries.values().map(|entry| entry.dtype.to_string()).collect();
    let mut described = Description {
        model_type: source.model_type().to_owned(),
        decoder: None,
        weights: None,
        dtypes: dtypes.into_iter().collect(),
        tensors: entries.len(),
        unused: Vec::new(),
        parameters: entries.values().map(TensorEntry::elements).sum(),
        file_bytes: source.file_bytes(),
        unsupported: Vec::new(),
        remarks: Vec::new(),
    };
    let mut tokenizer = None;
    if let Some(config) = config {
        let inventory = Inventory::new(&config, entries);
        described.unused = inventory.unused(entries);
        let refusals = [source.accept(&described.unused), inventory.check(entries)];
        unsupported.extend(refusals.into_iter().filter_map(Result::err).map(|error| in_words(&error)));
        match source.tokenizer(config.vocab) {
            Ok(found) => tokenizer = Some(found),
            Err(error) => unsupported.push(in_words(&error)),
        }
        described.parameters = inventory.parameters();
        let weights = WeightChoice::new(&options, &config, &inventory, entries, room);
        let requirements = Requirements::with(&config, &inventory, weights.format);
        described.weights = Some(weights);
        described.decoder = Some((config, requirements));
    }
    let remarks = remarks(source, tokenizer.as_ref());
    Ok(Description { unsupported, remarks, ..described })
}

/// An error and its causes.
pub(crate) fn in_words(error: &LoadError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |words, cause| format!("{words}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Folder, SmallFiles};
    use crate::testing::{GEMMA3, LLAMA, Memory, QWEN3, cpu, engine, resolve};

    #[test]
    fn parameters_are_those_of_the_checkpoint() {
        for json in [LLAMA, QWEN3, GEMMA3] {
            let config = resolve(json);
            let needed = Requirements::of(&config, WeightFormat::F32);
            let weights = Memory::random(&config, 1);
            let bytes: u64 = weights.entries.values().map(|entry| entry.bytes).sum();
            assert_eq!(needed.parameters * 4, bytes);
            // Rows of these tiny matrices are padded.
            assert!(needed.weight_bytes >= bytes && needed.weight_bytes < 3 * bytes, "{needed:?}");
            assert_eq!(needed.row_bytes, row_shape(engine(json, &cpu()).config()).bytes());
        }
    }

    #[test]
    fn a_model_larger_than_the_memory_is_refused_before_it_is_read() {
        let small = Requirements::of(&resolve(LLAMA), WeightFormat::Q4);
        assert!(small.check(&cpu()).is_ok());
        let huge = Requirements { weight_bytes: u64::MAX / 2, ..small };
        let refused = huge.check(&cpu()).map_err(|error| error.to_string());
        match cpu().room() {
            None => assert_eq!(refused, Ok(()), "no system that tells"),
            Some(_) => assert!(refused.unwrap_err().starts_with("its weights take 9223372036.9 GB, the memory is ")),
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_listed() {
        let describe = |mut source: Folder<Memory>| {
            pollster::block_on(super::describe(&mut source, LoadOptions::default(), None)).unwrap()
        };
        let weights = || Memory::random(&resolve(LLAMA), 7);
        let words = br#"{"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0}}}"#.to_vec();
        let folder = |config: &str, weights: Memory| {
            let files = [("config.json", config.into()), ("tokenizer.json", words.clone())].into();
            Folder::new("random", SmallFiles::Memory(files), weights).unwrap()
        };
        let page = ("chat_template.jinja", b"<!doctype html>".to_vec());
        let files = [("config.json", LLAMA.into()), ("tokenizer.json", words.clone()), page].into();
        let told = describe(Folder::new("random", SmallFiles::Memory(files), weights()).unwrap());
        let left_out = "its chat template is left out: chat_template.jinja is a web page (HTML)";
        assert!(told.unsupported.is_empty() && told.remarks.iter().any(|remark| remark.text.starts_with(left_out)));
        let mute = describe(crate::testing::folder(LLAMA, weights()));
        assert!(mute.unsupported[0].contains("tokenizer.json"), "generating needs one: {mute:?}");
        let sound = describe(folder(LLAMA, weights()));
        assert!(sound.remarks.iter().any(|remark| remark.text.contains("rope_theta")), "{sound:?}");
        assert!(sound.unsupported.is_empty() && sound.decoder.is_some() && sound.unused.is_empty(), "{sound:?}");
        let name = "model.layers.1.mlp.up_proj.weight";
        let mut cut = weights();
        cut.entries.remove(name);
        cut.put("vision.weight", &[2, 3], &[0.0; 6]);
        let damaged = describe(folder(LLAMA, cut));
        assert!(damaged.unsupported.len() == 1 && damaged.unsupported[0].contains(name), "{damaged:?}");
        assert_eq!(damaged.unused, ["vision.weight"]);
        let foreign = describe(folder(&LLAMA.replace("llama", "gpt2"), weights()));
        assert_eq!(foreign.unsupported.len(), 1);
        assert_eq!((foreign.decoder.is_none(), foreign.parameters), (true, sound.parameters));
    }

    #[test]
    fn a_preview_refuses_by_headers_what_loading_would() {
        let preview = |weights: Memory| {
            let options = LoadOptions { weights: WeightFormat::Q8.into(), ..LoadOptions::default() };
            Preview::of(&crate::testing::folder(LLAMA, weights), &options, &cpu())
        };
        let sound = || Memory::random(&resolve(LLAMA), 7);
        let found = preview(sound()).unwrap();
        assert_eq!(found.weights.format, WeightFormat::Q8);
        assert_eq!(found.requirements, Requirements::of(&resolve(LLAMA), WeightFormat::Q8));
        let alone = Preview::of_config(resolve(LLAMA), &LoadOptions::default(), &cpu());
        assert_eq!(alone.weights.format, WeightFormat::F32, "{}", alone.weights.reason);
        let name = "model.layers.1.mlp.up_proj.weight";
        let mut missing = sound();
        missing.entries.remove(name);
        assert!(matches!(preview(missing), Err(LoadError::MissingTensor { .. })));
        let mut turned = sound();
        turned.entries.get_mut(name).unwrap().shape.reverse();
        assert!(matches!(preview(turned), Err(LoadError::Shape { .. })));
    }
}
