//! The KV cache: keys and values of all layers, written in place by row.
//!
//! A row is where a token's key and value lie; which token that is, who may see it and at which position it was turned
//! is the caller's business. Rows are allocated once per [`begin`](Cache::begin) and never move.

use std::ops::Range;

use burn::tensor::{Device, Tensor};

/// Rows come in multiples of this many. A prefix of so many rows starts and ends at an address that a GPU can bind
/// (256 bytes) from a head size of 8 on, so reading the context copies nothing, and shapes change rarely.
const ROW_STEP: usize = 8;

/// Rounds up to whole steps of rows.
pub(crate) fn whole_rows(rows: usize) -> usize {
    rows.max(1).next_multiple_of(ROW_STEP)
}

/// Keys and values of one layer, `[kv_heads, rows, head_dim]` each.
#[derive(Debug)]
pub(crate) struct LayerCache {
    keys: Tensor<3>,
    values: Tensor<3>,
}

/// The cache of all layers.
#[derive(Debug)]
pub(crate) struct Cache {
    layers: Vec<LayerCache>,
    rows: usize,
    /// Rows below this one may hold something.
    touched: usize,
}

/// The sizes that a cache row has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowShape {
    pub(crate) layers: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
}

impl RowShape {
    /// Bytes of one row in all layers.
    pub(crate) fn bytes(self) -> u64 {
        (2 * self.layers * self.kv_heads * self.head_dim * size_of::<f32>()) as u64
    }

    /// Bytes of the largest single buffer that a cache of `rows` needs.
    pub(crate) fn buffer_bytes(self, rows: usize) -> u64 {
        (self.kv_heads * self.head_dim * size_of::<f32>()) as u64 * whole_rows(rows) as u64
    }
}

impl Cache {
    /// A cache without rows.
    pub(crate) fn empty() -> Self {
        Self { layers: Vec::new(), rows: 0, touched: 0 }
    }

    /// Rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Makes room for `rows` rows, all zero. Buffers that are large enough are cleared and used again: rows that
    /// no query sees still enter a product with weight 0, so what an earlier run left there must at least be finite.
    pub(crate) fn begin(&mut self, rows: usize, shape: RowShape, device: &Device) {
        let rows = whole_rows(rows);
        if rows > self.rows {
            *self = Self::empty(); // the old buffers go before the new ones come
            let size = [shape.kv_heads, rows, shape.head_dim];
            let zeros = || device.memory_persistent_allocations((), |()| Tensor::zeros(size, device));
            self.layers = (0..shape.layers).map(|_| LayerCache { keys: zeros(), values: zeros() }).collect();
            self.rows = rows;
        } else if self.touched > 0 {
            let stale = 0..self.touched;
            for layer in &mut self.layers {
                layer.keys.inplace(|keys| keys.slice_fill([0..shape.kv_heads, stale.clone()], 0.0));
                layer.values.inplace(|values| values.slice_fill([0..shape.kv_heads, stale.clone()], 0.0));
            }
        }
        self.touched = 0;
    }

    /// Makes room for `rows` rows in all; what the old ones hold goes with them.
    pub(crate) fn grow(&mut self, rows: usize, shape: RowShape, device: &Device) {
        let rows = whole_rows(rows);
        if rows <= self.rows {
            return;
        }
        let held = [0..shape.kv_heads, 0..self.rows];
        let size = [shape.kv_heads, rows, shape.head_dim];
        let enlarge = |old: &mut Tensor<3>| {
            let new = device.memory_persistent_allocations((), |()| Tensor::zeros(size, device));
            old.inplace(|old| new.slice_assign(held.clone(), old));
        };
        for layer in &mut self.layers {
            enlarge(&mut layer.keys);
            enlarge(&mut layer.values);
        }
        self.rows = rows;
    }

    /// The cache of one layer.
    pub(crate) fn layer(&mut self, layer: usize) -> &mut LayerCache {
        &mut self.layers[layer]
    }

    /// Notes that rows below `end` are about to be written.
    pub(crate) fn touch(&mut self, end: usize) {
        self.touched = self.touched.max(end);
    }
}

