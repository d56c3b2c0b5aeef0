//! The exact distribution where there are too many paths to enumerate: estimated from paths that the chain draws.
//!
//! Core's meter (LAB.md L4) draws every member by its own weight, whatever its neighbours are. With many open sets hardly one
//! such path is a text, and a few that are carry all the weight. The chain draws members that go together, so its paths are
//! nearly as probable as it says, and more of them count.

use std::collections::BTreeMap;

use anyhow::ensure;
use tempo_core::{LanguageModel, TokenId};

use crate::lattice::Drawn;
use crate::paths::Paths;

/// An estimate of the exact distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Probabilities of the next token, by id.
    pub next: Vec<f64>,
    /// The effective sample size, from 1 to the number of paths that were drawn.
    pub ess: f64,
}

/// Averages over paths that were drawn, each weighted by its own probability as ordinary text over how often it is drawn.
///
/// # Errors
/// When no path was drawn, or a pass fails.
pub fn estimate<M: LanguageModel>(engine: &mut M, prompt: &[TokenId], drawn: &[Drawn]) -> anyhow::Result<Estimate>
where
    M::Error: Send + Sync,
{
    let length = drawn.first().map_or(0, |path| path.ids.len());
    ensure!(!drawn.is_empty() && drawn.iter().all(|path| path.ids.len() == length), "no paths through equal sets");
    let mut paths = Paths::new(engine, prompt)?;
    // Paths that begin alike share their rows.
    let mut leaf_of = vec![0; drawn.len()];
    for depth in 0..length {
        let mut children: Vec<(usize, TokenId)> = Vec::new();
        let mut known: BTreeMap<(usize, TokenId), usize> = BTreeMap::new();
        for (leaf, path) in leaf_of.iter_mut().zip(drawn) {
            let child = (*leaf, path.ids[depth]);
            *leaf = *known.entry(child).or_insert_with(|| {
                children.push(child);
                children.len() - 1
            });
        }
        paths.grow(&children)?;
    }
    let leaves = paths.leaves();
    let logs = leaf_of.iter().zip(drawn).map(|(leaf, path)| leaves[*leaf].log_probability - path.log_probability);
    let logs: Vec<f64> = logs.collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let (sum, squares) = (weights.iter().sum::<f64>(), weights.iter().map(|weight| weight * weight).sum::<f64>());
    let mut shares = vec![0.0; leaves.len()];
    leaf_of.iter().zip(&weights).for_each(|(leaf, weight)| shares[*leaf] += weight / sum);
    Ok(Estimate { next: paths.average_by(&shares), ess: sum * sum / squares })
}
