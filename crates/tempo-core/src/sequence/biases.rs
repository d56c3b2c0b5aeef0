//! How much members count in later attention (ALGORITHM.md §7), as numbers that are added to attention logits.

use super::Sequence;
use crate::chain::Chain;
use crate::ids::{SetIndex, Slot};
use crate::model::{Key, Lanes, Query};
use crate::options::{Visibility, Weighting};

/// Biases stay finite: shaders have no infinities, and this one already weighs nothing.
pub(super) const SMALLEST_BIAS: f64 = -1e30;

/// The smallest weight that a bias stands for.
const SMALLEST_WEIGHT: f64 = 1e-9;

impl Sequence {
    /// What every row of the context means for visibility, with the biases of this moment that are the same for every query.
    ///
    /// # Panics
    /// Never: live tokens have rows.
    pub fn keys(&self, weighting: Weighting) -> Vec<Key> {
        let mut keys: Vec<Key> = self
            .rows()
            .iter()
            .map(|held| {
                held.and_then(|slot| self.tokens.get(slot.index())).map_or(Key::FREE, |token| {
                    #[expect(clippy::cast_possible_truncation, reason = "biases are added in f32 on the device")]
                    let bias = token.fade as f32;
                    Key { slot: token.slot, set: token.set, bias, live: token.live, lanes: Lanes::ALL }
                })
            })
            .collect();
        if weighting == Weighting::Probability {
            self.add_weights(&mut keys);
        }
        keys
    }

    fn add_weights(&self, keys: &mut [Key]) {
        for set in self.generated() {
            let live = self.live(set);
            if live.len() < 2 {
                continue;
            }
            for (token, weight) in live.iter().zip(self.weights(set)) {
                let row = token.row.expect("a live token has a row");
                let bias = (token.fade + log_of_weight(weight)).max(SMALLEST_BIAS);
                #[expect(clippy::cast_possible_truncation, reason = "biases are added in f32 on the device")]
                let bias = bias as f32;
                keys[row.index()].bias = bias;
            }
        }
    }

    /// What each query adds to each row of the context beside the key's own bias, by the weightings that ask who speaks:
    /// `[queries, context]`. Empty for the other weightings, and where there is nothing to weigh.
    ///
    /// # Panics
    /// Never: live tokens have rows.
    pub fn biases(&self, weighting: Weighting, visibility: Visibility, queries: &[Query]) -> Vec<f32> {
        let views: fn(&Chain, SetIndex) -> Vec<Vec<f64>> = match weighting {
            Weighting::None | Weighting::Probability => return Vec::new(),
            Weighting::Gamma => Chain::smoothed,
            Weighting::Kin => Chain::kin,
        };
        let context = self.rows().len();
        let mut biases = vec![0.0; queries.len() * context];
        let mut weighs = false;
        let mut lines = biases.chunks_exact_mut(context.max(1));
        for siblings in queries.chunk_by(|a, b| a.set == b.set) {
            let set = siblings[0].set;
            let earlier = views(&self.chain, set);
            let own = if visibility == Visibility::Isolated { &[] } else { self.chain.forward(set) };
            let members = self.chain.members(set);
            for (query, line) in siblings.iter().zip(lines.by_ref()) {
                // Under `kin` every member has a view of its own, under `gamma` all share one.
                let own_view = members.iter().position(|slot| *slot == query.slot);
                let view = own_view.filter(|_| weighting == Weighting::Kin).unwrap_or(0);
                for ((_, before), weights) in self.chain.links().zip(&earlier) {
                    weighs |= self.weigh(line, before, &weights[view * before.len()..][..before.len()]);
                }
                weighs |= self.weigh(line, members, own);
            }
        }
        if weighs { biases } else { Vec::new() }
    }

    /// Writes the logarithms of the weights of a set's live members to their rows; whether there was anything to write.
    fn weigh(&self, line: &mut [f32], members: &[Slot], weights: &[f64]) -> bool {
        if members.len() < 2 || weights.is_empty() {
            return false;
        }
        for (slot, weight) in members.iter().zip(weights) {
            let row = self.tokens[slot.index()].row.expect("a live token has a row");
            #[expect(clippy::cast_possible_truncation, reason = "biases are added in f32 on the device")]
            let bias = log_of_weight(*weight) as f32;
            line[row.index()] = bias;
        }
        true
    }
}

