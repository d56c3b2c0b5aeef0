//! Buffers whose size follows from a run: the cache, and what a pass leaves for the next kernel.

use crate::{BLOCK, Decoder, MOST_LISTS};

use super::GpuError;
use super::context::{Buffer, Gpu};
use super::product::TILE_ROWS;
use super::{digest, inputs};

/// Scores of one chunk take at most this much, so that long contexts take shorter chunks.
const SCORES: u64 = 64 << 20;
/// Queries of a chunk at most, whole sets aside.
const QUERIES: usize = 256;
/// Rows of logits in one group.
const LOGITS_ROWS: usize = 16;

/// Rows of keys and values, and lines of scores as long as they are many.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// Of each layer: keys and values, `[kv_heads, rows, padded head]`.
    pub(super) layers: Vec<[Buffer; 2]>,
    pub(super) rows: usize,
}

/// What kernels leave for each other.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) inputs: Buffer,
    /// `[queries, padded hidden]`
    pub(super) h: Buffer,
    /// `[queries, (heads + 2 * kv_heads) * head_dim]`
    pub(super) qkv: Buffer,
    /// `[queries, heads, padded head]`
    pub(super) q: Buffer,
    /// `[queries, padded heads * head_dim]`
    pub(super) attended: Buffer,
    /// `[queries, padded intermediate]`
    pub(super) inner: Buffer,
    /// `[queries, padded hidden]`: a block's output that is normalised before it is added.
    pub(super) output: Buffer,
    /// `[queries, heads, rows]`
    pub(super) scores: Buffer,
    /// `[measured queries, heads, rows]`
    pub(super) lines: Buffer,
    /// Queries that there is room for.
    pub(super) queries: usize,
}

/// What is read in the end.
#[derive(Debug)]
pub(super) struct Answers {
    /// `[logits rows, vocab]`
    pub(super) logits: Buffer,
    /// `[rows]`
    pub(super) received: Buffer,
    /// Facts of slices of rows, on their way to a digest.
    pub(super) partial: Buffer,
    /// Counts of shares, or of the logits of every row, `[rows, bins]`.
    pub(super) bins: Buffer,
    /// `[vocab]`
    pub(super) shares: Buffer,
    /// A digest's words, or those of every row's list.
    pub(super) digest: Buffer,
    /// Logits or digest, then received, where the CPU can read them.
    pub(super) readable: Buffer,
    pub(super) logits_rows: usize,
}

/// Rounds a number of columns up as products want it.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(BLOCK)
}

/// Numbers that one head takes: whole vectors of four.
pub(super) fn padded_head(decoder: &Decoder) -> usize {
    decoder.head_dim.next_multiple_of(4)
}

/// Queries that a chunk may have over so many rows, whole sets aside.
pub(super) fn queries_per_chunk(gpu: &Gpu, decoder: &Decoder, rows: usize) -> usize {
    queries_fit(gpu.most, decoder, rows)
}

/// The same, where a buffer has at most so many bytes. The biases of a query take as much as the scores of one head, so
/// inputs fit where scores do.
pub(super) fn queries_fit(most: u64, decoder: &Decoder, rows: usize) -> usize {
    let line = (decoder.heads * rows.max(1) * 4) as u64;
    let fit = usize::try_from(SCORES.min(most) / line).unwrap_or(QUERIES);
    // Whole groups of rows where there is room for one.
    if fit >= TILE_ROWS { fit.min(QUERIES) / TILE_ROWS * TILE_ROWS } else { fit.max(1) }
}

impl Cache {
    pub(super) fn new(gpu: &Gpu, decoder: &Decoder, rows: usize) -> Result<Self, GpuError> {
        let bytes = (decoder.kv_heads * rows * padded_head(decoder) * 4) as u64;
        let layer = |_| Ok([gpu.storage("the cache of keys", bytes)?, gpu.storage("the cache of values", bytes)?]);
        Ok(Self { layers: (0..decoder.layers.len()).map(layer).collect::<Result<_, _>>()?, rows })
    }

    /// All zeros: rows that no query sees still enter a product with weight 0, so they must be finite.
    pub(super) fn clear(&self, encoder: &mut wgpu::CommandEncoder) {
        for buffer in self.layers.iter().flatten() {
            encoder.clear_buffer(&buffer.raw, 0, None);
        }
    }

