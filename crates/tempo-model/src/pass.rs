//! One forward pass as the few small tensors that it becomes on the device.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use tempo_kernels::{Chunk, HIDDEN, Key, Observe, Pass, Rope};

use crate::cache::{runs, whole_rows};
use crate::config::DecoderConfig;
use crate::mask::{Lanes, Sight};
use crate::rope::{self, Rotation};

/// One chunk of a forward pass, on the device.
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
    /// `[1, heads * queries]`: the weight of each head and query in the attention received.
    pub(crate) share: Option<Tensor<2>>,
    /// The queries whose logits are wanted.
    pub(crate) logits: Range<usize>,
    /// What is shown of the model's inside.
    pub(crate) observe: Observe,
    layer_weights: Vec<f32>,
    /// One mask for every sliding window that some layer has.
    masks: Vec<(Option<usize>, Tensor<3>)>,
}

impl Inputs {
    /// Copies a chunk of a pass to the device: one upload of integers, one of floats.
    pub(crate) fn upload(pass: &Pass, chunk: &Chunk, config: &DecoderConfig, ropes: &[Rope], device: &Device) -> Self {
        let (batch, keys) = (&pass.queries[chunk.queries.clone()], &pass.keys[..chunk.context]);
        let queries = batch.len();
        let context = whole_rows(keys.len());
        let padding = context - keys.len();

        let mut ints = Pack::new();
        let tokens = ints.put(batch.iter().map(|query| query.token));
        let query_sets = ints.put(batch.iter().map(|query| query.set));
        let query_slots = ints.put(batch.iter().map(|query| query.slot));
        let padding_keys = || std::iter::repeat_n(u32::MAX, padding);
        let key_sets = ints.put(keys.iter().map(|key| key.set).chain(padding_keys()));
        let key_slots = ints.put(keys.iter().map(|key| key.slot).chain(padding_keys()));

        // Lanes are signed numbers on the device; there are never so many that the largest matters.
        let signed = |lane: u32| lane.min(i32::MAX.cast_unsigned());
        let lanes = pass.has_lanes().then(|| {
            let of_queries = ints.put(batch.iter().map(|query| signed(query.lane)));
            let from = ints.put(keys.iter().map(|key| signed(key.lanes.from)).chain(padding_keys()));
            let to = ints.put(keys.iter().map(|key| signed(key.lanes.to)).chain(padding_keys()));
            [of_queries, from, to]
        });

        let mut floats = Pack::new();
        let positions: Vec<u32> = batch.iter().map(|query| query.position).collect();
        let kinds = ropes.iter().map(|rope| rope::rows(rope, &positions));
        let turns: Vec<_> = kinds.map(|(cos, sin)| (floats.put(cos), floats.put(sin))).collect();
        let hidden = || std::iter::repeat_n(HIDDEN, padding);
        let other = |key: &Key, bias: f32| if key.live { key.bias + bias } else { HIDDEN };
        let others = if pass.biases.is_empty() {
            floats.put(keys.iter().map(|key| other(key, 0.0)).chain(hidden()))
        } else {
            floats.put(chunk.queries.clone().flat_map(|query| {
                let biases = keys.iter().zip(pass.biases_of(query));
                biases.map(|(key, bias)| other(key, *bias)).chain(hidden())
            }))
        };
        let own = floats.put(keys.iter().map(|key| if key.live { 0.0 } else { HIDDEN }).chain(hidden()));
        // The attention received is the mean over heads and over the measured queries of the whole pass.
        let mean = 1.0 / pass.measured().len().max(1) as f32 / config.heads as f32;
        let share = floats.put(
            (0..config.heads)
                .flat_map(|_| (0..queries).map(|query| if chunk.measured.contains(&query) { mean } else { 0.0 })),
        );

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
            others: float(&others).reshape([others.len() / context, context]),
            own: float(&own).reshape([1, context]),
            in_set: pass.in_set,
            lanes: lanes.map(|[of_queries, from, to]| Lanes {
                of_queries: int(&of_queries).reshape([queries, 1]),
                from: int(&from).reshape([1, context]),
                to: int(&to).reshape([1, context]),
            }),
        };
        let mut windows = config.windows.clone();
        windows.sort_unstable();
        windows.dedup();
        let rows: Vec<usize> = batch.iter().map(|query| query.row).collect();
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
            share: chunk.measures.then(|| float(&share).reshape([1, config.heads * queries])),
            logits: chunk.logits.clone(),
            observe: pass.observe,
            layer_weights: if chunk.measures { pass.layer_weights.clone() } else { Vec::new() },
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
