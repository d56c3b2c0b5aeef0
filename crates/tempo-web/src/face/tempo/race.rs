//! Decoders beside each other on the loaded model, in turns (LAB.md L6). Each has a cache of its own beside the model's, which
//! with the run in it stays as it is.

use tempo_core::compare::{Bounded, BoundedError, Budget, Judged, Outcome, best, distinct, judge, lanes, next_lane};
use tempo_core::{LanguageModel, PlanLog, Prompt, TokenId, Turn, next_turn};
use tempo_model::{Aside, ModelVocabulary};
use wasm_bindgen::prelude::*;

use super::running::Words;
use super::{Tempo, no_model};
use crate::error::{ErrorCode, Failure};
use crate::face::recorder::{Recorder, milliseconds, now};
use crate::face::values::to_js;
use crate::report::LaneReport;

#[derive(Debug)]
pub(super) struct Race {
    lanes: Vec<Lane>,
    limit: Limit,
}

#[derive(Debug)]
struct Lane {
    words: String,
    run: Bounded<Words>,
    aside: Aside,
    milliseconds: f64,
    judged: Option<Vec<Judged>>,
}

/// What each lane may use.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Work(Budget),
    /// Milliseconds; the step in which they are over is the last.
    Time(f64),
}

impl Limit {
    fn read(words: &str) -> Result<Self, Failure> {
        if let Some(time) = words.strip_prefix("time=") {
            let most = time.parse().ok().filter(|most: &f64| most.is_finite() && *most > 0.0);
            let refused = || refuse(format!("the budget time={time} needs milliseconds: more than 0"));
            return Ok(Self::Time(most.ok_or_else(refused)?));
        }
        Ok(Self::Work(words.parse().map_err(|error| refuse(format!("{error}")))?))
    }

    fn budget(self) -> Option<Budget> {
        match self {
            Self::Work(budget) => Some(budget),
            Self::Time(_) => None,
        }
    }

    /// The share that a lane has used of it.
    fn share(self, lane: &Lane) -> f64 {
        match self {
            Self::Work(budget) => lane.run.used() as f64 / budget.most as f64,
            Self::Time(most) => lane.milliseconds / most,
        }
    }
}

fn refuse(message: String) -> Failure {
    Failure::new(ErrorCode::Options, message)
}

impl Lane {
    fn report(&self, number: usize, limit: Limit) -> LaneReport {
        let (standing, work) = (self.run.standing(), self.run.work());
        let best = self.judged.as_deref().and_then(best);
        let text = best.map(|best| &best.reading).or_else(|| self.run.text());
        LaneReport {
            lane: number,
            words: self.words.clone(),
            decoder: self.run.options().decoder,
            reading: text.map(|reading| reading.text.clone()).unwrap_or_default(),
            kind: text.map(|reading| reading.kind),
            mean_log_probability: best.and_then(Judged::mean),
            distinct_readings: distinct(&standing.readings).len(),
            paths: standing.paths,
            steps: standing.steps,
            passes: work.passes,
            rows: work.rows,
            peak_rows: work.peak_rows,
            cache_bytes: work.cache_bytes,
            milliseconds: milliseconds(self.milliseconds),
            used: limit.share(self),
            reason: self.run.outcome(),
            judged: self.judged.is_some(),
        }
    }
}

#[wasm_bindgen]
impl Tempo {
    /// Prepares a comparison: lanes as `greedy; beam beams=4`, a budget as `rows=256` or `time=2000` in milliseconds. The run under
    /// way stays where it is.
    ///
    /// # Errors
    /// With code `no-model`, `options`, `prompt`, `context-full` or `device`; the message names the lane.
    #[wasm_bindgen(unchecked_return_type = "LaneReport[]")]
    pub async fn compare(&mut self, prompt: String, lane_words: String, budget: String) -> Result<JsValue, JsValue> {
        self.race = None;
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let limit = Limit::read(&budget)?;
        let described = lanes(&lane_words).map_err(|error| refuse(error.to_string()))?;
        let ids: Vec<TokenId> = model.ids(&prompt)?.into_iter().map(TokenId).collect();
        let mut race = Race { lanes: Vec::new(), limit };
        for (lane, number) in described.iter().zip(1..) {
            let prompt = Prompt { text: prompt.clone(), ids: ids.clone() };
            let words = ModelVocabulary(model.tokenizer.clone());
            let run = Bounded::new(lane, limit.budget(), model.engine.description(), prompt, words);
            let run = run.map_err(|error| match error {
                BoundedError::Budget(error) => refuse(error.to_string()),
                BoundedError::Setup(error) => {
                    let failure = Failure::from(error);
                    Failure { message: format!("lane {number} ({}): {}", lane.words, failure.message), ..failure }
                }
            })?;
            let aside = model.engine.aside().await.map_err(Failure::from)?;
            race.lanes.push(Lane { words: lane.words.clone(), run, aside, milliseconds: 0.0, judged: None });
        }
        let reports: Vec<LaneReport> = race.lanes.iter().enumerate().map(|(at, lane)| lane.report(at, limit)).collect();
        self.race = Some(race);
        Ok(to_js(&reports)?)
    }

    /// One pass of the lane that has used least of its budget; when all have ended, the scores of one of them. How that lane
    /// stands; `undefined` when nothing is left.
    ///
    /// # Errors
    /// With code `device-lost`, `device` or `forward`; the comparison is over then.
    #[wasm_bindgen(unchecked_return_type = "LaneReport | undefined")]
    pub async fn race(&mut self) -> Result<JsValue, JsValue> {
        let (Some(model), Some(mut race)) = (&mut self.model, self.race.take()) else { return Ok(JsValue::UNDEFINED) };
        let limit = race.limit;
        let running = race.lanes.iter().map(|lane| lane.run.outcome().is_none().then(|| limit.share(lane)));
        let next = next_lane(running).or_else(|| race.lanes.iter().position(|lane| lane.judged.is_none()));
        let Some(next) = next else { return Ok(JsValue::UNDEFINED) };
        let lane = &mut race.lanes[next];
        model.engine.exchange(&mut lane.aside);
        let turned = lane.turn(&mut model.engine).await;
        model.engine.exchange(&mut lane.aside);
        turned?;
        if let Limit::Time(most) = limit
            && lane.milliseconds >= most
        {
            lane.run.end(Outcome::Budget);
        }
        let report = lane.report(next, limit);
        self.race = Some(race);
        Ok(to_js(&report)?)
    }

    /// Ends all lanes where they stand; their readings are still scored.
    #[wasm_bindgen(js_name = stopRace)]
    pub fn stop_race(&mut self) {
        for lane in self.race.iter_mut().flat_map(|race| &mut race.lanes) {
            lane.run.end(Outcome::Stopped);
        }
    }
}

impl Lane {
    /// A pass, or the scores of what it says once it has ended.
    async fn turn(&mut self, engine: &mut tempo_model::Engine) -> Result<(), Failure> {
        let mut plans = PlanLog::default();
        let mut model = Recorder { engine, plans: &mut plans, forward_ms: 0.0 };
        if self.run.outcome().is_some() {
            let judged = judge(&mut model, self.run.prompt(), &self.run.standing().readings).await?;
            self.judged = Some(judged);
            return Ok(());
        }
        let start = now();
        let turn: Result<Turn, _> = next_turn(&mut self.run, &mut model).await;
        self.milliseconds += now() - start;
        turn?;
        Ok(())
    }
}
