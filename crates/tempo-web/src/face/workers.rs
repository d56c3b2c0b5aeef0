//! Threads in a tab: workers with instances of their own, which multiply parts of large matrices.
//!
//! JavaScript owns the workers and hands parts over; rows and results go through shared memory, the [`Mailbox`]. Both sides
//! block there, which workers may. A dismissed worker is ended, since the memory of an instance never shrinks.
//! [`JsWorkerPool`] is JavaScript's pool of workers, [`MatrixWorker`] what each of them runs.

mod mailbox;
mod worker;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use js_sys::{Promise, SharedArrayBuffer, Uint32Array};
use tempo_model::WorkerPool;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use mailbox::{Mailbox, Order};

pub use worker::MatrixWorker;

#[wasm_bindgen]
extern "C" {
    /// The workers, as JavaScript has them.
    #[wasm_bindgen(typescript_type = "WorkerPool")]
    #[derive(Debug)]
    pub type JsWorkerPool;

    #[wasm_bindgen(method)]
    fn gather(this: &JsWorkerPool) -> Promise;

    #[wasm_bindgen(method, getter)]
    fn workers(this: &JsWorkerPool) -> usize;

    #[wasm_bindgen(method)]
    fn store(this: &JsWorkerPool, worker: usize, part: Uint32Array);

    #[wasm_bindgen(method)]
    fn start(this: &JsWorkerPool, mailbox: &SharedArrayBuffer) -> Promise;

    #[wasm_bindgen(method)]
    fn dismiss(this: &JsWorkerPool);
}

thread_local! {
    /// The workers that this worker has: what implements the trait has to be free of JavaScript's objects, which belong to
    /// one thread.
    static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Pool {
    js: JsWorkerPool,
    mailbox: Option<Mailbox>,
    lost: bool,
}

/// Takes the workers for all models to come.
pub(super) fn set_pool(js: JsWorkerPool) -> &'static dyn WorkerPool {
    POOL.set(Some(Pool { js, mailbox: None, lost: false }));
    &Workers
}

fn with<T>(work: impl FnOnce(&mut Pool) -> T) -> Option<T> {
    POOL.with_borrow_mut(|pool| pool.as_mut().map(work))
}

/// Uses the mailbox. What fails there once has failed for good.
fn with_mailbox(work: impl FnOnce(&mut Mailbox) -> Result<bool, JsValue>) {
    with(|pool| {
        if let (Some(mailbox), false) = (&mut pool.mailbox, pool.lost) {
            pool.lost = !matches!(work(mailbox), Ok(true));
        }
    });
}

#[derive(Debug)]
struct Workers;

impl WorkerPool for Workers {
    fn gather(&self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async {
            if let Some(gather) = with(|pool| pool.js.gather()) {
                // The pool says itself how many there are.
                let _ = JsFuture::from(gather).await;
            }
        })
    }

    fn workers(&self) -> usize {
        with(|pool| pool.js.workers()).unwrap_or_default()
    }

    fn store(&self, parts: Vec<Vec<u32>>) {
        with(|pool| {
            for (worker, part) in parts.into_iter().enumerate() {
                pool.js.store(worker, Uint32Array::from(part.as_slice()));
            }
        });
    }

    fn start(&self, rows: usize, results: usize) -> Pin<Box<dyn Future<Output = Result<(), String>> + '_>> {
        Box::pin(async move {
            let start = with(|pool| {
                let mailbox = Mailbox::new(pool.js.workers(), rows, results);
                let start = pool.js.start(mailbox.memory());
                (pool.mailbox, pool.lost) = (Some(mailbox), false);
                start
            });
            let Some(start) = start else { return Ok(()) };
            match JsFuture::from(start).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    with(|pool| pool.lost = true);
                    Err(error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into()))
                }
            }
        })
    }

    fn multiply(&self, part: usize, rows: usize, words: [&[u32]; 2]) {
        with_mailbox(|mailbox| mailbox.send(Order::Multiply { part, rows }, words).map(|()| true));
    }

    fn results(&self, worker: usize, to: &mut [f32]) {
        with_mailbox(|mailbox| mailbox.receive(worker, to));
    }

    fn row(&self, worker: usize, part: usize, row: usize, to: &mut [f32]) {
        with_mailbox(|mailbox| {
            mailbox.send(Order::Row { worker, part, row }, [&[], &[]])?;
            // All take note before the next order is written.
            for other in 0..mailbox.workers() {
                if !mailbox.wait(other)? {
                    return Ok(false);
                }
            }
            mailbox.receive(worker, to)
        });
    }

    fn lost(&self) -> bool {
        with(|pool| pool.lost).unwrap_or(true)
    }

    fn dismiss(&self) {
        with(|pool| {
            (pool.mailbox, pool.lost) = (None, false);
            pool.js.dismiss();
        });
    }
}
