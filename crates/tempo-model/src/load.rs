//! Checkpoint to weights: every tensor is checked before the first is read, then they stream one by one to where they
//! stay.
//!
//! At any time there is what has been placed, one matrix on its way and a piece of the checkpoint, so loading peaks little
//! above the size of the model; the largest matrices go first, while there is room.

mod centre;

use std::ops::Range;

use tempo_kernels::gpu::RowLayout;
use tempo_kernels::{LayerWeights, Linear, WeightFormat, Weights, largest};

use crate::checkpoint::{Numbers, TensorSource};
use crate::config::DecoderConfig;
use crate::error::LoadError;
use crate::float::to_f32;
use crate::inventory::{Inventory, LayerTensors, Projection, TensorSpec, outer_format};
use crate::options::Progress;

/// Bytes that are read at once.
const PIECE: u64 = 4 << 20;
/// Bytes that may be on their way to a device before loading waits for it.
pub(crate) const IN_FLIGHT: u64 = 64 << 20;

/// A matrix on its way: filled from the top, piece by piece.
pub(crate) trait Builder {
    /// A matrix of this shape without numbers.
    fn new(format: WeightFormat, rows: usize, columns: usize) -> Self;

    /// Appends numbers, row-major; pieces may end anywhere.
    fn push(&mut self, numbers: &Numbers);
}

/// Where the matrices of a model stay.
pub(crate) trait Target {
    type Builder: Builder;
    type Matrix;

    /// Takes a matrix that is complete. `rows` tells which of them belong together.
    async fn put(&mut self, matrix: Self::Builder, rows: RowLayout) -> Result<Self::Matrix, LoadError>;
}

/// Loads the weights of a model.
///
/// # Errors
/// When the checkpoint lacks something, cannot be read, or the target fails.
pub(crate) async fn load<T: Target>(
    config: &DecoderConfig,
    inventory: &Inventory,
    source: &mut dyn TensorSource,
    format: WeightFormat,
    target: &mut T,
    progress: &mut dyn FnMut(Progress),
) -> Result<Weights<T::Matrix>, LoadError> {
    inventory.check(source.tensors())?;
    let total = inventory.stored_bytes(source.tensors());
    progress(Progress { done: 0, total, kernels: None });
    let norm_offset = to_f32(config.norm_offset);
    let mut loader = Loader { source, target, format, norm_offset, progress, done: 0, total };
    let outer = outer_format(format);
    let (embedding, lm_head, logit_bias) = loader.outer(inventory, outer, inventory.norm_bias.as_ref()).await?;
    let mut layers = Vec::with_capacity(inventory.layers.len());
    for layer in &inventory.layers {
        layers.push(match &layer.norm_biases {
            None => loader.layer(layer).await?,
            Some(biases) => loader.layer_of_means(layer, biases).await?,
        });
    }
    let mut norm = loader.norm(&inventory.norm).await?;
    // What the last norm gives is multiplied by the output matrix only.
    for number in &mut norm {
        *number *= to_f32(config.logit_scale);
    }
    Ok(Weights { embedding, lm_head, logit_bias, layers, norm })
}

/// The embedding, the output matrix where it is another, and what is added to logits.
type Outer<M> = (M, Option<M>, Option<Vec<f32>>);

struct Loader<'a, T> {
    source: &'a mut dyn TensorSource,
    target: &'a mut T,
    format: WeightFormat,
    norm_offset: f32,
    progress: &'a mut dyn FnMut(Progress),
    done: u64,
    total: u64,
}

