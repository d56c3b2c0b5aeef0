//! The CPU: vector code, every weight read once for all rows of a step, large products shared out among threads.
//!
//! Everything large is a product of rows with a matrix in panels, attention included. Nothing is allocated
//! in a step but its answer, once the buffers have grown to a step's size.

#![expect(clippy::inline_always, reason = "what is not inlined is compiled without the vector unit's instructions")]

mod aside;
mod attention;
mod decode;
mod integer;
mod lanes;
mod lists;
mod math;
mod matrix;
mod memory;
mod multiply;
mod pages;
mod product;
mod projections;
mod rows;
#[cfg(test)]
mod tests;
mod threads;
mod workers;

use std::ops::Range;

use attention::{Attention, AttentionInputs, Cache, Shape};
use lanes::Unit;
use math::Cap;
use multiply::Executor;
use projections::Projections;

pub use aside::CpuAside;
pub use matrix::CpuMatrix;
pub use memory::WeightMemory;
pub use workers::{MatrixShares, Worker, WorkerPool};

use crate::{Decoder, HIDDEN, LogitsRequest, Observe, Outputs, Pass, Weights};

/// Rows that go through a layer together, so that what lies between its products stays in the second cache.
const BLOCK_ROWS: usize = 32;

/// A model on the CPU.
#[derive(Debug)]
pub struct CpuModel {
    decoder: Decoder,
    weights: Weights<CpuMatrix>,
    unit: Unit,
    /// Parts of the weights that workers store.
    shares: Option<MatrixShares>,
    /// Threads of rayon's pool.
    threads: usize,
    rows: usize,
    shape: Shape,
    caches: Vec<Cache>,
    /// The windows that occur.
    windows: Vec<Option<u32>>,
    /// Of the last pass, if it was answered with lists: `[pass.logits, vocab]`
    listed: Vec<f32>,
    scratch: Scratch,
}

/// A worker that stores a part of the weights is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a thread that keeps a part of the weights is gone; load the model again")]
pub struct WorkerLost;

/// Memory that lasts from pass to pass.
#[derive(Debug, Default)]
struct Scratch {
    /// `[queries, hidden]`
    h: Vec<f32>,
    /// `[queries, qkv width]`
    qkv: Vec<f32>,
    /// By window: `[queries, context]`
    masks: Vec<Vec<f32>>,
    /// By rotation, cosines and sines: `[queries, head dim / 2]` each
    angles: Vec<[Vec<f32>; 2]>,
    /// What attention gives: `[block, q width]`
    attended: Vec<f32>,
    attention: Attention,
    projections: Projections,
}

impl CpuModel {
    /// A model without a cache; with the shares of its matrices where workers store some.
    pub fn new(decoder: Decoder, weights: Weights<CpuMatrix>, shares: Option<MatrixShares>) -> Self {
        Self::on(Unit::new(), decoder, weights, shares)
    }

    fn on(unit: Unit, decoder: Decoder, weights: Weights<CpuMatrix>, shares: Option<MatrixShares>) -> Self {
        let mut windows: Vec<_> = decoder.layers.iter().map(|layer| layer.window).collect();
        windows.sort_unstable();
        windows.dedup();
        let shape = Shape::new(&decoder, unit, 0);
        let caches = decoder.layers.iter().map(|_| Cache::new(shape)).collect();
        let threads = rayon::current_num_threads();
        let scratch = Scratch::default();
        Self { decoder, weights, unit, shares, threads, rows: 0, shape, caches, windows, listed: Vec::new(), scratch }
    }

    /// Starts with a cache of so many rows, all zero.
    pub fn begin(&mut self, rows: usize) {
        self.rows = rows;
        self.decoder.begin(rows);
        if rows > self.shape.capacity {
            self.shape = Shape::new(&self.decoder, self.unit, rows);
            self.caches.iter_mut().for_each(|cache| *cache = Cache::new(self.shape));
        } else {
            self.caches.iter_mut().for_each(Cache::clear);
        }
    }

    /// Makes the cache larger and keeps what is there.
    pub fn grow(&mut self, rows: usize) {
        self.rows = self.rows.max(rows);
        if rows > self.shape.capacity {
            let from = std::mem::replace(&mut self.shape, Shape::new(&self.decoder, self.unit, rows));
            self.caches.iter_mut().for_each(|cache| *cache = cache.grown(from, self.shape));
        }
    }

    /// Rows of the cache.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Threads that share its work: workers and its own, or those of rayon's pool where passes are long enough.
    pub fn threads(&self) -> usize {
        match &self.shares {
            Some(shares) => 1 + shares.workers(),
            None => threads::for_pass(self.threads, self.work(), 16),
        }
    }

    /// Bytes of weights and cache.
    pub fn bytes(&self) -> u64 {
        self.matrices().map(CpuMatrix::bytes).sum::<u64>() + self.caches.iter().map(Cache::bytes).sum::<u64>()
    }

