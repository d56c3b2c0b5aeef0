//! A model that needs no GPU: what it says depends on which tokens it sees and where, and nothing else.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::Value;

use crate::decoder::Decoder;
use crate::digest::Digest;
use crate::event::{Event, StepEvent};
use crate::generator::{Generator, Prompt};
use crate::ids::TokenId;
use crate::lists::RowList;
use crate::model::{LanguageModel, Logits, LogitsRequest, ModelDescription, Readout, StepPlan};
use crate::options::GenerationOptions;
use crate::run::next_event;
use crate::text::Vocabulary;

/// A description with a vocabulary of this size, two layers, 64 positions and no end-of-text.
pub(crate) fn description(vocab: usize) -> ModelDescription {
    ModelDescription {
        id: "scripted".to_owned(),
        architecture: "scripted".to_owned(),
        weights: None,
        layers: LAYERS,
        heads: 1,
        kv_heads: 1,
        head_dim: 2,
        vocab,
        rope_theta: 10_000.0,
        max_positions: 64,
        eos: Vec::new(),
    }
}

/// Token n reads `<n>`.
#[derive(Debug)]
pub(crate) struct Numbers;

impl Vocabulary for Numbers {
    fn bytes(&self, id: TokenId) -> Vec<u8> {
        format!("<{}>", id.0).into_bytes()
    }
}

/// Runs a future that never has to wait.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the scripted model never waits"),
    }
}

const LAYERS: usize = 2;

/// Two layers of attention over token identities, with a cache by row, in f64.
///
/// A row's state depends on the token and on what it saw when it was computed, so a wrong mask, a stale row or a
/// missing rebuild changes the logits.
pub(crate) struct ScriptedModel {
    description: ModelDescription,
    /// Per row: the key, and the value that each layer reads.
    cache: Vec<Option<(f64, [f64; LAYERS])>>,
    pub(crate) plans: Vec<StepPlan>,
    /// Sharpness of the logits.
    pub(crate) scale: f64,
    /// Logits are multiples of this; 0: they are not. Coarse ones tie.
    pub(crate) grain: f64,
    /// Facts of its digests are rounded to f32, as a device would compute them.
    pub(crate) to_f32: bool,
    /// How many tokens its digests list; `None`: it returns rows even when a digest was asked for.
    pub(crate) digests: Option<usize>,
    /// Whether it goes on with rows of the run before.
    pub(crate) resumes: bool,
    /// Logits of the last pass, while they have not been handed over.
    rows: Option<Vec<f32>>,
    /// How often the rows were asked for after a digest.
    pub(crate) fetched: usize,
}

impl ScriptedModel {
    pub(crate) fn new(vocab: usize) -> Self {
        Self {
            description: description(vocab),
            cache: Vec::new(),
            plans: Vec::new(),
            scale: 4.0,
            grain: 0.0,
            to_f32: false,
            digests: None,
            resumes: true,
            rows: None,
            fetched: 0,
        }
    }

    pub(crate) fn with_eos(mut self, eos: &[u32]) -> Self {
        self.description.eos = eos.iter().copied().map(TokenId).collect();
        self
    }

    pub(crate) fn with_digests(mut self, limit: usize) -> Self {
        self.digests = Some(limit);
        self
    }

    pub(crate) fn with_grain(mut self, grain: f64) -> Self {
        self.grain = grain;
        self
    }

    fn logit(&self, state: f64, id: usize) -> f32 {
        let logit = self.scale * (state * 5.0 + id as f64 * 1.3).sin();
        let logit = if self.grain > 0.0 { (logit / self.grain).round() * self.grain } else { logit };
        #[expect(clippy::cast_possible_truncation, reason = "a readout is f32")]
        {
            logit as f32
        }
    }

