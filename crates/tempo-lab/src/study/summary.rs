//! What all rows say together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures::{Figures, Pair};
use super::header::Header;
use super::members::LATER;
use super::row::{Content, Members, Row};
use super::spec::Metric;
use super::statistics::{auc, slope, spearman};
use super::{calibration, ways};

/// All figures of a study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Which study it is.
    pub study: Header,
    /// Documents and windows that have rows.
    pub measured: Count,
    /// In the order of LAB.md L7, by threshold.
    pub figures: Vec<Figure>,
}

/// A mean with its 95 % interval by bootstrap over documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Which question it belongs to.
    pub metric: Metric,
    /// What it is.
    pub figure: String,
    /// The selection threshold.
    pub threshold: f64,
    /// What it is over.
    pub n: Count,
    /// The mean.
    pub mean: f64,
    /// From, to.
    pub interval: [f64; 2],
}

/// What a figure is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Numbers.
    pub observations: usize,
    /// Windows that they come from.
    pub windows: usize,
    /// Documents.
    pub documents: usize,
}

/// Document and window.
pub(super) type Place = (usize, usize);

impl Summary {
    /// Of rows in any order.
    pub fn of(study: &Header, rows: &[Row]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_by_key(Row::key);
        let places: Vec<Place> = rows.iter().map(|row| (row.document, row.window)).collect();
        let distinct = |mut all: Vec<Place>| {
            all.dedup();
            all.len()
        };
        let measured = Count {
            observations: rows.len(),
            windows: distinct(places.clone()),
            documents: distinct(places.into_iter().map(|(document, _)| (document, 0)).collect()),
        };
        let mut figures = Figures::new(&rows);
        for threshold in &study.spec.thresholds {
            all(&mut figures, &rows, *threshold, study);
        }
        Self { study: study.clone(), measured, figures: figures.finish() }
    }
}

fn all(figures: &mut Figures<'_>, rows: &[Row], threshold: f64, study: &Header) {
    let spec = &study.spec;
    let has = |metric| spec.measures(metric);
    if has(Metric::Width) {
        width(figures, threshold, spec.n);
    }
    if has(Metric::Recall) {
        recall(figures, threshold, spec.n);
    }
    if has(Metric::Cost) {
        cost(figures, rows, threshold, spec.n);
    }
    if has(Metric::Calibration) {
        calibration::add(figures, threshold);
    }
    if has(Metric::Dominance) {
        dominance(figures, threshold);
    }
    if has(Metric::Mass) {
        mass(figures, threshold);
    }
    if has(Metric::Removal) {
        removal(figures, threshold);
    }
    ways::on_equal_sets(figures, rows, threshold, &study.spec);
    ways::on_own_sets(figures, threshold, &study.spec);
    if has(Metric::Reading) {
        reading(figures, threshold);
    }
}

fn width(figures: &mut Figures<'_>, threshold: f64, n: usize) {
    let numbers = |widths: &[usize]| widths.iter().map(|width| *width as f64).collect::<Vec<_>>();
    let shares = |some: usize, of: usize| (0..of).map(|index| f64::from(u8::from(index < some))).collect::<Vec<_>>();
    let mut mean = |name: &str, pick: &dyn Fn(&Content) -> Vec<f64>| {
        figures.mean(Metric::Width, name, threshold, |row| pick(&row.content));
    };
    mean("members, forced", &|content| match content {
        Content::Forced { widths, .. } => numbers(widths),
        _ => Vec::new(),
    });
    mean("fallbacks, forced", &|content| match content {
        Content::Forced { widths, fallbacks, .. } => shares(*fallbacks, widths.len()),
        _ => Vec::new(),
    });
    mean("gold token missing, forced", &|content| match content {
        Content::Forced { widths, missing, .. } => shares(*missing, widths.len()),
        _ => Vec::new(),
    });
    mean("members, free", &|content| match content {
        Content::Free { widths, .. } => numbers(widths),
        _ => Vec::new(),
    });
    mean("fallbacks, free", &|content| match content {
        Content::Free { widths, fallbacks, .. } => shares(*fallbacks, widths.len()),
        _ => Vec::new(),
    });
    mean("sets of several members, free", &|content| match content {
        Content::Free { widths, .. } => shares(widths.iter().filter(|width| **width > 1).count(), widths.len()),
        _ => Vec::new(),
    });
    // Of long runs, how sets change as they go on.
    for (from, to) in [(1, 12), (13, 25), (26, 50), (51, 100)].into_iter().filter(|(from, _)| n > 12.max(from - 1)) {
        mean(&format!("members, free, steps {from} to {to}"), &|content| match content {
            Content::Free { widths, .. } => numbers(widths.get(from - 1..to.min(widths.len())).unwrap_or_default()),
            _ => Vec::new(),
        });
    }
}

