//! The exact distribution, and what is measured with it, on small models.

use pollster::block_on;
use tempo_core::{
    Combine, GenerationOptions, MeterEvent, MeterProposal, Positions, RemovalMode, TokenId, Visibility, Weighting,
};
use tempo_lab::distance::{Distance, exact};
use tempo_lab::lattice::{self, Lattice, Sets};
use tempo_lab::paths::Paths;
use tempo_lab::shared::Shared;
use tempo_lab::{beam, distance, given};
use tempo_model::{DevicePreference, Devices, Engine, LoadOptions};
use tempo_tests::models::{Words, load};

const MODEL: &str = "storyteller";

fn engine() -> Engine {
    let device = block_on(Devices::default().open(DevicePreference::Cpu)).unwrap();
    load(MODEL, &device, LoadOptions::default()).unwrap()
}

fn prompt() -> Vec<TokenId> {
    Words::of(MODEL).unwrap().encode("One day a wolf came to the").unwrap()
}

fn lattice(engine: &mut Engine, weighting: Weighting, steps: usize) -> Lattice {
    let options = GenerationOptions { weighting, max_steps: steps, max_set: 3, ..GenerationOptions::default() };
    lattice::run(engine, options, &prompt(), Sets::Free).unwrap()
}

fn distances(engine: &mut Engine, lattice: &Lattice) -> Vec<(usize, Distance)> {
    let exact = exact(engine, &prompt(), &lattice.steps, 100, |_| true).unwrap();
    let both = lattice.steps.iter().zip(exact);
    both.filter_map(|(step, exact)| Some((step.open(), Distance::of(&step.q, &exact?.next)))).collect()
}

/// I4, and its negative control.
#[test]
fn one_open_set_is_exact_and_two_are_not() {
    let mut engine = engine();
    for weighting in [Weighting::None, Weighting::Probability, Weighting::Gamma, Weighting::Kin] {
        let lattice = lattice(&mut engine, weighting, 6);
        let found = distances(&mut engine, &lattice);
        let first = found.iter().find(|(open, _)| *open == 1).unwrap();
        assert!(first.1.kl.abs() < 1e-5 && first.1.total_variation < 1e-4 && first.1.top1, "{weighting}: {first:?}");
        let several: Vec<f64> = found.iter().filter(|(open, _)| *open > 1).map(|(_, distance)| distance.kl).collect();
        assert!(several.len() > 1 && several.iter().any(|kl| *kl > 1e-3), "{weighting}: {several:?}");
    }
}

/// Every node of the tree is what the same tokens are as a text of their own.
#[test]
fn paths_in_one_cache_are_texts_computed_alone() {
    let mut engine = engine();
    let sets = [vec![TokenId(5), TokenId(9)], vec![TokenId(7)], vec![TokenId(11), TokenId(300), TokenId(4)]];
    let mut paths = Paths::new(&mut engine, &prompt()).unwrap();
    for set in &sets {
        paths.extend(set).unwrap();
    }
    assert_eq!(paths.leaves().len(), 6);
    let leaves = paths.leaves().to_vec();
    for leaf in leaves {
        let text: Vec<TokenId> = prompt().into_iter().chain(leaf.ids.iter().copied()).collect();
        let alone = Paths::new(&mut engine, &text).unwrap().leaves()[0].next.clone();
        let far = leaf.next.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-3, "{far}");
        let score = beam::score(&mut engine, &prompt(), &leaf.ids).unwrap();
        assert!((score * 3.0 - leaf.log_probability).abs() < 1e-4);
    }
}

#[test]
fn a_path_that_ends_leaves_the_average() {
    let mut engine = engine();
    let (stays, goes) = (TokenId(5), TokenId(9));
    let next = |engine: &mut Engine, ids: &[TokenId], ended: &[TokenId]| {
        let mut paths = Paths::new(engine, &prompt()).unwrap();
        paths.extend(ids).unwrap();
        paths.end(0, ended);
        paths.extend(&[TokenId(7)]).unwrap();
        paths.average()
    };
    let alone = next(&mut engine, &[stays], &[]);
    let after = next(&mut engine, &[stays, goes], &[goes]);
    let both = next(&mut engine, &[stays, goes], &[]);
    assert!(Distance::of(&after, &alone).total_variation < 1e-5);
    assert!(Distance::of(&both, &alone).total_variation > 1e-4);
}

