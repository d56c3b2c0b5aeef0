//! Figures of how far distributions are from the exact one, by the number of open sets.

use super::figures::Figures;
use super::row::{Calibration, Content, Row};
use super::spec::Metric;

/// A number of a distance.
pub(super) type Number = fn(&Calibration) -> f64;

/// Numbers of a distance.
pub(super) const DISTANCES: [(&str, Number); 3] = [
    ("kl", |one| one.kl),
    ("total variation", |one| one.total_variation),
    ("top1", |one| if one.top1 { 1.0 } else { 0.0 }),
];

/// Numbers of open sets that estimates are told apart by.
const OPEN: [(&str, usize, usize); 8] = [
    ("1 to 2", 1, 2),
    ("3 to 4", 3, 4),
    ("5 to 6", 5, 6),
    ("7 to 8", 7, 8),
    ("9 to 12", 9, 12),
    ("13 to 18", 13, 18),
    ("19 to 30", 19, 30),
    ("31 and more", 31, usize::MAX),
];

/// The least effective sample size that an estimate is told with by itself.
const TRUSTED: f64 = 8.0;

/// Adds the figures of the free runs.
pub(super) fn add(figures: &mut Figures<'_>, threshold: f64) {
    let mut mean = |name: String, number: Number, wanted: &dyn Fn(&Calibration) -> bool| {
        figures.mean(Metric::Calibration, name, threshold, |row| of(row, wanted).map(number).collect());
    };
    for (name, number) in DISTANCES {
        let exact = |from: usize, to: usize| move |one: &Calibration| one.ess.is_none() && is_in(one, from, to);
        mean(format!("{name}, m >= 2"), number, &exact(2, usize::MAX));
        for m in 1..=6 {
            mean(format!("{name}, m = {m}"), number, &exact(m, m));
        }
        mean(format!("{name}, m >= 7"), number, &exact(7, usize::MAX));
    }
    // Nothing is enumerated here; estimates that rest on few paths are too large.
    for (open, from, to) in OPEN {
        let drawn = |one: &Calibration| one.ess.is_some() && is_in(one, from, to);
        mean(format!("effective sample size, m = {open}"), |one| one.ess.unwrap_or_default(), &drawn);
        let enough = |one: &Calibration| if one.ess >= Some(TRUSTED) { 1.0 } else { 0.0 };
        mean(format!("effective sample size is {TRUSTED} or more, m = {open}"), enough, &drawn);
        for (name, number) in DISTANCES {
            mean(format!("{name}, estimated, m = {open}"), number, &drawn);
            mean(format!("{name}, estimated with {TRUSTED} paths or more, m = {open}"), number, &|one| {
                drawn(one) && one.ess >= Some(TRUSTED)
            });
        }
    }
}

/// The distances of a free run that are wanted.
fn of<'a>(row: &'a Row, wanted: &'a dyn Fn(&Calibration) -> bool) -> impl Iterator<Item = &'a Calibration> {
    let all = match &row.content {
        Content::Free { calibration, .. } => calibration.as_slice(),
        _ => &[],
    };
    all.iter().filter(|one| wanted(one))
}

fn is_in(one: &Calibration, from: usize, to: usize) -> bool {
    (from..=to).contains(&one.open)
}