fn recall(figures: &mut Figures<'_>, threshold: f64, n: usize) {
    for h in 1..=n {
        let mut mean = |name: &str, number: fn(&super::row::Recall) -> f64| {
            figures.mean(Metric::Recall, format!("{name}, h = {h}"), threshold, |row| match &row.content {
                Content::Recall { found } => found.get(h - 1).map(number).into_iter().collect(),
                _ => Vec::new(),
            });
        };
        mean("rows", |one| one.rows as f64);
        mean("tempo", |one| f64::from(u8::from(one.tempo)));
        mean("beam", |one| f64::from(u8::from(one.beam)));
        mean("sample", |one| one.sample);
        mean("tempo - beam", |one| f64::from(u8::from(one.tempo)) - f64::from(u8::from(one.beam)));
        mean("tempo - sample", |one| f64::from(u8::from(one.tempo)) - one.sample);
    }
}

/// ln p of the gold tokens as ordinary text, of every window.
pub(super) fn plain(rows: &[Row]) -> BTreeMap<Place, Vec<f64>> {
    let known = rows.iter().filter_map(|row| match &row.content {
        Content::Plain { log_probability } => Some(((row.document, row.window), log_probability.clone())),
        _ => None,
    });
    known.collect()
}

/// What the sets cost each gold token, the first left out: it stands before all sets.
pub(super) fn costs(plain: &BTreeMap<Place, Vec<f64>>, row: &Row, log_q: &[f64]) -> Vec<f64> {
    let Some(plain) = plain.get(&(row.document, row.window)) else { return Vec::new() };
    plain.iter().zip(log_q).skip(1).map(|(plain, q)| plain - q).collect()
}

fn cost(figures: &mut Figures<'_>, rows: &[Row], threshold: f64, n: usize) {
    let plain = plain(rows);
    let picked = |row: &Row, wanted: &dyn Fn(usize, usize) -> bool| match &row.content {
        Content::Forced { log_q, before, .. } => {
            let all = costs(&plain, row, log_q).into_iter().enumerate().map(|(index, cost)| (index + 1, cost));
            all.filter(|(s, _)| wanted(*s, before[*s])).map(|(_, cost)| cost).collect()
        }
        _ => Vec::new(),
    };
    figures.mean(Metric::Cost, "all steps", threshold, |row| picked(row, &|_, _| true));
    for s in 1..n {
        figures.mean(Metric::Cost, format!("s = {s}"), threshold, |row| picked(row, &|step, _| step == s));
    }
    for (name, from, to) in SIZES {
        figures.mean(Metric::Cost, format!("after a set of {name}"), threshold, |row| {
            picked(row, &|_, width| (from..=to).contains(&width))
        });
    }
}

/// Sizes of sets that figures are told apart by.
const SIZES: [(&str, usize, usize); 5] =
    [("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4", 4, 4), ("5 and more", 5, usize::MAX)];

/// Sets that so many later sets have spoken of.
fn after(row: &Row, later: usize) -> impl Iterator<Item = &Members> {
    let all = match &row.content {
        Content::Forced { members, .. } => members.as_slice(),
        _ => &[],
    };
    all.iter().filter(move |one| one.later == later)
}

/// Attention of 1 in all; equal parts of nothing.
fn shares(attention: &[f64]) -> Vec<f64> {
    let total: f64 = attention.iter().sum();
    let equal = 1.0 / attention.len() as f64;
    attention.iter().map(|one| if total > 0.0 { one / total } else { equal }).collect()
}

