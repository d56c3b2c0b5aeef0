//! Paths through the chain: one live member of each link (LAB.md L3).

use super::Chain;
use crate::ids::Slot;
use crate::random::{SplitMix64, pick};

/// One live member of every link, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The members.
    pub slots: Vec<Slot>,
    /// What the chain says of the path, in nats: the logarithm of the first member's recorded probability, and of what each
    /// member says of the one after it.
    pub log_probability: f64,
}

impl Chain {
    /// The most probable live member of every set, by recorded probability.
    pub fn probable(&self) -> Path {
        // Members are in that order already.
        self.path(&vec![0; self.links.len()])
    }

    /// The path that the chain says most of; of equal ones the one whose last member has the lower rank, and so on
    /// backwards.
    pub fn viterbi(&self) -> Path {
        let mut best: Vec<f64> = Vec::new();
        // For each link after the first: the best member before each of its members.
        let mut before: Vec<Vec<usize>> = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            if index == 0 {
                best = link.probabilities.iter().map(|probability| probability.ln()).collect();
                continue;
            }
            let choose = |said: &[f64]| {
                let scores: Vec<f64> = best.iter().zip(said).map(|(best, log)| best + log).collect();
                let first = first_of_the_largest(&scores);
                (scores[first], first)
            };
            let chosen: Vec<(f64, usize)> = link.log_said.chunks_exact(best.len()).map(choose).collect();
            before.push(chosen.iter().map(|(_, member)| *member).collect());
            best = chosen.into_iter().map(|(score, _)| score).collect();
        }
        if best.is_empty() {
            return self.path(&[]);
        }
        let mut members = vec![first_of_the_largest(&best)];
        for before in before.iter().rev() {
            members.push(before[members[members.len() - 1]]);
        }
        members.reverse();
        self.path(&members)
    }

    /// Paths drawn with the probability that the chain gives them, from the stream that begins at `seed`.
    ///
    /// A path is drawn from the newest link to the oldest, with a random number for each link that has several members.
    pub fn drawn(&self, count: usize, seed: u64) -> Vec<Path> {
        let mut stream = SplitMix64::new(seed);
        (0..count).map(|_| self.path(&self.draw(|| stream.unit()))).collect()
    }

    /// The members of a path that is drawn with the probability that the chain gives it, counted inside their links. `unit`
    /// draws a number in `[0, 1)` for each link that has several members, from the newest to the oldest.
    pub(crate) fn draw(&self, mut unit: impl FnMut() -> f64) -> Vec<usize> {
        let mut members: Vec<usize> = Vec::with_capacity(self.links.len());
        for (index, link) in self.links.iter().enumerate().rev() {
            let shares = match (members.last(), self.links.get(index + 1)) {
                (Some(member), Some(next)) => &next.through[member * link.slots.len()..][..link.slots.len()],
                _ => link.forward.as_slice(),
            };
            members.push(if shares.len() > 1 { pick(shares, unit()) } else { 0 });
        }
        members.reverse();
        members
    }

    /// The path of these members, counted inside their links.
    fn path(&self, members: &[usize]) -> Path {
        let slots = self.links.iter().zip(members).map(|(link, member)| link.slots[*member]).collect();
        Path { slots, log_probability: self.log_probability(members) }
    }

    /// What the chain says of the path of these members, in nats: how often [`draw`](Self::draw) finds it, but for a factor
    /// that all paths share.
    pub(crate) fn log_probability(&self, members: &[usize]) -> f64 {
        let mut log_probability = 0.0;
        for (index, (link, member)) in self.links.iter().zip(members).enumerate() {
            log_probability += match index.checked_sub(1) {
                None => link.probabilities[*member].ln(),
                Some(before) => link.log_said[member * self.links[before].slots.len() + members[before]],
            };
        }
        // A trace holds finite numbers only.
        log_probability.max(f64::MIN)
    }
}

fn first_of_the_largest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best })
}
