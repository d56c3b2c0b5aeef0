//! The class that a worker holds.

use std::rc::Rc;

use js_sys::{Float32Array, Function, Reflect};
use tempo_core::{
    Event, GenerationOptions, Generator, LanguageModel, PlanLog, Prompt, Slot, Timing, TokenId, next_event,
};
use tempo_model::{
    DeviceChoice, DevicePreference, Devices, Engine, Folder, Kernels, LoadOptions, ModelVocabulary, Preview, Tokenizer,
    WeightPreference, warm,
};
use wasm_bindgen::prelude::*;

use self::chat::{Chat, Question};
use self::loading::reporter;
use super::parts::ModelParts;
use super::recorder::{Recorder, milliseconds, now};
use super::source;
use super::values::{from_js, to_js};
use super::workers::{self, JsWorkerPool};
use crate::error::{ErrorCode, Failure};
use crate::report::{AttentionMaps, DeviceReport, ModelNeed, PromptLength, WorkCounts};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
import type {
  AttentionMaps, ChatEvent, ChatReport, DeviceReport, Event, GenerationOptions, LoadProgress, ModelEvent, ModelNeed,
  PromptLength, WorkCounts
} from '../contract';
import type { ModelParts, WorkerPool } from '../engine/package';
export type { ModelParts, WeightSource, WorkerPool } from '../engine/package';
";

/// A device, a model on it, and the run under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Tempo {
    devices: Devices,
    /// The device of the loaded model, or what the next one is judged by.
    device: DeviceChoice,
    /// The device is to be chosen by what a loaded model takes on each.
    auto: bool,
    options: LoadOptions,
    model: Option<OpenModel>,
    run: Option<Run>,
}

#[derive(Debug)]
struct OpenModel {
    engine: Engine,
    tokenizer: Rc<Tokenizer>,
    chat: Chat,
}

impl OpenModel {
    /// The tokens of a prompt.
    fn ids(&self, prompt: &str) -> Result<Vec<u32>, Failure> {
        self.tokenizer.encode(prompt).map_err(|error| Failure::new(ErrorCode::Prompt, error.to_string()))
    }
}

#[derive(Debug)]
struct Run {
    generator: Generator<ModelVocabulary<Rc<Tokenizer>>>,
    /// The plan that computed each step's set.
    plans: PlanLog,
    began_ms: f64,
    /// What it answers, where its prompt is a conversation.
    question: Option<Question>,
    /// A pass has failed: nobody knows what the rows hold.
    has_failed: bool,
}

#[wasm_bindgen]
impl Tempo {
    /// Opens a device: WebGPU (`gpu`), the CPU (`cpu`), or whichever promises to be faster (`auto`): then
    /// [`load`](Self::load) measures and may go over to the other. Models are kept with weights in this format, or in the one
    /// that suits their files and the device (`auto`), and computed by the fused kernels, or one tensor operation after the other (`tensor`, the reference; f32 only).
    ///
    /// # Errors
    /// With code `no-adapter` or `device` where a graphics adapter is demanded and cannot be had.
    pub async fn open(
        #[wasm_bindgen(unchecked_param_type = "'auto' | 'gpu' | 'cpu'")] preference: String,
        #[wasm_bindgen(unchecked_param_type = "'auto' | 'f32' | 'f16' | 'q8' | 'q4'")] weights: String,
        #[wasm_bindgen(unchecked_optional_param_type = "'fused' | 'tensor'")] kernels: Option<String>,
    ) -> Result<Tempo, JsValue> {
        // The test harness of wasm-bindgen instantiates a module without its start function.
        super::start::start();
        let preference = DevicePreference::from_name(&preference).ok_or_else(|| unknown("device", &preference))?;
        let weights = WeightPreference::from_name(&weights).ok_or_else(|| unknown("format of weights", &weights))?;
        let kernels = match kernels {
            None => Kernels::default(),
            Some(name) => Kernels::from_name(&name).ok_or_else(|| unknown("way to compute", &name))?,
        };
        let options = LoadOptions { kernels, weights, workers: None };
        let mut devices = Devices::default();
        let device = devices.open(preference).await.map_err(Failure::from)?;
        Ok(Self { devices, device, auto: preference == DevicePreference::Auto, options, model: None, run: None })
    }

    /// Shares models to come out to these workers, where they run on the CPU.
    #[wasm_bindgen(js_name = setWorkers)]
    pub fn set_workers(&mut self, pool: JsWorkerPool) {
        self.options.workers = Some(workers::set_pool(pool));
    }

