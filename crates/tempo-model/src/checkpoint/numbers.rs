//! Numbers as checkpoints have them.

use std::fmt;

use half::{bf16, f16};
use safetensors::Dtype;
use tempo_gguf::TensorType;
use tempo_kernels::Block;

/// How a tensor's numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// In a safetensors file.
    Safetensors(Dtype),
    /// In a GGUF file.
    Gguf(TensorType),
}

impl ElementType {
    /// True for the types that are read.
    pub fn is_readable(self) -> bool {
        match self {
            Self::Safetensors(dtype) => matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16),
            Self::Gguf(kind) => kind.is_readable(),
        }
    }
}

/// The name in small letters.
impl fmt::Display for ElementType {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Safetensors(dtype) => dtype.to_string(),
            Self::Gguf(kind) => kind.to_string(),
        };
        to.write_str(&name.to_lowercase())
    }
}

/// Some numbers of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// As they are, or as what they stand for.
    Plain(Vec<f32>),
    /// Whole blocks that are quantised as weights may be kept here, too.
    Blocks(Vec<Block>),
}

impl Numbers {
    /// From the bytes of a safetensors file; `None` for types that are not read.
    pub(crate) fn widened(dtype: Dtype, bytes: &[u8]) -> Option<Self> {
        let pairs = || bytes.as_chunks().0.iter().copied();
        Some(Self::Plain(match dtype {
            Dtype::F16 => pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect(),
            Dtype::BF16 => pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect(),
            Dtype::F32 => bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect(),
            _ => return None,
        }))
    }

    /// What they stand for.
    pub fn into_f32(self) -> Vec<f32> {
        match self {
            Self::Plain(numbers) => numbers,
            Self::Blocks(blocks) => blocks.iter().flat_map(Block::numbers).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_type_is_widened() {
        let widened = |dtype, bytes: &[u8]| Numbers::widened(dtype, bytes).map(Numbers::into_f32);
        assert_eq!(widened(Dtype::F32, &1.5_f32.to_le_bytes()), Some(vec![1.5]));
        assert_eq!(widened(Dtype::F16, &f16::from_f32(-0.25).to_le_bytes()), Some(vec![-0.25]));
        assert_eq!(widened(Dtype::BF16, &bf16::from_f32(3.0).to_le_bytes()), Some(vec![3.0]));
        for dtype in [Dtype::F64, Dtype::I8, Dtype::BOOL] {
            assert!(widened(dtype, &[0; 8]).is_none() && !ElementType::Safetensors(dtype).is_readable());
        }
    }
}
