//! The cache of one layer and attention over it.
//!
//! Keys and values lie in the panels that a product walks: rows are a product's outputs where queries meet keys and
//! its columns where shares meet values. All query heads that share a key head go through at once; key heads are shared
//! out to threads where there is much to do.

use std::ops::Range;

use rayon::prelude::*;

use super::lanes::Unit;
use super::math::{Softmax, add};
use super::product::{Panels, Target};
use super::rows::PackedRows;
use super::threads::shares;
use crate::format::UNIT;
use crate::{Decoder, Observe, Outputs, Pass, WeightFormat};

/// Sizes of a cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    kv_heads: usize,
    head_dim: usize,
    /// Rows of a panel of keys, columns of a panel of values.
    width: usize,
    /// Rows, whole panels of them.
    pub(super) capacity: usize,
}

impl Shape {
    pub(super) fn new(decoder: &Decoder, unit: Unit, rows: usize) -> Self {
        let width = 2 * unit.lanes();
        let capacity = rows.next_multiple_of(width);
        Self { kv_heads: decoder.kv_heads, head_dim: decoder.head_dim, width, capacity }
    }

    /// Numbers of one key with padding.
    fn depth(self) -> usize {
        self.head_dim.next_multiple_of(UNIT)
    }

    fn value_panels(self) -> usize {
        self.head_dim.div_ceil(self.width)
    }
}

/// Keys and values of one layer.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    /// `[kv heads, panels of rows, depth, width]`
    keys: Vec<f32>,
    /// `[kv heads, panels of columns, capacity, width]`
    values: Vec<f32>,
}

impl Cache {
    pub(super) fn new(shape: Shape) -> Self {
        let keys = vec![0.0; shape.kv_heads * shape.capacity * shape.depth()];
        let values = vec![0.0; shape.kv_heads * shape.value_panels() * shape.capacity * shape.width];
        Self { keys, values }
    }

    pub(super) fn clear(&mut self) {
        self.keys.fill(0.0);
        self.values.fill(0.0);
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.keys.len() + self.values.len()) as u64 * 4
    }

    /// The same rows in a larger cache.
    pub(super) fn grown(&self, from: Shape, to: Shape) -> Self {
        let mut grown = Self::new(to);
        let copy = |old: &[f32], new: &mut [f32], parts: usize| {
            for (old, new) in old.chunks_exact(old.len() / parts).zip(new.chunks_exact_mut(new.len() / parts)) {
                new[..old.len()].copy_from_slice(old);
            }
        };
        if from.capacity > 0 {
            copy(&self.keys, &mut grown.keys, from.kv_heads);
            copy(&self.values, &mut grown.values, from.kv_heads * from.value_panels());
        }
        grown
    }

    /// Writes a row: `[kv heads * head dim]` each.
    pub(super) fn write(&mut self, shape: Shape, row: usize, key: &[f32], value: &[f32]) {
        let Shape { head_dim, width, capacity, .. } = shape;
        let (panel, lane) = (row / width, row % width);
        for (head, (key, value)) in key.chunks_exact(head_dim).zip(value.chunks_exact(head_dim)).enumerate() {
            let start = (head * capacity + panel * width) * shape.depth() + lane;
            self.keys[start..].iter_mut().step_by(width).zip(key).for_each(|(to, key)| *to = *key);
            for (panel, value) in value.chunks(width).enumerate() {
                let start = ((head * shape.value_panels() + panel) * capacity + row) * width;
                self.values[start..start + value.len()].copy_from_slice(value);
            }
        }
    }
}

/// Attention of one layer, and memory that lasts from pass to pass.
#[derive(Debug, Default)]
pub(super) struct Attention {
    heads: Vec<Head>,
}

/// The query heads of one key head.
#[derive(Debug, Default)]
struct Head {
    rows: PackedRows,
    room: Vec<f32>,
    starts: Vec<usize>,
    /// `[queries of the block * query heads, context]`
    scores: Vec<f32>,
    /// The mix of values: `[queries of the block * query heads, head dim]`
    mixed: Vec<f32>,
    /// Attention received by every key, where it is measured.
    received: Vec<f32>,
}

/// The layer, the cache and the pass that attention is computed for.
#[derive(Clone, Copy)]
pub(super) struct AttentionInputs<'a> {
    pub(super) unit: Unit,
    pub(super) decoder: &'a Decoder,
    pub(super) pass: &'a Pass,
    pub(super) layer: usize,
    pub(super) shape: Shape,
    pub(super) cache: &'a Cache,
    /// What is added to every query's logits: `[queries, context]`
    pub(super) mask: &'a [f32],
    pub(super) threads: usize,
}

/// Rows in use, whole panels of them.
pub(super) fn context(pass: &Pass, unit: Unit) -> usize {
    pass.keys.len().next_multiple_of(2 * unit.lanes())
}

