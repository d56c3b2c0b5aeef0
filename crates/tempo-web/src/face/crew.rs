//! Threads in a tab: workers with instances of their own, which multiply parts of large matrices.
//!
//! JavaScript owns the workers and hands parts over; rows and answers go through shared memory, the [`Desk`]. Both sides
//! block there, which workers may. A dismissed worker is ended, since the memory of an instance never shrinks.

mod desk;
mod member;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use js_sys::{Promise, SharedArrayBuffer, Uint32Array};
use tempo_model::Crew;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use desk::{Desk, Order};

pub use member::CrewMember;

#[wasm_bindgen]
extern "C" {
    /// The workers, as JavaScript has them.
    #[wasm_bindgen(typescript_type = "CrewOffice")]
    #[derive(Debug)]
    pub type CrewOffice;

    #[wasm_bindgen(method)]
    fn gather(this: &CrewOffice) -> Promise;

    #[wasm_bindgen(method, getter)]
    fn members(this: &CrewOffice) -> usize;

    #[wasm_bindgen(method)]
    fn keep(this: &CrewOffice, member: usize, part: Uint32Array);

    #[wasm_bindgen(method)]
    fn start(this: &CrewOffice, desk: &SharedArrayBuffer) -> Promise;

    #[wasm_bindgen(method)]
    fn dismiss(this: &CrewOffice);
}

thread_local! {
    /// The workers of this worker: the trait's side has to be free of JavaScript's objects, which belong to one thread.
    static HIRED: RefCell<Option<Hired>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Hired {
    office: CrewOffice,
    desk: Option<Desk>,
    lost: bool,
}

/// Takes the workers for all models to come.
pub(super) fn hire(office: CrewOffice) -> &'static dyn Crew {
    HIRED.set(Some(Hired { office, desk: None, lost: false }));
    &Workers
}

fn with<T>(work: impl FnOnce(&mut Hired) -> T) -> Option<T> {
    HIRED.with_borrow_mut(|hired| hired.as_mut().map(work))
}

/// At the desk. What fails there once has failed for good.
fn at_desk(work: impl FnOnce(&mut Desk) -> Result<bool, JsValue>) {
    with(|hired| {
        if let (Some(desk), false) = (&mut hired.desk, hired.lost) {
            hired.lost = !matches!(work(desk), Ok(true));
        }
    });
}

#[derive(Debug)]
struct Workers;

impl Crew for Workers {
    fn gather(&self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async {
            if let Some(gathered) = with(|hired| hired.office.gather()) {
                // It says itself how many there are.
                let _ = JsFuture::from(gathered).await;
            }
        })
    }

    fn members(&self) -> usize {
        with(|hired| hired.office.members()).unwrap_or_default()
    }

    fn keep(&self, parts: Vec<Vec<u32>>) {
        with(|hired| {
            for (member, part) in parts.into_iter().enumerate() {
                hired.office.keep(member, Uint32Array::from(part.as_slice()));
            }
        });
    }

    fn start(&self, rows: usize, answers: usize) -> Pin<Box<dyn Future<Output = Result<(), String>> + '_>> {
        Box::pin(async move {
            let asked = with(|hired| {
                let desk = Desk::new(hired.office.members(), rows, answers);
                let started = hired.office.start(desk.memory());
                (hired.desk, hired.lost) = (Some(desk), false);
                started
            });
            let Some(started) = asked else { return Ok(()) };
            match JsFuture::from(started).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    with(|hired| hired.lost = true);
                    Err(error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into()))
                }
            }
        })
    }

    fn ask(&self, part: usize, rows: usize, words: [&[u32]; 2]) {
        at_desk(|desk| desk.ask(Order::Multiply { part, rows }, words).map(|()| true));
    }

    fn answer(&self, member: usize, to: &mut [f32]) {
        at_desk(|desk| desk.answer(member, to));
    }

    fn row(&self, member: usize, part: usize, row: usize, to: &mut [f32]) {
        at_desk(|desk| {
            desk.ask(Order::Row { member, part, row }, [&[], &[]])?;
            // All take note before the next order is written.
            for other in 0..desk.members() {
                if !desk.wait(other)? {
                    return Ok(false);
                }
            }
            desk.answer(member, to)
        });
    }

    fn lost(&self) -> bool {
        with(|hired| hired.lost).unwrap_or(true)
    }

    fn dismiss(&self) {
        with(|hired| {
            (hired.desk, hired.lost) = (None, false);
            hired.office.dismiss();
        });
    }
}