    /// What one row takes, in weights that are here.
    fn work(&self) -> usize {
        self.matrices().map(|matrix| matrix.work(1)).sum()
    }

    fn matrices(&self) -> impl Iterator<Item = &CpuMatrix> {
        let Weights { layers, embedding, lm_head, .. } = &self.weights;
        let layers = layers.iter().flat_map(|layer| [&layer.qkv, &layer.output, &layer.gate_up, &layer.down]);
        layers.map(|linear| &linear.weight).chain([embedding]).chain(lm_head)
    }

    /// All logits of the last pass, if it was answered with lists.
    pub fn logits(&self) -> &[f32] {
        &self.listed
    }

    /// One pass.
    ///
    /// # Errors
    /// When a worker is lost. The model is of no more use then.
    ///
    /// # Panics
    /// When the pass needs more rows than there are, or has not one bias for each query and key.
    pub fn forward(&mut self, pass: &Pass) -> Result<Outputs, WorkerLost> {
        pass.check(self.rows);
        let threads = threads::for_pass(self.threads, self.work(), pass.queries.len());
        // A thread of the pool hands work to the others and takes part; any other would only wait for them.
        if threads > 1 { rayon::scope(|_| self.compute(pass, threads)) } else { self.compute(pass, 1) }
    }

    fn compute(&mut self, pass: &Pass, threads: usize) -> Result<Outputs, WorkerLost> {
        let queries = pass.queries.len();
        let maps = match pass.observe {
            Observe::Nothing => 0,
            Observe::Attention => self.decoder.layers.len() * self.decoder.heads * queries * pass.keys.len(),
        };
        let lists = match pass.digest {
            Some(LogitsRequest::EachRow { temperature }) => Some(temperature),
            _ => None,
        };
        let (rows, mut logits) = (pass.logits.len(), std::mem::take(&mut self.listed));
        if lists.is_some() {
            logits.resize(rows * self.decoder.vocab, 0.0);
        } else {
            logits = vec![0.0; rows * self.decoder.vocab];
        }
        let mut outputs = Outputs {
            logits: Vec::new(),
            received: vec![0.0; if pass.measures() { pass.keys.len() } else { 0 }],
            attention: vec![0.0; maps],
            // The distribution of the rows together is made of the rows, which are in memory.
            digest: None,
            lists: Vec::new(),
        };
        self.embed(pass);
        self.turn(pass);
        self.hide(pass);
        let last = self.decoder.layers.len().saturating_sub(1);
        for layer in 0..=last {
            for block in blocks(0..queries) {
                self.keys(pass, threads, layer, block);
            }
            // Above the last keys only what is asked for matters.
            for block in blocks(if layer < last || !pass.writes() { 0..queries } else { pass.logits.clone() }) {
                self.layer(pass, threads, layer, block, &mut outputs);
            }
        }
        for block in blocks(pass.logits.clone()) {
            self.project(pass, threads, block, &mut logits);
        }
        if let Some(temperature) = lists {
            outputs.lists = lists::lists(self.unit, threads, &logits, self.decoder.vocab, temperature);
            self.listed = logits;
        } else {
            outputs.logits = logits;
        }
        if self.shares.as_ref().is_some_and(|shares| shares.pool().lost()) { Err(WorkerLost) } else { Ok(outputs) }
    }

    fn embed(&mut self, pass: &Pass) {
        let Decoder { hidden, embedding_scale, .. } = self.decoder;
        self.scratch.h.resize(pass.queries.len() * hidden, 0.0);
        for (h, query) in self.scratch.h.chunks_exact_mut(hidden).zip(&pass.queries) {
            let (embedding, row) = (&self.weights.embedding, query.token as usize);
            match self.shares.as_ref().zip(embedding.remote_row(row)) {
                None => embedding.row(row, embedding_scale, h),
                Some((shares, (worker, part, row))) => {
                    shares.pool().row(worker, part, row, h);
                    for number in h {
                        *number *= embedding_scale;
                    }
                }
            }
        }
    }

    /// Cosines and sines of every query, for every kind of rotation.
    fn turn(&mut self, pass: &Pass) {
        let half = self.decoder.head_dim / 2;
        self.scratch.angles.resize_with(self.decoder.ropes.len(), Default::default);
        for (rope, [cos, sin]) in self.decoder.ropes.iter().zip(&mut self.scratch.angles) {
            cos.clear();
            sin.clear();
            let mut before = None;
            for query in &pass.queries {
                if before == Some(query.position) {
                    // A set stands at one position.
                    cos.extend_from_within(cos.len() - half..);
                    sin.extend_from_within(sin.len() - half..);
                    continue;
                }
                before = Some(query.position);
                for (c, s) in rope.at(query.position) {
                    cos.push(c);
                    sin.push(s);
                }
            }
        }
    }