    /// Copies the rows of a smaller cache.
    pub(super) fn take(&self, old: &Self, decoder: &Decoder, encoder: &mut wgpu::CommandEncoder) {
        let line = |rows: usize| (rows * padded_head(decoder) * 4) as u64;
        for (new, old_layer) in self.layers.iter().zip(&old.layers) {
            for (new, from) in new.iter().zip(old_layer) {
                for head in 0..decoder.kv_heads as u64 {
                    let (at, to) = (head * line(old.rows), head * line(self.rows));
                    encoder.copy_buffer_to_buffer(&from.raw, at, &new.raw, to, line(old.rows));
                }
            }
        }
    }
}

impl Scratch {
    pub(super) fn new(gpu: &Gpu, decoder: &Decoder, queries: usize, rows: usize) -> Result<Self, GpuError> {
        // Products take rows by up to TILE_ROWS and drop what is too much, attention takes each by itself.
        let whole = queries.next_multiple_of(TILE_ROWS);
        let numbers = |what, columns: usize| gpu.storage(what, (whole * columns * 4) as u64);
        let lines = (queries * decoder.heads * rows * 4) as u64;
        Ok(Self {
            inputs: gpu.storage("a pass's inputs", (inputs::words(decoder, queries, rows) * 4) as u64)?,
            h: numbers("the residual stream", padded(decoder.hidden))?,
            qkv: numbers("queries, keys and values", decoder.qkv_width())?,
            q: numbers("queries", decoder.heads * padded_head(decoder))?,
            attended: numbers("attention's result", padded(decoder.q_width()))?,
            inner: numbers("the feed-forward block", padded(decoder.intermediate))?,
            output: numbers("a block's output", padded(decoder.hidden))?,
            scores: gpu.storage("attention scores", lines)?,
            lines: gpu.storage("attention received", lines)?,
            queries,
        })
    }
}

#[cfg(test)]
impl Scratch {
    /// Fills everything that a pass has to write before it reads with what is no number. Padding is zero and stays so.
    pub(super) fn poison(&self, gpu: &Gpu, decoder: &Decoder) {
        let all = [
            (&self.h, decoder.hidden, padded(decoder.hidden)),
            (&self.qkv, 1, 1),
            (&self.q, decoder.head_dim, padded_head(decoder)),
            (&self.attended, decoder.q_width(), padded(decoder.q_width())),
            (&self.inner, decoder.intermediate, padded(decoder.intermediate)),
            (&self.output, decoder.hidden, padded(decoder.hidden)),
            (&self.scores, 1, 1),
            (&self.lines, 1, 1),
        ];
        for (buffer, columns, padded) in all {
            let words = usize::try_from(buffer.raw.size()).unwrap_or(0) / 4;
            let numbers: Vec<f32> = (0..words).map(|i| if i % padded < columns { f32::NAN } else { 0.0 }).collect();
            gpu.queue.write_buffer(&buffer.raw, 0, bytemuck::cast_slice(&numbers));
        }
    }
}

impl Answers {
    pub(super) fn new(gpu: &Gpu, decoder: &Decoder, logits_rows: usize, rows: usize) -> Result<Self, GpuError> {
        use wgpu::BufferUsages as Usage;
        let logits = (logits_rows * decoder.vocab * 4) as u64;
        let received = (rows * 4) as u64;
        let digest_bytes = (digest::MOST_WORDS * 4) as u64;
        Ok(Self {
            logits: gpu.storage("logits", logits)?,
            received: gpu.storage("attention received", received)?,
            // More than the rows that can be combined and their mean.
            partial: gpu
                .storage("facts of slices", (MOST_LISTS * digest::SLICES * size_of::<digest::Facts>()) as u64)?,
            bins: gpu.storage("counts of bins", (MOST_LISTS * digest::BINS * 4) as u64)?,
            shares: gpu.storage("shares", (decoder.vocab * 4) as u64)?,
            digest: gpu.storage("a digest", digest_bytes)?,
            readable: gpu.buffer(
                "what is read back",
                logits.max(digest_bytes) + received,
                Usage::MAP_READ | Usage::COPY_DST,
            )?,
            logits_rows,
        })
    }
}

/// Rows of logits that answers of `wanted` rows have room for: in whole groups, so that passes whose rows grow one by one do
/// not make new buffers each time, where a buffer may have so many bytes.
pub(super) fn logits_room(most: u64, decoder: &Decoder, wanted: usize) -> usize {
    let fit = usize::try_from(most / (decoder.vocab as u64 * 4)).unwrap_or(usize::MAX);
    wanted.next_multiple_of(LOGITS_ROWS).min(fit.max(wanted))
}
