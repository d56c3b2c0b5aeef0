//! Cache rows: which slot each of them holds, and which of them are free. Knows nothing of tokens or sets, so that
//! whatever needs rows for a while can take them here and give them back.

use std::collections::BTreeSet;

use crate::ids::{Row, Slot};

/// The rows of one cache. The lowest free row is taken first, so nothing ever has to be moved.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The slot in each row of the context; `None` where the row is free.
    context: Vec<Option<Slot>>,
    /// The free rows of the context. Its last row is never free.
    free: BTreeSet<usize>,
    capacity: usize,
}

impl Rows {
    /// No rows in use, of `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { context: Vec::new(), free: BTreeSet::new(), capacity }
    }

    /// Puts a slot into the lowest free row, in O(log rows).
    ///
    /// # Panics
    /// When every row of the capacity is in use; the caller has checked that.
    pub(crate) fn take(&mut self, slot: Slot) -> Row {
        assert!(self.left() > 0, "a row is left");
        let row = self.free.pop_first().unwrap_or(self.context.len());
        if row == self.context.len() {
            self.context.push(None);
        }
        self.context[row] = Some(slot);
        Row(u32::try_from(row).expect("a cache has fewer than 2^32 rows"))
    }

    /// Frees a row. Free rows at the end leave the context.
    ///
    /// # Panics
    /// When the row is not in use.
    pub(crate) fn give_back(&mut self, row: Row) {
        assert!(self.context[row.index()].take().is_some(), "a row in use is given back");
        self.free.insert(row.index());
        while self.context.last() == Some(&None) {
            self.context.pop();
            self.free.remove(&self.context.len());
        }
    }

    /// Rows in use.
    pub(crate) fn held(&self) -> usize {
        self.context.len() - self.free.len()
    }

    /// Rows that can still be taken.
    pub(crate) fn left(&self) -> usize {
        self.capacity - self.held()
    }

    /// The slot that each row of the context holds, by row; `None` where the row is free.
    pub(crate) fn context(&self) -> &[Option<Slot>] {
        &self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_lowest_free_row_is_taken_as_a_scan_would_find_it(choices in proptest::collection::vec(0..100_usize, 0..60)) {
            let mut rows = Rows::new(16);
            let mut plain: Vec<Option<Slot>> = Vec::new();
            for (choice, slot) in choices.into_iter().zip(0..) {
                let held: Vec<usize> = (0..plain.len()).filter(|row| plain[*row].is_some()).collect();
                // Two of three choices take a row while there is one; the others free any that is held.
                if held.is_empty() || (choice % 3 > 0 && held.len() < 16) {
                    let row = plain.iter().position(Option::is_none).unwrap_or_else(|| {
                        plain.push(None);
                        plain.len() - 1
                    });
                    plain[row] = Some(Slot(slot));
                    proptest::prop_assert_eq!(rows.take(Slot(slot)).index(), row);
                } else {
                    let row = held[choice % held.len()];
                    plain[row] = None;
                    while plain.last() == Some(&None) {
                        plain.pop();
                    }
                    rows.give_back(Row(u32::try_from(row).unwrap()));
                }
                proptest::prop_assert_eq!(rows.context(), &plain);
                proptest::prop_assert_eq!(rows.held() + rows.left(), 16);
                proptest::prop_assert_eq!(rows.held(), plain.iter().flatten().count());
            }
        }
    }
}
