//! How far a distribution is from the exact one.

use tempo_core::{LanguageModel, TokenId};

use crate::lattice::Step;
use crate::paths::Paths;

/// One distribution beside the exact one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Sum of `exact ln(exact / q)`, in nats.
    pub kl: f64,
    /// Half the sum of the differences.
    pub total_variation: f64,
    /// Whether both find the same token most probable.
    pub top1: bool,
}

impl Distance {
    /// Of `q` from `exact`, both by id.
    pub fn of(q: &[f64], exact: &[f64]) -> Self {
        let both = || exact.iter().zip(q);
        // A q of 0 would be an infinite distance; the smallest number there is keeps it finite.
        let kl = both().filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q.max(f64::MIN_POSITIVE)).ln()).sum();
        let total_variation = both().map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0;
        Self { kl, total_variation, top1: top(q) == top(exact) }
    }
}

fn top(q: &[f64]) -> usize {
    (1..q.len()).fold(0, |best, id| if q[id] > q[best] { id } else { best })
}

/// What all paths say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Exact {
    /// Probabilities of the next token, by id.
    pub next: Vec<f64>,
}

/// The exact distribution after each step that `wanted` names, over the paths through the members that were live then.
/// `None` for other steps, and for all from the first on whose paths are more than `limit`.
///
/// # Errors
/// When a pass fails.
pub fn exact<M: LanguageModel>(
    engine: &mut M,
    prompt: &[TokenId],
    steps: &[Step],
    limit: usize,
    wanted: impl Fn(&Step) -> bool,
) -> anyhow::Result<Vec<Option<Exact>>>
where
    M::Error: Send + Sync,
{
    let mut found = vec![None; steps.len()];
    let Some(last) = steps.iter().rposition(|step| step.paths() <= limit && wanted(step)) else { return Ok(found) };
    let mut paths = Paths::new(engine, prompt)?;
    for (index, step) in steps[..=last].iter().enumerate() {
        if step.paths() > limit {
            break;
        }
        // Members of earlier sets that went with this step; a set that went whole would need all paths computed anew.
        for (place, earlier) in steps[..index].iter().enumerate() {
            let live = step.live.iter().find(|(other, _)| *other == place).map(|(_, members)| members);
            let Some(live) = live else { return Ok(found) };
            let gone: Vec<TokenId> = earlier.set.iter().copied().filter(|id| !live.contains(id)).collect();
            paths.end(place, &gone);
        }
        paths.extend(&step.set)?;
        if wanted(step) {
            found[index] = Some(Exact { next: paths.average() });
        }
    }
    Ok(found)
}