fn dominance(figures: &mut Figures<'_>, threshold: f64) {
    let metric = Metric::Dominance;
    for later in LATER {
        let pairs =
            |row: &Row, pick: &dyn Fn(&Members) -> Vec<Pair>| after(row, later).flat_map(pick).collect::<Vec<_>>();
        let with = |name: &str| format!("{name}, after {later}");
        let on_weight =
            |one: &Members| -> Vec<Pair> { one.weight.iter().copied().zip(shares(&one.attention)).collect() };
        let centred = |one: &Members| -> Vec<Pair> {
            let equal = 1.0 / one.weight.len() as f64;
            on_weight(one).into_iter().map(|(w, share)| (w - equal, share - equal)).collect()
        };
        let exact = |one: &Members, numbers: Vec<f64>| -> Vec<Pair> {
            one.exact.iter().flat_map(|exact| exact.iter().copied().zip(numbers.clone()).collect::<Vec<_>>()).collect()
        };
        let mut add = |name: &str, pick: &dyn Fn(&Members) -> Vec<Pair>, statistic: fn(&[Pair]) -> f64| {
            figures.statistic(metric, with(name), threshold, |row| pairs(row, pick), statistic);
        };
        add("slope of share on w", &on_weight, slope);
        add("slope of share on w, both less 1/n", &centred, slope);
        add("Spearman of share and w", &on_weight, spearman);
        add("Spearman of share and exact posterior", &|one| exact(one, shares(&one.attention)), spearman);
        add("slope of share on exact posterior", &|one| exact(one, shares(&one.attention)), slope);
        add("Spearman of posterior score and exact posterior", &|one| exact(one, one.posterior.clone()), spearman);
        figures.mean(metric, with("share - w of the top member"), threshold, |row| {
            after(row, later)
                .map(|one| shares(&one.attention)[top(&one.weight)] - one.weight[top(&one.weight)])
                .collect()
        });
    }
}

fn top(weights: &[f64]) -> usize {
    (1..weights.len()).fold(0, |best, index| if weights[index] > weights[best] { index } else { best })
}

fn mass(figures: &mut Figures<'_>, threshold: f64) {
    for (name, from, to) in SIZES {
        figures.mean(Metric::Mass, format!("set of {name}"), threshold, |row| match &row.content {
            Content::Forced { mass, .. } => {
                mass.iter().filter(|(width, _)| (from..=to).contains(width)).map(|(_, ratio)| *ratio).collect()
            }
            _ => Vec::new(),
        });
    }
}

/// A score of every member of a set.
type Score = fn(&Members) -> Vec<f64>;

fn removal(figures: &mut Figures<'_>, threshold: f64) {
    let scores: [(&str, Score); 5] = [
        ("attention", |one| one.attention.clone()),
        ("share", |one| shares(&one.attention)),
        ("share-ratio", |one| shares(&one.attention).iter().zip(&one.weight).map(|(share, w)| share / w).collect()),
        ("posterior", |one| one.posterior.clone()),
        ("w", |one| one.weight.clone()),
    ];
    for later in LATER {
        for (name, score) in scores {
            let mut mean = |name: String, wanted: fn(&&Members) -> bool| {
                figures.mean(Metric::Removal, name, threshold, |row| {
                    after(row, later).filter(wanted).map(|one| auc(&score(one), one.gold)).collect()
                });
            };
            mean(format!("AUC of {name}, after {later}"), |_| true);
            mean(format!("AUC of {name}, after {later}, where TEMPO took the gold token itself"), |one| one.own);
        }
    }
}

fn reading(figures: &mut Figures<'_>, threshold: f64) {
    let mut mean = |name: &str, number: fn([f64; 6]) -> f64| {
        figures.mean(Metric::Reading, name, threshold, |row| match row.content {
            Content::Reading { probable, viterbi, scored, greedy, beam, gold } => {
                vec![number([probable, viterbi, scored, greedy, beam, gold])]
            }
            _ => Vec::new(),
        });
    };
    mean("probable", |[probable, ..]| probable);
    mean("viterbi", |[_, viterbi, ..]| viterbi);
    mean("scored", |[_, _, scored, ..]| scored);
    mean("greedy", |[_, _, _, greedy, ..]| greedy);
    mean("beam with as many rows", |[_, _, _, _, beam, _]| beam);
    mean("the text itself", |[.., gold]| gold);
    mean("viterbi - probable", |[probable, viterbi, ..]| viterbi - probable);
    mean("scored - viterbi", |[_, viterbi, scored, ..]| scored - viterbi);
    mean("viterbi - greedy", |[_, viterbi, _, greedy, ..]| viterbi - greedy);
    mean("viterbi - beam", |[_, viterbi, _, _, beam, _]| viterbi - beam);
    mean("scored - beam", |[_, _, scored, _, beam, _]| scored - beam);
}