impl<T: Target> Loader<'_, T> {
    async fn layer(&mut self, tensors: &LayerTensors) -> Result<LayerWeights<T::Matrix>, LoadError> {
        Ok(LayerWeights {
            qkv: self.linear(&tensors.qkv, RowLayout::Single).await?,
            output: self.linear(&tensors.output, RowLayout::Single).await?,
            gate_up: self.linear(&tensors.gate_up, RowLayout::Paired).await?,
            down: self.linear(&tensors.down, RowLayout::Single).await?,
            qk_norm: match &tensors.qk_norm {
                None => None,
                Some((q, k)) => Some((self.norm(q).await?, self.norm(k).await?)),
            },
            input_norm: self.optional_norm(tensors.input_norm.as_ref()).await?,
            attention_out_norm: self.optional_norm(tensors.attention_out_norm.as_ref()).await?,
            mlp_norm: self.optional_norm(tensors.mlp_norm.as_ref()).await?,
            mlp_out_norm: self.optional_norm(tensors.mlp_out_norm.as_ref()).await?,
        })
    }

    /// The embedding, the output matrix, and what comes to the logits from a bias of the last norm.
    async fn outer(
        &mut self,
        inventory: &Inventory,
        format: WeightFormat,
        norm_bias: Option<&TensorSpec>,
    ) -> Result<Outer<T::Matrix>, LoadError> {
        let embedding = std::slice::from_ref(&inventory.embedding);
        let head = inventory.lm_head.as_ref().map(std::slice::from_ref);
        let Some(norm_bias) = norm_bias else {
            let embedding = self.matrix(embedding, format, RowLayout::Single).await?;
            let head = match head {
                None => None,
                Some(head) => Some(self.matrix(head, format, RowLayout::Single).await?),
            };
            return Ok((embedding, head, None));
        };
        let norm_bias = self.numbers(std::slice::from_ref(norm_bias)).await?;
        let mut numbers = self.numbers(embedding).await?;
        // What is read of a tied matrix keeps the mean that what is written loses: two matrices are needed.
        let tied = inventory.lm_head.is_none().then(|| numbers.clone());
        centre::centre_rows(&mut numbers, norm_bias.len());
        let placed = self.place(&inventory.embedding, numbers, format).await?;
        let head = inventory.output();
        let numbers = match tied {
            Some(numbers) => numbers,
            None => self.numbers(std::slice::from_ref(head)).await?,
        };
        let mut bias = vec![0.0; head.shape[0]];
        centre::add_product(&mut bias, &numbers, &norm_bias);
        Ok((placed, Some(self.place(head, numbers, format).await?), Some(bias)))
    }

    /// A layer whose norms subtract a mean and have these biases.
    async fn layer_of_means(
        &mut self,
        tensors: &LayerTensors,
        [before_attention, before_mlp]: &[TensorSpec; 2],
    ) -> Result<LayerWeights<T::Matrix>, LoadError> {
        Ok(LayerWeights {
            qkv: self.reading(&tensors.qkv, before_attention).await?,
            output: self.writing(&tensors.output).await?,
            gate_up: self.reading(&tensors.gate_up, before_mlp).await?,
            down: self.writing(&tensors.down).await?,
            qk_norm: None,
            input_norm: self.optional_norm(tensors.input_norm.as_ref()).await?,
            attention_out_norm: None,
            mlp_norm: self.optional_norm(tensors.mlp_norm.as_ref()).await?,
            mlp_out_norm: None,
        })
    }

    /// A matrix that reads what a norm with this bias gives.
    async fn reading(&mut self, tensors: &Projection, norm: &TensorSpec) -> Result<Linear<T::Matrix>, LoadError> {
        let (numbers, mut bias) = self.with_bias(tensors).await?;
        let norm = self.numbers(std::slice::from_ref(norm)).await?;
        centre::add_product(&mut bias, &numbers, &norm);
        Ok(Linear { weight: self.place(&tensors.weights[0], numbers, self.format).await?, bias: Some(bias) })
    }

    /// A matrix that writes the residual stream, which keeps the mean zero.
    async fn writing(&mut self, tensors: &Projection) -> Result<Linear<T::Matrix>, LoadError> {
        let (mut numbers, mut bias) = self.with_bias(tensors).await?;
        centre::centre_columns(&mut numbers, tensors.weights[0].shape[1]);
        centre::centre_columns(&mut bias, 1);
        Ok(Linear { weight: self.place(&tensors.weights[0], numbers, self.format).await?, bias: Some(bias) })
    }

    /// The numbers of a matrix, and its bias or zeros: all of it at once, since a mean is that of whole columns.
    async fn with_bias(&mut self, tensors: &Projection) -> Result<(Vec<f32>, Vec<f32>), LoadError> {
        let numbers = self.numbers(&tensors.weights).await?;
        let bias = if tensors.biases.is_empty() {
            vec![0.0; tensors.weights[0].shape[0]]
        } else {
            self.numbers(&tensors.biases).await?
        };
        Ok((numbers, bias))
    }

    /// A matrix of these numbers.
    async fn place(
        &mut self,
        tensor: &TensorSpec,
        numbers: Vec<f32>,
        format: WeightFormat,
    ) -> Result<T::Matrix, LoadError> {
        let found = largest(&numbers);
        if found > format.largest() {
            return Err(LoadError::TooLarge { name: tensor.name.clone(), format: format.name(), found });
        }
        let mut builder = T::Builder::new(format, tensor.shape[0], tensor.shape[1]);
        builder.push(&Numbers::Plain(numbers));
        self.target.put(builder, RowLayout::Single).await
    }

    async fn linear(&mut self, tensors: &Projection, rows: RowLayout) -> Result<Linear<T::Matrix>, LoadError> {
        let weight = self.matrix(&tensors.weights, self.format, rows).await?;
        let bias = if tensors.biases.is_empty() { None } else { Some(self.numbers(&tensors.biases).await?) };
        Ok(Linear { weight, bias })
    }

    /// Matrices with equal columns, one below the other.
    async fn matrix(
        &mut self,
        parts: &[TensorSpec],
        format: WeightFormat,
        rows: RowLayout,
    ) -> Result<T::Matrix, LoadError> {
        let outputs = parts.iter().map(|part| part.shape[0]).sum();
        let mut builder = T::Builder::new(format, outputs, parts[0].shape[1]);
        for part in parts {
            let mut found = 0.0_f32;
            let look = |piece: Numbers| {
                if let (true, Numbers::Plain(numbers)) = (format != WeightFormat::F32, &piece) {
                    found = found.max(largest(numbers));
                }
                builder.push(&piece);
            };
            self.pieces(std::slice::from_ref(part), look).await?;
            if found > format.largest() {
                return Err(LoadError::TooLarge { name: part.name.clone(), format: format.name(), found });
            }
        }
        self.target.put(builder, rows).await
    }

    async fn optional_norm(&mut self, tensor: Option<&TensorSpec>) -> Result<Option<Vec<f32>>, LoadError> {
        match tensor {
            None => Ok(None),
            Some(tensor) => self.norm(tensor).await.map(Some),
        }
    }

    /// A norm's weights as they are used.
    async fn norm(&mut self, tensor: &TensorSpec) -> Result<Vec<f32>, LoadError> {
        let mut numbers = self.numbers(std::slice::from_ref(tensor)).await?;
        for number in &mut numbers {
            *number += self.norm_offset;
        }
        Ok(numbers)
    }

    /// The numbers of all these tensors, one behind the other.
    async fn numbers(&mut self, parts: &[TensorSpec]) -> Result<Vec<f32>, LoadError> {
        let mut numbers = Vec::new();
        self.pieces(parts, |piece| numbers.extend(piece.into_f32())).await?;
        Ok(numbers)
    }

    /// Hands out the numbers of these tensors, one behind the other, and tells how far it is.
    async fn pieces(&mut self, parts: &[TensorSpec], mut take: impl FnMut(Numbers)) -> Result<(), LoadError> {
        for part in parts {
            let (before, elements) = (self.done, part.elements());
            let bytes = self.source.tensors().get(&part.name).map_or(0, |entry| entry.bytes);
            // Numbers in a piece; blocks become f32, which take twice a piece at most.
            let piece = (PIECE.saturating_mul(elements) / bytes.max(1)).clamp(PIECE / 4, PIECE / 2);
            let mut taken = 0;
            for Range { mut start, end: last } in part.runs() {
                while start < last {
                    let end = last.min(start + piece);
                    take(self.source.read(&part.name, start..end).await?);
                    taken += end - start;
                    let read = u128::from(bytes) * u128::from(taken) / u128::from(elements);
                    self.done = before + u64::try_from(read).unwrap_or(bytes);
                    (self.progress)(Progress { done: self.done, total: self.total, kernels: None });
                    start = end;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
