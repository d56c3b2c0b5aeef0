//! Tensors as f32, a piece at a time.

use half::{bf16, f16};
use safetensors::Dtype;

use crate::checkpoint::{TensorEntry, TensorSource};
use crate::error::LoadError;
use crate::load::Progress;

/// Bytes of a checkpoint that are in memory at once, beside the matrix that they become part of.
const PIECE: u64 = 4 << 20;

/// Reads tensors in pieces and tells how far it is.
pub(crate) struct Reader<'a, S> {
    pub(crate) source: &'a mut S,
    progress: &'a mut dyn FnMut(Progress),
    done: u64,
    total: u64,
}

impl<'a, S: TensorSource> Reader<'a, S> {
    /// `total`: bytes of all that will be read.
    pub(crate) fn new(source: &'a mut S, progress: &'a mut dyn FnMut(Progress), total: u64) -> Self {
        progress(Progress { done: 0, total, kernels: None });
        Self { source, progress, done: 0, total }
    }

    /// Hands out the numbers of these tensors, one behind the other.
    pub(crate) async fn pieces(&mut self, names: &[String], mut take: impl FnMut(&[f32])) -> Result<(), LoadError> {
        let mut numbers = Vec::new();
        for name in names {
            let Some(TensorEntry { dtype, bytes, .. }) = self.source.tensors().get(name).cloned() else {
                return Err(LoadError::MissingTensor { name: name.clone(), hint: "it was never there" });
            };
            let mut start = 0;
            while start < bytes {
                let end = bytes.min(start + PIECE);
                let piece = self.source.read(name, start..end).await?;
                numbers.clear();
                append(&piece, dtype, &mut numbers);
                take(&numbers);
                self.done += end - start;
                (self.progress)(Progress { done: self.done, total: self.total, kernels: None });
                start = end;
            }
        }
        Ok(())
    }

    /// The numbers of all these tensors.
    pub(crate) async fn numbers(&mut self, names: &[String]) -> Result<Vec<f32>, LoadError> {
        let entries = names.iter().filter_map(|name| self.source.tensors().get(name));
        let elements: usize = entries.map(|entry| entry.shape.iter().product::<usize>()).sum();
        let mut numbers = Vec::with_capacity(elements);
        self.pieces(names, |piece| numbers.extend_from_slice(piece)).await?;
        Ok(numbers)
    }

    /// Rows of all these tensors together, and their common columns.
    pub(crate) fn shape(&self, names: &[String]) -> (usize, usize) {
        let entries = || names.iter().filter_map(|name| self.source.tensors().get(name));
        let columns = entries().next().and_then(|entry| entry.shape.last()).copied().unwrap_or(1);
        (entries().filter_map(|entry| entry.shape.first()).sum(), columns)
    }
}

/// Widens to f32. The caller has checked the type.
pub(crate) fn append(bytes: &[u8], dtype: Dtype, numbers: &mut Vec<f32>) {
    let pairs = || bytes.as_chunks().0.iter().copied();
    match dtype {
        Dtype::F16 => numbers.extend(pairs().map(|pair| f16::from_le_bytes(pair).to_f32())),
        Dtype::BF16 => numbers.extend(pairs().map(|pair| bf16::from_le_bytes(pair).to_f32())),
        _ => numbers.extend(bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes)),
    }
}
