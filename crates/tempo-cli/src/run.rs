//! A run from its first event to its last, and what listens to it.

use std::time::Instant;

use anyhow::Result;
use tempo_core::{Decoder, Event, LanguageModel, Timing, Turn, Vocabulary, next_turn};

use crate::chat::Question;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::stopwatch::{Stopwatch, milliseconds};
use crate::trace::TraceWriter;
use crate::transcript::Transcript;

/// Is told of every event.
pub(crate) type Listener = Box<dyn FnMut(&Event) -> Result<()>>;

/// A run and what listens to it.
pub(crate) struct Run {
    pub(crate) interrupt: Interrupt,
    pub(crate) trace: Option<TraceWriter>,
    pub(crate) transcript: Transcript,
    /// What the run answers, where its prompt is a conversation.
    pub(crate) question: Option<Question>,
    /// Whoever wants to see events as they come; without one a line on standard error shows how far the run is.
    pub(crate) listener: Option<Listener>,
}

impl Run {
    /// A run that nobody but its transcript listens to.
    pub(crate) fn new(interrupt: Interrupt, transcript: Transcript) -> Self {
        Self { interrupt, trace: None, transcript, question: None, listener: None }
    }

    /// Drives the decoder to its end.
    pub(crate) async fn finish<M, V>(&mut self, decoder: &mut Decoder<V>, model: &mut M) -> Result<()>
    where
        M: LanguageModel,
        M::Error: Send + Sync,
        V: Vocabulary,
    {
        let progress = self.listener.is_none().then(|| Progress::steps(decoder.options().max_steps));
        let mut model = Stopwatch::new(model);
        let start = Instant::now();
        self.interrupt.begin();
        let mut step_start = Instant::now();
        loop {
            // Between two passes, for a step that is measured or searched for may have thousands.
            if self.interrupt.requested() {
                decoder.stop();
            }
            let turn = next_turn(decoder, &mut model).await.map_err(|error| self.broken_off(error.into()))?;
            let mut event = match turn {
                Turn::Event(event) => *event,
                Turn::Pass => {
                    if let Some(trace) = &mut self.trace {
                        trace.begin()?;
                    }
                    continue;
                }
                Turn::Over => return Ok(()),
            };
            match &mut event {
                Event::Run(run) => run.chat = self.question.as_ref().map(|question| question.event.clone()),
                Event::End(end) => {
                    end.stats.seconds = Some(milliseconds(start.elapsed()) / 1e3);
                    end.answer = self.question.as_ref().map(|question| question.answer(&end.text));
                }
                Event::Step(_) | Event::Samples(_) | Event::Beams(_) | Event::Search(_) => {}
            }
            if let Some(timing) = event.timing_mut() {
                let forward_ms = milliseconds(model.take());
                *timing = Some(Timing { forward_ms, total_ms: milliseconds(step_start.elapsed()) });
            }
            if let (Some(progress), Some(step)) = (&progress, event.step()) {
                progress.show_step(step + 1);
            }
            if let Some(trace) = &mut self.trace {
                trace.write(&event)?;
            }
            self.transcript.absorb(&event);
            if let Some(listener) = &mut self.listener {
                listener(&event)?;
            }
            step_start = Instant::now();
        }
    }

    fn broken_off(&self, error: anyhow::Error) -> anyhow::Error {
        match self.trace.as_ref().and_then(TraceWriter::broken_off) {
            Some(state_of_trace) => error.context(state_of_trace),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use tempo_core::{GenerationOptions, ModelDescription, Prompt, Readout, StepPlan, TokenId};

    use super::*;
    use crate::settings::TraceTarget;

    /// A model of four words that breaks at its n-th pass.
    struct Breaks {
        description: ModelDescription,
        passes_left: usize,
    }

    #[derive(Debug)]
    struct Gone;

    impl std::fmt::Display for Gone {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the device is gone")
        }
    }

    impl std::error::Error for Gone {}

    impl LanguageModel for Breaks {
        type Error = Gone;

        fn description(&self) -> &ModelDescription {
            &self.description
        }

        async fn begin(&mut self, _rows: usize) -> Result<(), Gone> {
            Ok(())
        }

        async fn grow(&mut self, _rows: usize) -> Result<(), Gone> {
            Ok(())
        }

        async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, Gone> {
            self.passes_left = self.passes_left.checked_sub(1).ok_or(Gone)?;
            let rows = plan.logits.len();
            let received = vec![1.0 / plan.keys.len() as f32; plan.keys.len()];
            Ok(Readout { logits: [0.0, 1.0, 2.0, 9.0].repeat(rows).into(), received })
        }

        async fn logits(&mut self) -> Result<Vec<f32>, Gone> {
            Err(Gone)
        }
    }

    struct Letters;

    impl Vocabulary for Letters {
        fn bytes(&self, id: TokenId) -> Vec<u8> {
            vec![b"abcd"[id.index()]]
        }
    }

    /// A run of three steps with a trace, on a model that can make this many passes; the prompt takes the first.
    fn run(passes: usize, path: &std::path::Path) -> (Result<()>, Run) {
        let description = ModelDescription {
            id: "m".into(),
            architecture: "llama".into(),
            weights: None,
            layers: 1,
            heads: 1,
            kv_heads: 1,
            head_dim: 2,
            vocab: 4,
            rope_theta: 1e4,
            max_positions: 16,
            eos: Vec::new(),
        };
        let options = GenerationOptions { max_steps: 3, ..GenerationOptions::default() };
        let prompt = Prompt { text: "ab".into(), ids: vec![TokenId(0), TokenId(1)] };
        let mut decoder = Decoder::new(options, &description, prompt, Letters).unwrap();
        let mut model = Breaks { description, passes_left: passes };
        let trace = Some(TraceWriter::new(TraceTarget::File(path.into())).unwrap());
        let mut run = Run { trace, ..Run::new(Interrupt::default(), Transcript::new("m".into())) };
        (pollster::block_on(run.finish(&mut decoder, &mut model)), run)
    }

    #[test]
    fn a_run_has_times_a_trace_and_a_transcript() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let (result, run) = run(9, &path);
        result.unwrap();
        assert_eq!(run.transcript.end.unwrap().text, "ddd");
        let trace = std::fs::read_to_string(path).unwrap();
        let events: Vec<Event> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let timed = |event: &Event| match event {
            Event::Step(step) => step.timing.is_some(),
            Event::Run(_) | Event::Samples(_) | Event::Beams(_) | Event::Search(_) => true,
            Event::End(end) => end.stats.seconds.is_some(),
        };
        assert_eq!(events.len(), 5);
        assert!(events.iter().all(timed));
    }

    #[test]
    fn a_model_that_breaks_in_its_prompt_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let error = run(0, &path).0.unwrap_err();
        assert_eq!(format!("{error:#}"), "the model's forward pass failed: the device is gone");
        assert!(!path.exists());
    }

    #[test]
    fn a_model_that_breaks_later_leaves_whole_lines_and_the_error_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let error = format!("{:#}", run(3, &path).0.unwrap_err());
        assert!(
            error.contains("t.jsonl holds its complete lines so far") && error.contains("the device is gone"),
            "{error}"
        );
        let trace = std::fs::read_to_string(path).unwrap();
        assert_eq!(trace.lines().filter(|line| serde_json::from_str::<Event>(line).is_ok()).count(), 3);
        assert!(trace.ends_with('\n'));
    }
}
