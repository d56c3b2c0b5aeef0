//! Whole runs against the independent implementation in `scripts/reference.py`, which computes every step from scratch
//! with an explicit mask. Agreement of the two is I6: a cache that is written once equals a full computation with each
//! row's visibility and biases as at its birth.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use pollster::block_on;
use tempo_core::{
    Candidate, Decoder, EndEvent, Event, GenerationOptions, LanguageModel, MeterEvent, ModelEvent, Prompt, Reading,
    ReadingEvent, RunEvent, Stats, StepEvent, TRACE_VERSION, Verdict, next_event,
};
use tempo_model::{DeviceChoice, LoadOptions};

use crate::models::{Words, fixtures, load};

/// How far numbers may be from the reference.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Of probabilities, attention received and thresholds; of log-probabilities, which are sums over a text, this share.
    pub absolute: f64,
    /// Of scores and limits, which may be larger than 1, and of entropies.
    pub relative: f64,
}

/// Every golden run, by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn cases() -> anyhow::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in ["tempo", "lab"] {
        for entry in std::fs::read_dir(fixtures().join(folder))? {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    ensure!(!paths.is_empty(), "there are no golden runs");
    Ok(paths)
}

/// Runs golden cases again, one of `every` so many, and compares; all differences are reported, not the first one only.
///
/// # Errors
/// Names each case that differs, the event and the number.
pub fn compare_all(
    device: &DeviceChoice,
    options: LoadOptions,
    tolerance: Tolerance,
    every: usize,
) -> anyhow::Result<usize> {
    let cases: Vec<PathBuf> = cases()?.into_iter().step_by(every).collect();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|path| {
            compare(path, device, options, tolerance).err().map(|error| format!("{}: {error:#}", path.display()))
        })
        .collect();
    ensure!(failures.is_empty(), "{} of {} runs differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
    Ok(cases.len())
}

/// The events of a trace file.
///
/// # Errors
/// When a line is no event of the wire format.
pub fn read(path: &Path) -> anyhow::Result<Vec<Event>> {
    std::fs::read_to_string(path)?
        .lines()
        .enumerate()
        .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("line {}", number + 1)))
        .collect()
}

fn compare(path: &Path, device: &DeviceChoice, options: LoadOptions, tolerance: Tolerance) -> anyhow::Result<()> {
    let expected = read(path)?;
    let Some(Event::Run(run)) = expected.first() else { bail!("it does not begin with a run event") };
    let words = Words::of(&run.model.id)?;
    let ids = run.prompt.tokens.iter().map(|token| token.id).collect::<Vec<_>>();
    if !run.prompt.text.is_empty() {
        ensure!(words.encode(&run.prompt.text)? == ids, "the prompt is tokenised differently");
    }
    let mut engine = load(&run.model.id, device, options)?;
    let prompt = Prompt { text: run.prompt.text.clone(), ids };
    let mut decoder = Decoder::new(options_of(run), engine.description(), prompt, &words)?;
    for (number, expected) in expected.iter().enumerate() {
        let found = block_on(next_event(&mut decoder, &mut engine))?;
        let found = found.with_context(|| format!("event {number} is missing"))?;
        compare_event(&found, expected, run.version, tolerance, words.exist())
            .with_context(|| format!("event {number}"))?;
    }
    ensure!(block_on(next_event(&mut decoder, &mut engine))?.is_none(), "there are events after the end");
    Ok(())
}

/// What a run has to be asked for so that it says what the file says: the text of version 1 is the probable reading.
fn options_of(run: &RunEvent) -> GenerationOptions {
    if run.version == 1 { GenerationOptions { reading: Reading::Probable, ..run.options } } else { run.options }
}

fn compare_event(
    found: &Event,
    expected: &Event,
    version: u32,
    tolerance: Tolerance,
    words: bool,
) -> anyhow::Result<()> {
    match (found, expected) {
        (Event::Step(found), Event::Step(expected)) => {
            compare_step(found, expected, tolerance)?;
            if version == 1 { Ok(()) } else { compare_chain(&found.chain, &expected.chain, tolerance.absolute) }
        }
        (Event::Run(found), Event::Run(expected)) => {
            equal("version", &found.version, &TRACE_VERSION)?;
            // The reference computes in f32 and does not say so.
            let model = ModelEvent { weights: found.model.weights.clone(), ..expected.model.clone() };
            let options = options_of(expected);
            equal("run", found, &RunEvent { version: found.version, model, options, ..expected.clone() })
        }
        (Event::End(found), Event::End(expected)) => {
            // The one number in it that is divided; goldens are written with seven digits.
            close("mean_set", found.stats.mean_set, expected.stats.mean_set, 1e-6)?;
            let stats = Stats { mean_set: expected.stats.mean_set, ..found.stats };
            equal("reason and stats", &(found.reason, stats), &(expected.reason, expected.stats))?;
            // Random models have no words, and brackets of nothing say nothing.
            let texts = |end: &EndEvent| words.then(|| (end.text.clone(), end.brackets.clone()));
            equal("text and brackets", &texts(found), &texts(expected))?;
            if version == 1 {
                return Ok(());
            }
            compare_candidates("ended", &found.ended, &expected.ended, tolerance.absolute)?;
            compare_readings(found, expected, tolerance, words)
        }
        _ => decoders::compare(found, expected, tolerance),
    }
}

