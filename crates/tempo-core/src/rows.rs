//! Cache rows: which slot each of them holds, and which of them are free. Knows nothing of tokens or sets, so that
//! whatever needs rows for a while can take them here and give them back.

use std::collections::BTreeSet;

use crate::ids::{Row, Slot};

/// The rows of one cache. The lowest free row is taken first, so nothing ever has to be moved.
///
/// Slots of lanes beside TEMPO ([`Slot::beside`]) take rows as well, and none of the capacity.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The slot in each row of the context; `None` where the row is free.
    context: Vec<Option<Slot>>,
    /// The free rows of the context. Its last row is never free.
    free: BTreeSet<usize>,
    /// How many are in use by lanes beside TEMPO.
    beside: usize,
    capacity: usize,
}

impl Rows {
    /// No rows in use, of `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { context: Vec::new(), free: BTreeSet::new(), beside: 0, capacity }
    }

    /// Puts a slot into the lowest free row, in O(log rows).
    ///
    /// # Panics
    /// When every row of the capacity is in use; the caller has checked that.
    pub(crate) fn take(&mut self, slot: Slot) -> Row {
        assert!(slot.is_beside() || self.left() > 0, "a row is left");
        self.beside += usize::from(slot.is_beside());
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
        let slot = self.context[row.index()].take().expect("a row in use is given back");
        self.beside -= usize::from(slot.is_beside());
        self.free.insert(row.index());
        while self.context.last() == Some(&None) {
            self.context.pop();
            self.free.remove(&self.context.len());
        }
    }

    /// Leaves a row as it is to a slot beside TEMPO.
    ///
    /// # Panics
    /// When the row is not in use by TEMPO.
    pub(crate) fn hand_over(&mut self, row: Row, beside: Slot) {
        let slot = self.context[row.index()].replace(beside);
        assert!(slot.is_some_and(|slot| !slot.is_beside()), "a row of TEMPO's is handed over");
        self.beside += 1;
    }

    /// Rows in use, those of lanes beside TEMPO aside.
    pub(crate) fn held(&self) -> usize {
        self.context.len() - self.free.len() - self.beside
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

    #[test]
    fn rows_beside_tempo_take_nothing_of_the_capacity() {
        let mut rows = Rows::new(2);
        let first = rows.take(Slot(0));
        let beside = rows.take(Slot::beside(0));
        let second = rows.take(Slot(1));
        assert_eq!((first.index(), beside.index(), second.index()), (0, 1, 2));
        assert_eq!((rows.held(), rows.left()), (2, 0));
        rows.hand_over(second, Slot::beside(1));
        assert_eq!((rows.held(), rows.left()), (1, 1));
        rows.give_back(beside);
        assert_eq!((rows.held(), rows.take(Slot(2)).index()), (1, 1));
    }

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
