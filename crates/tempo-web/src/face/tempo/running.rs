//! The run under way: its events one after the other, stopping and changing it, and where it looked.

use std::rc::Rc;

use js_sys::{Float32Array, Reflect};
use tempo_core::{Decoder, Event, LanguageModel, PlanLog, Slot, Timing, Turn, Vocabulary as _, next_turn};
use tempo_model::{ModelVocabulary, Tokenizer};
use wasm_bindgen::prelude::*;

use super::Tempo;
use super::chat::Question;
use crate::error::{ErrorCode, Failure};
use crate::face::recorder::{Recorder, milliseconds, now};
use crate::face::values::{from_js, to_js};
use crate::report::{AttentionMaps, SimulationReport};

pub(super) type Words = ModelVocabulary<Rc<Tokenizer>>;
type RunDecoder = Decoder<Words>;

const NO_TIME: Timing = Timing { forward_ms: 0.0, total_ms: 0.0 };

#[derive(Debug)]
pub(super) struct Run {
    pub(super) decoder: RunDecoder,
    words: Words,
    /// The plan that computed each step's set.
    plans: PlanLog,
    began_ms: f64,
    /// Of the step under way, as far as it has come.
    timing: Timing,
    /// What it answers, where its prompt is a conversation.
    question: Option<Question>,
    /// A pass has failed: nobody knows what the rows hold.
    pub(super) has_failed: bool,
}

impl Run {
    /// One that has yet to begin.
    pub(super) fn new(decoder: RunDecoder, words: Words, question: Option<Question>) -> Self {
        let (plans, timing) = (PlanLog::default(), NO_TIME);
        Self { decoder, words, plans, began_ms: now(), timing, question, has_failed: false }
    }

    /// Puts into an event what the algorithm does not know.
    fn complete(&mut self, event: &mut Event) {
        let Timing { forward_ms, total_ms } = std::mem::replace(&mut self.timing, NO_TIME);
        if let Some(timing) = event.timing_mut() {
            *timing = Some(Timing { forward_ms: milliseconds(forward_ms), total_ms: milliseconds(total_ms) });
        }
        match event {
            Event::Run(event) => event.chat = self.question.as_ref().map(|question| question.event.clone()),
            Event::End(end) => {
                end.stats.seconds = Some(milliseconds(now() - self.began_ms) / 1e3);
                end.answer = self.question.as_ref().map(|question| question.answer(&end.text));
            }
            Event::Step(_) | Event::Samples(_) | Event::Beams(_) | Event::Search(_) => {}
        }
    }
}

#[wasm_bindgen]
impl Tempo {
    /// The next event of the run; `undefined` after the end event. With `by_pass` it comes back after every pass, with
    /// `null` where the step is not over: a step of a tree search has hundreds, and can be stopped between two of them.
    ///
    /// # Errors
    /// With code `no-run`, `device-lost`, `device`, `context-full` or `forward`. The run cannot go on.
    #[wasm_bindgen(unchecked_return_type = "Event | DecoderEvent | null | undefined")]
    pub async fn step(&mut self, by_pass: Option<bool>) -> Result<JsValue, JsValue> {
        let (Some(model), Some(run)) = (&mut self.model, &mut self.run) else { return Err(no_run().into()) };
        loop {
            let start = now();
            let mut recorder = Recorder { engine: &mut model.engine, plans: &mut run.plans, forward_ms: 0.0 };
            let turn = next_turn(&mut run.decoder, &mut recorder).await;
            run.timing.forward_ms += recorder.forward_ms;
            run.timing.total_ms += now() - start;
            run.has_failed = turn.is_err();
            match turn.map_err(Failure::from)? {
                Turn::Over => return Ok(JsValue::UNDEFINED),
                Turn::Pass if by_pass == Some(true) => return Ok(JsValue::NULL),
                Turn::Pass => {}
                Turn::Event(mut event) => {
                    run.complete(&mut event);
                    return Ok(to_js(&event)?);
                }
            }
        }
    }

    /// What a tree search has tried for its next token, from the simulation of this number on; empty between two steps.
    ///
    /// # Errors
    /// With code `no-run`.
    #[wasm_bindgen(unchecked_return_type = "SimulationReport[]")]
    pub fn simulations(&self, from: usize) -> Result<JsValue, JsValue> {
        let run = self.run.as_ref().ok_or_else(no_run)?;
        let reports = run.decoder.simulations().iter().enumerate().skip(from);
        let reports: Vec<SimulationReport> = reports
            .map(|(number, simulation)| SimulationReport::new(number, simulation, |id| run.words.text(id)))
            .collect();
        Ok(to_js(&reports)?)
    }

    /// Goes on with other options from the next step.
    ///
    /// # Errors
    /// With code `no-run` or `options`; the run then goes on as before.
    pub fn change(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Partial<GenerationOptions>")] options: &JsValue,
    ) -> Result<(), JsValue> {
        let run = self.run.as_mut().ok_or_else(no_run)?;
        let options = from_js(options, ErrorCode::Options)?;
        Ok(run.decoder.change(options).map_err(Failure::from)?)
    }

    /// Ends the run: the next [`step`](Self::step) hands out its end event.
    pub fn stop(&mut self) {
        if let Some(run) = &mut self.run {
            run.decoder.stop();
        }
    }

    /// Where the set of a step looked, by layer and head, from the rows as they are now.
    ///
    /// # Errors
    /// With code `no-run`; with `attention-gone` when the step has not been made or a row it looked at holds another
    /// token now; with `device-lost` or `forward`.
    #[wasm_bindgen(unchecked_return_type = "AttentionMaps")]
    pub async fn attention(&mut self, step: usize) -> Result<JsValue, JsValue> {
        let (Some(model), Some(run)) = (&mut self.model, &mut self.run) else { return Err(no_run().into()) };
        let Some(tempo) = run.decoder.tempo() else {
            let decoder = run.decoder.options().decoder;
            return Err(gone(format!("a run of the decoder {decoder} keeps no attention; tempo and greedy do")).into());
        };
        let plan = run.plans.get(step).ok_or_else(|| gone(format!("step {step} has not been made")))?;
        let rows = tempo.sequence().rows();
        let moved = plan.keys.iter().enumerate().find(|(row, key)| key.live && rows.get(*row) != Some(&Some(key.slot)));
        if let Some((_, key)) = moved {
            let reason = format!("the cache row of slot {}, which step {step} looked at, was given away", key.slot.0);
            return Err(gone(reason).into());
        }
        let weights = model.engine.attention(&plan).await.map_err(Failure::from)?;
        let slots = |held: &mut dyn Iterator<Item = Slot>| held.collect::<Vec<_>>();
        let described = model.engine.description();
        let maps = AttentionMaps {
            step,
            layers: described.layers,
            heads: described.heads,
            queries: slots(&mut plan.queries[plan.logits.clone()].iter().map(|query| query.slot)),
            keys: slots(&mut plan.keys.iter().map(|key| key.slot)),
            weights: Vec::new(),
        };
        let maps = to_js(&maps)?;
        // One copy out of the heap, not a million boxed numbers.
        Reflect::set(&maps, &"weights".into(), &Float32Array::from(weights.as_slice()))?;
        Ok(maps)
    }
}

fn no_run() -> Failure {
    Failure::new(ErrorCode::NoRun, "no run has begun")
}

fn gone(reason: String) -> Failure {
    Failure::new(ErrorCode::AttentionGone, reason)
}