    /// The second layer reads values that the first has mixed, as in a real model.
    fn compute(&mut self, plan: &StepPlan) -> (Vec<f64>, Vec<f64>) {
        for query in &plan.queries {
            let key = (f64::from(query.token.0) * 1.7 + f64::from(query.position.0) * 0.3).sin();
            self.cache[query.row.index()] = Some((key, [key; LAYERS]));
        }
        let mut received = vec![0.0; plan.keys.len()];
        let mut states = vec![0.0; plan.queries.len()];
        for layer in 0..LAYERS {
            for (index, state) in states.iter_mut().enumerate() {
                let weights = self.attend(plan, index, layer);
                *state = weights.iter().enumerate().map(|(row, weight)| weight * self.value(row, layer)).sum();
                if plan.measured().contains(&index) && !plan.layer_weights.is_empty() {
                    let share = f64::from(plan.layer_weights[layer]) / plan.measured().len() as f64;
                    received.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += share * weight);
                }
            }
            for (query, state) in plan.queries.iter().zip(&states).filter(|_| layer + 1 < LAYERS) {
                if let Some((_, values)) = &mut self.cache[query.row.index()] {
                    values[layer + 1] = 0.5 * values[layer] + state;
                }
            }
        }
        (states, received)
    }

    fn value(&self, row: usize, layer: usize) -> f64 {
        self.cache[row].map_or(0.0, |(_, values)| values[layer])
    }

    fn attend(&self, plan: &StepPlan, index: usize, layer: usize) -> Vec<f64> {
        let query = &plan.queries[index];
        // Layers attend differently, so that measuring other layers measures something else.
        let sharpness = 2.0 - layer as f64;
        let own = (f64::from(query.token.0) * 0.9 - f64::from(query.position.0) * 0.2).cos();
        let weights: Vec<f64> = plan
            .keys
            .iter()
            .enumerate()
            .map(|(row, key)| {
                if !plan.sees(query, key) {
                    return 0.0;
                }
                let added = plan.biases.get(index * plan.keys.len() + row).map_or(0.0, |bias| f64::from(*bias));
                let bias = if key.slot == query.slot { 0.0 } else { f64::from(key.bias) + added };
                let (stored, _) = self.cache[row].expect("a visible row was written");
                (sharpness * own * stored + bias).exp()
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }
}

impl LanguageModel for ScriptedModel {
    type Error = Infallible;

    fn description(&self) -> &ModelDescription {
        &self.description
    }

    async fn begin(&mut self, rows: usize) -> Result<(), Infallible> {
        self.cache = vec![None; rows];
        Ok(())
    }

    async fn resume(&mut self, rows: usize) -> Result<bool, Infallible> {
        if self.resumes {
            self.grow(rows).await?;
        }
        Ok(self.resumes)
    }

    async fn grow(&mut self, rows: usize) -> Result<(), Infallible> {
        self.cache.resize(self.cache.len().max(rows), None);
        Ok(())
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, Infallible> {
        self.plans.push(plan.clone());
        let (states, received) = self.compute(plan);
        let vocab = self.description.vocab;
        let rows: Vec<f32> =
            states[plan.logits.clone()].iter().flat_map(|state| (0..vocab).map(|id| self.logit(*state, id))).collect();
        self.rows = None;
        let logits = match (&plan.digest, self.digests) {
            (Some(LogitsRequest::EachRow(request)), Some(limit)) => {
                let lists = rows.chunks_exact(vocab).map(|row| RowList::of(row, request, limit)).collect();
                self.rows = Some(rows);
                Logits::Lists(lists)
            }
            (Some(LogitsRequest::Combined(request)), Some(limit)) => {
                let digest = Digest::of(&rows, vocab, request, limit);
                self.rows = Some(rows);
                Logits::Digest(if self.to_f32 { to_f32(digest) } else { digest })
            }
            _ => rows.into(),
        };
        #[expect(clippy::cast_possible_truncation, reason = "a readout is f32")]
        let received = if plan.layer_weights.is_empty() {
            Vec::new()
        } else {
            received.into_iter().map(|amount| amount as f32).collect()
        };
        Ok(Readout { logits, received })
    }

    async fn logits(&mut self) -> Result<Vec<f32>, Infallible> {
        self.fetched += 1;
        Ok(self.rows.take().expect("the rows are asked for once, after a digest"))
    }
}

/// A digest as a device that computes in f32 would give it.
fn to_f32(mut digest: Digest) -> Digest {
    #[expect(clippy::cast_possible_truncation, reason = "to lose digits is the purpose")]
    let round = |value: &mut f64| *value = f64::from(*value as f32);
    for row in &mut digest.rows {
        round(&mut row.sum);
        round(&mut row.sum_at_temperature);
    }
    round(&mut digest.peak);
    round(&mut digest.total);
    round(&mut digest.left);
    round(&mut digest.entropy);
    digest.complete_to *= 1.0 + 1e-5;
    digest
}

/// All events of a run.
pub(crate) fn run(model: &mut ScriptedModel, options: GenerationOptions, prompt: &[u32]) -> Vec<Event> {
    let prompt = Prompt { text: String::new(), ids: prompt.iter().copied().map(TokenId).collect() };
    let mut generator = Generator::new(options, &model.description, prompt, Numbers).expect("a valid run");
    let mut events = Vec::new();
    while let Some(event) = block_on(next_event(&mut generator, model)).expect("the scripted model does not fail") {
        events.push(event);
    }
    events
}

/// All events of a run of the decoder that the options name.
pub(crate) fn decode(model: &mut ScriptedModel, options: GenerationOptions, prompt: &[u32]) -> Vec<Event> {
    let prompt = Prompt { text: String::new(), ids: prompt.iter().copied().map(TokenId).collect() };
    let mut decoder = Decoder::new(options, &model.description, prompt, Numbers).expect("a valid run");
    let mut events = Vec::new();
    while let Some(event) = block_on(next_event(&mut decoder, model)).expect("the scripted model does not fail") {
        events.push(event);
    }
    events
}

/// The steps of a run.
pub(crate) fn steps(events: &[Event]) -> Vec<&StepEvent> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Step(step) => Some(step),
            _ => None,
        })
        .collect()
}

/// The ids of each step's set.
pub(crate) fn sets(events: &[Event]) -> Vec<Vec<u32>> {
    steps(events).iter().map(|step| step.set.iter().map(|member| member.id.0).collect()).collect()
}

/// The same but for the last digits of numbers that are not counts.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() <= 1e-6 * a.abs().max(1.0))
        }
        _ => a == b,
    }
}

/// Asserts that two runs are the same but for the last digits.
#[track_caller]
pub(crate) fn assert_same(a: &[Event], b: &[Event]) {
    for (a, b) in a.iter().zip(b) {
        assert!(same(&serde_json::to_value(a).unwrap(), &serde_json::to_value(b).unwrap()), "{a:?}\nis not\n{b:?}");
    }
    assert_eq!(a.len(), b.len());
}
