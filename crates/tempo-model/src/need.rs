//! What a model needs, told from its configuration before a byte of weights is fetched.

use crate::config::{ConfigFile, DecoderConfig};
use crate::device::DeviceChoice;
use crate::engine::row_shape;
use crate::error::{DeviceError, LoadError};
use crate::load::{Expected, expected, largest_buffer};
use crate::warm::NoWeights;

/// Sizes of a model on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// `model_type`.
    pub architecture: &'static str,
    /// Numbers in its weights.
    pub parameters: u64,
    /// Bytes of the weights on the device.
    pub weights_bytes: u64,
    /// Bytes of one row of the KV cache, in all layers.
    pub row_bytes: u64,
    /// Bytes of the largest single buffer.
    pub largest_buffer_bytes: u64,
    /// The longest text the model was made for.
    pub max_positions: usize,
}

impl Need {
    /// Reads `config.json` and, where there is one, `generation_config.json`.
    ///
    /// # Errors
    /// When the files make no sense or the model is not supported.
    pub fn parse(config: &[u8], generation: Option<&[u8]>) -> Result<Self, LoadError> {
        Ok(Self::of(&ConfigFile::parse(config)?.resolve(generation)?))
    }

    fn of(config: &DecoderConfig) -> Self {
        let tensors = expected(config, &NoWeights::default());
        let parameters = tensors.iter().map(Expected::elements).sum::<u64>();
        Self {
            architecture: config.architecture.name(),
            parameters,
            weights_bytes: parameters * size_of::<f32>() as u64,
            row_bytes: row_shape(config).bytes(),
            largest_buffer_bytes: largest_buffer(config),
            max_positions: config.max_positions,
        }
    }

    /// Refuses a device whose buffers are too small.
    ///
    /// # Errors
    /// [`DeviceError::Limit`] with both numbers.
    pub fn check(&self, device: &DeviceChoice) -> Result<(), DeviceError> {
        device.check_buffer(self.largest_buffer_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LLAMA, Memory, QWEN3, cpu, engine, resolve};

    #[test]
    fn parameters_are_those_of_the_checkpoint() {
        for json in [LLAMA, QWEN3] {
            let need = Need::parse(json.as_bytes(), None).unwrap();
            let weights = Memory::random(&resolve(json), 1);
            let bytes: u64 = weights.entries.values().map(|entry| entry.bytes).sum();
            assert_eq!((need.weights_bytes, need.parameters * 4), (bytes, bytes));
            assert_eq!(need.row_bytes, row_shape(engine(json, &cpu()).config()).bytes());
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_refused_here_already() {
        let foreign = LLAMA.replace("llama", "gpt2");
        assert!(matches!(Need::parse(foreign.as_bytes(), None), Err(LoadError::Unsupported { .. })));
        assert!(matches!(Need::parse(b"{", None), Err(LoadError::Json { .. })));
    }
}