/// The same sets under every weighting, and what the chain makes of them.
#[test]
fn kin_is_nearer_to_the_truth_than_none_on_the_same_sets() {
    let mut engine = engine();
    let free = lattice(&mut engine, Weighting::None, 5);
    let sets: Vec<_> = free.steps.iter().map(|step| step.set.clone()).collect();
    let truth = distance::exact(&mut engine, &prompt(), &free.steps, 300, |step| step.open() > 1).unwrap();
    let kl = |engine: &mut Engine, weighting| {
        let options = GenerationOptions { weighting, ..GenerationOptions::default() };
        let forced = lattice::run(engine, options, &prompt(), Sets::Given(&sets)).unwrap();
        assert!(forced.steps.iter().zip(&sets).all(|(step, set)| {
            // Their order follows the weighting's own probabilities.
            step.set.len() == set.len() && set.iter().all(|id| step.set.contains(id))
        }));
        let both = forced.steps.iter().zip(&truth);
        both.filter_map(|(step, exact)| Some(Distance::of(&step.q, &exact.as_ref()?.next).kl)).sum::<f64>()
    };
    let (none, kin) = (kl(&mut engine, Weighting::None), kl(&mut engine, Weighting::Kin));
    assert!(kin < none, "{kin} against {none}");
}

#[test]
fn one_beam_is_greedy_and_more_find_no_worse_text() {
    let mut engine = engine();
    let (ids, greedy) = beam::search(&mut engine, &prompt(), &[1; 8], &[]).unwrap();
    let options = GenerationOptions { max_set: 1, max_steps: 8, ..GenerationOptions::default() };
    assert_eq!(lattice::run(&mut engine, options, &prompt(), Sets::Free).unwrap().viterbi, ids);
    let (never, _) = beam::search(&mut engine, &prompt(), &[1; 8], &[ids[0]]).unwrap();
    assert_ne!(never[0], ids[0]);
    let (_, best) = beam::search(&mut engine, &prompt(), &[4; 8], &[]).unwrap();
    assert!(best >= greedy - 1e-6, "{best} against {greedy}");
    assert!(beam::search(&mut engine, &[], &[1], &[]).is_err());
}

/// Runs on one prompt, of different options, are what they are alone.
#[test]
fn a_shared_prompt_changes_nothing_and_is_computed_once() {
    let mut engine = engine();
    let ways = [Weighting::Kin, Weighting::None, Weighting::Kin];
    let alone: Vec<Lattice> = ways.map(|weighting| lattice(&mut engine, weighting, 4)).into();
    let scored = beam::score(&mut engine, &prompt(), &alone[0].viterbi).unwrap();
    let mut shared = Shared::new(&mut engine);
    for (weighting, alone) in ways.into_iter().zip(&alone) {
        let options = GenerationOptions { weighting, max_steps: 4, max_set: 3, ..GenerationOptions::default() };
        let run = lattice::run(&mut shared, options, &prompt(), Sets::Free).unwrap();
        assert_eq!(run.sets(), alone.sets());
        assert_eq!(run.first, alone.first);
        let far = run.steps.iter().zip(&alone.steps).map(|(a, b)| Distance::of(&a.q, &b.q).total_variation);
        assert!(far.fold(0.0, f64::max) < 1e-6);
    }
    assert_eq!(shared.passes(), 1 + 3 * 4);
    let again = beam::score(&mut shared, &prompt(), &alone[0].viterbi).unwrap();
    assert!((again - scored).abs() < 1e-5);
    assert_eq!(shared.passes(), 1 + 3 * 4 + 1, "a text is one pass after its prompt");
    // A longer prompt is another one.
    let longer = [prompt(), vec![TokenId(5)]].concat();
    beam::score(&mut shared, &longer, &[TokenId(7), TokenId(9)]).unwrap();
    assert_eq!(shared.passes(), 1 + 3 * 4 + 3);
}

