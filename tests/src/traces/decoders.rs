//! Steps of the decoders beside TEMPO.

use anyhow::bail;
use tempo_core::{BeamsEvent, Event, SamplesEvent, SearchEvent};

use super::{Tolerance, close, equal};

/// What is exact is compared as it is, numbers within the tolerance.
pub(super) fn compare(found: &Event, expected: &Event, tolerance: Tolerance) -> anyhow::Result<()> {
    match (found, expected) {
        (Event::Samples(found), Event::Samples(expected)) => samples(found, expected, tolerance),
        (Event::Beams(found), Event::Beams(expected)) => beams(found, expected, tolerance),
        (Event::Search(found), Event::Search(expected)) => search(found, expected, tolerance),
        _ => bail!("found {found:?}, expected {expected:?}"),
    }
}

fn samples(found: &SamplesEvent, expected: &SamplesEvent, tolerance: Tolerance) -> anyhow::Result<()> {
    let what = |event: &SamplesEvent| {
        let lanes = event.lanes.iter();
        let lanes: Vec<_> =
            lanes.map(|token| (token.lane, token.slot, token.position, token.id, token.text.clone())).collect();
        (event.step, lanes, event.slots, event.live)
    };
    equal("samples", &what(found), &what(expected))?;
    for (found, expected) in found.lanes.iter().zip(&expected.lanes) {
        close("probability", found.probability, expected.probability, tolerance.absolute)?;
    }
    Ok(())
}

fn beams(found: &BeamsEvent, expected: &BeamsEvent, tolerance: Tolerance) -> anyhow::Result<()> {
    let what = |event: &BeamsEvent| {
        let hypotheses = event.hypotheses.iter();
        let hypotheses: Vec<_> =
            hypotheses.map(|one| (one.parent, one.slot, one.position, one.id, one.text.clone())).collect();
        let finished: Vec<_> = event.finished.iter().map(|one| (one.ids.clone(), one.text.clone())).collect();
        (event.step, hypotheses, finished, event.slots, event.live)
    };
    equal("beams", &what(found), &what(expected))?;
    let numbers = |event: &BeamsEvent| -> Vec<f64> {
        let hypotheses = event.hypotheses.iter().flat_map(|one| [one.log_probability, one.score]);
        hypotheses.chain(event.finished.iter().flat_map(|one| [one.log_probability, one.score])).collect()
    };
    for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
        close("log-probability", found, expected, tolerance.absolute * expected.abs().max(1.0))?;
    }
    Ok(())
}

fn search(found: &SearchEvent, expected: &SearchEvent, tolerance: Tolerance) -> anyhow::Result<()> {
    let what = |event: &SearchEvent| {
        let simulations: Vec<_> = event.simulations.iter().map(|one| (one.path.clone(), one.rollout.clone())).collect();
        let tree = event.tree.iter();
        let tree: Vec<_> = tree.map(|one| (one.node, one.parent, one.id, one.text.clone(), one.visits)).collect();
        let chosen = &event.chosen;
        let chosen = (chosen.slot, chosen.position, chosen.id, chosen.text.clone());
        (event.step, simulations, tree, chosen, event.slots, event.live)
    };
    equal("search", &what(found), &what(expected))?;
    let numbers = |event: &SearchEvent| -> Vec<f64> {
        let values = event.simulations.iter().map(|one| one.value);
        let tree = event.tree.iter().flat_map(|one| [one.prior, one.value]);
        values.chain(tree).chain([event.chosen.probability]).collect()
    };
    for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
        close("value or probability", found, expected, tolerance.absolute)?;
    }
    Ok(())
}