    /// The device in words and numbers.
    ///
    /// # Errors
    /// Never in practice.
    #[wasm_bindgen(unchecked_return_type = "DeviceReport")]
    pub fn device(&self) -> Result<JsValue, JsValue> {
        let threads = self.model.as_ref().and_then(|model| model.engine.threads());
        Ok(to_js(&DeviceReport::new(&self.device, threads))?)
    }

    /// What a model needs, and whether the device can hold it. Reads the parts that are given: small files, and of weights
    /// their headers, from the front on. Whatever cannot be used is told here; without weights, what their types and shapes
    /// would say is left open.
    ///
    /// # Errors
    /// With a code that begins with `model-`, or with `source`.
    #[wasm_bindgen(unchecked_return_type = "ModelNeed")]
    pub async fn need(&self, model: ModelParts) -> Result<JsValue, JsValue> {
        let preview = self.preview(&model, true).await?;
        Ok(to_js(&ModelNeed::new(preview, &self.device))?)
    }

    /// Lets the device compile what a model needs, while its weights are still under way; `progress` is told how many
    /// programs are compiled. Reads the same bytes as [`need`](Self::need).
    ///
    /// # Errors
    /// As [`need`](Self::need), and with code `device` when the device fails.
    pub async fn warm(
        &self,
        model: ModelParts,
        #[wasm_bindgen(unchecked_param_type = "(progress: LoadProgress) => void")] progress: Function,
    ) -> Result<(), JsValue> {
        let Preview { config, weights, .. } = self.preview(&model, false).await?;
        let warmed = warm(config, &self.device, self.options, weights.format, reporter(progress)).await;
        Ok(warmed.map_err(Failure::from)?)
    }

    /// Loads a model; the one before and its run are dropped first, so that two are never in memory. A model in a GGUF
    /// file is called what the file is called, without its ending.
    ///
    /// # Errors
    /// With a code that begins with `model-`, `device` or `source`; the message names the file, field or tensor.
    #[wasm_bindgen(unchecked_return_type = "ModelEvent")]
    pub async fn load(
        &mut self,
        model: ModelParts,
        #[wasm_bindgen(unchecked_param_type = "(progress: LoadProgress) => void")] progress: Function,
    ) -> Result<JsValue, JsValue> {
        self.drop_model();
        let source = model.source();
        // Small files and headers are judged before the first byte of weights is asked for.
        Ok(if let Some(files) = model.files() {
            let index = model.index().map(|bytes| bytes.to_vec());
            let tensors = source::checkpoint(source?, index.as_deref()).await.map_err(Failure::from)?;
            let folder = Folder::new(model.id().unwrap_or_default(), files, tensors).map_err(Failure::from)?;
            self.check(&folder)?;
            Box::pin(self.load_from(folder, progress)).await?
        } else {
            let source = source::gguf(source?).await.map_err(Failure::from)?;
            self.check(&source)?;
            Box::pin(self.load_from(source, progress)).await?
        })
    }

