//! Rows times a matrix, shared out among threads where it is large.
//!
//! Natively a share is some of the matrix's panels, and rayon's pool takes them; in a tab a share is the part that a
//! [worker](super::workers) stores. Either way an output is computed as one thread would compute it.

use rayon::prelude::*;

use super::lanes::Unit;
use super::matrix::CpuMatrix;
use super::product::{Panels, Target};
use super::rows::PackedRows;
use super::threads;
use super::workers::WorkerPool;

/// Who computes products.
#[derive(Clone, Copy, Debug)]
pub(super) struct Executor<'a> {
    pub(super) unit: Unit,
    /// Threads of rayon's pool that take part.
    pub(super) threads: usize,
    pub(super) workers: Option<&'a dyn WorkerPool>,
}

/// Memory that lasts from product to product.
#[derive(Debug, Default)]
pub(super) struct Multiplier {
    rows: PackedRows,
    starts: Vec<usize>,
    shares: Vec<Share>,
}

#[derive(Debug, Default)]
struct Share {
    /// Room for a panel of weights, decoded.
    room: Vec<f32>,
    starts: Vec<usize>,
    /// `[rows, outputs of the share]`
    results: Vec<f32>,
}

impl Multiplier {
    /// `to[r, o] = sum over k of rows[r, k] * matrix[o, k]`, or that much more.
    pub(super) fn multiply<'a>(
        &mut self,
        Executor { unit, threads, workers }: Executor,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        matrix: &CpuMatrix,
        to: &mut [f32],
        add: bool,
    ) {
        let count = rows.len();
        self.rows.fill(unit, matrix.format, matrix.depth, matrix.factor, rows);
        let remote = workers.zip(matrix.remote.as_ref());
        if let Some((workers, remote)) = remote {
            workers.multiply(remote.part, count, self.rows.words());
        }
        let shares = threads::shares(matrix.panels(), matrix.work(count), threads);
        self.shares.resize_with(shares.max(self.shares.len()).max(1), Share::default);
        if shares > 1 {
            self.in_threads(unit, count, matrix, &mut Results { to, outputs: matrix.rows, add }, shares);
        } else {
            self.starts.clear();
            self.starts.extend((0..count).map(|row| row * matrix.rows));
            let y = Target { numbers: to, starts: &self.starts, add };
            self.rows.times(unit, Panels::from(matrix), y, &mut self.shares[0].room);
        }
        if let Some((workers, remote)) = remote {
            let results = &mut self.shares[0].results;
            for (worker, outputs) in remote.outputs.iter().enumerate() {
                results.resize(count * outputs.len(), 0.0);
                workers.results(worker, results);
                Results { to, outputs: matrix.rows, add }.put(outputs.start, outputs.len(), results);
            }
        }
    }

    fn in_threads(&mut self, unit: Unit, count: usize, matrix: &CpuMatrix, results: &mut Results, shares: usize) {
        let (rows, all, panels) = (&self.rows, Panels::from(matrix), matrix.panels());
        let part = |share| all.part(threads::panels(panels, shares, share), matrix.width);
        self.shares[..shares].par_iter_mut().with_max_len(1).enumerate().for_each(|(number, share)| {
            let part = part(number);
            share.starts.clear();
            share.starts.extend((0..count).map(|row| row * part.outputs));
            share.results.resize(count * part.outputs, 0.0);
            let y = Target { numbers: &mut share.results, starts: &share.starts, add: false };
            rows.times(unit, part, y, &mut share.room);
        });
        for (number, share) in self.shares[..shares].iter().enumerate() {
            let first = threads::panels(panels, shares, number).start * matrix.width;
            results.put(first, part(number).outputs, &share.results);
        }
    }
}

/// Where all outputs go: `[rows, outputs]`
struct Results<'a> {
    to: &'a mut [f32],
    outputs: usize,
    add: bool,
}

impl Results<'_> {
    /// Puts some outputs of every row in their place.
    fn put(&mut self, first: usize, outputs: usize, results: &[f32]) {
        if outputs == 0 {
            return;
        }
        for (to, results) in self.to.chunks_exact_mut(self.outputs).zip(results.chunks_exact(outputs)) {
            let to = &mut to[first..first + outputs];
            if self.add { super::math::add(to, results, 1.0) } else { to.copy_from_slice(results) }
        }
    }
}
