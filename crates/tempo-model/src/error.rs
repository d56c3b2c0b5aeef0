//! What can go wrong, with the facts in it: which file, which tensor, what was expected, what was found.

use std::ops::Range;
use std::path::PathBuf;

use tempo_gguf::GgufError;
use tempo_kernels::cpu::WorkerLost;
use tempo_kernels::gpu::GpuError;
use tempo_tokenizer::TokenizerError;
use tempo_tokenizer::files::JsonError;

/// A model folder, a checkpoint or a tokenizer that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file that has to exist does not, or cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why the system refused.
        #[source]
        source: std::io::Error,
    },
    /// Not the JSON that belongs there.
    #[error("{file} is not the JSON expected there")]
    Json {
        /// The file.
        file: String,
        /// Where it stops making sense.
        #[source]
        source: serde_json::Error,
    },
    /// Another kind of file than its name says.
    #[error("{file} is {what}")]
    Mistaken {
        /// The file.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// A value of `config.json` is missing or cannot be.
    #[error("config.json: {field} must be {allowed}, found {found}")]
    Config {
        /// The key.
        field: &'static str,
        /// What it may be.
        allowed: String,
        /// What it is.
        found: String,
    },
    /// Something this crate does not do, by name.
    #[error("unsupported model: {}", what.join("; "))]
    Unsupported {
        /// Each thing, and what is supported instead.
        what: Vec<String>,
    },
    /// The checkpoint lacks a tensor that the configuration asks for.
    #[error("the checkpoint has no tensor {name}; {hint}")]
    MissingTensor {
        /// Its name.
        name: String,
        /// What usually causes this.
        hint: &'static str,
    },
    /// A tensor is not as large as the configuration says.
    #[error("tensor {name}: config.json asks for shape {expected:?}, the checkpoint has {found:?}")]
    Shape {
        /// Its name.
        name: String,
        /// From the configuration.
        expected: Vec<usize>,
        /// From the checkpoint.
        found: Vec<usize>,
    },
    /// A tensor holds numbers that this crate does not read.
    #[error("tensor {name} is stored as {found}; f32, f16 and bf16 are read, so convert the checkpoint first")]
    Dtype {
        /// Its name.
        name: String,
        /// Its element type.
        found: String,
    },
    /// A tensor holds a number that the format asked for cannot hold.
    #[error("tensor {name} holds the number {found}, which weights in {format} cannot; f32 holds every number")]
    TooLarge {
        /// Its name.
        name: String,
        /// The format of weights.
        format: &'static str,
        /// Its largest number, without its sign.
        found: f32,
    },
    /// Several safetensors files, and nothing tells what is in which.
    #[error(
        "there are {} and no model.safetensors.index.json, which tells what is in which; download it, too", names.join(", ")
    )]
    NoIndex {
        /// Their names.
        names: Vec<String>,
    },
    /// A safetensors file whose header cannot be true.
    #[error("{file} is not a sound safetensors file: {reason}")]
    Header {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `model.safetensors.index.json` names something impossible.
    #[error("{file}: {reason}")]
    Index {
        /// The index file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A model in several GGUF files lacks one.
    #[error("by its split.count {of} is a part of a model, and {part}, another one, is not there; download it, too")]
    MissingPart {
        /// Its name.
        part: String,
        /// The part that was given.
        of: String,
    },
    /// A GGUF file that cannot be used.
    #[error("cannot use {file}")]
    Gguf {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: GgufError,
    },
    /// A folder has its tokenizer in a form that is not read.
    #[error(
        "there is {found}, but no tokenizer.json, which is read; with transformers it is made by \
         AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
    )]
    NoTokenizer {
        /// The file that is there.
        found: &'static str,
    },
    /// The tokenizer, of `tokenizer.json` or a GGUF file, makes no sense or does not fit the model.
    #[error(transparent)]
    Tokenizer(TokenizerError),
    /// The model does not fit the device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The graphics device failed while the model was placed on it.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A thread that was to keep a part of the weights cannot.
    #[error("a thread cannot keep its part of the weights: {reason}")]
    Workers {
        /// Why.
        reason: String,
    },
    /// A pass of the warm-up failed.
    #[error("the device failed its warm-up")]
    WarmUp(#[source] Box<ForwardError>),
    /// The device failed while weights were copied to it.
    #[error("the device failed while weights were copied to it")]
    Upload(#[source] burn::tensor::ExecutionError),
}

impl LoadError {
    /// A file that is not the JSON it should be.
    pub(crate) fn json(file: &str, error: JsonError) -> Self {
        match error {
            JsonError::Mistaken(what) => Self::Mistaken { file: file.into(), what },
            JsonError::Damaged(source) => Self::Json { file: file.into(), source },
        }
    }
}

/// A file that cannot be read and a GGUF header that makes no sense are what they are for the rest of a model, too.
impl From<TokenizerError> for LoadError {
    fn from(error: TokenizerError) -> Self {
        match error {
            TokenizerError::Read { path, source } => Self::Read { path, source },
            TokenizerError::Gguf { file, source } => Self::Gguf { file, source },
            TokenizerError::Mistaken { file, what } => Self::Mistaken { file, what },
            error => Self::Tokenizer(error),
        }
    }
}

/// No device, or one that is too small.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The machine offers no graphics adapter.
    #[error("no graphics adapter found; install a Vulkan, Metal or Direct3D driver, or use the cpu")]
    NoAdapter,
    /// The adapter is too small for the model.
    #[error("the adapter's {name} is {offered} bytes, {needed} are needed; use the cpu or a smaller model")]
    Limit {
        /// The limit's name in WebGPU.
        name: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes offered.
        offered: u64,
    },
    /// The machine has less memory than the model's weights.
    #[error(
        "its weights take {:.1} GB, the memory is {:.1} GB; take a smaller model, or weights of fewer bits",
        *needed as f64 / 1e9, *memory as f64 / 1e9
    )]
    Memory {
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        memory: u64,
    },
    /// The driver refused.
    #[error("cannot open the graphics device: {reason}")]
    Init {
        /// The driver's words.
        reason: String,
    },
}

