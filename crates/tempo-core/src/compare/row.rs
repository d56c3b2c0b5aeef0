//! What a comparison tells of a lane in the end.

use super::bounded::{Bounded, Outcome};
use super::judge::{Judged, best, distinct};
use crate::event::{ReadingKind, Work};
use crate::ids::TokenId;
use crate::options::GenerationOptions;
use crate::text::Vocabulary;

/// One lane of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneRow {
    /// The lane as it was written.
    pub lane: String,
    /// Its options, resolved.
    pub options: GenerationOptions,
    /// Why it ended.
    pub outcome: Outcome,
    /// How the best reading was found; `None` where there is no reading.
    pub kind: Option<ReadingKind>,
    /// The best reading: that with the greatest mean.
    pub reading: String,
    /// Its tokens.
    pub ids: Vec<TokenId>,
    /// Its mean `ln p` a token as ordinary text, in nats; `None` where it has no token.
    pub mean_log_probability: Option<f64>,
    /// Readings that differ in their tokens.
    pub distinct_readings: usize,
    /// Paths through the live members of the lattice; `None` where there is no lattice.
    pub paths: Option<f64>,
    /// Whole steps.
    pub steps: usize,
    /// Passes, rows and cache.
    pub work: Work,
    /// How long it took, by a caller that has a clock; the scores are not in it.
    pub milliseconds: f64,
}

impl LaneRow {
    /// Of a lane that has ended, with its readings judged.
    pub fn new<V: Vocabulary>(words: &str, lane: &Bounded<V>, judged: &[Judged], milliseconds: f64) -> Self {
        let (standing, best) = (lane.standing(), best(judged));
        Self {
            lane: words.to_owned(),
            options: *lane.options(),
            outcome: lane.outcome().unwrap_or(Outcome::Stopped),
            kind: best.map(|best| best.reading.kind),
            reading: best.map(|best| best.reading.text.clone()).unwrap_or_default(),
            ids: best.map(|best| best.reading.ids.clone()).unwrap_or_default(),
            mean_log_probability: best.and_then(Judged::mean),
            distinct_readings: distinct(&standing.readings).len(),
            paths: standing.paths,
            steps: standing.steps,
            work: lane.work(),
            milliseconds,
        }
    }
}
