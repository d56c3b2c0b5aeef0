//! Figures of other ways to run.

use std::collections::BTreeMap;

use super::calibration::{DISTANCES, Number};
use super::figures::{Figures, Pair};
use super::row::{Calibration, Content, Row};
use super::spec::{Metric, Spec};
use super::summary::{costs, plain};

/// Cost and calibration on the sets of the options as they are, beside those of the options.
pub(super) fn on_equal_sets(figures: &mut Figures<'_>, rows: &[Row], threshold: f64, spec: &Spec) {
    let plain = plain(rows);
    let of_threshold = |row: &&Row| row.threshold.is_some_and(|of| of.to_bits() == threshold.to_bits());
    let (mut own_q, mut own_calibration) = (BTreeMap::new(), BTreeMap::new());
    for row in rows.iter().filter(of_threshold) {
        let place = (row.document, row.window);
        match &row.content {
            Content::Forced { log_q, .. } => drop(own_q.insert(place, log_q.clone())),
            Content::Free { calibration, .. } => drop(own_calibration.insert(place, calibration.clone())),
            _ => {}
        }
    }
    for variant in spec.chosen_variants() {
        let (metric, name) = (variant.metric, variant.name.as_str());
        let own = |row: &Row| match &row.content {
            Content::Variant { variant, log_q, calibration } if variant == name => {
                Some((log_q.clone(), calibration.clone()))
            }
            _ => None,
        };
        let cost = |row: &Row| own(row).map_or_else(Vec::new, |(log_q, _)| costs(&plain, row, &log_q));
        figures.mean(metric, format!("{name}: cost"), threshold, cost);
        figures.mean(metric, format!("{name}: cost - that of the options"), threshold, |row| {
            let base = own_q.get(&(row.document, row.window)).map(|log_q| costs(&plain, row, log_q));
            cost(row).into_iter().zip(base.unwrap_or_default()).map(|(cost, base)| cost - base).collect()
        });
        for (distance, number) in DISTANCES {
            let numbers = |row: &Row| own(row).map_or_else(Vec::new, |(_, all)| several(&all, number));
            figures.mean(metric, format!("{name}: {distance}"), threshold, numbers);
            figures.mean(metric, format!("{name}: {distance} - that of the options"), threshold, |row| {
                let base = own_calibration.get(&(row.document, row.window)).map(|all| several(all, number));
                numbers(row).into_iter().zip(base.unwrap_or_default()).map(|(one, base)| one - base).collect()
            });
        }
    }
}

/// Width, calibration and readings on the sets that each way chooses itself. Differences are of means over the same documents:
/// there are no equal steps to be paired.
pub(super) fn on_own_sets(figures: &mut Figures<'_>, threshold: f64, spec: &Spec) {
    for variant in spec.on_own_sets() {
        let name = variant.name.as_str();
        let is_own = |of: &str| of == name;
        figures.mean(Metric::Variants, format!("{name}, own sets: members"), threshold, |row| match &row.content {
            Content::Own { variant, widths, .. } if is_own(variant) => {
                widths.iter().map(|width| *width as f64).collect()
            }
            _ => Vec::new(),
        });
        for (distance, number) in DISTANCES {
            figures.mean(Metric::Variants, format!("{name}, own sets: {distance}"), threshold, |row| {
                match &row.content {
                    Content::Own { variant, calibration, .. } if is_own(variant) => several(calibration, number),
                    _ => Vec::new(),
                }
            });
            let difference = format!("{name}, own sets: {distance} - that of the options");
            figures.statistic(Metric::Variants, difference, threshold, |row| both(row, name, number), of_means);
        }
        for (reading, index) in [("viterbi", 0), ("probable", 1)] {
            figures.mean(Metric::Variants, format!("{name}, own sets: {reading}"), threshold, |row| {
                match &row.content {
                    Content::Own { variant, readings: Some(readings), .. } if is_own(variant) => vec![readings[index]],
                    _ => Vec::new(),
                }
            });
        }
        let difference = format!("{name}, own sets: viterbi - that of the options");
        let viterbi = |row: &Row| match &row.content {
            Content::Own { variant, readings: Some([viterbi, _]), .. } if variant == name => vec![(OWN, *viterbi)],
            Content::Reading { viterbi, .. } => vec![(BASE, *viterbi)],
            _ => Vec::new(),
        };
        figures.statistic(Metric::Variants, difference, threshold, viterbi, of_means);
    }
}

/// Which side of a difference a number is of.
const OWN: f64 = 1.0;
const BASE: f64 = 0.0;

/// Distances of a way's own free run, and of that of the options.
fn both(row: &Row, name: &str, number: Number) -> Vec<Pair> {
    let (side, all) = match &row.content {
        Content::Own { variant, calibration, .. } if variant == name => (OWN, calibration),
        Content::Free { calibration, .. } => (BASE, calibration),
        _ => return Vec::new(),
    };
    several(all, number).into_iter().map(|one| (side, one)).collect()
}

/// A number of the distances with several open sets that were enumerated.
fn several(all: &[Calibration], number: Number) -> Vec<f64> {
    all.iter().filter(|one| one.open >= 2 && one.ess.is_none()).map(number).collect()
}

/// The mean of one side less that of the other.
fn of_means(pairs: &[Pair]) -> f64 {
    let mean = |wanted: f64| {
        let of_side = pairs.iter().filter(|(side, _)| side.to_bits() == wanted.to_bits());
        let (sum, over) = of_side.fold((0.0, 0.0), |(sum, over), (_, one)| (sum + one, over + 1.0));
        sum / over
    };
    mean(OWN) - mean(BASE)
}
