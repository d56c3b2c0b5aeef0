//! Where the words of matrices are: many matrices in a few maps of large pages where the system has those, each in
//! memory of its own elsewhere.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

use super::pages::Pages;

/// Words of a map, 64 MiB; more where a matrix has more.
const MAP: usize = 16 << 20;
/// Words of a page.
const PAGE: usize = 1 << 19;
/// Words of the largest vector: what begins with one is read a line of the cache at a time.
const LINE: usize = 16;

/// A map that is filled, and then only read.
type Filled = Arc<OnceLock<Pages>>;

/// Memory for the matrices of a model, which are readable once it is closed.
#[derive(Debug, Default)]
pub struct WeightMemory {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    pages: Pages,
    used: usize,
    filled: Filled,
}

impl WeightMemory {
    /// Room for so many words, all zero, filled by this.
    pub(super) fn place(&mut self, count: usize, fill: impl FnOnce(&mut [u32])) -> Words {
        let full = |open: &Open| open.pages.len() - open.used < count;
        if self.open.as_ref().is_none_or(full) {
            self.close();
            let pages = Pages::new(count.max(MAP).next_multiple_of(PAGE));
            self.open = pages.map(|pages| Open { pages, used: 0, filled: Filled::default() });
        }
        let Some(open) = &mut self.open else {
            let mut words = vec![0; count];
            fill(&mut words);
            return words.into();
        };
        let range = open.used..open.used + count;
        fill(&mut open.pages[range.clone()]);
        open.used = range.end.next_multiple_of(LINE).min(open.pages.len());
        Words(Place::Map(Arc::clone(&open.filled), range))
    }

    /// Lets everything that was placed be read.
    pub fn close(&mut self) {
        if let Some(Open { pages, filled, .. }) = self.open.take() {
            // Set here alone, once for each map.
            let _ = filled.set(pages);
        }
    }
}

/// Words that are only read.
#[derive(Clone)]
pub(super) struct Words(Place);

#[derive(Clone)]
enum Place {
    Own(Vec<u32>),
    Map(Filled, Range<usize>),
}

impl Words {
    /// The words as a list that can be taken apart.
    pub(super) fn into_vec(self) -> Vec<u32> {
        match self.0 {
            Place::Own(words) => words,
            Place::Map(..) => self.to_vec(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match &self.0 {
            Place::Own(words) => words.len(),
            Place::Map(_, range) => range.len(),
        }
    }
}

impl From<Vec<u32>> for Words {
    fn from(words: Vec<u32>) -> Self {
        Self(Place::Own(words))
    }
}

impl Deref for Words {
    type Target = [u32];

    /// # Panics
    /// While the memory that they are in is still being filled.
    fn deref(&self) -> &[u32] {
        match &self.0 {
            Place::Own(words) => words,
            Place::Map(filled, range) => &filled.get().expect("the memory of the weights is closed")[range.clone()],
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} words", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_placed_is_read_back_from_one_map_or_several() {
        let mut memory = WeightMemory::default();
        // Together more than a map, one of them alone more than one.
        let sizes = [3, 16, 0, 1, MAP - 100, 200, MAP + 1, 5];
        let number = |index: usize| u32::try_from(index).unwrap();
        let placed: Vec<Words> = (0..sizes.len())
            .map(|index| {
                memory.place(sizes[index], |words| {
                    assert!(words.iter().all(|word| *word == 0), "new memory is zero");
                    words.fill(number(index) + 1);
                })
            })
            .collect();
        memory.close();
        for (index, (words, size)) in placed.iter().zip(sizes).enumerate() {
            assert_eq!(words.len(), size);
            assert!(words.len() == words.iter().filter(|word| **word == number(index) + 1).count(), "{index}");
        }
        let copy = placed[1].clone();
        drop(placed);
        assert_eq!(copy.into_vec(), [2; 16], "a map lives as long as what is in it");
    }

    #[test]
    fn where_there_are_large_pages_matrices_lie_one_behind_the_other() {
        let mut memory = WeightMemory::default();
        let [first, second] = [5, 7].map(|count| memory.place(count, |_| ()));
        let is_map = Pages::new(1).is_some();
        assert_eq!(memory.open.is_some(), is_map);
        memory.close();
        if is_map {
            assert_eq!(second.as_ptr() as usize - first.as_ptr() as usize, 4 * LINE);
            assert_eq!(first.as_ptr().align_offset(4 * LINE), 0);
        }
    }
}