fn compare_step(found: &StepEvent, expected: &StepEvent, tolerance: Tolerance) -> anyhow::Result<()> {
    let Tolerance { absolute, relative } = tolerance;
    equal("step", &found.step, &expected.step)?;
    close("threshold", found.threshold, expected.threshold, absolute)?;
    close("entropy", found.entropy, expected.entropy, relative * expected.entropy.max(1.0))?;
    equal("above", &found.above, &expected.above)?;
    equal("fallback", &found.fallback, &expected.fallback)?;
    compare_candidates("candidates", &found.candidates, &expected.candidates, absolute)?;
    compare_candidates("ended", &found.ended, &expected.ended, absolute)?;
    equal("set size", &found.set.len(), &expected.set.len())?;
    for (found, expected) in found.set.iter().zip(&expected.set) {
        let who = |member: &tempo_core::Member| (member.slot, member.position, member.id, member.text.clone());
        equal("member", &who(found), &who(expected))?;
        close("member's probability", found.probability, expected.probability, absolute)?;
    }
    equal("received's length", &found.received.len(), &expected.received.len())?;
    for (slot, (found, expected)) in found.received.iter().zip(&expected.received).enumerate() {
        close("received", *found, *expected, absolute).with_context(|| format!("slot {slot}"))?;
    }
    equal("number of verdicts", &found.verdicts.len(), &expected.verdicts.len())?;
    for (found, expected) in found.verdicts.iter().zip(&expected.verdicts) {
        let what = |verdict: &Verdict| (verdict.slot, verdict.keep, verdict.effect, verdict.unattended);
        equal("verdict", &what(found), &what(expected))?;
        close("score", found.score, expected.score, absolute + relative * expected.score)?;
        close("limit", found.limit, expected.limit, absolute + relative * expected.limit)?;
    }
    equal("meter", &found.meter.is_some(), &expected.meter.is_some())?;
    if let (Some(found), Some(expected)) = (&found.meter, &expected.meter) {
        compare_meter(found, expected, absolute)?;
    }
    equal("over_budget", &found.over_budget, &expected.over_budget)?;
    equal("slots and live", &(found.slots, found.live), &(expected.slots, expected.live))
}

fn compare_meter(found: &MeterEvent, expected: &MeterEvent, absolute: f64) -> anyhow::Result<()> {
    let what = |meter: &MeterEvent| {
        let sizes: Vec<usize> = meter.members.iter().map(Vec::len).collect();
        (meter.top1, meter.sampled, sizes)
    };
    equal("meter", &what(found), &what(expected))?;
    close("paths", found.paths, expected.paths, 0.0)?;
    close("kl", found.kl, expected.kl, absolute)?;
    close("total variation", found.total_variation, expected.total_variation, absolute)?;
    for (found, expected) in found.members.iter().flatten().zip(expected.members.iter().flatten()) {
        close("posterior", *found, *expected, absolute)?;
    }
    let ess = |meter: &MeterEvent| meter.ess.unwrap_or_default();
    close("ess", ess(found), ess(expected), 10.0 * absolute * ess(expected))
}

fn compare_chain(found: &[Vec<f64>], expected: &[Vec<f64>], absolute: f64) -> anyhow::Result<()> {
    let shape = |chain: &[Vec<f64>]| chain.iter().map(Vec::len).collect::<Vec<_>>();
    equal("chain's shape", &shape(found), &shape(expected))?;
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        close("chain", *found, *expected, absolute)?;
    }
    Ok(())
}

fn compare_readings(found: &EndEvent, expected: &EndEvent, tolerance: Tolerance, words: bool) -> anyhow::Result<()> {
    let what = |reading: &ReadingEvent| {
        (reading.kind, reading.ids.clone(), words.then(|| reading.text.clone()), reading.exact)
    };
    let all = |end: &EndEvent| end.readings.iter().map(what).collect::<Vec<_>>();
    equal("readings", &all(found), &all(expected))?;
    for (found, expected) in found.readings.iter().zip(&expected.readings) {
        equal("whether there is a score", &found.score.is_some(), &expected.score.is_some())?;
        if let (Some(found), Some(expected)) = (found.score, expected.score) {
            close("score of a reading", found, expected, tolerance.absolute * expected.abs().max(1.0))?;
        }
        let (found, expected) = (found.log_probability, expected.log_probability);
        close("log-probability of a reading", found, expected, tolerance.absolute * expected.abs().max(1.0))?;
    }
    // The reference keeps quiet about rebuilds: how much they compute again is up to an implementation.
    if expected.work.is_some() { equal("work", &found.work, &expected.work) } else { Ok(()) }
}

fn compare_candidates(what: &str, found: &[Candidate], expected: &[Candidate], absolute: f64) -> anyhow::Result<()> {
    equal(what, &found.len(), &expected.len())?;
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        close(what, found.probability, expected.probability, absolute).with_context(|| format!("rank {index}"))?;
        // Neighbours below the line may be closer than rounding; those that decide anything are compared as members.
        let near = (found.probability - expected.probability).abs() <= absolute;
        ensure!(found.id == expected.id || near, "{what}: rank {index} is {:?}, expected {:?}", found, expected);
        ensure!(found.id != expected.id || found.text == expected.text, "{what}: {found:?}, expected {expected:?}");
    }
    Ok(())
}

mod decoders;

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> anyhow::Result<()> {
    ensure!(found == expected, "{what} is {found:?}, expected {expected:?}");
    Ok(())
}

fn close(what: &str, found: f64, expected: f64, tolerance: f64) -> anyhow::Result<()> {
    ensure!((found - expected).abs() <= tolerance, "{what} is {found}, expected {expected} within {tolerance:.0e}");
    Ok(())
}