impl Attention {
    /// The attention of a block of queries: `[block, q width]`, in `out`. `qkv` has all queries: `[queries, qkv width]`.
    pub(super) fn attend(
        &mut self,
        inputs: AttentionInputs,
        block: Range<usize>,
        qkv: &[f32],
        out: &mut [f32],
        outputs: &mut Outputs,
    ) {
        let AttentionInputs { unit, decoder, pass, threads, .. } = inputs;
        self.heads.resize_with(decoder.kv_heads, Head::default);
        // Every number of the cache is used once for keys and once for values.
        let work = 2 * decoder.q_width() * context(pass, unit) * block.len().div_ceil(4);
        if shares(decoder.kv_heads, work, threads) > 1 {
            let heads = self.heads.par_iter_mut().with_max_len(1).enumerate();
            heads.for_each(|(kv, head)| head.attend(inputs, block.clone(), kv, qkv));
        } else {
            self.heads.iter_mut().enumerate().for_each(|(kv, head)| head.attend(inputs, block.clone(), kv, qkv));
        }
        for (kv, head) in self.heads.iter().enumerate() {
            head.put(inputs, block.clone(), kv, out, outputs);
        }
    }
}

impl Head {
    fn attend(&mut self, inputs: AttentionInputs, block: Range<usize>, kv: usize, qkv: &[f32]) {
        let AttentionInputs { unit, decoder, pass, shape, cache, .. } = inputs;
        let (dim, share) = (decoder.head_dim, decoder.heads / decoder.kv_heads);
        let (context, rows) = (context(pass, unit), block.len() * share);
        let queries = (0..rows).map(|row| {
            let start = (block.start + row / share) * decoder.qkv_width() + (kv * share + row % share) * dim;
            &qkv[start..start + dim]
        });
        self.rows.fill(unit, WeightFormat::F32, shape.depth(), decoder.attention_scale, queries);
        self.starts.clear();
        self.starts.extend((0..rows).map(|row| row * context));
        self.scores.resize(rows * context, 0.0);
        let keys = Panels {
            format: WeightFormat::F32,
            outputs: context,
            words: bytemuck::cast_slice(&cache.keys[kv * shape.capacity * shape.depth()..]),
            stride: shape.depth() * shape.width,
            scales: &[],
        };
        let scores = Target { numbers: &mut self.scores, starts: &self.starts, add: false };
        self.rows.times(unit, keys, scores, &mut self.room);

        self.share(inputs, block);

        let depth = pass.keys.len().next_multiple_of(UNIT);
        let shares = self.scores.chunks_exact(context).map(|shares| &shares[..depth]);
        self.rows.fill(unit, WeightFormat::F32, depth, 1.0, shares);
        self.starts.clear();
        self.starts.extend((0..rows).map(|row| row * dim));
        self.mixed.resize(rows * dim, 0.0);
        let stride = shape.capacity * shape.width;
        let values = Panels {
            format: WeightFormat::F32,
            outputs: dim,
            words: bytemuck::cast_slice(&cache.values[kv * shape.value_panels() * stride..]),
            stride,
            scales: &[],
        };
        let mixed = Target { numbers: &mut self.mixed, starts: &self.starts, add: false };
        self.rows.times(unit, values, mixed, &mut self.room);
    }

    /// Makes shares of the scores, and adds up what every key received.
    fn share(&mut self, inputs: AttentionInputs, block: Range<usize>) {
        let AttentionInputs { unit, decoder, pass, layer, mask, .. } = inputs;
        let (context, share) = (context(pass, unit), decoder.heads / decoder.kv_heads);
        self.received.clear();
        let measured = if pass.measures() { pass.measured() } else { 0..0 };
        self.received.resize(if measured.is_empty() { 0 } else { pass.keys.len() }, 0.0);
        for (row, scores) in self.scores.chunks_exact_mut(context).enumerate() {
            let query = block.start + row / share;
            let bias = &mask[query * context..(query + 1) * context];
            unit.run(Softmax { scores, bias, cap: decoder.attention_cap });
            if measured.contains(&query) {
                let weight = pass.layer_weights[layer] / (decoder.heads * measured.len()) as f32;
                add(&mut self.received, scores, weight);
            }
        }
    }

    /// Puts the results of a key head where the model has those of all.
    fn put(&self, inputs: AttentionInputs, block: Range<usize>, kv: usize, out: &mut [f32], outputs: &mut Outputs) {
        let AttentionInputs { unit, decoder, pass, layer, .. } = inputs;
        let (dim, share) = (decoder.head_dim, decoder.heads / decoder.kv_heads);
        let (context, keys) = (context(pass, unit), pass.keys.len());
        for (row, mixed) in self.mixed.chunks_exact(dim).enumerate() {
            let start = row / share * decoder.q_width() + (kv * share + row % share) * dim;
            out[start..start + dim].copy_from_slice(mixed);
        }
        add(&mut outputs.received, &self.received, 1.0);
        if pass.observe == Observe::Attention {
            for (row, scores) in self.scores.chunks_exact(context).enumerate() {
                let (query, head) = (block.start + row / share, kv * share + row % share);
                let start = ((layer * decoder.heads + head) * pass.queries.len() + query) * keys;
                outputs.attention[start..start + keys].copy_from_slice(&scores[..keys]);
            }
        }
    }
}
