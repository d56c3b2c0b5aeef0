//! Threads that share no memory: each keeps a part of every large matrix.
//!
//! A tab has no other. Threads of one wasm memory need another standard library, and a graphics device that may be used
//! from any of them, which a browser's may not. So every member of a crew is an instance of its own, and what crosses over
//! are the rows of a product and its answers: kilobytes, where the weights are megabytes. The weights of a large model then
//! also need not fit into the one 4 GiB that an instance can address.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::lanes::Unit;
use super::matrix::CpuMatrix;
use super::product::{Panels, Target};
use super::rows::Rows;
use crate::BLOCK;

/// Weights that a share has to have for a member to be asked: it takes some 20 us to ask and to be answered.
const WORTH_ASKING: usize = 1 << 17;

/// The side of the one who asks. All members keep as many parts, in the same order, so a part has one number.
pub trait Crew: Debug + Send + Sync {
    /// Gets the members together. Where that fails there are none.
    fn gather(&self) -> Pin<Box<dyn Future<Output = ()> + '_>>;

    /// Members beside the one who asks.
    fn members(&self) -> usize;

    /// Gives every member its part of the next matrix, as [`Member::keep`] takes it.
    fn keep(&self, parts: Vec<Vec<u32>>);

    /// Ends when all members have what they were given and room for so many words of rows and of answers.
    ///
    /// # Errors
    /// Why a member cannot.
    fn start(&self, rows: usize, answers: usize) -> Pin<Box<dyn Future<Output = Result<(), String>> + '_>>;

    /// Lets all members multiply these rows with their part: as many as `rows`, in `words`, for [`Member::room`].
    fn ask(&self, part: usize, rows: usize, words: [&[u32]; 2]);

    /// Waits for the answer of a member: `[rows, outputs of its part]`. When it does not come, the member counts as lost.
    fn answer(&self, member: usize, to: &mut [f32]);

    /// One row of a member's part, decoded: `[columns]`.
    fn row(&self, member: usize, part: usize, row: usize, to: &mut [f32]);

    /// Whether a member was lost since they were hired; what was computed since then is void.
    fn lost(&self) -> bool;

    /// Drops all parts.
    fn dismiss(&self);
}

/// A crew that works for one model, and is dismissed with it.
#[derive(Debug)]
pub struct Hired {
    crew: &'static dyn Crew,
    /// Weights that a share has to have.
    worth: usize,
    parts: usize,
    /// Most columns of a matrix, and most outputs of a part.
    columns: usize,
    outputs: usize,
}

impl Hired {
    /// Gets a crew together, which keeps nothing yet.
    pub async fn gather(crew: &'static dyn Crew) -> Self {
        crew.gather().await;
        Self::from(crew, WORTH_ASKING)
    }

    pub(super) fn from(crew: &'static dyn Crew, worth: usize) -> Self {
        Self { crew, worth, parts: 0, columns: 0, outputs: 0 }
    }

    /// The members.
    pub(super) fn crew(&self) -> &dyn Crew {
        self.crew
    }

    /// Members that have a part.
    pub(super) fn members(&self) -> usize {
        if self.parts == 0 { 0 } else { self.crew.members() }
    }

    /// Shares a matrix out: a part stays, the others are given away. Small ones stay whole.
    pub fn share(&mut self, matrix: CpuMatrix) -> CpuMatrix {
        let shares = self.crew.members() + 1;
        if shares == 1 || matrix.work(1) < self.worth * shares {
            return matrix;
        }
        let (near, parts) = matrix.shared(self.parts, shares);
        self.parts += 1;
        self.columns = self.columns.max(near.depth);
        let outputs = near.far.iter().flat_map(|far| &far.outputs).map(ExactSizeIterator::len);
        self.outputs = outputs.fold(self.outputs, usize::max);
        self.crew.keep(parts);
        near
    }

    /// Waits until the members are ready for passes.
    ///
    /// # Errors
    /// Why one is not.
    pub async fn start(&self) -> Result<(), String> {
        if self.parts == 0 {
            return Ok(());
        }
        // A row's words, or pairs of 16 bits and a scale for every block; a decoded row is an answer, too.
        let rows = super::BLOCK_ROWS * (self.columns + self.columns / BLOCK);
        self.crew.start(rows, (super::BLOCK_ROWS * self.outputs).max(self.columns)).await
    }
}

impl Drop for Hired {
    fn drop(&mut self) {
        self.crew.dismiss();
    }
}

/// The side of a member.
#[derive(Debug)]
pub struct Member {
    unit: Unit,
    parts: Vec<CpuMatrix>,
    rows: Rows,
    room: Vec<f32>,
    starts: Vec<usize>,
    /// `[rows, outputs]`
    answer: Vec<f32>,
}

impl Default for Member {
    fn default() -> Self {
        let (parts, rows, room, starts, answer) = Default::default();
        Self { unit: Unit::new(), parts, rows, room, starts, answer }
    }
}

impl Member {
    /// Takes a part and gives its number.
    pub fn keep(&mut self, words: Vec<u32>) -> usize {
        self.parts.push(CpuMatrix::from_words(words));
        self.parts.len() - 1
    }

    /// Where the words of so many rows go before they are multiplied with a part.
    pub fn room(&mut self, part: usize, rows: usize) -> [&mut [u32]; 2] {
        let part = &self.parts[part];
        self.rows.room(part.format, rows, part.depth)
    }

    /// Multiplies them: `[rows, outputs of the part]`.
    pub fn multiply(&mut self, part: usize, rows: usize) -> &[f32] {
        let part = &self.parts[part];
        self.starts.clear();
        self.starts.extend((0..rows).map(|row| row * part.rows));
        self.answer.resize(rows * part.rows, 0.0);
        let y = Target { numbers: &mut self.answer, starts: &self.starts, add: false };
        self.rows.times(self.unit, Panels::from(part), y, &mut self.room);
        &self.answer
    }

    /// A row of a part, decoded: `[columns, padded]`.
    pub fn row(&mut self, part: usize, row: usize) -> &[f32] {
        let part = &self.parts[part];
        self.answer.resize(part.depth, 0.0);
        part.row(row, 1.0, &mut self.answer);
        &self.answer
    }
}
