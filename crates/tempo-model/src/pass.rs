//! One forward pass: as plain numbers, and as the few small tensors that they become on the device.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use tempo_kernels::{HIDDEN, InSet, Key, Query};

use crate::cache::{runs, whole_rows};
use crate::config::DecoderConfig;
use crate::mask::Sight;
use crate::rope::{Frequencies, Rotation};

/// One forward pass as plain numbers, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) queries: Vec<Query>,
    /// The rows from 0 on.
    pub(crate) keys: Vec<Key>,
    pub(crate) in_set: InSet,
    /// The queries whose logits are wanted, and whose attention is measured.
    pub(crate) logits: Range<usize>,
    /// Share of each of them in the mean.
    pub(crate) share: f32,
    /// Weight of each layer in what is measured; empty where nothing is.
    pub(crate) layer_weights: Vec<f32>,
    /// Only look: the queries' rows are in the cache already and stay as they are, and every layer's attention is kept.
    pub(crate) look: bool,
}

impl From<&tempo_kernels::Pass> for Pass {
    fn from(pass: &tempo_kernels::Pass) -> Self {
        Self {
            queries: pass.queries.clone(),
            keys: pass.keys.clone(),
            in_set: pass.in_set,
            logits: pass.logits.clone(),
            share: 1.0 / pass.logits.len().max(1) as f32,
            layer_weights: pass.layer_weights.clone(),
            look: pass.look,
        }
    }
}

impl Pass {
    fn measures(&self) -> bool {
        !self.layer_weights.is_empty() && !self.logits.is_empty()
    }

    /// Splits a long pass into passes of at most `most` queries, which give the same when run in order.
    ///
    /// Members of one set may see each other, so they stay in one pass, however many they are. That earlier passes need
    /// nothing of later ones holds as long as sets come in order; where they do not, the pass stays whole.
    pub(crate) fn split(self, most: usize) -> Vec<Self> {
        if self.queries.len() <= most || !self.queries.is_sorted_by_key(|query| query.set) {
            return vec![self];
        }
        let mut chunks: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for set in self.queries.chunk_by(|a, b| a.set == b.set) {
            let end = start + set.len();
            match chunks.last_mut() {
                Some(chunk) if end - chunk.start <= most => chunk.end = end,
                _ => chunks.push(start..end),
            }
            start = end;
        }
        chunks.into_iter().map(|chunk| self.part(chunk)).collect()
    }

    fn part(&self, chunk: Range<usize>) -> Self {
        let local = |i: usize| i.clamp(chunk.start, chunk.end) - chunk.start;
        let mut part = Self {
            queries: self.queries[chunk.clone()].to_vec(),
            keys: Vec::new(),
            in_set: self.in_set,
            logits: local(self.logits.start)..local(self.logits.end),
            share: self.share,
            layer_weights: self.layer_weights.clone(),
            look: self.look,
        };
        // Rows of later sets are not read, unless the attention that all rows received is to be added up.
        let last = part.queries.last().map(|query| query.set);
        let read = self.keys.iter().rposition(|key| Some(key.set) <= last).map_or(0, |row| row + 1);
        let read = if part.measures() { self.keys.len() } else { read };
        part.keys = self.keys[..read].to_vec();
        part
    }
}

/// One forward pass on the device.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// `[queries]`
    pub(crate) tokens: Tensor<1, Int>,
    /// One for each kind of angles.
    pub(crate) rotations: Vec<Rotation>,
    /// Where the queries' keys and values go, in the order of the queries.
    pub(crate) runs: Vec<Range<usize>>,
    /// Rows that are read, in whole steps.
    pub(crate) context: usize,
    /// `[1, heads * queries]`: the weight of each head's look in the attention received.
    pub(crate) share: Option<Tensor<2>>,
    /// The queries whose logits are wanted.
    pub(crate) logits: Range<usize>,
    /// Only look, see [`Pass`].
    pub(crate) look: bool,
    layer_weights: Vec<f32>,
    /// One mask for every sliding window that some layer has.
    masks: Vec<(Option<usize>, Tensor<3>)>,
}

