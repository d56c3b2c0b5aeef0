//! Connections that were left in the middle of a file.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::http::Body;

/// Connections of files that were left before they were whole: whoever takes the file up again goes on with it, and no byte is
/// asked for twice.
pub(crate) type Shelf = RefCell<BTreeMap<String, Left>>;

/// A connection that was left.
pub(crate) struct Left {
    at: u64,
    size: Option<u64>,
    body: Body,
}

/// A connection, which goes back to the shelf with the one who used it.
pub(crate) struct Line<'a> {
    shelf: &'a Shelf,
    name: String,
    /// The byte that it is at.
    pub(crate) at: u64,
    /// Bytes of the whole file, as its server told.
    pub(crate) size: Option<u64>,
    pub(crate) body: Option<Body>,
}

impl<'a> Line<'a> {
    /// The connection that was left of a file that is here as far as this.
    pub(crate) fn of(shelf: &'a Shelf, name: &str, at: u64) -> Self {
        let left = shelf.borrow_mut().remove(name).filter(|left| left.at == at);
        let (size, body) = left.map_or((None, None), |left| (left.size, Some(left.body)));
        Self { shelf, name: name.to_owned(), at, size, body }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            let left = Left { at: self.at, size: self.size, body };
            self.shelf.borrow_mut().insert(std::mem::take(&mut self.name), left);
        }
    }
}
