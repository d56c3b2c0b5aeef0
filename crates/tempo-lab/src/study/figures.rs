//! Means over documents with their intervals.

use std::collections::{BTreeMap, BTreeSet};

use super::row::Row;
use super::spec::Metric;
use super::summary::{Count, Figure};
use crate::interval::{Document, Interval};

/// Makes figures of rows.
pub(super) struct Figures<'a> {
    rows: &'a [Row],
    made: Vec<Figure>,
}

/// Two numbers that go together.
pub(super) type Pair = (f64, f64);

impl<'a> Figures<'a> {
    pub(super) fn new(rows: &'a [Row]) -> Self {
        Self { rows, made: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Figure> {
        self.made
    }

    /// The mean of what `pick` finds in rows of this threshold, if it finds anything.
    pub(super) fn mean(
        &mut self,
        metric: Metric,
        name: impl Into<String>,
        threshold: f64,
        pick: impl Fn(&Row) -> Vec<f64>,
    ) {
        let (found, count) = self.gather(threshold, pick);
        let documents: Vec<Document> =
            found.iter().map(|all| Document { sum: all.iter().sum(), over: all.len() as f64 }).collect();
        self.add(metric, name.into(), threshold, count, || Interval::of(&documents));
    }

    /// A number of the pairs that `pick` finds.
    pub(super) fn statistic(
        &mut self,
        metric: Metric,
        name: impl Into<String>,
        threshold: f64,
        pick: impl Fn(&Row) -> Vec<Pair>,
        statistic: impl Fn(&[Pair]) -> f64,
    ) {
        let (found, count) = self.gather(threshold, pick);
        self.add(metric, name.into(), threshold, count, || {
            Interval::of_statistic(found.len(), |picked| {
                let pairs: Vec<Pair> = picked.iter().flat_map(|index| &found[*index]).copied().collect();
                statistic(&pairs)
            })
        });
    }

    /// What `pick` finds, by document.
    fn gather<T>(&self, threshold: f64, pick: impl Fn(&Row) -> Vec<T>) -> (Vec<Vec<T>>, Count) {
        let mut documents: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        let mut windows = BTreeSet::new();
        let of_threshold = |row: &&Row| row.threshold.is_none_or(|of| of.to_bits() == threshold.to_bits());
        for row in self.rows.iter().filter(of_threshold) {
            let found = pick(row);
            if !found.is_empty() {
                windows.insert((row.document, row.window));
                documents.entry(row.document).or_default().extend(found);
            }
        }
        let observations = documents.values().map(Vec::len).sum();
        let count = Count { observations, windows: windows.len(), documents: documents.len() };
        (documents.into_values().collect(), count)
    }

    fn add(&mut self, metric: Metric, name: String, threshold: f64, n: Count, interval: impl Fn() -> Interval) {
        if n.observations == 0 {
            return;
        }
        let Interval { value, low, high } = interval();
        // A correlation of equal numbers is none.
        if value.is_finite() && low.is_finite() && high.is_finite() {
            let [mean, low, high] = [value, low, high].map(super::row::rounded);
            self.made.push(Figure { metric, figure: name, threshold, n, mean, interval: [low, high] });
        }
    }
}
