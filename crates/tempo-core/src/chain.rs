//! The chain: what the rows of successive sets say of each other (ALGORITHM.md §7a). All of it in f64, a few numbers a set.
//!
//! A link is a generated set that has live members; links hold nothing of members that are gone, so every sum runs over the
//! live ones by itself. What a link forgets: the row and the column of a member that is removed, and all of it when its set is
//! emptied. Where two sets have one member each, what is left of their link is one number.

mod readings;
#[cfg(test)]
mod tests;

use crate::ids::{SetIndex, Slot};
pub use readings::Path;

/// The links of a sequence, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    links: Vec<Link>,
}

/// A generated set that has live members, and what the link before says of them.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    set: SetIndex,
    /// The live members, in order.
    slots: Vec<Slot>,
    /// Of each, as recorded when it was chosen.
    probabilities: Vec<f64>,
    /// `ln T`: what each member of the link before says of each member of this one, `[members, members before]`, row-major.
    /// Empty in the first link.
    log_said: Vec<f64>,
    /// `a`: the members' weights after everything up to this link; they sum to 1.
    forward: Vec<f64>,
    /// `B`: how much of each member came through each member of the link before, `[members, members before]`; rows sum
    /// to 1. Empty in the first link.
    through: Vec<f64>,
}

impl Chain {
    /// Appends a set. `log_said`: `ln T` for each of its members and each member of the link before, row-major; `None` where
    /// that is not known, then every one of them says the recorded probabilities.
    ///
    /// # Panics
    /// When the lengths do not fit each other.
    pub(crate) fn append(&mut self, set: SetIndex, members: &[(Slot, f64)], log_said: Option<Vec<f64>>) {
        let before = self.links.last().map_or(0, |link| link.slots.len());
        let (slots, probabilities): (Vec<Slot>, Vec<f64>) = members.iter().copied().unzip();
        let log_said = match log_said {
            Some(log_said) if before > 0 => log_said,
            _ => recorded(&probabilities, before),
        };
        assert_eq!(log_said.len(), members.len() * before, "every member before speaks of every member");
        let link = Link { set, slots, probabilities, log_said, forward: Vec::new(), through: Vec::new() };
        self.links.push(link);
        self.refresh(self.links.len() - 1);
    }

    /// Forgets a member of a generated set.
    pub(crate) fn remove(&mut self, set: SetIndex, slot: Slot) {
        let Some(index) = self.find(set) else { return };
        let Some(member) = self.links[index].slots.iter().position(|other| *other == slot) else { return };
        let width = self.links[index].slots.len();
        if width == 1 {
            self.remove_link(index);
        } else {
            self.links[index].remove_row(member);
            if let Some(next) = self.links.get_mut(index + 1) {
                next.remove_column(member, width);
            }
        }
        self.refresh(index);
    }

    /// An emptied position is no link: its neighbours become neighbours, and nothing is known of what they say.
    fn remove_link(&mut self, index: usize) {
        self.links.remove(index);
        let before = index.checked_sub(1).map_or(0, |before| self.links[before].slots.len());
        if let Some(next) = self.links.get_mut(index) {
            next.log_said = recorded(&next.probabilities, before);
        }
    }

    /// Computes anew what follows from the links at `from` and later: all of them have changed, or what is before them.
    fn refresh(&mut self, from: usize) {
        for index in from..self.links.len() {
            let (before, rest) = self.links.split_at_mut(index);
            rest[0].follow(before.last());
            // One member has all the weight, whatever came before; so the links after it stay as they are.
            if index > from && rest[0].slots.len() == 1 {
                break;
            }
        }
    }

    /// The live members of a set, in order. Empty for a set that is no link.
    pub(crate) fn members(&self, set: SetIndex) -> &[Slot] {
        self.find(set).map_or(&[], |index| &self.links[index].slots)
    }

    fn find(&self, set: SetIndex) -> Option<usize> {
        self.links.binary_search_by_key(&set, |link| link.set).ok()
    }

