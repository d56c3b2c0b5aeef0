//! The class that a worker holds.

use std::rc::Rc;

use js_sys::{Function, Reflect};
use tempo_core::{Decoder, GenerationOptions, LanguageModel, Prompt, TokenId};
use tempo_model::{
    DeviceChoice, DevicePreference, Devices, Engine, Folder, Kernels, LoadOptions, ModelVocabulary, Preview, Tokenizer,
    WeightPreference, warm,
};
use wasm_bindgen::prelude::*;

use self::chat::{Chat, Question};
use self::loading::reporter;
use self::race::Race;
use self::running::Run;
use super::parts::ModelParts;
use super::source;
use super::values::{from_js, to_js};
use super::workers::{self, JsWorkerPool};
use crate::error::{ErrorCode, Failure};
use crate::report::{DeviceReport, ModelNeed, PromptLength, WorkCounts};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
import type {
  AttentionMaps, ChatEvent, ChatReport, DecoderEvent, DeviceReport, Event, GenerationOptions, LaneReport, LoadProgress, ModelEvent,
  ModelNeed, PromptLength, ScoredText, SimulationReport, WorkCounts
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
    /// The comparison under way, which leaves the run alone.
    race: Option<Race>,
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
        Ok(Self {
            devices,
            device,
            auto: preference == DevicePreference::Auto,
            options,
            model: None,
            run: None,
            race: None,
        })
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
        let words = ModelVocabulary(model.tokenizer.clone());
        let mut decoder = Decoder::new(options, described, prompt, words.clone())?;
        decoder.keep(held);
        self.run = Some(Run::new(decoder, words, question));
        Ok(())
    }

    fn drop_model(&mut self) {
        (self.run, self.race, self.model) = (None, None, None);
    }
}

/// A caller's mistake: none of the names that [`Tempo::open`] documents.
fn unknown(what: &str, name: &str) -> Failure {
    Failure::new(ErrorCode::Device, format!("no such {what}: {name}"))
}

fn no_model() -> Failure {
    Failure::new(ErrorCode::NoModel, "no model is loaded")
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
mod race;
mod running;
mod score;