/// The bias that stands for a weight; finite, whatever the weight.
fn log_of_weight(weight: f64) -> f64 {
    weight.max(SMALLEST_WEIGHT).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Positions, TokenId};

    /// Two prompt tokens, a pair of weights 3 to 1, a pair that goes with it one by one, a token.
    fn sequence() -> Sequence {
        let mut sequence = Sequence::new(&[TokenId(5), TokenId(6)], 16, Positions::Shared, 0);
        sequence.append(&[(TokenId(1), 0.6), (TokenId(2), 0.2)]);
        let log_said = [0.9_f64, 0.1, 0.1, 0.9].map(f64::ln).to_vec();
        sequence.append_said(&[(TokenId(3), 0.5), (TokenId(4), 0.3)], Some(log_said));
        sequence
    }

    fn newest(sequence: &Sequence) -> Vec<Query> {
        sequence.queries(sequence.slots(sequence.newest()))
    }

    #[test]
    fn every_member_sees_the_past_it_came_from() {
        let sequence = sequence();
        let queries = newest(&sequence);
        let biases = sequence.biases(Weighting::Kin, Visibility::Isolated, &queries);
        let weights: Vec<f32> = biases.iter().map(|bias| bias.exp()).collect();
        // Prompt, pair, and the queries' own rows.
        let want = [[1.0, 1.0, 27.0 / 28.0, 1.0 / 28.0, 1.0, 1.0], [1.0, 1.0, 0.25, 0.75, 1.0, 1.0]];
        for (found, want) in weights.iter().zip(want.as_flattened()) {
            assert!((found - want).abs() < 1e-6, "{weights:?}");
        }
        // In `visible` mode siblings weigh by what they are after all that came before.
        let visible = sequence.biases(Weighting::Kin, Visibility::Visible, &queries);
        assert!((visible[4].exp() - 0.7).abs() < 1e-6 && (visible[5].exp() - 0.3).abs() < 1e-6);
        assert!((visible[10] - visible[4]).abs() < 1e-6, "the same for both");
    }

    #[test]
    fn gamma_is_one_view_for_all_and_single_members_weigh_nothing() {
        let mut sequence = sequence();
        let queries = newest(&sequence);
        let biases = sequence.biases(Weighting::Gamma, Visibility::Isolated, &queries);
        let (first, second) = biases.split_at(biases.len() / 2);
        assert_eq!(first, second);
        assert!((first[2].exp() - 0.75).abs() < 1e-6, "every row says as much of this set as every other");
        for weighting in [Weighting::None, Weighting::Probability] {
            assert!(sequence.biases(weighting, Visibility::Visible, &queries).is_empty());
        }
        sequence.remove(Slot(2));
        let own = sequence.biases(Weighting::Gamma, Visibility::Isolated, &newest(&sequence));
        assert!(own.is_empty(), "there is nothing to weigh before this set");
        let prompt = sequence.queries(0..2);
        assert!(sequence.biases(Weighting::Kin, Visibility::Visible, &prompt).is_empty());
    }

    #[test]
    fn a_weight_of_nothing_is_floored() {
        let mut sequence = sequence();
        sequence.append_said(&[(TokenId(7), 1.0)], Some(vec![-1e3, 0.0]));
        let biases = sequence.biases(Weighting::Kin, Visibility::Isolated, &newest(&sequence));
        assert!((f64::from(biases[4]) - 1e-9_f64.ln()).abs() < 1e-5, "{biases:?}");
    }

    #[test]
    fn members_of_rebuilt_sets_have_the_views_of_their_own_sets() {
        let mut sequence = sequence();
        sequence
            .append_said(&[(TokenId(7), 0.4), (TokenId(8), 0.4)], Some([0.2_f64, 0.5, 0.7, 0.1].map(f64::ln).to_vec()));
        for weighting in [Weighting::Gamma, Weighting::Kin] {
            let both = sequence.biases(weighting, Visibility::Visible, &sequence.queries(4..8));
            let last = sequence.biases(weighting, Visibility::Visible, &sequence.queries(6..8));
            assert_eq!(both[16..], last, "{weighting}");
            assert!(both[..16].chunks_exact(8).all(|line| line[6..].iter().all(|bias| bias.abs() < 1e-9)));
        }
    }
}