    /// The sets of the links, oldest first, with their live members.
    pub fn links(&self) -> impl DoubleEndedIterator<Item = (SetIndex, &[Slot])> + '_ {
        self.links.iter().map(|link| (link.set, link.slots.as_slice()))
    }

    /// `a` of a set: the weights of its live members after everything up to it. Empty for a set that is no link.
    pub fn forward(&self, set: SetIndex) -> &[f64] {
        self.find(set).map_or(&[], |index| &self.links[index].forward)
    }

    /// `g`: the weights of the live members of every link before `set`, after the members of `set` have spoken by being
    /// chosen; oldest first, each sums to 1. Empty for a set that is no link.
    pub fn smoothed(&self, set: SetIndex) -> Vec<Vec<f64>> {
        let Some(of) = self.find(set) else { return Vec::new() };
        let mut backward = vec![1.0; self.links[of].slots.len()];
        let mut smoothed = Vec::with_capacity(of);
        for (link, next) in self.links[..of].iter().zip(&self.links[1..=of]).rev() {
            let width = link.slots.len();
            let mut sums = vec![0.0; width];
            for (row, weight) in next.log_said.chunks_exact(width).zip(&backward) {
                for (sum, log) in sums.iter_mut().zip(row) {
                    *sum += log.exp() * weight;
                }
            }
            // Only ratios count, and over many links the numbers themselves would become 0.
            let largest = sums.iter().copied().fold(0.0, f64::max);
            backward = sums.iter().map(|sum| if largest > 0.0 { sum / largest } else { 0.0 }).collect();
            let joint: Vec<f64> = link.forward.iter().zip(&backward).map(|(a, b)| a * b).collect();
            smoothed.push(normalised(&joint).unwrap_or_else(|| link.weights()));
        }
        smoothed.reverse();
        smoothed
    }

    /// `B*`: how much of each live member of `set` came through each live member of every link before it:
    /// `[members of set, members of the link]`, row-major, oldest link first; rows sum to 1. Empty for a set that is no link.
    pub fn kin(&self, set: SetIndex) -> Vec<Vec<f64>> {
        let Some(of) = self.find(set) else { return Vec::new() };
        let members = self.links[of].slots.len();
        let mut shares: Vec<f64> =
            (0..members * members).map(|i| f64::from(u8::from(i % (members + 1) == 0))).collect();
        let mut kin = Vec::with_capacity(of);
        for (link, next) in self.links[..of].iter().zip(&self.links[1..=of]).rev() {
            shares = product(&shares, &next.through, next.slots.len(), link.slots.len());
            kin.push(shares.clone());
        }
        kin.reverse();
        kin
    }
}

impl Link {
    /// The recorded probabilities over their sum.
    fn weights(&self) -> Vec<f64> {
        let even = 1.0 / self.probabilities.len() as f64;
        normalised(&self.probabilities).unwrap_or_else(|| vec![even; self.probabilities.len()])
    }

    /// Computes `a` and `B` from the link before.
    fn follow(&mut self, before: Option<&Self>) {
        self.through.clear();
        let Some(before) = before else {
            self.forward = self.weights();
            return;
        };
        let mut sums = Vec::with_capacity(self.slots.len());
        for said in self.log_said.chunks_exact(before.slots.len()) {
            let joint: Vec<f64> = said.iter().zip(&before.forward).map(|(log, a)| a * log.exp()).collect();
            sums.push(joint.iter().sum());
            self.through.extend(normalised(&joint).unwrap_or_else(|| before.weights()));
        }
        self.forward = normalised(&sums).unwrap_or_else(|| self.weights());
    }

    fn remove_row(&mut self, member: usize) {
        self.slots.remove(member);
        self.probabilities.remove(member);
        let before = self.log_said.len() / (self.slots.len() + 1);
        self.log_said.drain(member * before..(member + 1) * before);
    }

    /// Of the link before, which had `width` members, one is gone.
    fn remove_column(&mut self, member: usize, width: usize) {
        let mut index = 0;
        self.log_said.retain(|_| {
            index += 1;
            (index - 1) % width != member
        });
    }
}

/// `ln T` where every one of `before` members says the recorded probabilities.
fn recorded(probabilities: &[f64], before: usize) -> Vec<f64> {
    probabilities.iter().flat_map(|probability| std::iter::repeat_n(probability.ln(), before)).collect()
}

/// Each value over the sum; `None` when there is nothing to share.
fn normalised(values: &[f64]) -> Option<Vec<f64>> {
    let sum: f64 = values.iter().sum();
    (sum > 0.0).then(|| values.iter().map(|value| value / sum).collect())
}

/// `[rows, inner] x [inner, columns]`, row-major.
fn product(left: &[f64], right: &[f64], inner: usize, columns: usize) -> Vec<f64> {
    let mut product = Vec::with_capacity(left.len() / inner * columns);
    for row in left.chunks_exact(inner) {
        for column in 0..columns {
            product.push(row.iter().enumerate().map(|(i, share)| share * right[i * columns + column]).sum());
        }
    }
    product
}
