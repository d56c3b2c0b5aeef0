//! Shared memory between the model's thread and the workers.
//!
//! ```text
//! turn, order, part, rows or row, worker, lengths, and where all this is    16 words
//! by worker: the last turn that it has done                               16 words each, so that none wait for another
//! words of the rows                                                       as many as the largest product has
//! by worker: its results                                                  as many as the largest has
//! ```
//!
//! An order is written, then the turn goes up; a worker does what is written and then notes the turn as done. Nothing is
//! written before all have noted the turn before.

use std::convert::Infallible;

use js_sys::{Atomics, Float32Array, Int32Array, SharedArrayBuffer, Uint32Array};
use tempo_model::Worker;
use wasm_bindgen::JsValue;

const TURN: u32 = 0;
const ORDER: u32 = 1;
const PART: u32 = 2;
const ROW: u32 = 3;
const WORKER: u32 = 4;
const FIRST: u32 = 5;
const SECOND: u32 = 6;
const WORKERS: u32 = 7;
const ROWS_AT: u32 = 8;
const RESULTS_AT: u32 = 9;
const RESULTS: u32 = 10;
/// Orders.
const MULTIPLY: usize = 1;
const DECODE: usize = 2;
/// Words of a line of the processor's cache.
const LINE: u32 = 16;

/// Polls before sleeping, some 100 us: about as long as it is from one product to the next. Ten times as many made two
/// threads a tenth faster on two free processors, and three threads ten times slower on them.
const POLLS: usize = 2_000;
/// Milliseconds after which a worker counts as lost. Twice, since a computer that sleeps wakes with its time run out.
const PATIENCE: f64 = 30_000.0;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// The rows times a part.
    Multiply { part: usize, rows: usize },
    /// A row of one worker's part.
    Row { worker: usize, part: usize, row: usize },
}

/// One side of the memory.
#[derive(Debug)]
pub(super) struct Mailbox {
    memory: SharedArrayBuffer,
    state: Int32Array,
    words: Uint32Array,
    numbers: Float32Array,
}

impl Mailbox {
    /// Memory for rows and results of so many words.
    pub(super) fn new(workers: usize, rows: usize, results: usize) -> Self {
        let [workers, rows, results] = [workers, rows, results].map(whole);
        let rows_at = LINE * (workers + 1);
        let results_at = rows_at + rows.next_multiple_of(LINE);
        let results = results.next_multiple_of(LINE);
        let mailbox = Self::of(SharedArrayBuffer::new(4 * (results_at + workers * results)));
        for (index, value) in [(WORKERS, workers), (ROWS_AT, rows_at), (RESULTS_AT, results_at), (RESULTS, results)] {
            mailbox.words.set_index(index, value);
        }
        mailbox
    }

    /// The same memory from the other side.
    pub(super) fn of(memory: SharedArrayBuffer) -> Self {
        let (state, words) = (Int32Array::new(&memory), Uint32Array::new(&memory));
        let numbers = Float32Array::new(&memory);
        Self { memory, state, words, numbers }
    }

    pub(super) fn memory(&self) -> &SharedArrayBuffer {
        &self.memory
    }

    pub(super) fn workers(&self) -> usize {
        self.words.get_index(WORKERS) as usize
    }

    /// Writes an order, with the words of rows, and wakes the workers.
    pub(super) fn send(&self, order: Order, words: [&[u32]; 2]) -> Result<(), JsValue> {
        let mut at = self.words.get_index(ROWS_AT);
        for words in words.iter().filter(|words| !words.is_empty()) {
            let end = at + whole(words.len());
            self.words.subarray(at, end).copy_from(words);
            at = end;
        }
        let fields = match order {
            Order::Multiply { part, rows } => [MULTIPLY, part, rows, 0],
            Order::Row { worker, part, row } => [DECODE, part, row, worker],
        };
        let fields = fields.into_iter().chain(words.map(<[u32]>::len)).map(whole);
        for (index, value) in [ORDER, PART, ROW, WORKER, FIRST, SECOND].into_iter().zip(fields) {
            self.words.set_index(index, value);
        }
        let turn = Atomics::load(&self.state, TURN)?.wrapping_add(1);
        Atomics::store(&self.state, TURN, turn)?;
        Atomics::notify(&self.state, TURN)?;
        Ok(())
    }

    /// Waits until a worker has noted the turn as done. False when it does not.
    pub(super) fn wait(&self, worker: usize) -> Result<bool, JsValue> {
        let turn = Atomics::load(&self.state, TURN)?;
        let done = LINE * (whole(worker) + 1);
        for _ in 0..POLLS {
            if Atomics::load(&self.state, done)? == turn {
                return Ok(true);
            }
        }
        for _ in 0..2 {
            loop {
                let before = Atomics::load(&self.state, done)?;
                if before == turn {
                    return Ok(true);
                }
                if Atomics::wait_with_timeout(&self.state, done, before, PATIENCE)? == "timed-out" {
                    break;
                }
            }
        }
        Ok(false)
    }

    /// Waits for a worker's results.
    pub(super) fn receive(&self, worker: usize, to: &mut [f32]) -> Result<bool, JsValue> {
        if !self.wait(worker)? {
            return Ok(false);
        }
        let start = self.results_of(whole(worker));
        self.numbers.subarray(start, start + whole(to.len())).copy_to(to);
        Ok(true)
    }

    fn results_of(&self, worker: u32) -> u32 {
        self.words.get_index(RESULTS_AT) + worker * self.words.get_index(RESULTS)
    }

    /// The side of a worker: does what is ordered until it is ended.
    pub(super) fn work(&self, number: u32, worker: &mut Worker) -> Result<Infallible, JsValue> {
        let mut turn = 0;
        loop {
            turn = self.next_turn(turn)?;
            let [order, part, row] = [ORDER, PART, ROW].map(|index| self.words.get_index(index) as usize);
            match order {
                MULTIPLY => {
                    let mut at = self.words.get_index(ROWS_AT);
                    for (room, length) in worker.room(part, row).into_iter().zip([FIRST, SECOND]) {
                        let end = at + self.words.get_index(length);
                        if end > at {
                            self.words.subarray(at, end).copy_to(room);
                        }
                        at = end;
                    }
                    self.put(number, worker.multiply(part, row));
                }
                DECODE if self.words.get_index(WORKER) == number => self.put(number, worker.row(part, row)),
                _ => {}
            }
            let done = LINE * (number + 1);
            Atomics::store(&self.state, done, turn)?;
            Atomics::notify(&self.state, done)?;
        }
    }

    fn put(&self, worker: u32, results: &[f32]) {
        let start = self.results_of(worker);
        self.numbers.subarray(start, start + whole(results.len())).copy_from(results);
    }

    fn next_turn(&self, before: i32) -> Result<i32, JsValue> {
        for _ in 0..POLLS {
            let turn = Atomics::load(&self.state, TURN)?;
            if turn != before {
                return Ok(turn);
            }
        }
        loop {
            Atomics::wait(&self.state, TURN, before)?;
            let turn = Atomics::load(&self.state, TURN)?;
            if turn != before {
                return Ok(turn);
            }
        }
    }
}

/// Sizes here are far below 2^32: a wasm memory has no more.
fn whole(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
