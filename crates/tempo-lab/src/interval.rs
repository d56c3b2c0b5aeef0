//! How sure a mean over documents is.

use tempo_core::SplitMix64;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 2_000;

/// A number with its 95 % interval by bootstrap over documents.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The number itself.
    pub value: f64,
    /// The 2.5 % quantile of the resamples.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
}

/// Observations of one document: sums, so that documents with more observations count more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Document {
    /// Sum of what is measured.
    pub sum: f64,
    /// Number of observations.
    pub over: f64,
}

impl Interval {
    /// Sum over sum, over all documents. Equal documents give equal intervals.
    pub fn of(documents: &[Document]) -> Self {
        Self::of_statistic(documents.len(), |picked| ratio(picked.iter().map(|index| documents[*index])))
    }

    /// The first number of each document over the second, each as in [`of`](Self::of), on the same resamples.
    pub fn of_ratio(documents: &[(Document, Document)]) -> Self {
        Self::of_statistic(documents.len(), |picked| {
            let side = |side: fn(&(Document, Document)) -> Document| {
                ratio(picked.iter().map(|index| side(&documents[*index])))
            };
            side(|pair| pair.0) / side(|pair| pair.1)
        })
    }

    /// Any number of documents. `statistic` is given the indices of the documents that are picked, some of them several times.
    pub fn of_statistic(documents: usize, statistic: impl Fn(&[usize]) -> f64) -> Self {
        let mut stream = SplitMix64::new(0);
        let mut resamples = Vec::with_capacity(RESAMPLES);
        for _ in 0..RESAMPLES {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "below the number of documents"
            )]
            let picked: Vec<usize> = (0..documents).map(|_| (stream.unit() * documents as f64) as usize).collect();
            // A resample may hold no observation at all.
            resamples.extend(Some(statistic(&picked)).filter(|value| value.is_finite()));
        }
        resamples.sort_by(f64::total_cmp);
        let quantile = |share: usize| resamples.get(resamples.len() * share / 1_000).copied().unwrap_or(f64::NAN);
        let value = statistic(&(0..documents).collect::<Vec<_>>());
        Self { value, low: quantile(25), high: quantile(975) }
    }
}

fn ratio(documents: impl Iterator<Item = Document>) -> f64 {
    let (sum, over) = documents.fold((0.0, 0.0), |(sum, over), one| (sum + one.sum, over + one.over));
    sum / over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_the_mean_and_narrows_with_more_documents() {
        let documents = |count: u32| -> Vec<Document> {
            (0..count).map(|index| Document { sum: f64::from(index % 10), over: 1.0 }).collect()
        };
        let (few, many) = (Interval::of(&documents(20)), Interval::of(&documents(2_000)));
        for interval in [few, many] {
            assert!((interval.value - 4.5).abs() < 1e-9);
            assert!(interval.low < 4.5 && 4.5 < interval.high);
        }
        assert!(many.high - many.low < (few.high - few.low) / 5.0);
        assert_eq!(few, Interval::of(&documents(20)));
    }

    #[test]
    fn a_ratio_pairs_its_sides() {
        let one = |sum: u32| Document { sum: f64::from(sum), over: 1.0 };
        let documents: Vec<_> = (1..20).map(|index| (one(index), one(4 * index))).collect();
        let interval = Interval::of_ratio(&documents);
        for number in [interval.value, interval.low, interval.high] {
            assert!((number - 0.25).abs() < 1e-12, "the same in every document: {interval:?}");
        }
    }

    #[test]
    fn documents_count_by_their_observations() {
        let documents = [Document { sum: 10.0, over: 1.0 }, Document { sum: 0.0, over: 9.0 }];
        assert!((Interval::of(&documents).value - 1.0).abs() < 1e-12);
    }
}
