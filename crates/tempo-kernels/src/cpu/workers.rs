//! Threads that share no memory: each stores a part of every large matrix.
//!
//! A tab has no other. Threads of one wasm memory need another standard library, and a graphics device that may be used
//! from any of them, which a browser's may not. So every worker is an instance of its own, and what crosses over are the
//! rows of a product and its results: kilobytes, where the weights are megabytes. The weights of a large model then also need
//! not fit into the one 4 GiB that an instance can address.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::lanes::Unit;
use super::matrix::CpuMatrix;
use super::product::{Panels, Target};
use super::rows::PackedRows;
use crate::BLOCK;

/// Weights that a worker's part has to have: it takes some 20 us to send rows and to get their results.
const WORTH_SENDING: usize = 1 << 17;

/// The workers, as the thread of the model sees them. All store as many parts, in the same order, so that a part has the
/// same number with every worker.
pub trait WorkerPool: Debug + Send + Sync {
    /// Starts the workers. Where that fails there are none.
    fn gather(&self) -> Pin<Box<dyn Future<Output = ()> + '_>>;

    /// How many there are.
    fn workers(&self) -> usize;

    /// Gives every worker its part of the next matrix, as [`Worker::store`] takes it.
    fn store(&self, parts: Vec<Vec<u32>>);

    /// Ends when all workers have their parts, and room for so many words of rows and of results.
    ///
    /// # Errors
    /// Why a worker cannot.
    fn start(&self, rows: usize, results: usize) -> Pin<Box<dyn Future<Output = Result<(), String>> + '_>>;

    /// Lets all workers multiply these rows with their part: as many as `rows`, in `words`, for [`Worker::room`].
    fn multiply(&self, part: usize, rows: usize, words: [&[u32]; 2]);

    /// Waits for the results of a worker: `[rows, outputs of its part]`. When they do not come, the worker counts as lost.
    fn results(&self, worker: usize, to: &mut [f32]);

    /// One row of a worker's part, decoded: `[columns]`.
    fn row(&self, worker: usize, part: usize, row: usize, to: &mut [f32]);

    /// Whether a worker was lost since [`start`](Self::start); what was computed since then is void.
    fn lost(&self) -> bool;

    /// Drops all parts.
    fn dismiss(&self);
}

/// The parts of one model's matrices that workers store; dropping it drops them.
#[derive(Debug)]
pub struct MatrixShares {
    pool: &'static dyn WorkerPool,
    /// Weights that a part has to have.
    worth: usize,
    parts: usize,
    /// Most columns of a matrix, and most outputs of a part.
    columns: usize,
    outputs: usize,
}

impl MatrixShares {
    /// Starts the workers, which store nothing yet.
    pub async fn gather(pool: &'static dyn WorkerPool) -> Self {
        pool.gather().await;
        Self::new(pool, WORTH_SENDING)
    }

    pub(super) fn new(pool: &'static dyn WorkerPool, worth: usize) -> Self {
        Self { pool, worth, parts: 0, columns: 0, outputs: 0 }
    }

    pub(super) fn pool(&self) -> &dyn WorkerPool {
        self.pool
    }

    /// Workers that have a part.
    pub(super) fn workers(&self) -> usize {
        if self.parts == 0 { 0 } else { self.pool.workers() }
    }

    /// Splits a matrix: a part stays here, workers get the others. Small matrices stay whole.
    pub fn share(&mut self, matrix: CpuMatrix) -> CpuMatrix {
        let shares = self.pool.workers() + 1;
        if shares == 1 || matrix.work(1) < self.worth * shares {
            return matrix;
        }
        let (here, parts) = matrix.split(self.parts, shares);
        self.parts += 1;
        self.columns = self.columns.max(here.depth);
        let outputs = here.remote.iter().flat_map(|remote| &remote.outputs).map(ExactSizeIterator::len);
        self.outputs = outputs.fold(self.outputs, usize::max);
        self.pool.store(parts);
        here
    }

    /// Waits until the workers are ready for passes.
    ///
    /// # Errors
    /// Why one is not.
    pub async fn start(&self) -> Result<(), String> {
        if self.parts == 0 {
            return Ok(());
        }
        // A row's words, or pairs of 16 bits and a scale for every block; a decoded row is a result, too.
        let rows = super::BLOCK_ROWS * (self.columns + self.columns / BLOCK);
        self.pool.start(rows, (super::BLOCK_ROWS * self.outputs).max(self.columns)).await
    }
}

impl Drop for MatrixShares {
    fn drop(&mut self) {
        self.pool.dismiss();
    }
}

/// One worker: its parts of the matrices, and the memory that products take.
#[derive(Debug)]
pub struct Worker {
    unit: Unit,
    parts: Vec<CpuMatrix>,
    rows: PackedRows,
    room: Vec<f32>,
    starts: Vec<usize>,
    /// `[rows, outputs]`
    results: Vec<f32>,
}

impl Default for Worker {
    fn default() -> Self {
        let (parts, rows, room, starts, results) = Default::default();
        Self { unit: Unit::new(), parts, rows, room, starts, results }
    }
}

impl Worker {
    /// Stores a part and gives its number.
    pub fn store(&mut self, words: Vec<u32>) -> usize {
        self.parts.push(CpuMatrix::from_words(words));
        self.parts.len() - 1
    }

    /// Where the words of so many rows go before they are multiplied with a part.
    pub fn room(&mut self, part: usize, rows: usize) -> [&mut [u32]; 2] {
        let part = &self.parts[part];
        self.rows.room(self.unit, part.format, rows, part.depth)
    }

    /// Multiplies them: `[rows, outputs of the part]`.
    pub fn multiply(&mut self, part: usize, rows: usize) -> &[f32] {
        let part = &self.parts[part];
        self.starts.clear();
        self.starts.extend((0..rows).map(|row| row * part.rows));
        self.results.resize(rows * part.rows, 0.0);
        let y = Target { numbers: &mut self.results, starts: &self.starts, add: false };
        self.rows.times(self.unit, Panels::from(part), y, &mut self.room);
        &self.results
    }

    /// A row of a part, decoded: `[columns, padded]`.
    pub fn row(&mut self, part: usize, row: usize) -> &[f32] {
        let part = &self.parts[part];
        self.results.resize(part.depth, 0.0);
        part.row(row, 1.0, &mut self.results);
        &self.results
    }
}