impl LayerCache {
    /// Writes one key and one value per query, in place: `runs` are the rows they go to, contiguous run by run.
    ///
    /// # Shapes
    /// `keys` and `values`: `[kv_heads, queries, head_dim]`
    pub(crate) fn write(&mut self, runs: &[Range<usize>], keys: &Tensor<3>, values: &Tensor<3>) {
        let mut from = 0;
        for run in runs {
            let part = |tensor: &Tensor<3>| tensor.clone().narrow(1, from, run.len());
            let (new_keys, new_values) = (part(keys), part(values));
            let [heads, _, _] = new_keys.dims();
            let target = [0..heads, run.clone()];
            self.keys.inplace(|keys| keys.slice_assign(target.clone(), new_keys));
            self.values.inplace(|values| values.slice_assign(target.clone(), new_values));
            from += run.len();
        }
    }

    /// The first `context` rows.
    ///
    /// # Shapes
    /// `[kv_heads, context, head_dim]` each
    pub(crate) fn read(&self, context: usize) -> (Tensor<3>, Tensor<3>) {
        (self.keys.clone().narrow(1, 0, context), self.values.clone().narrow(1, 0, context))
    }
}

/// Splits rows into contiguous ascending runs, in order.
pub(crate) fn runs(rows: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &row in rows {
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::cpu;

    #[test]
    fn rows_come_in_runs() {
        assert_eq!(runs(&[3, 4, 5, 0]), [3..6, 0..1]);
        assert_eq!(runs(&[5, 6, 0, 1, 12, 9]), [5..7, 0..2, 12..13, 9..10]);
        assert_eq!(runs(&[2, 1, 0]), [2..3, 1..2, 0..1]);
        assert_eq!(runs(&[]), [0..0; 0]);
    }

    #[test]
    fn buffers_grow_and_are_used_again() {
        let shape = RowShape { layers: 2, kv_heads: 3, head_dim: 4 };
        let mut cache = Cache::empty();
        cache.begin(5, shape, &cpu().device);
        assert_eq!(cache.rows(), 8);
        cache.begin(9, shape, &cpu().device);
        assert_eq!((cache.rows(), cache.layer(1).keys.dims()), (16, [3, 16, 4]));
        cache.begin(1, shape, &cpu().device);
        assert_eq!(cache.rows(), 16);
        assert_eq!((shape.bytes(), shape.buffer_bytes(9)), (192, 768));
    }

    #[test]
    fn growing_keeps_what_is_there() {
        let device = cpu().device;
        let shape = RowShape { layers: 1, kv_heads: 2, head_dim: 2 };
        let mut cache = Cache::empty();
        cache.begin(8, shape, &device);
        let new = Tensor::<3>::ones([2, 8, 2], &device);
        cache.layer(0).write(&runs(&[0, 1, 2, 3, 4, 5, 6, 7]), &new, &(new.clone() * 2.0));
        cache.touch(8);
        cache.grow(4, shape, &device);
        assert_eq!(cache.rows(), 8);
        cache.grow(17, shape, &device);
        assert_eq!((cache.rows(), cache.layer(0).keys.dims()), (24, [2, 24, 2]));
        let (_, values) = cache.layer(0).read(16);
        let values: Vec<f32> = pollster::block_on(values.into_data_async()).unwrap().try_into_vec().unwrap();
        let head = [[2.0; 16], [0.0; 16]].concat();
        assert_eq!(values, head.repeat(2));
    }

    #[test]
    fn a_row_is_read_where_it_was_written_and_cleared_by_the_next_run() {
        let device = cpu().device;
        let mut cache = Cache::empty();
        let shape = RowShape { layers: 1, kv_heads: 2, head_dim: 2 };
        cache.begin(8, shape, &device);
        let token = |number: f32| Tensor::<3>::full([2, 1, 2], number, &device);
        let new = Tensor::cat(vec![token(1.0), token(2.0), token(3.0)], 1);
        cache.touch(8);
        cache.layer(0).write(&[6..8, 0..1], &new, &(new.clone() * 10.0));
        let read = |cache: &mut Cache| {
            let (keys, values) = cache.layer(0).read(8);
            [keys, values].map(|tensor| -> Vec<f32> {
                let head = tensor.narrow(0, 1, 1).narrow(2, 0, 1);
                pollster::block_on(head.into_data_async()).unwrap().try_into_vec().unwrap()
            })
        };
        let [keys, values] = read(&mut cache);
        assert_eq!(keys, [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0]);
        assert_eq!(values, [30.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 20.0]);
        cache.begin(8, shape, &device);
        assert_eq!(read(&mut cache), [vec![0.0; 8], vec![0.0; 8]]);
    }
}