/// The gold token is in every set, and nothing else of the set is changed.
#[test]
fn gold_tokens_join_the_sets_that_lack_them() {
    let mut engine = engine();
    // Two tokens that it would take itself, and two that it would not.
    let mut gold = lattice(&mut engine, Weighting::Kin, 2).viterbi;
    gold.extend([TokenId(3000), TokenId(17)]);
    let options = GenerationOptions { max_set: 3, ..GenerationOptions::default() };
    let run = lattice::run(&mut engine, options, &prompt(), Sets::With(&gold)).unwrap();
    assert_eq!(run.steps.len(), gold.len());
    let (mut missing, mut there) = (0, 0);
    for (place, (step, id)) in run.steps.iter().zip(&gold).enumerate() {
        let q = &run.distributions()[place];
        assert!(step.set.contains(id));
        let mut above: Vec<usize> = (0..q.len()).filter(|v| q[*v] >= 0.1).collect();
        above.sort_by(|a, b| q[*b].total_cmp(&q[*a]));
        let own = above.len().clamp(1, 3);
        assert_eq!((step.natural, step.fallback), (own, above.is_empty()), "set {place}");
        assert!(step.set.len() - own <= 1);
        missing += usize::from(step.set.len() > own);
        there += usize::from(step.set.len() == own);
    }
    assert!(missing > 0 && there > 0, "{missing} {there}");
}

/// Core's meter and the exact distribution of this crate are written apart.
#[test]
fn the_meter_of_a_run_says_what_enumeration_says() {
    let mut engine = engine();
    let options = GenerationOptions { max_steps: 5, max_set: 3, exact_limit: 100, ..GenerationOptions::default() };
    let run = lattice::run(&mut engine, options, &prompt(), Sets::Free).unwrap();
    let truth = exact(&mut engine, &prompt(), &run.steps, 100, |_| true).unwrap();
    let mut compared = 0;
    for (step, truth) in run.steps.iter().zip(&truth) {
        let Some(meter) = &step.event.meter else {
            assert!(truth.is_none());
            continue;
        };
        let own = Distance::of(&step.q, &truth.as_ref().unwrap().next);
        assert!((meter.kl - own.kl).abs() < 1e-5 && (meter.total_variation - own.total_variation).abs() < 1e-5);
        assert_eq!(meter.top1, own.top1);
        compared += usize::from(step.open() > 1);
    }
    assert!(compared > 1, "{compared}");
    // Without it nothing is measured, and the run is the same.
    let without = GenerationOptions { exact_limit: 0, ..options };
    let without = lattice::run(&mut engine, without, &prompt(), Sets::Free).unwrap();
    assert!(without.steps.iter().all(|step| step.event.meter.is_none()));
    assert_eq!(without.sets(), run.sets());
}

/// Core's beam search and the one with a width for each step are written apart.
#[test]
fn beams_of_equal_widths_reach_as_far_as_core_s() {
    let mut engine = engine();
    let (found, _) = beam::search(&mut engine, &prompt(), &[4; 8], &[]).unwrap();
    assert_eq!(beam::reach(&mut engine, &prompt(), &found, 4).unwrap(), 8);
    let mut lost = found.clone();
    lost[3] = TokenId(3000);
    assert_eq!(beam::reach(&mut engine, &prompt(), &lost, 4).unwrap(), 3);
    let (greedy, _) = beam::search(&mut engine, &prompt(), &[1; 8], &[]).unwrap();
    assert_eq!(beam::reach(&mut engine, &prompt(), &greedy, 1).unwrap(), 8);
    assert!(beam::reach(&mut engine, &prompt(), &found, 0).is_err());
}

