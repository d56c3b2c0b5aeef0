//! TEMPO on a prompt, with its distribution after every set.

use anyhow::{Context as _, bail};
use pollster::block_on;
use tempo_core::{
    Event, GenerationOptions, Generator, LanguageModel as _, Prompt, ReadingKind, TokenId, Vocabulary, next_event,
};
use tempo_model::Engine;

/// What a run of TEMPO was.
#[derive(Clone, Debug)]
pub struct Lattice {
    /// One for each set.
    pub steps: Vec<Step>,
    /// Tokens of the Viterbi reading at the end.
    pub viterbi: Vec<TokenId>,
    /// Tokens of the probable reading at the end.
    pub probable: Vec<TokenId>,
}

/// One set and what followed from it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The set, most probable first.
    pub set: Vec<TokenId>,
    /// Members of the sets so far, this one included, that are live once it was computed: the sets that have any, in order,
    /// each with its place (0 is the first set).
    pub live: Vec<(usize, Vec<TokenId>)>,
    /// TEMPO's distribution of the next token, by id.
    pub q: Vec<f64>,
}

impl Step {
    /// Sets that have several live members.
    pub fn open(&self) -> usize {
        self.live.iter().filter(|(_, members)| members.len() > 1).count()
    }

    /// Paths through the live members.
    pub fn paths(&self) -> usize {
        self.live.iter().map(|(_, members)| members.len()).product()
    }
}

/// Nothing is shown, so tokens need no words.
#[derive(Debug)]
struct NoWords;

impl Vocabulary for NoWords {
    fn bytes(&self, _: TokenId) -> Vec<u8> {
        Vec::new()
    }
}

/// Runs TEMPO. `sets`: the sets to take instead of those that it would choose, and as many steps as there are.
///
/// # Errors
/// When the options or the prompt make no sense, or a pass fails.
pub fn run(
    engine: &mut Engine,
    options: GenerationOptions,
    prompt: &[TokenId],
    sets: Option<&[Vec<TokenId>]>,
) -> anyhow::Result<Lattice> {
    let max_steps = sets.map_or(options.max_steps, <[_]>::len);
    let options = GenerationOptions { max_steps, ..options };
    let text = Prompt { text: String::new(), ids: prompt.to_vec() };
    let mut generator = Generator::new(options, engine.description(), text, NoWords)?;
    let mut steps: Vec<Step> = Vec::new();
    loop {
        if let Some(set) = sets.and_then(|sets| sets.get(steps.len())) {
            generator.force(set.clone())?;
        }
        match block_on(next_event(&mut generator, engine))?.context("a run ends with its end event")? {
            Event::Run(_) => {}
            Event::Step(step) => {
                let sequence = generator.sequence();
                let generated: Vec<_> = sequence.generated().collect();
                let live = generated
                    .iter()
                    .enumerate()
                    .map(|(place, set)| (place, sequence.live(*set).iter().map(|token| token.id).collect::<Vec<_>>()));
                steps.push(Step {
                    set: step.set.iter().map(|member| member.id).collect(),
                    live: live.filter(|(_, members)| !members.is_empty()).collect(),
                    q: generator.next_distribution()?.probabilities()?,
                });
            }
            Event::End(end) => {
                let reading = |kind| {
                    let reading = end.readings.iter().find(|reading| reading.kind == kind);
                    reading.map(|reading| reading.ids.clone()).context("every run has these readings")
                };
                let (viterbi, probable) = (reading(ReadingKind::Viterbi)?, reading(ReadingKind::Probable)?);
                if sets.is_some_and(|sets| sets.len() != steps.len()) {
                    bail!("the run ended after {} of the sets: {:?}", steps.len(), end.reason);
                }
                return Ok(Lattice { steps, viterbi, probable });
            }
        }
    }
}