/// A forward pass that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// The plan names a cache row that `begin` made no room for.
    #[error("cache row {row} is outside of the {rows} rows made ready; begin with more rows")]
    Capacity {
        /// The row asked for.
        row: usize,
        /// Rows there are.
        rows: usize,
    },
    /// A token outside of the vocabulary.
    #[error("token {token} is outside of the vocabulary of {vocab}")]
    Vocabulary {
        /// The token.
        token: u32,
        /// Entries of the vocabulary.
        vocab: usize,
    },
    /// The plan contradicts itself.
    #[error("the plan is not sound: {0}")]
    Plan(PlanError),
    /// The cache does not fit the device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A thread that keeps a part of the weights is gone.
    #[error(transparent)]
    Worker(#[from] WorkerLost),
    /// The graphics device failed during the pass.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The device failed during the pass.
    #[error("reading from the device failed")]
    Readback(#[source] burn::tensor::ExecutionError),
}

/// How a plan contradicts itself or the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// There is nothing to compute.
    #[error("it has no queries")]
    NoQueries,
    /// A query writes to a row that is another slot's.
    #[error("row {row} is to hold slot {slot}, its key says otherwise")]
    Row {
        /// The row.
        row: usize,
        /// The query's slot.
        slot: u32,
    },
    /// Logits are asked of queries that there are not.
    #[error("it asks for the logits of {logits:?} of {queries} queries")]
    Logits {
        /// The queries whose logits are asked for.
        logits: Range<usize>,
        /// Queries there are.
        queries: usize,
    },
    /// Not one weight for each layer.
    #[error("it weighs {weights} layers, the model has {layers}")]
    LayerWeights {
        /// Weights there are.
        weights: usize,
        /// Layers of the model.
        layers: usize,
    },
    /// Not one bias for each query and key.
    #[error("it has {biases} biases for {queries} queries and {keys} keys")]
    Biases {
        /// Biases there are.
        biases: usize,
        /// Queries there are.
        queries: usize,
        /// Keys there are.
        keys: usize,
    },
    /// Whole rows are asked for where no digest came before.
    #[error("whole rows were handed over with the pass")]
    NoDigest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_tokenizer_keeps_its_kind_and_its_words() {
        let header = GgufError::MissingKey { key: "tokenizer.ggml.tokens".into() };
        let error = LoadError::from(TokenizerError::Gguf { file: "model.gguf".into(), source: header.clone() });
        assert_eq!(error.to_string(), "cannot use model.gguf");
        assert!(matches!(error, LoadError::Gguf { source, .. } if source == header));

        let missing = std::io::ErrorKind::NotFound.into();
        let error = LoadError::from(TokenizerError::Read { path: "tokenizer.json".into(), source: missing });
        assert_eq!(error.to_string(), "cannot read tokenizer.json");
        assert!(matches!(error, LoadError::Read { .. }));

        let reason = "its vocabulary is empty".into();
        let error = LoadError::from(TokenizerError::Unfit { file: "tokenizer.json".into(), reason });
        assert_eq!(error.to_string(), "tokenizer.json is not a tokenizer for this model: its vocabulary is empty");
        assert!(std::error::Error::source(&error).is_none(), "its words are not said twice");
    }
}
