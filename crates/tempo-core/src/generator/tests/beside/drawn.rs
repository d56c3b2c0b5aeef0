//! Paths that the meter draws, against the same ones drawn by enumeration.

use std::collections::BTreeMap;

use super::*;
use crate::MeterProposal;

const DRAWS: usize = 5;
const SEED: u64 = 11;

/// The member whose share of the mass the number falls into.
fn member(mass: &[f64], u: f64) -> usize {
    let total: f64 = mass.iter().sum();
    let mut sum = 0.0;
    let found = mass.iter().position(|mass| {
        sum += mass / total;
        sum > u
    });
    found.unwrap_or(mass.len() - 1)
}

/// Paths of one step by the members' own weights, oldest set first, and how often each is drawn.
fn by_weights(sets: &[Vec<(TokenId, f64)>], stream: &mut SplitMix64) -> (Vec<usize>, f64) {
    let mut proposal = 1.0;
    let mut path = Vec::new();
    for set in sets {
        let mass: Vec<f64> = set.iter().map(|(_, p)| *p).collect();
        let rank = if set.len() > 1 { member(&mass, stream.unit()) } else { 0 };
        proposal *= mass[rank] / mass.iter().sum::<f64>();
        path.push(rank);
    }
    (path, proposal)
}

/// The same by the chain: of every path there is what the chain says, newest set first, of those that agree with what was
/// drawn so far.
fn by_chain(said: &[(Vec<usize>, f64)], widths: &[usize], stream: &mut SplitMix64) -> (Vec<usize>, f64) {
    let mut left: Vec<&(Vec<usize>, f64)> = said.iter().collect();
    for (set, width) in widths.iter().enumerate().rev().filter(|(_, width)| **width > 1) {
        let mut mass = vec![0.0; *width];
        for (path, said) in &left {
            mass[path[set]] += said;
        }
        let rank = member(&mass, stream.unit());
        left.retain(|(path, _)| path[set] == rank);
    }
    let total: f64 = said.iter().map(|(_, said)| said).sum();
    (left[0].0.clone(), left[0].1 / total)
}

/// What the chain says of every path after each step, by the events: `q_1` and the `T` that they tell, of the members that
/// are live.
fn chains(events: &[Event]) -> Vec<Vec<(Vec<usize>, f64)>> {
    let (steps, mut gone) = (steps(events), Vec::new());
    // Live members of the set before; of each set, what each of these said of each member.
    let mut before: Vec<Slot> = Vec::new();
    let mut told: Vec<BTreeMap<(Slot, Slot), f64>> = Vec::new();
    let mut all = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let newest: Vec<Slot> = step.set.iter().map(|member| member.slot).collect();
        assert_eq!(step.chain.first().map_or(0, Vec::len), before.len(), "a column for each member before");
        let mut said = BTreeMap::new();
        for (row, slot) in step.chain.iter().zip(&newest) {
            said.extend(row.iter().zip(&before).map(|(p, of)| ((*of, *slot), *p)));
        }
        told.push(said);
        gone.extend(step.verdicts.iter().filter(|verdict| verdict.removes()).map(|verdict| verdict.slot));
        gone.extend(&step.over_budget);
        before = newest.into_iter().filter(|slot| !gone.contains(slot)).collect();
        let live = |step: &&StepEvent| -> Vec<(Slot, f64)> {
            let stay = step.set.iter().filter(|member| !gone.contains(&member.slot));
            stay.map(|member| (member.slot, member.probability)).collect()
        };
        let sets: Vec<(usize, Vec<(Slot, f64)>)> =
            steps[..=index].iter().map(live).enumerate().filter(|(_, set)| !set.is_empty()).collect();
        let widths = Sets { weights: sets.iter().map(|(_, set)| vec![0.0; set.len()]).collect() };
        let of = |path: &Vec<usize>| {
            let mut product = 1.0;
            for (link, rank) in path.iter().enumerate() {
                let (place, set) = &sets[link];
                let (slot, recorded) = set[*rank];
                // Between sets that were not neighbours, and in the first one, the recorded probability stands.
                let neighbour = link.checked_sub(1).filter(|before| sets[*before].0 + 1 == *place);
                product *= neighbour.map_or(recorded, |before| told[*place][&(sets[before].1[path[before]].0, slot)]);
            }
            product
        };
        all.push(widths.all().into_iter().map(|path| (path.clone(), of(&path))).collect());
    }
    all
}

