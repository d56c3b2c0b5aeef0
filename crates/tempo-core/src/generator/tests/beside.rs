//! Lanes beside a run against the same texts computed alone.

mod drawn;
mod reading;

use super::*;
use crate::meter::Sets;
use crate::random::SplitMix64;
use crate::{
    Combine, Key, Lane, Lanes, LanguageModel, MeterEvent, Position, Positions, Query, Reading, ReadingEvent,
    ReadingKind, RemovalKeep, RemovalMode, RemovalRule, RemovalScore, Row, SetIndex, Slot, StepEvent, StepPlan,
    TokenId, Visibility, Weighting,
    testing::{block_on, description},
};

type Change = fn(&mut GenerationOptions);

const PROMPT: [u32; 3] = [3, 7, 1];
const VOCAB: usize = 24;

/// Runs in which members go, positions empty, rows are freed, and whatever else must not reach the lanes.
const RUNS: [Change; 14] = [
    |_| (),
    |o| o.weighting = Weighting::None,
    |o| o.visibility = Visibility::Visible,
    |o| (o.visibility, o.weighting) = (Visibility::Ordered, Weighting::Gamma),
    |o| (o.positions, o.position_gap) = (Positions::Consecutive, 5),
    |o| (o.temperature, o.repetition_penalty) = (1.7, 1.4),
    |o| (o.combine, o.temperature) = (Combine::LogitMean, 0.8),
    |o| (o.combine, o.min_steps) = (Combine::Last, 6),
    |o| o.removal = RemovalMode::Mask,
    |o| o.removal = RemovalMode::Evict,
    |o| (o.removal, o.removal_score) = (RemovalMode::Rebuild, RemovalScore::Share),
    |o| (o.removal, o.removal_score, o.relative) = (RemovalMode::Evict, RemovalScore::Attention, 0.95),
    |o| {
        (o.removal, o.removal_score, o.removal_rule) = (RemovalMode::Evict, RemovalScore::Share, RemovalRule::Absolute);
        (o.removal_limit, o.removal_keep, o.min_evidence) = (0.9, RemovalKeep::RemovePosition, 2);
    },
    |o| (o.budget, o.budget_recent) = (7, 2),
];

fn options(change: Change) -> GenerationOptions {
    let mut options =
        GenerationOptions { max_set: 3, max_steps: 7, selection_threshold: 0.06, ..GenerationOptions::default() };
    options.relative = 0.9;
    change(&mut options);
    options
}

fn model() -> ScriptedModel {
    ScriptedModel::new(VOCAB).with_eos(&[23])
}

fn digesting(limit: Option<usize>) -> ScriptedModel {
    let mut model = model();
    model.digests = limit;
    model
}

/// Raw logits after every token of a text.
fn rows_of(ids: &[TokenId]) -> Vec<Vec<f32>> {
    let mut model = model();
    let token = |(index, id): (u32, &TokenId)| {
        let (slot, set, position, row) = (Slot(index), SetIndex(index), Position(index), Row(index));
        Query { token: *id, position, slot, set, row, lane: Lane::TEMPO }
    };
    let queries: Vec<Query> = (0..).zip(ids).map(token).collect();
    let key = |query: &Query| Key { slot: query.slot, set: query.set, bias: 0.0, live: true, lanes: Lanes::ALL };
    let plan = StepPlan {
        keys: queries.iter().map(key).collect(),
        visibility: Visibility::Isolated,
        logits: 0..queries.len(),
        layer_weights: Vec::new(),
        digest: None,
        biases: Vec::new(),
        queries,
    };
    block_on(model.begin(ids.len())).unwrap();
    let logits = block_on(model.forward(&plan)).unwrap().logits.into_rows().unwrap();
    logits.chunks_exact(VOCAB).map(<[f32]>::to_vec).collect()
}

fn softmax(row: &[f32]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|z| f64::from(*z).exp()).sum();
    row.iter().map(|z| f64::from(*z).exp() / sum).collect()
}

/// Sum of `ln p` of the tokens after the prompt, and what comes after them.
fn read(path: &[TokenId]) -> (f64, Vec<f64>) {
    let ids: Vec<TokenId> = PROMPT.iter().map(|id| TokenId(*id)).chain(path.iter().copied()).collect();
    let rows = rows_of(&ids);
    let after = |depth: usize| softmax(&rows[PROMPT.len() - 1 + depth]);
    let logs = path.iter().enumerate().map(|(depth, id)| after(depth)[id.index()].ln());
    (logs.sum(), after(path.len()))
}

