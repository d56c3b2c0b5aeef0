//! How far TEMPO's distribution is from the exact one (LAB.md L4): arithmetic alone, over paths that something else has
//! computed as ordinary text.

use crate::event::MeterEvent;
use crate::random::pick;

/// One path through the sets, scored as ordinary text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScoredPath<'a> {
    /// The rank of its member among the live ones of each set, oldest set first.
    pub(crate) members: &'a [usize],
    /// Sum of `ln p` of its tokens at T = 1, each after the prompt and the ones before it, in nats.
    pub(crate) log_probability: f64,
    /// Raw logits of the token after it: `[vocab]`.
    pub(crate) next: &'a [f32],
    /// The largest of them, and the sum of `exp(z - largest)`.
    pub(crate) sum_of_exp: (f64, f64),
}

/// The sets that the paths go through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sets {
    /// `w_j` of the live members of each, oldest first; none is empty.
    pub(crate) weights: Vec<Vec<f64>>,
}

impl Sets {
    /// How many paths there are: the product of the sizes. A float, for it passes every whole number type.
    pub(crate) fn paths(&self) -> f64 {
        self.weights.iter().map(|set| set.len() as f64).product()
    }

    /// Every path, the member of the newest set changing fastest.
    pub(crate) fn all(&self) -> Vec<Vec<usize>> {
        self.weights.iter().fold(vec![Vec::new()], |paths, set| {
            let longer = |path: &Vec<usize>| {
                let path = path.clone();
                (0..set.len()).map(move |member| [path.as_slice(), &[member]].concat())
            };
            paths.iter().flat_map(longer).collect()
        })
    }

    /// A path drawn from `w_j`, the oldest set first; `unit` draws a number in `[0, 1)` for each set with several members.
    pub(crate) fn draw(&self, mut unit: impl FnMut() -> f64) -> Vec<usize> {
        let member = |set: &Vec<f64>| if set.len() > 1 { pick(set, unit()) } else { 0 };
        self.weights.iter().map(member).collect()
    }

    /// `ln` of the probability that [`draw`](Self::draw) finds this path with.
    pub(crate) fn log_proposal(&self, members: &[usize]) -> f64 {
        self.weights.iter().zip(members).map(|(set, member)| set[*member].ln()).sum()
    }

    /// What the meter says of `q`, by id, over these paths: all there are, or as many as were drawn. `log_proposals`: of each
    /// that was drawn, `ln` of how often it is, but for a constant that all of them share.
    ///
    /// # Panics
    /// When there is no path, or one of another shape than the sets.
    pub(crate) fn measure(&self, paths: &[ScoredPath], q: &[f64], log_proposals: Option<&[f64]>) -> MeterEvent {
        let mut logs: Vec<f64> = paths.iter().map(|path| path.log_probability).collect();
        if let Some(log_proposals) = log_proposals {
            assert_eq!(log_proposals.len(), logs.len(), "every path was drawn");
            logs.iter_mut().zip(log_proposals).for_each(|(log, proposal)| *log -= proposal);
        }
        let (weights, drawn) = (shares(&logs), log_proposals.is_some());
        let mut exact = vec![0.0; q.len()];
        let mut members: Vec<Vec<f64>> = self.weights.iter().map(|set| vec![0.0; set.len()]).collect();
        for (path, weight) in paths.iter().zip(&weights) {
            let (max, sum) = path.sum_of_exp;
            for (exact, logit) in exact.iter_mut().zip(path.next) {
                *exact += weight * (f64::from(*logit) - max).exp() / sum;
            }
            for (set, member) in members.iter_mut().zip(path.members) {
                set[*member] += weight;
            }
        }
        members.retain(|set| set.len() > 1);
        MeterEvent {
            paths: self.paths(),
            kl: kl(&exact, q),
            total_variation: exact.iter().zip(q).map(|(exact, q)| (exact - q).abs()).sum::<f64>() / 2.0,
            top1: best(&exact) == best(q),
            members,
            sampled: drawn.then_some(paths.len()),
            ess: drawn.then(|| 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>()),
        }
    }
}

/// Sum of `exact ln(exact / q)`, in nats.
fn kl(exact: &[f64], q: &[f64]) -> f64 {
    // A q of 0 would be an infinite distance, which no trace can hold: the smallest number there is stands for it.
    let terms = exact.iter().zip(q).filter(|(exact, _)| **exact > 0.0);
    let sum: f64 = terms.map(|(exact, q)| exact * (exact / q.max(f64::MIN_POSITIVE)).ln()).sum();
    // Never negative, but for rounding.
    sum.max(0.0)
}

/// The id of the largest; of equal ones the smallest.
fn best(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, id| if values[id] > values[best] { id } else { best })
}

/// Numbers whose logarithms these are, over their sum.
fn shares(logs: &[f64]) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let values: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| value / sum).collect()
}

#[cfg(test)]
mod tests;