#[test]
fn drawn_paths_stand_for_all_of_them() {
    let (mut sampled, mut other) = (0, 0);
    for proposal in [MeterProposal::Weights, MeterProposal::Chain] {
        for change in RUNS {
            let options = GenerationOptions {
                exact_limit: 3,
                meter_samples: DRAWS,
                meter_proposal: proposal,
                seed: SEED,
                ..options(change)
            };
            let events = run(&mut model(), options, &PROMPT);
            let mut stream = SplitMix64::new(SEED);
            for ((step, sets), said) in steps(&events).iter().zip(lattices(&events)).zip(chains(&events)) {
                let meter = step.meter.as_ref().expect("every step is measured or sampled");
                let all = paths(&sets).len();
                near("paths", meter.paths, all as f64);
                if all <= 3 {
                    assert!(meter.sampled.is_none());
                    continue;
                }
                let widths: Vec<usize> = sets.iter().map(Vec::len).collect();
                let mut draw = || match proposal {
                    MeterProposal::Weights => by_weights(&sets, &mut stream),
                    MeterProposal::Chain => by_chain(&said, &widths, &mut stream),
                };
                let (drawn, proposals): (Vec<_>, Vec<_>) = (0..DRAWS).map(|_| draw()).unzip();
                let (members, _, ess) = brute(&sets, &drawn, &proposals);
                compare(meter, &members);
                near("effective sample size", meter.ess.unwrap(), ess);
                assert_eq!(meter.sampled, Some(DRAWS));
                sampled += 1;
                // The control: the same paths, as if each had been drawn as often as every other.
                let (_, _, even) = brute(&sets, &drawn, &[1.0; DRAWS]);
                other += usize::from((even - ess).abs() > 1e-3);
            }
        }
    }
    assert!(sampled > 40 && other > 30, "{sampled} estimates, {other} of which need the weights");
}

/// Many paths come near to all of them, whatever they are drawn by; left without their weights they do not.
#[test]
fn an_estimate_comes_near_to_the_measurement() {
    for proposal in [MeterProposal::Weights, MeterProposal::Chain] {
        let options = |exact_limit, meter_samples| GenerationOptions { exact_limit, meter_samples, ..options(|_| ()) };
        let all = run(&mut model(), options(5000, 0), &PROMPT);
        let some = GenerationOptions { meter_proposal: proposal, ..options(0, 20_000) };
        let some = run(&mut model(), some, &PROMPT);
        let last = steps(&all).len() - 1;
        let (all_steps, some_steps) = (steps(&all), steps(&some));
        let (want, found) = (all_steps[last].meter.as_ref().unwrap(), some_steps[last].meter.as_ref().unwrap());
        assert!(want.members.len() > 2, "several open sets");
        let far = |members: &[Vec<f64>]| {
            let pairs = members.concat().into_iter().zip(want.members.concat());
            pairs.map(|(found, want)| (found - want).abs()).fold(0.0, f64::max)
        };
        assert!(far(&found.members) < 0.03, "{proposal}: {}", far(&found.members));
        // As often as they are drawn: the forward weights of the newest set, or the recorded ones.
        let (sets, said) = (lattices(&some).pop().unwrap(), chains(&some).pop().unwrap());
        let mut drawn: Vec<Vec<f64>> = sets.iter().map(|set| vec![0.0; set.len()]).collect();
        let total: f64 = said.iter().map(|(_, said)| said).sum();
        for (path, said) in &said {
            for ((drawn, set), rank) in drawn.iter_mut().zip(&sets).zip(path) {
                let sum: f64 = set.iter().map(|(_, p)| p).sum();
                drawn[*rank] += match proposal {
                    MeterProposal::Chain => said / total,
                    MeterProposal::Weights => set[*rank].1 / sum / (paths(&sets).len() / set.len()) as f64,
                };
            }
        }
        drawn.retain(|set| set.len() > 1);
        assert!(far(&drawn) > 0.1, "{proposal}: {}", far(&drawn));
    }
}