    /// What is added to the attention logits of every query, for every window.
    fn hide(&mut self, pass: &Pass) {
        let context = attention::context(pass, self.unit);
        self.scratch.masks.resize_with(self.windows.len(), Vec::new);
        for (window, mask) in self.windows.iter().zip(&mut self.scratch.masks) {
            mask.clear();
            for query in 0..pass.queries.len() {
                mask.extend((0..pass.keys.len()).map(|key| pass.bias(query, key, *window).unwrap_or(HIDDEN)));
                mask.resize((query + 1) * context, HIDDEN);
            }
        }
    }

    /// Queries, keys and values of a block; keys and values go to the cache.
    fn keys(&mut self, pass: &Pass, threads: usize, number: usize, block: Range<usize>) {
        let Self { decoder: d, weights, unit, shares, shape, caches, scratch, .. } = self;
        let on = Executor { unit: *unit, threads, workers: shares.as_ref().map(MatrixShares::pool) };
        let layer = &weights.layers[number];
        let Scratch { h, qkv, angles, projections, .. } = scratch;
        let [cos, sin] = &angles[d.layers[number].rope];
        let (dim, width, half) = (d.head_dim, d.qkv_width(), d.head_dim / 2);
        qkv.resize(pass.queries.len() * width, 0.0);
        let h = &h[block.start * d.hidden..block.end * d.hidden];
        let rows = &mut qkv[block.start * width..block.end * width];
        projections.normed(on, d, h, layer.input_norm.as_deref(), &layer.qkv.weight, rows);
        projections::bias(&layer.qkv, rows);
        for (query, row) in block.zip(rows.chunks_exact_mut(width)) {
            let (heads, values) = row.split_at_mut(d.q_width() + d.kv_width());
            let angle = query * half..(query + 1) * half;
            if let Some((q_norm, k_norm)) = &layer.qk_norm {
                let (q, k) = heads.split_at_mut(d.q_width());
                for (all, weight) in [(q, q_norm), (k, k_norm)] {
                    let together = all.chunks_exact_mut(weight.len());
                    together.for_each(|numbers| math::norm_in_place(numbers, weight, d.rms_norm_eps));
                }
            }
            for head in heads.chunks_exact_mut(dim) {
                math::rotate(head, &cos[angle.clone()], &sin[angle.clone()]);
            }
            if pass.writes() {
                caches[number].write(*shape, pass.queries[query].row, &heads[d.q_width()..], values);
            }
        }
    }

    /// The rest of a layer for a block.
    fn layer(&mut self, pass: &Pass, threads: usize, number: usize, block: Range<usize>, outputs: &mut Outputs) {
        let Self { decoder: d, weights, unit, shares, shape, caches, windows, scratch, .. } = self;
        let on = Executor { unit: *unit, threads, workers: shares.as_ref().map(MatrixShares::pool) };
        let layer = &weights.layers[number];
        let Scratch { h, qkv, masks, attended, attention, projections, .. } = scratch;
        let window = windows.iter().position(|window| *window == d.layers[number].window).unwrap_or_default();
        let inputs = AttentionInputs {
            unit: *unit,
            decoder: d,
            pass,
            layer: number,
            shape: *shape,
            cache: &caches[number],
            mask: &masks[window],
            threads,
        };
        attended.resize(block.len() * d.q_width(), 0.0);
        attention.attend(inputs, block.clone(), qkv, attended, outputs);
        let h = &mut h[block.start * d.hidden..block.end * d.hidden];
        let rows = attended.chunks_exact(d.q_width());
        if d.parallel {
            projections.open(on, d, layer, h);
        }
        projections.add(on, d, rows, &layer.output, layer.attention_out_norm.as_deref(), h);
        if !d.parallel {
            projections.open(on, d, layer, h);
        }
        projections.close(on, d, layer, h);
    }

    fn project(&mut self, pass: &Pass, threads: usize, block: Range<usize>, logits: &mut [f32]) {
        let Self { decoder: d, weights, unit, shares, scratch, .. } = self;
        let on = Executor { unit: *unit, threads, workers: shares.as_ref().map(MatrixShares::pool) };
        let head = weights.lm_head.as_ref().unwrap_or(&weights.embedding);
        let h = &scratch.h[block.start * d.hidden..block.end * d.hidden];
        let first = pass.logits.start;
        let logits = &mut logits[(block.start - first) * d.vocab..(block.end - first) * d.vocab];
        scratch.projections.normed(on, d, h, Some(&weights.norm), head, logits);
        projections::add_to_all(weights.logit_bias.as_deref(), logits);
        if let Some(cap) = d.logit_cap {
            unit.run(Cap { numbers: logits, cap });
        }
    }
}

fn blocks(all: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    all.clone().step_by(BLOCK_ROWS).map(move |start| start..all.end.min(start + BLOCK_ROWS))
}
