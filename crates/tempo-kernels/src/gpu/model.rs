//! A model on a graphics device.

use crate::{Chunk, Decoder, LogitsRequest, Observe, Outputs, Pass, Weights, chunks};

use super::buffers::{Answers, Cache, Scratch, logits_room, queries_per_chunk};
use super::context::Gpu;
use super::kernel::Kernel;
use super::pipelines::{MOST_HEAD_DIM, Pipelines, ROWS, kernels};
use super::recorder::Recorder;
use super::source::THREADS;
use super::stages::{GpuWeights, ModelBindings};
use super::warm::warm_up;
use super::{GpuCounts, GpuError, GpuMatrix};
use super::{digest, inputs};

/// Queries that there is room for from the start.
pub(super) const QUERIES: usize = 16;
/// Cache rows of a model that no run has begun on.
pub(super) const LEAST_ROWS: usize = 8;

/// A decoder with its weights and its cache on a graphics device.
#[derive(Debug)]
pub struct GpuModel {
    pub(super) gpu: Gpu,
    pub(super) decoder: Decoder,
    pub(super) weights: GpuWeights,
    pub(super) pipelines: Pipelines,
    /// Cache rows that a run has; the buffers may have more.
    pub(super) rows: usize,
    pub(super) cache: Cache,
    pub(super) scratch: Scratch,
    pub(super) answers: Answers,
    pub(super) bindings: ModelBindings,
    words: Vec<u32>,
}

impl GpuModel {
    /// Compiles all kernels; `progress` gets how many of how many are done.
    ///
    /// # Errors
    /// When the device cannot hold the model or refuses a kernel.
    pub async fn new(
        gpu: &Gpu,
        decoder: Decoder,
        weights: Weights<GpuMatrix>,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self, GpuError> {
        if decoder.head_dim > MOST_HEAD_DIM {
            return Err(GpuError::Shape { what: "head_dim", most: MOST_HEAD_DIM });
        }
        let weights = gpu.checked("the weights", || GpuWeights::new(gpu, &decoder, weights)).await?;
        let pipelines = Pipelines::compile(gpu, &kernels(&decoder, &weights.options, gpu.software), progress).await?;
        let rows = LEAST_ROWS;
        let made = gpu.checked("the buffers of a pass", || {
            let cache = Cache::new(gpu, &decoder, rows)?;
            let scratch = Scratch::new(gpu, &decoder, QUERIES, rows)?;
            let answers = Answers::new(gpu, &decoder, QUERIES, rows)?;
            let bindings = ModelBindings::new(gpu, &decoder, &pipelines, &weights, (&cache, &scratch, &answers))?;
            Ok((cache, scratch, answers, bindings))
        });
        let (cache, scratch, answers, bindings) = made.await?;
        let gpu = gpu.clone();
        Ok(Self { gpu, decoder, weights, pipelines, rows: 0, cache, scratch, answers, bindings, words: Vec::new() })
    }

    /// Runs every kernel once, since some drivers compile at the first launch only. The cache is empty afterwards.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub async fn warm(&mut self) -> Result<(), GpuError> {
        self.begin(ROWS[ROWS.len() - 1]).await?;
        for rows in ROWS {
            self.forward(&warm_up(rows, self.decoder.layers.len())).await?;
        }
        let lists = Some(LogitsRequest::EachRow { temperature: 1.0 });
        self.forward(&Pass { digest: lists, ..warm_up(1, self.decoder.layers.len()) }).await?;
        self.begin(1).await
    }

    /// Fills what earlier passes have left with what is no number.
    #[cfg(test)]
    pub(super) fn poison(&self) {
        self.scratch.poison(&self.gpu, &self.decoder);
        for answer in [&self.answers.logits, &self.answers.received, &self.answers.shares, &self.answers.readable] {
            self.gpu.queue.write_buffer(&answer.raw, 0, &vec![0xff; usize::try_from(answer.raw.size()).unwrap_or(0)]);
        }
    }

    /// What has been done on the device so far.
    pub fn counts(&self) -> GpuCounts {
        self.gpu.counts()
    }

    /// Cache rows that there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Makes room for so many cache rows, all zero. Buffers that are large enough are used again.
    ///
    /// # Errors
    /// When the device cannot hold them, or is lost.
    pub async fn begin(&mut self, rows: usize) -> Result<(), GpuError> {
        self.rows = 0;
        self.decoder.begin(rows);
        if rows > self.cache.rows {
            self.resize(rows, false).await?;
        } else {
            let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            self.cache.clear(&mut encoder);
            self.submit(encoder);
        }
        self.rows = rows;
        Ok(())
    }