impl Inputs {
    /// Copies a pass to the device: one upload of integers, one of floats.
    ///
    /// `frequencies` are those of `config.rope`; other kinds of angles are made here, a few powers each.
    pub(crate) fn upload(pass: &Pass, config: &DecoderConfig, frequencies: &Frequencies, device: &Device) -> Self {
        let queries = pass.queries.len();
        let context = whole_rows(pass.keys.len());
        let padding = context - pass.keys.len();

        let mut ints = Pack::new();
        let tokens = ints.put(pass.queries.iter().map(|query| query.token));
        let query_sets = ints.put(pass.queries.iter().map(|query| query.set));
        let query_slots = ints.put(pass.queries.iter().map(|query| query.slot));
        let nobody = || std::iter::repeat_n(u32::MAX, padding);
        let key_sets = ints.put(pass.keys.iter().map(|key| key.set).chain(nobody()));
        let key_slots = ints.put(pass.keys.iter().map(|key| key.slot).chain(nobody()));

        let mut floats = Pack::new();
        let positions: Vec<u32> = pass.queries.iter().map(|query| query.position).collect();
        let others = config.ropes.iter().skip(1).map(|rope| Frequencies::new(rope, config.head_dim).rows(&positions));
        let kinds = std::iter::once(frequencies.rows(&positions)).chain(others);
        let turns: Vec<_> = kinds.map(|(cos, sin)| (floats.put(cos), floats.put(sin))).collect();
        let hidden = || std::iter::repeat_n(HIDDEN, padding);
        let others = floats.put(pass.keys.iter().map(|key| if key.live { key.bias } else { HIDDEN }).chain(hidden()));
        let own = floats.put(pass.keys.iter().map(|key| if key.live { 0.0 } else { HIDDEN }).chain(hidden()));
        let share = floats.put((0..config.heads).flat_map(|_| {
            (0..queries).map(|query| if pass.logits.contains(&query) { pass.share / config.heads as f32 } else { 0.0 })
        }));

        let ints: Tensor<1, Int> = {
            let numbers: Vec<i32> = ints.0.into_iter().map(u32::cast_signed).collect();
            let length = numbers.len();
            Tensor::from_data(TensorData::new(numbers, [length]), device)
        };
        let floats: Tensor<1> = {
            let length = floats.0.len();
            Tensor::from_data(TensorData::new(floats.0, [length]), device)
        };
        let int = |range: &Range<usize>| ints.clone().narrow(0, range.start, range.len());
        let float = |range: &Range<usize>| floats.clone().narrow(0, range.start, range.len());

        let sight = Sight {
            query_sets: int(&query_sets).reshape([queries, 1]),
            query_slots: int(&query_slots).reshape([queries, 1]),
            key_sets: int(&key_sets).reshape([1, context]),
            key_slots: int(&key_slots).reshape([1, context]),
            others: float(&others).reshape([1, context]),
            own: float(&own).reshape([1, context]),
            in_set: pass.in_set,
        };
        let mut windows = config.windows.clone();
        windows.sort_unstable();
        windows.dedup();
        let rows: Vec<usize> = pass.queries.iter().map(|query| query.row).collect();
        let measured = pass.measures();
        Self {
            tokens: int(&tokens),
            rotations: turns
                .iter()
                .map(|(cos, sin)| Rotation {
                    cos: float(cos).reshape([queries, 1, config.head_dim]),
                    sin: float(sin).reshape([queries, 1, config.head_dim]),
                })
                .collect(),
            runs: runs(&rows),
            context,
            share: measured.then(|| float(&share).reshape([1, config.heads * queries])),
            logits: pass.logits.clone(),
            look: pass.look,
            layer_weights: if measured { pass.layer_weights.clone() } else { Vec::new() },
            masks: windows.into_iter().map(|window| (window, sight.mask(window))).collect(),
        }
    }

    /// The mask of layers with this window.
    ///
    /// # Shapes
    /// `[1, queries, context]`
    pub(crate) fn mask(&self, window: Option<usize>) -> Tensor<3> {
        let (_, mask) = self
            .masks
            .iter()
            .find(|(of, _)| *of == window)
            .expect("a mask was made for every window of the configuration");
        mask.clone()
    }

    /// Weight of a layer in the attention received; 0 where it is not measured.
    pub(crate) fn layer_weight(&self, layer: usize) -> f32 {
        self.layer_weights.get(layer).copied().unwrap_or(0.0)
    }
}

/// Small arrays one behind the other, so that they travel together.
struct Pack<T>(Vec<T>);

impl<T> Pack<T> {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends and says where.
    fn put(&mut self, items: impl IntoIterator<Item = T>) -> Range<usize> {
        let start = self.0.len();
        self.0.extend(items);
        start..self.0.len()
    }
}
