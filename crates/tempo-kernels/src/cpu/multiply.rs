//! Rows times a matrix, shared out among threads where it is large.
//!
//! Natively a share is some of the matrix's panels, and rayon's pool takes them; in a tab a share is what a member of a
//! [`Crew`](super::crew::Crew) keeps. Either way an output is computed as one thread would compute it.

use rayon::prelude::*;

use super::lanes::Unit;
use super::matrix::CpuMatrix;
use super::product::{Panels, Target};
use super::rows::Rows;
use super::steps::With;
use super::threads;

/// Memory that is kept from product to product.
#[derive(Debug, Default)]
pub(super) struct Multiplier {
    rows: Rows,
    starts: Vec<usize>,
    shares: Vec<Share>,
}

#[derive(Debug, Default)]
struct Share {
    /// Room for a panel of weights, decoded.
    room: Vec<f32>,
    starts: Vec<usize>,
    /// `[rows, outputs of the share]`
    answer: Vec<f32>,
}

impl Multiplier {
    /// `to[r, o] = sum over k of rows[r, k] * matrix[o, k]`, or that much more.
    pub(super) fn multiply<'a>(
        &mut self,
        With { unit, threads, crew }: With,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        matrix: &CpuMatrix,
        to: &mut [f32],
        add: bool,
    ) {
        let count = rows.len();
        self.rows.fill(matrix.format, matrix.depth, matrix.factor, rows);
        let far = crew.zip(matrix.far.as_ref());
        if let Some((crew, far)) = far {
            crew.ask(far.part, count, self.rows.words());
        }
        let shares = threads::shares(matrix.panels(), matrix.work(count), threads);
        self.shares.resize_with(shares.max(self.shares.len()).max(1), Share::default);
        if shares > 1 {
            self.in_threads(unit, count, matrix, &mut Answer { to, outputs: matrix.rows, add }, shares);
        } else {
            self.starts.clear();
            self.starts.extend((0..count).map(|row| row * matrix.rows));
            let y = Target { numbers: to, starts: &self.starts, add };
            self.rows.times(unit, Panels::from(matrix), y, &mut self.shares[0].room);
        }
        if let Some((crew, far)) = far {
            let answer = &mut self.shares[0].answer;
            for (member, outputs) in far.outputs.iter().enumerate() {
                answer.resize(count * outputs.len(), 0.0);
                crew.answer(member, answer);
                Answer { to, outputs: matrix.rows, add }.put(outputs.start, outputs.len(), answer);
            }
        }
    }

    fn in_threads(&mut self, unit: Unit, count: usize, matrix: &CpuMatrix, answer: &mut Answer, shares: usize) {
        let (rows, all, panels) = (&self.rows, Panels::from(matrix), matrix.panels());
        let part = |share| all.part(threads::panels(panels, shares, share), matrix.width);
        self.shares[..shares].par_iter_mut().with_max_len(1).enumerate().for_each(|(number, share)| {
            let part = part(number);
            share.starts.clear();
            share.starts.extend((0..count).map(|row| row * part.outputs));
            share.answer.resize(count * part.outputs, 0.0);
            let y = Target { numbers: &mut share.answer, starts: &share.starts, add: false };
            rows.times(unit, part, y, &mut share.room);
        });
        for (number, share) in self.shares[..shares].iter().enumerate() {
            let first = threads::panels(panels, shares, number).start * matrix.width;
            answer.put(first, part(number).outputs, &share.answer);
        }
    }
}

/// Where all outputs go: `[rows, outputs]`
struct Answer<'a> {
    to: &'a mut [f32],
    outputs: usize,
    add: bool,
}

impl Answer<'_> {
    /// Puts some outputs of every row in their place.
    fn put(&mut self, first: usize, outputs: usize, answers: &[f32]) {
        if outputs == 0 {
            return;
        }
        for (to, answer) in self.to.chunks_exact_mut(self.outputs).zip(answers.chunks_exact(outputs)) {
            let to = &mut to[first..first + outputs];
            if self.add { super::math::add(to, answer, 1.0) } else { to.copy_from_slice(answer) }
        }
    }
}