    /// How many tokens a prompt has. Begins no run and leaves one under way alone.
    ///
    /// # Errors
    /// With code `no-model` or `prompt`.
    #[wasm_bindgen(js_name = promptLength, unchecked_return_type = "PromptLength")]
    pub fn prompt_length(&self, prompt: &str) -> Result<JsValue, JsValue> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let tokens = model.ids(prompt)?.len();
        Ok(to_js(&PromptLength { tokens, max_positions: model.engine.description().max_positions })?)
    }

    /// Begins a run; the first [`step`](Self::step) then hands out its run event. Options that are left out have their
    /// defaults.
    ///
    /// # Errors
    /// With code `no-model`, `options`, `prompt` or `context-full`.
    pub fn begin(
        &mut self,
        prompt: String,
        #[wasm_bindgen(unchecked_param_type = "Partial<GenerationOptions>")] options: &JsValue,
    ) -> Result<(), JsValue> {
        self.run = None;
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let ids = model.ids(&prompt)?;
        Ok(self.start((prompt, ids), options, &[], None)?)
    }

    /// The next event of the run; `undefined` after the end event.
    ///
    /// # Errors
    /// With code `no-run`, `device-lost`, `device`, `context-full` or `forward`. The run cannot go on.
    #[wasm_bindgen(unchecked_return_type = "Event | undefined")]
    pub async fn step(&mut self) -> Result<JsValue, JsValue> {
        let (Some(model), Some(run)) = (&mut self.model, &mut self.run) else { return Err(no_run().into()) };
        let start = now();
        let mut recorder = Recorder { engine: &mut model.engine, plans: &mut run.plans, forward_ms: 0.0 };
        let event = next_event(&mut run.generator, &mut recorder).await;
        let forward_ms = milliseconds(recorder.forward_ms);
        run.has_failed = event.is_err();
        let event = event.map_err(Failure::from)?;
        match event {
            None => Ok(JsValue::UNDEFINED),
            Some(mut event) => {
                match &mut event {
                    Event::Run(event) => event.chat = run.question.as_ref().map(|question| question.event.clone()),
                    // Only TEMPO runs here.
                    Event::Samples(_) | Event::Beams(_) | Event::Search(_) => {}
                    Event::Step(step) => {
                        step.timing = Some(Timing { forward_ms, total_ms: milliseconds(now() - start) });
                    }
                    Event::End(end) => {
                        end.stats.seconds = Some(milliseconds(now() - run.began_ms) / 1e3);
                        end.answer = run.question.as_ref().map(|question| question.answer(&end.text));
                    }
                }
                Ok(to_js(&event)?)
            }
        }
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
        Ok(run.generator.change(options).map_err(Failure::from)?)
    }

    /// Ends the run: the next [`step`](Self::step) hands out its end event.
    pub fn stop(&mut self) {
        if let Some(run) = &mut self.run {
            run.generator.stop();
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
        let plan = run.plans.get(step).ok_or_else(|| gone(format!("step {step} has not been made")))?;
        let rows = run.generator.sequence().rows();
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

    /// What was done since the model was loaded, and the memory it takes.
    ///
    /// # Errors
    /// With code `no-model`.
    #[wasm_bindgen(unchecked_return_type = "WorkCounts")]
    pub fn counts(&self) -> Result<JsValue, JsValue> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let counts = WorkCounts::new(model.engine.counts(), self.device.memory(), heap_bytes());
        Ok(to_js(&counts)?)
    }

    /// Drops the model and its run.
    pub fn unload(&mut self) {
        self.drop_model();
        self.device.device.memory_cleanup();
    }

    /// Destroys the graphics device, as a driver may do at any time. Whatever comes next fails with `device-lost`.
    #[wasm_bindgen(js_name = destroyDevice)]
    pub fn destroy_device(&self) {
        self.device.destroy();
    }
}

impl Tempo {
    /// Begins a run on a text with these tokens; `held` is what the run before has left in the rows.
    fn start(
        &mut self,
        (text, ids): (String, Vec<u32>),
        options: &JsValue,
        held: &[TokenId],
        question: Option<Question>,
    ) -> Result<(), Failure> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let options: GenerationOptions = from_js(options, ErrorCode::Options)?;
        let prompt = Prompt { text, ids: ids.into_iter().map(TokenId).collect() };
        let described = if question.is_some() { model.chat.model() } else { model.engine.description() };
        let mut generator = Generator::new(options, described, prompt, ModelVocabulary(model.tokenizer.clone()))?;
        generator.keep(held);
        let plans = PlanLog::default();
        self.run = Some(Run { generator, plans, began_ms: now(), question, has_failed: false });
        Ok(())
    }

    fn drop_model(&mut self) {
        (self.run, self.model) = (None, None);
    }
}

/// A caller's mistake: none of the names that [`Tempo::open`] documents.
fn unknown(what: &str, name: &str) -> Failure {
    Failure::new(ErrorCode::Device, format!("no such {what}: {name}"))
}

fn no_model() -> Failure {
    Failure::new(ErrorCode::NoModel, "no model is loaded")
}

fn no_run() -> Failure {
    Failure::new(ErrorCode::NoRun, "no run has begun")
}

fn gone(reason: String) -> Failure {
    Failure::new(ErrorCode::AttentionGone, reason)
}

/// The compiled program, for workers.
#[wasm_bindgen(js_name = compiledProgram, unchecked_return_type = "WebAssembly.Module")]
pub fn compiled_program() -> JsValue {
    wasm_bindgen::module()
}

/// Bytes of the wasm heap; it only ever grows.
fn heap_bytes() -> u64 {
    let memory = wasm_bindgen::memory();
    let buffer = Reflect::get(&memory, &"buffer".into()).unwrap_or(JsValue::UNDEFINED);
    let bytes = Reflect::get(&buffer, &"byteLength".into()).ok().and_then(|length| length.as_f64());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length is a whole number")]
    bytes.map_or(0, |bytes| bytes as u64)
}

mod chat;
mod loading;
