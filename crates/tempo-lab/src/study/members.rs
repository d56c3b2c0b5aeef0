//! What the steps of a run say of the members of its sets: attention, weights, the chain's verdict, the truth.

use tempo_core::TokenId;

use super::row::{Members, rounded};
use crate::lattice::{Lattice, Step};

/// How many later sets have spoken when members are looked at.
pub(super) const LATER: [usize; 3] = [1, 2, 4];

/// Attention on every older set over the mean attention on positions of one member, with the set's size. The first slot and
/// the newest set, whose queries look, are left out.
pub(super) fn mass(lattice: &Lattice, prompt: usize) -> Vec<(usize, f64)> {
    let mut ratios = Vec::new();
    for (now, step) in lattice.steps.iter().enumerate().skip(1) {
        let older = &lattice.steps[..now];
        let on = |one: &Step| received(step, one).iter().sum::<f64>();
        let mut lone: Vec<f64> = step.event.received.get(1..prompt).unwrap_or_default().to_vec();
        lone.extend(older.iter().filter(|one| one.set.len() == 1).map(on));
        let mean = lone.iter().sum::<f64>() / lone.len() as f64;
        if mean > 0.0 {
            ratios.extend(older.iter().map(|one| (one.set.len(), rounded(on(one) / mean))));
        }
    }
    ratios
}

/// Attention that the members of a set receive in a later step.
fn received(step: &Step, set: &Step) -> Vec<f64> {
    set.event.set.iter().map(|member| step.event.received[member.slot.index()]).collect()
}

/// Sets of several members, all of them live, some sets later; with exact posteriors where the run's meter says them.
pub(super) fn members(lattice: &Lattice, gold: &[TokenId]) -> Vec<Members> {
    let mut found = Vec::new();
    for (place, set) in lattice.steps.iter().enumerate().filter(|(_, step)| step.set.len() > 1) {
        let Some(gold) = set.set.iter().position(|id| *id == gold[place]) else { continue };
        let total: f64 = set.event.set.iter().map(|member| member.probability).sum();
        let weight: Vec<f64> = set.event.set.iter().map(|member| member.probability / total).collect();
        for later in LATER {
            let Some(now) = lattice.steps.get(place + later) else { break };
            if now.live.iter().all(|(other, live)| *other != place || live.len() < set.set.len()) {
                break;
            }
            let spoken = &lattice.steps[place + 1..=place + later];
            let mut attention = vec![0.0; weight.len()];
            for step in spoken {
                attention.iter_mut().zip(received(step, set)).for_each(|(sum, one)| *sum += one / later as f64);
            }
            let Some(posterior) = posterior(&weight, &spoken[0]) else { break };
            let exact = now.event.meter.as_ref().filter(|meter| meter.ess.is_none()).and_then(|meter| {
                let mut several = now.live.iter().filter(|(_, live)| live.len() > 1);
                meter.members.get(several.position(|(other, _)| *other == place)?).cloned()
            });
            let round = |numbers: Vec<f64>| numbers.into_iter().map(rounded).collect();
            // Attention is small where the text is long: what matters is its share.
            let attention = attention.into_iter().map(|one| (one * 1e9).round() / 1e9).collect();
            let (weight, posterior, exact) = (round(weight.clone()), round(posterior), exact.map(round));
            let own = set.natural == set.set.len();
            found.push(Members { later, gold, own, weight, attention, posterior, exact });
        }
    }
    found
}

/// Score `posterior` of the members, by the set that came next (ALGORITHM.md §8).
fn posterior(weight: &[f64], next: &Step) -> Option<Vec<f64>> {
    let said = &next.event.chain;
    if said.is_empty() || said.iter().any(|row| row.len() != weight.len()) {
        return None;
    }
    let joint: Vec<f64> =
        weight.iter().enumerate().map(|(j, weight)| weight * said.iter().map(|row| row[j]).sum::<f64>()).collect();
    let total: f64 = joint.iter().sum();
    Some(if total > 0.0 { joint.into_iter().map(|one| one / total).collect() } else { weight.to_vec() })
}