    /// Makes room for so many cache rows in all; what the old ones hold stays.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn grow(&mut self, rows: usize) -> Result<(), GpuError> {
        if rows > self.cache.rows {
            self.resize(rows, true).await?;
        }
        self.rows = self.rows.max(rows);
        Ok(())
    }

    async fn resize(&mut self, rows: usize, keep: bool) -> Result<(), GpuError> {
        let rows = rows.next_multiple_of(8);
        let gpu = self.gpu.clone();
        // Until the new buffers are bound there is no cache that a pass could use, should the device have no room.
        let rows_before = std::mem::take(&mut self.rows);
        let old = std::mem::take(&mut self.cache);
        let decoder = &self.decoder;
        let cache = gpu.checked("the cache", || Cache::new(&gpu, decoder, rows)).await?;
        if keep {
            let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            cache.take(&old, decoder, &mut encoder);
            self.submit(encoder);
        }
        drop(old);
        let queries = queries_per_chunk(&gpu, &self.decoder, rows).min(QUERIES);
        self.room(cache, queries, self.answers.logits_rows).await?;
        self.rows = rows_before;
        Ok(())
    }

    /// New buffers for passes of so many queries and logits rows, over this cache.
    async fn room(&mut self, cache: Cache, queries: usize, logits_rows: usize) -> Result<(), GpuError> {
        let (gpu, decoder, rows) = (self.gpu.clone(), &self.decoder, cache.rows);
        let (weights, pipelines) = (&self.weights, &self.pipelines);
        let made = gpu.checked("the buffers of a pass", || {
            let scratch = Scratch::new(&gpu, decoder, queries, rows)?;
            let answers = Answers::new(&gpu, decoder, logits_rows, rows)?;
            let bindings = ModelBindings::new(&gpu, decoder, pipelines, weights, (&cache, &scratch, &answers))?;
            Ok((scratch, answers, bindings))
        });
        let (scratch, answers, bindings) = made.await?;
        // The logits of the last pass may still be read.
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (old, new) = (&self.answers.logits.raw, &answers.logits.raw);
        encoder.copy_buffer_to_buffer(old, 0, new, 0, old.size().min(new.size()));
        self.submit(encoder);
        (self.cache, self.scratch, self.answers, self.bindings) = (cache, scratch, answers, bindings);
        Ok(())
    }

    /// One pass.
    ///
    /// # Errors
    /// When the device is lost, or cannot hold what a pass of this size needs.
    ///
    /// # Panics
    /// When the pass names rows that the cache does not have, or has not one bias for each query and key.
    pub async fn forward(&mut self, pass: &Pass) -> Result<Outputs, GpuError> {
        pass.check(self.rows);
        let fit = queries_per_chunk(&self.gpu, &self.decoder, self.cache.rows);
        let chunks = chunks(pass, fit);
        let queries = chunks.iter().map(|chunk| chunk.queries.len()).max().unwrap_or(0);
        if queries > self.scratch.queries || pass.logits.len() > self.answers.logits_rows {
            let logits_rows =
                logits_room(self.gpu.most, &self.decoder, pass.logits.len()).max(self.answers.logits_rows);
            let (cache, rows) = (std::mem::take(&mut self.cache), std::mem::take(&mut self.rows));
            self.room(cache, queries.next_multiple_of(QUERIES).min(fit.max(queries)), logits_rows).await?;
            self.rows = rows;
        }
        match pass.observe {
            Observe::Nothing => self.compute(pass, &chunks).await,
            Observe::Attention => self.attention(pass, &chunks).await,
        }
    }

    /// All layers of all chunks, and one read.
    async fn compute(&mut self, pass: &Pass, chunks: &[Chunk]) -> Result<Outputs, GpuError> {
        let digest = pass.digest.as_ref().filter(|_| chunks.iter().any(|chunk| chunk.digests));
        let size = AnswerSize {
            of_rows: match digest {
                Some(request) => digest::words(request, pass.logits.len()),
                None => pass.logits.len() * self.decoder.vocab,
            },
            received: if pass.measures() { pass.keys.len() } else { 0 },
            digest: digest.is_some(),
        };
        self.gpu.count(|counts| counts.passes += chunks.len() as u64);
        for (number, chunk) in chunks.iter().enumerate() {
            let mut encoder = self.begin_chunk(pass, chunk);
            self.record(&mut encoder, pass, chunk, 0..self.decoder.layers.len());
            if number + 1 == chunks.len() {
                self.copy_answers(&mut encoder, size);
            }
            self.submit(encoder);
        }
        let mut logits = match size.of_rows + size.received {
            0 => Vec::new(),
            words => self.gpu.read(&self.answers.readable, (words * 4) as u64).await?,
        };
        let received = logits.split_off(size.of_rows);
        let outputs = match digest {
            Some(request) => digest::read(&logits, request, pass.logits.len()),
            None => Outputs { logits, ..Outputs::default() },
        };
        Ok(Outputs { received, ..outputs })
    }

    /// All logits of the last pass, which had so many rows of them: `[rows, vocab]`. They stay on the device until the next.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn logits(&mut self, rows: usize) -> Result<Vec<f32>, GpuError> {
        let bytes = (rows * self.decoder.vocab * 4) as u64;
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&self.answers.logits.raw, 0, &self.answers.readable.raw, 0, bytes);
        self.submit(encoder);
        self.gpu.read(&self.answers.readable, bytes).await
    }

    fn begin_chunk(&mut self, pass: &Pass, chunk: &Chunk) -> wgpu::CommandEncoder {
        let mut words = std::mem::take(&mut self.words);
        inputs::pack(&self.decoder, pass, chunk, &mut words);
        self.gpu.queue.write_buffer(&self.scratch.inputs.raw, 0, bytemuck::cast_slice(&words));
        self.words = words;
        self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    fn submit(&self, encoder: wgpu::CommandEncoder) {
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.count(|counts| counts.submits += 1);
    }

    fn copy_answers(&self, encoder: &mut wgpu::CommandEncoder, size: AnswerSize) {
        let (of_rows, received) = ((size.of_rows * 4) as u64, (size.received * 4) as u64);
        let from = if size.digest { &self.answers.digest } else { &self.answers.logits };
        let to = &self.answers.readable.raw;
        if of_rows > 0 {
            encoder.copy_buffer_to_buffer(&from.raw, 0, to, 0, of_rows);
        }
        if received > 0 {
            encoder.copy_buffer_to_buffer(&self.answers.received.raw, 0, to, of_rows, received);
        }
    }

    /// Some layers of a chunk; the embedding before the first, the output matrix after the last.
    fn record(&self, encoder: &mut wgpu::CommandEncoder, pass: &Pass, chunk: &Chunk, layers: std::ops::Range<usize>) {
        let (queries, logits) = (chunk.queries.len(), chunk.logits.len());
        let mut recorder = Recorder {
            model: self,
            pass: encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()),
            dispatches: 0,
            weight_bytes: 0,
        };
        if layers.start == 0 {
            for group in &self.bindings.embed {
                let units = self.weights.embedding.units();
                recorder.launch(
                    Kernel::Embed(self.weights.options.embedding),
                    group,
                    [units.div_ceil(THREADS), queries, 1],
                );
            }
        }
        let options = &self.weights.options;
        let heads = self.decoder.heads + 2 * self.decoder.kv_heads;
        for number in layers.clone() {
            let (layer, bindings) = (&self.weights.layers[number], &self.bindings.layers[number]);
            recorder.product(&layer.qkv, &bindings.qkv, queries);
            recorder.launch(Kernel::Rotate { norm: options.qk_norm }, &bindings.rotate, [heads, queries, 1]);
            recorder.launch(options.attention, &bindings.attention, [self.decoder.heads, queries, 1]);
            if self.decoder.parallel {
                recorder.product(&layer.gate_up, &bindings.gate_up, queries);
            }
            recorder.product(&layer.output, &bindings.output, queries);
            recorder.maybe(Kernel::NormAdd, bindings.attention_out_norm.as_ref(), [queries, 1, 1]);
            if !self.decoder.parallel {
                recorder.product(&layer.gate_up, &bindings.gate_up, queries);
            }
            recorder.product(&layer.down, &bindings.down, queries);
            recorder.maybe(Kernel::NormAdd, bindings.mlp_out_norm.as_ref(), [queries, 1, 1]);
        }
        if layers.end == self.decoder.layers.len() {
            if logits > 0 {
                recorder.product(&self.weights.head, &self.bindings.head, logits);
            }
            if let Some(request) = pass.digest.as_ref().filter(|_| chunk.digests) {
                recorder.digest(request, logits);
            }
            if chunk.measures {
                recorder.launch(Kernel::Received, &self.bindings.received, [chunk.context.div_ceil(THREADS), 1, 1]);
            }
        }
        let Recorder { dispatches, weight_bytes, .. } = recorder;
        self.gpu.count(|counts| {
            counts.dispatches += dispatches;
            counts.weight_bytes += weight_bytes;
        });
    }

    /// Every layer's attention, read layer by layer.
    async fn attention(&mut self, pass: &Pass, chunks: &[Chunk]) -> Result<Outputs, GpuError> {
        use wgpu::BufferUsages as Usage;
        let (heads, keys, count) = (self.decoder.heads, pass.keys.len(), pass.queries.len());
        let mut attention = vec![0.0; self.decoder.layers.len() * heads * count * keys];
        let rows = self.cache.rows;
        for chunk in chunks {
            let bytes = (chunk.queries.len() * heads * rows * 4) as u64;
            let readable = self.gpu.buffer("attention maps", bytes, Usage::MAP_READ | Usage::COPY_DST)?;
            for number in 0..self.decoder.layers.len() {
                let mut encoder = self.begin_chunk(pass, chunk);
                self.record(&mut encoder, pass, chunk, number..number + 1);
                encoder.copy_buffer_to_buffer(&self.scratch.scores.raw, 0, &readable.raw, 0, bytes);
                self.submit(encoder);
                let lines = self.gpu.read(&readable, bytes).await?;
                for (line, scores) in lines.chunks(rows).enumerate() {
                    let (query, head) = (chunk.queries.start + line / heads, line % heads);
                    let to = ((number * heads + head) * count + query) * keys;
                    attention[to..to + chunk.context].copy_from_slice(&scores[..chunk.context]);
                }
            }
        }
        Ok(Outputs { attention, ..Outputs::default() })
    }
}

/// What is read after a pass.
#[derive(Clone, Copy, Debug)]
struct AnswerSize {
    /// Words of the rows: of their digest, or of all their logits.
    of_rows: usize,
    digest: bool,
    /// Words of the attention received, which come after them.
    received: usize,
}
