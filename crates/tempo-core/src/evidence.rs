//! Attention received, as far as later verdicts need it: sums, and the latest steps where a window counts only those.

use std::collections::VecDeque;

use crate::ids::Slot;
use crate::sequence::Sequence;

/// Steps that are remembered one by one, even if the window is shorter or off: a window that is set or made longer in
/// the middle of a run finds the steps before that.
const REMEMBERED: usize = 64;

/// What each slot received. Memory: a few numbers for each slot, and as many as [`REMEMBERED`] or the window, whichever
/// is longer, for each member of a set that can still be judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// Per slot: attention received in the steps after its birth, as long as it can be judged.
    later: Vec<Later>,
    /// Per slot: attention received in all decoding steps, its own included.
    total: Vec<f64>,
}

/// Attention that one slot received in the steps after its birth.
#[derive(Clone, Debug, Default)]
struct Later {
    steps: usize,
    /// Over all these steps, added in their order.
    sum: f64,
    /// The latest of them, the oldest first.
    latest: VecDeque<f64>,
}

impl Evidence {
    /// Takes in one step: `received` by slot, and the newest set, which was just born. Of the steps after its birth a
    /// member remembers at least the latest `window` one by one; `usize::MAX`: the window is off.
    pub(crate) fn record(&mut self, received: &[f64], sequence: &Sequence, window: usize) {
        self.later.resize(received.len(), Later::default());
        self.total.resize(received.len(), 0.0);
        for (total, amount) in self.total.iter_mut().zip(received) {
            *total += amount;
        }
        let newest = sequence.newest();
        let remembered = if window == usize::MAX { REMEMBERED } else { window.max(REMEMBERED) };
        for set in sequence.generated().filter(|set| *set < newest) {
            let live = sequence.live(set);
            // A member alone in its set is never judged again, and never was if it was alone from the start.
            for slot in live.iter().filter(|_| live.len() > 1).map(|token| token.slot.index()) {
                self.later[slot].add(received[slot], remembered);
            }
        }
    }

    /// Attention received since birth, its own step included; the budget goes by it.
    pub(crate) fn total(&self, slot: Slot) -> f64 {
        self.total[slot.index()]
    }

    /// Steps after the birth of a live member of a set that still has several.
    pub(crate) fn steps(&self, slot: Slot) -> usize {
        self.later.get(slot.index()).map_or(0, |later| later.steps)
    }

    /// Mean attention received over the latest `window` of these steps (`usize::MAX`: all); 0 before the first.
    ///
    /// After the window was made longer than what is remembered, it is over the steps that are.
    pub(crate) fn mean(&self, slot: Slot, window: usize) -> f64 {
        self.later.get(slot.index()).map_or(0.0, |later| later.mean(window))
    }
}

impl Later {
    fn add(&mut self, amount: f64, remembered: usize) {
        self.steps += 1;
        self.sum += amount;
        self.latest.push_back(amount);
        if self.latest.len() > remembered {
            self.latest.pop_front();
        }
    }

    fn mean(&self, window: usize) -> f64 {
        let (sum, count) = if window >= self.steps {
            (self.sum, self.steps)
        } else {
            let count = window.min(self.latest.len());
            (self.latest.range(self.latest.len() - count..).sum(), count)
        };
        if count == 0 { 0.0 } else { sum / count as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Positions, TokenId};

    /// A prompt token, a pair, and as many single tokens as there are steps after the pair's.
    fn after(amounts: &[[f64; 2]], window: usize) -> (Sequence, Evidence) {
        let mut sequence = Sequence::new(&[TokenId(0)], 400, Positions::Shared, 0);
        let mut evidence = Evidence::default();
        sequence.append(&[(TokenId(1), 0.6), (TokenId(2), 0.2)]);
        evidence.record(&[0.5, 0.25, 0.25], &sequence, window);
        for pair in amounts {
            sequence.append(&[(TokenId(3), 1.0)]);
            let mut received = vec![0.0; sequence.tokens().len()];
            received[1..3].copy_from_slice(pair);
            evidence.record(&received, &sequence, window);
        }
        (sequence, evidence)
    }

    proptest::proptest! {
        #[test]
        fn means_are_those_of_all_the_numbers_to_the_bit(
            amounts in proptest::collection::vec([0.0..1.0_f64, 0.0..1.0], 0..200),
            window in proptest::prop_oneof![proptest::strategy::Just(usize::MAX), 1..300_usize],
        ) {
            let (_, evidence) = after(&amounts, window);
            for (slot, member) in [(Slot(1), 0), (Slot(2), 1)] {
                let all: Vec<f64> = amounts.iter().map(|pair| pair[member]).collect();
                let latest = &all[all.len().saturating_sub(window)..];
                let mean = if latest.is_empty() { 0.0 } else { latest.iter().sum::<f64>() / latest.len() as f64 };
                proptest::prop_assert_eq!(evidence.mean(slot, window).to_bits(), mean.to_bits());
                proptest::prop_assert_eq!(evidence.steps(slot), all.len());
            }
        }
    }

    #[test]
    fn a_window_set_later_finds_the_remembered_steps() {
        let amounts: Vec<[f64; 2]> = (0..100).map(|step| [f64::from(step), 0.0]).collect();
        let (_, evidence) = after(&amounts, usize::MAX);
        assert_eq!(evidence.mean(Slot(1), 3).to_bits(), 98.0_f64.to_bits());
        assert_eq!(evidence.mean(Slot(1), 90).to_bits(), 67.5_f64.to_bits(), "the last 64: 36 to 99");
        assert_eq!(evidence.mean(Slot(1), usize::MAX).to_bits(), 49.5_f64.to_bits());
    }

    #[test]
    fn evidence_of_a_slot_is_bounded() {
        let (_, evidence) = after(&[[0.1, 0.1]; 300], usize::MAX);
        assert!(evidence.later.iter().all(|later| later.latest.len() <= REMEMBERED));
        assert!(evidence.later[3..].iter().all(|later| later.latest.is_empty()), "tokens alone in their set");
        let (mut sequence, mut evidence) = after(&[[0.1, 0.1]; 90], 80);
        assert_eq!(evidence.later[1].latest.len(), 80);
        sequence.remove(Slot(2));
        sequence.append(&[(TokenId(3), 1.0)]);
        evidence.record(&vec![0.0; sequence.tokens().len()], &sequence, 80);
        assert_eq!(evidence.steps(Slot(1)), 90, "its set is decided");
    }
}