/// A pass over all sets says what a pass a set says, where nothing else follows from the rows.
#[test]
fn given_sets_are_one_pass_under_weighting_none() {
    let mut engine = engine();
    let sets = lattice(&mut engine, Weighting::Kin, 5).sets();
    assert!(sets.iter().any(|set| set.len() > 1));
    let none = GenerationOptions { weighting: Weighting::None, ..GenerationOptions::default() };
    let ways = [
        none,
        GenerationOptions { visibility: Visibility::Visible, ..none },
        GenerationOptions { combine: Combine::First, position_gap: 1, ..none },
        GenerationOptions { combine: Combine::Last, ..none },
    ];
    for options in ways {
        let mut shared = Shared::new(&mut engine);
        let stepwise = lattice::run(&mut shared, options, &prompt(), Sets::Given(&sets)).unwrap().distributions();
        assert_eq!(shared.passes(), 1 + sets.len(), "the prompt's and one a set");
        let at_once = given::distributions(&mut shared, options, &prompt(), &sets).unwrap();
        assert_eq!(shared.passes(), 1 + sets.len() + 1, "one more");
        assert_eq!(at_once.len(), stepwise.len());
        for (a, b) in at_once.iter().zip(&stepwise) {
            assert!(Distance::of(a, b).total_variation < 1e-5);
        }
    }
    let stepwise = [
        GenerationOptions::default(),
        GenerationOptions { visibility: Visibility::Ordered, ..none },
        GenerationOptions { positions: Positions::Consecutive, ..none },
        GenerationOptions { removal: RemovalMode::Mask, ..none },
        GenerationOptions { budget: 20, ..none },
    ];
    for options in stepwise {
        assert!(!given::is_one_pass(&options));
        let mut shared = Shared::new(&mut engine);
        given::distributions(&mut shared, options, &prompt(), &sets).unwrap();
        assert_eq!(shared.passes(), 1 + sets.len(), "{options:?}");
    }
    assert!(given::distributions(&mut engine, none, &prompt(), &[Vec::new()]).is_err());
}

/// What the meter says of a run's steps, none left out.
fn metered(lattice: &Lattice) -> Vec<&MeterEvent> {
    lattice.steps.iter().map(|step| step.event.meter.as_ref().unwrap()).collect()
}

/// Paths that the chain draws make an estimate of the exact distribution that is nearer than one by the members' own weights,
/// for more of them count.
#[test]
fn paths_that_the_chain_draws_estimate_the_exact_distribution() {
    const DRAWS: usize = 400;
    let mut engine = engine();
    let options = GenerationOptions { max_steps: 6, max_set: 3, ..GenerationOptions::default() };
    let mut run = |exact_limit, meter_samples, meter_proposal| {
        let options = GenerationOptions { exact_limit, meter_samples, meter_proposal, ..options };
        lattice::run(&mut engine, options, &prompt(), Sets::Free).unwrap()
    };
    let all = run(1000, 0, MeterProposal::Weights);
    let by_weights = run(0, DRAWS, MeterProposal::Weights);
    let by_chain = run(0, DRAWS, MeterProposal::Chain);
    // The estimate of the posteriors, the number of paths that count, and the least of these numbers that is possible.
    let far = |run: &Lattice| {
        let posteriors = metered(run).into_iter().zip(metered(&all));
        let far = posteriors.flat_map(|(found, want)| {
            found.members.concat().into_iter().zip(want.members.concat()).map(|(found, want)| (found - want).abs())
        });
        far.fold(0.0, f64::max)
    };
    let ess = |run: &Lattice| metered(run).iter().map(|meter| meter.ess.unwrap()).sum::<f64>();
    assert!(far(&by_chain) < 0.1, "shares of 400 draws are some hundredths off: {}", far(&by_chain));
    assert!(ess(&by_chain) > ess(&by_weights) + 100.0, "{} against {}", ess(&by_chain), ess(&by_weights));
    assert!(metered(&by_chain).iter().all(|meter| meter.ess.unwrap() <= DRAWS as f64 + 1e-6));
    let last = metered(&all).last().map_or(0, |meter| meter.members.len());
    assert!(last > 2, "{last} open sets are too few to tell");
}

/// A study of long runs measures after some of the sets alone.
#[test]
fn paths_are_drawn_after_those_sets_that_are_listed() {
    let options = GenerationOptions { max_steps: 5, exact_limit: 1, meter_samples: 4, ..GenerationOptions::default() };
    let run = lattice::run_estimated_at(&mut engine(), options, &prompt(), Sets::Free, &[2, 5]).unwrap();
    let drawn = run.steps.iter().map(|step| step.event.meter.as_ref().is_some_and(|meter| meter.sampled.is_some()));
    let open = run.steps.iter().map(|step| step.paths() > 1);
    let want: Vec<bool> = open.zip([false, true, false, false, true]).map(|(open, listed)| open && listed).collect();
    assert_eq!(drawn.collect::<Vec<_>>(), want);
    assert!(want.iter().any(|drawn| *drawn), "something is drawn");
}
