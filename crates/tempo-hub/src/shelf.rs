//! Connections that were left in the middle of a file.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::http::Body;

/// Connections of files that were left before they were whole, with the byte that each is at: whoever takes the file up again
/// goes on with it, and no byte is asked for twice.
pub(crate) type Shelf = RefCell<BTreeMap<String, (u64, Body)>>;

/// A connection, which goes back to the shelf with the one who used it.
pub(crate) struct Line<'a> {
    shelf: &'a Shelf,
    name: String,
    pub(crate) at: u64,
    pub(crate) body: Option<Body>,
}

impl<'a> Line<'a> {
    /// The connection that was left of a file that is here as far as this.
    pub(crate) fn of(shelf: &'a Shelf, name: &str, at: u64) -> Self {
        let left = shelf.borrow_mut().remove(name).filter(|(left, _)| *left == at);
        Self { shelf, name: name.to_owned(), at, body: left.map(|(_, body)| body) }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.shelf.borrow_mut().insert(std::mem::take(&mut self.name), (self.at, body));
        }
    }
}