/// The live members after each step, with their recorded probabilities, by what the events tell.
fn lattices(events: &[Event]) -> Vec<Vec<Vec<(TokenId, f64)>>> {
    let mut gone: Vec<Slot> = Vec::new();
    let steps = steps(events);
    let mut lattices = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        gone.extend(step.verdicts.iter().filter(|verdict| verdict.removes()).map(|verdict| verdict.slot));
        gone.extend(&step.over_budget);
        let live = |step: &&StepEvent| -> Vec<(TokenId, f64)> {
            let stay = step.set.iter().filter(|member| !gone.contains(&member.slot));
            stay.map(|member| (member.id, member.probability)).collect()
        };
        lattices.push(steps[..=index].iter().map(live).filter(|set| !set.is_empty()).collect());
    }
    lattices
}

fn paths(sets: &[Vec<(TokenId, f64)>]) -> Vec<Vec<usize>> {
    Sets { weights: sets.iter().map(|set| vec![0.0; set.len()]).collect() }.all()
}

fn ids(sets: &[Vec<(TokenId, f64)>], path: &[usize]) -> Vec<TokenId> {
    sets.iter().zip(path).map(|(set, member)| set[*member].0).collect()
}

/// Posteriors of the sets with several members, and the next-token distribution, over these paths and weights.
fn brute(sets: &[Vec<(TokenId, f64)>], paths: &[Vec<usize>], proposal: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>, f64) {
    let read: Vec<(f64, Vec<f64>)> = paths.iter().map(|path| read(&ids(sets, path))).collect();
    let ratios: Vec<f64> = read.iter().zip(proposal).map(|((log, _), proposal)| log.exp() / proposal).collect();
    let sum: f64 = ratios.iter().sum();
    let mut exact = vec![0.0; VOCAB];
    let mut members: Vec<Vec<f64>> = sets.iter().map(|set| vec![0.0; set.len()]).collect();
    for ((path, ratio), (_, next)) in paths.iter().zip(&ratios).zip(&read) {
        exact.iter_mut().zip(next).for_each(|(exact, p)| *exact += ratio / sum * p);
        members.iter_mut().zip(path).for_each(|(set, member)| set[*member] += ratio / sum);
    }
    members.retain(|set| set.len() > 1);
    (members, exact, sum * sum / ratios.iter().map(|ratio| ratio * ratio).sum::<f64>())
}

fn near(what: &str, found: f64, want: f64) {
    assert!((found - want).abs() < 1e-5 * want.abs().max(1.0), "{what}: {found} is not {want}");
}

fn compare(meter: &MeterEvent, members: &[Vec<f64>]) {
    assert_eq!(
        meter.members.iter().map(Vec::len).collect::<Vec<_>>(),
        members.iter().map(Vec::len).collect::<Vec<_>>()
    );
    for (found, want) in meter.members.concat().iter().zip(members.concat()) {
        near("posterior", *found, want);
    }
}

#[test]
fn the_meter_measures_every_path_there_is() {
    let (mut open, mut beyond) = (0, 0);
    for change in RUNS {
        for digests in [None, Some(6)] {
            let mut model = digesting(digests);
            let events = run(&mut model, GenerationOptions { exact_limit: 60, ..options(change) }, &PROMPT);
            for (step, sets) in steps(&events).iter().zip(lattices(&events)) {
                let paths = paths(&sets);
                if paths.len() > 60 {
                    assert!(step.meter.is_none());
                    beyond += 1;
                    continue;
                }
                let meter = step.meter.as_ref().expect("few enough paths");
                let (members, exact, _) = brute(&sets, &paths, &vec![1.0; paths.len()]);
                compare(meter, &members);
                open += usize::from(members.len() > 1);
                near("paths", meter.paths, paths.len() as f64);
                assert!(meter.sampled.is_none() && meter.ess.is_none() && meter.kl >= 0.0);
                // One open set is exact (I4).
                let own = options(change);
                let plain = own.visibility == Visibility::Isolated && own.combine == Combine::Mixture;
                let placed = own.position_gap == 0 && own.temperature.to_bits() == 1.0_f64.to_bits() && own.budget == 0;
                assert!(step.step > 0 || !plain || !placed || meter.kl < 1e-9, "{meter:?}");
                assert!((exact.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
    }
    assert!(open > 20 && beyond > 5, "{open} measured, {beyond} beyond the limit");
}

/// The whole object against a q that is computed by hand: TEMPO's own rows, read in a run whose temperature is 1.
#[test]
fn the_distance_is_that_of_the_plain_distribution() {
    let mut model = model();
    let warm = GenerationOptions { exact_limit: 500, temperature: 1.9, repetition_penalty: 1.3, ..options(|_| ()) };
    let events = run(&mut model, warm, &PROMPT);
    let mut far = 0;
    for (step, sets) in steps(&events).iter().zip(lattices(&events)) {
        let Some(meter) = &step.meter else { continue };
        let paths = paths(&sets);
        let (_, exact, _) = brute(&sets, &paths, &vec![1.0; paths.len()]);
        // What the run computed for its newest set, as the model sees it: its plans run again.
        let q = plain_q(&model.plans, step);
        let kl: f64 = exact.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum();
        near("kl", meter.kl, kl);
        let variation = exact.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0;
        near("total variation", meter.total_variation, variation);
        let best = |p: &[f64]| (0..VOCAB).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap();
        assert_eq!(meter.top1, best(&exact) == best(&q));
        far += usize::from(kl > 1e-3);
    }
    assert!(far > 0, "several open sets are not exact");
}

/// The mixture of plain softmaxes after a step, by computing all plans up to its own again.
fn plain_q(plans: &[StepPlan], step: &StepEvent) -> Vec<f64> {
    let mut model = model();
    block_on(model.begin(4096)).unwrap();
    let newest = step.set[0].slot;
    let sum: f64 = step.set.iter().map(|member| member.probability).sum();
    for plan in plans {
        let rows = block_on(model.forward(plan)).unwrap().logits.into_rows().unwrap();
        if plan.queries.iter().any(|query| query.slot == newest) {
            let mut q = vec![0.0; VOCAB];
            for (row, member) in rows.chunks_exact(VOCAB).zip(&step.set) {
                q.iter_mut().zip(softmax(row)).for_each(|(q, p)| *q += member.probability / sum * p);
            }
            return q;
        }
    }
    panic!("a step has a pass");
}

fn without_meter(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for event in &mut events {
        match event {
            Event::Step(step) => step.meter = None,
            Event::Run(run) => (run.options.exact_limit, run.options.meter_samples) = (0, 0),
            _ => (),
        }
    }
    events
}

/// A step that is measured has thousands of passes where the limit is large; a run that is stopped ends after the one under way.
#[test]
fn a_stop_waits_for_no_more_than_one_pass_of_the_meter() {
    let options = GenerationOptions { exact_limit: 5000, reading_beams: 2, ..options(|_| ()) };
    let whole = run(&mut model(), options, &PROMPT);
    let mut stopped = 0;
    for digests in [None, Some(6)] {
        for stop_at in 1.. {
            let mut model = digesting(digests);
            let prompt = Prompt { text: String::new(), ids: PROMPT.map(TokenId).to_vec() };
            let mut generator = Generator::new(options, model.description(), prompt, Numbers).unwrap();
            let (mut events, mut passes, mut measuring) = (Vec::new(), 0, false);
            loop {
                match generator.advance() {
                    Action::Begin { rows, .. } | Action::Grow { rows } => block_on(model.grow(rows)).unwrap(),
                    Action::Logits => generator.absorb_logits(block_on(model.logits()).unwrap()).unwrap(),
                    Action::Emit(event) => events.push(event),
                    Action::Finished => break,
                    Action::Forward(plan) => {
                        assert!(passes < stop_at, "no pass after the stop");
                        passes += 1;
                        let readout = block_on(model.forward(&plan)).unwrap();
                        events.extend(generator.absorb(readout).unwrap());
                        if passes == stop_at {
                            measuring = plan.measured().is_empty() && plan.logits.len() > 1;
                            generator.stop();
                        }
                    }
                }
            }
            if passes < stop_at {
                break;
            }
            assert_eq!(end(&events).reason, StopReason::Stopped);
            let (found, want) = (steps(&events), steps(&whole));
            assert!(found.iter().zip(&want).all(|(found, want)| found.set == want.set));
            if measuring {
                stopped += 1;
                let (last, before) = found.split_last().unwrap();
                assert!(last.meter.is_none() && before.iter().all(|step| step.meter.is_some()));
            }
        }
    }
    assert!(stopped > 10, "{stopped}");
}

/// To the bit, for the scripted model sums in the order of the rows, which lanes leave as it is where no row is freed.
#[test]
fn a_run_that_is_measured_is_the_run_that_is_not() {
    for change in RUNS.into_iter().filter(|change| {
        let options = options(*change);
        options.removal != RemovalMode::Evict && options.budget == 0
    }) {
        for digests in [None, Some(2), Some(6)] {
            let plain = run(&mut digesting(digests), options(change), &PROMPT);
            let measured = GenerationOptions { exact_limit: 40, meter_samples: 4, ..options(change) };
            let events = run(&mut digesting(digests), measured, &PROMPT);
            assert_eq!(sets(&events), sets(&plain));
            if digests.is_none() {
                assert_eq!(without_meter(&events), plain);
            }
        }
    }
}
