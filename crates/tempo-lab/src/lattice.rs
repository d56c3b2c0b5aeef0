//! TEMPO on a prompt, with its distribution before and after every set.

use anyhow::{Context as _, bail};
use pollster::block_on;
use tempo_core::{
    Action, Choice, Event, GenerationConfig, GenerationOptions, Generator, LanguageModel, Prompt, ReadingKind,
    StepEvent, TokenId, Vocabulary, select,
};

/// What a run of TEMPO was.
#[derive(Clone, Debug)]
pub struct Lattice {
    /// The distribution of the first set's tokens, by id.
    pub first: Vec<f64>,
    /// One for each set.
    pub steps: Vec<Step>,
    /// Tokens of the Viterbi reading at the end.
    pub viterbi: Vec<TokenId>,
    /// Tokens of the probable reading at the end.
    pub probable: Vec<TokenId>,
    /// Sum of ln p of the scored reading at the end, where the options ask for one.
    pub scored: Option<f64>,
}

/// One set and what followed from it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The set, most probable first.
    pub set: Vec<TokenId>,
    /// Tokens of the set that TEMPO itself would have taken, where another was given to it; else its size.
    pub natural: usize,
    /// Whether no token reached the threshold.
    pub fallback: bool,
    /// Members of the sets so far, this one included, that are live once it was computed: the sets that have any, in order,
    /// each with its place (0 is the first set).
    pub live: Vec<(usize, Vec<TokenId>)>,
    /// TEMPO's distribution of the next token, by id.
    pub q: Vec<f64>,
    /// As a trace tells it.
    pub event: StepEvent,
}

impl Step {
    /// Sets that have several live members.
    pub fn open(&self) -> usize {
        self.live.iter().filter(|(_, members)| members.len() > 1).count()
    }

    /// Paths through the live members.
    pub fn paths(&self) -> usize {
        self.live.iter().map(|(_, members)| members.len()).fold(1, usize::saturating_mul)
    }
}

impl Lattice {
    /// The distributions before the first set and after each of them.
    pub fn distributions(&self) -> Vec<Vec<f64>> {
        [&self.first].into_iter().chain(self.steps.iter().map(|step| &step.q)).cloned().collect()
    }

    /// The sets, in order.
    pub fn sets(&self) -> Vec<Vec<TokenId>> {
        self.steps.iter().map(|step| step.set.clone()).collect()
    }
}

/// Who chooses the sets.
#[derive(Clone, Copy, Debug)]
pub enum Sets<'a> {
    /// TEMPO, as many as the options say.
    Free,
    /// These, whatever the distribution says.
    Given(&'a [Vec<TokenId>]),
    /// TEMPO, and one of these tokens joins each set that lacks it. End-of-text tokens never join.
    With(&'a [TokenId]),
}

/// Nothing is shown, so tokens need no words.
#[derive(Debug)]
pub(crate) struct NoWords;

impl Vocabulary for NoWords {
    fn bytes(&self, _: TokenId) -> Vec<u8> {
        Vec::new()
    }
}

/// What TEMPO would take itself: the tokens and whether none reached the threshold.
fn natural(
    generator: &Generator<NoWords>,
    step: usize,
    config: &GenerationConfig,
) -> anyhow::Result<(Vec<TokenId>, bool)> {
    Ok(match select(&generator.next_distribution()?, step, config)? {
        Choice::Set(selection) => (selection.set.iter().map(|(id, _)| *id).collect(), selection.fallback),
        Choice::End(_) => (Vec::new(), false),
    })
}

/// Runs TEMPO.
///
/// # Errors
/// When the options or the prompt make no sense, or a pass fails.
pub fn run<M: LanguageModel>(
    model: &mut M,
    options: GenerationOptions,
    prompt: &[TokenId],
    sets: Sets<'_>,
) -> anyhow::Result<Lattice>
where
    M::Error: Send + Sync,
{
    run_estimated_at(model, options, prompt, sets, &[])
}

/// As [`run`]; the meter draws paths after as many sets as `at` lists, and after each where it lists none.
///
/// # Errors
/// When the options or the prompt make no sense, or a pass fails.
pub fn run_estimated_at<M: LanguageModel>(
    model: &mut M,
    options: GenerationOptions,
    prompt: &[TokenId],
    sets: Sets<'_>,
    at: &[usize],
) -> anyhow::Result<Lattice>
where
    M::Error: Send + Sync,
{
    let max_steps = match sets {
        Sets::Free => options.max_steps,
        Sets::Given(sets) => sets.len(),
        Sets::With(tokens) => tokens.len(),
    };
    let options = GenerationOptions { max_steps, ..options };
    let config = options.check(model.description())?;
    let text = Prompt { text: String::new(), ids: prompt.to_vec() };
    let mut generator = Generator::new(options, model.description(), text, NoWords)?;
    let (mut first, mut steps, mut own): (_, Vec<Step>, _) = (Vec::new(), Vec::new(), None);
    loop {
        generator.estimate(at.is_empty() || at.contains(&(steps.len() + 1)));
        let event = match generator.advance() {
            Action::Emit(event) => Some(event),
            Action::Begin { rows, .. } => block_on(model.begin(rows)).map(|()| None)?,
            Action::Grow { rows } => block_on(model.grow(rows)).map(|()| None)?,
            Action::Logits => {
                generator.absorb_logits(block_on(model.logits())?)?;
                None
            }
            Action::Forward(plan) => {
                let event = generator.absorb(block_on(model.forward(&plan))?)?;
                if event.is_none() && first.is_empty() {
                    first = generator.next_distribution()?.probabilities()?;
                    own = prepare(&mut generator, 0, sets, &config)?;
                }
                event
            }
            Action::Finished => bail!("a run ends with its end event"),
        };
        match event {
            Some(Event::Step(event)) => {
                steps.push(step(&generator, event, own.take())?);
                if steps.len() < max_steps {
                    own = prepare(&mut generator, steps.len(), sets, &config)?;
                }
            }
            Some(Event::End(end)) => {
                let reading = |kind| {
                    let reading = end.readings.iter().find(|reading| reading.kind == kind);
                    reading.map(|reading| reading.ids.clone()).context("every run has these readings")
                };
                let (viterbi, probable) = (reading(ReadingKind::Viterbi)?, reading(ReadingKind::Probable)?);
                let scored = end.readings.iter().find(|reading| reading.kind == ReadingKind::Scored);
                let scored = scored.map(|reading| reading.log_probability);
                if !matches!(sets, Sets::Free) && steps.len() < max_steps {
                    bail!("the run ended after {} of {max_steps} sets: {:?}", steps.len(), end.reason);
                }
                return Ok(Lattice { first, steps, viterbi, probable, scored });
            }
            _ => {}
        }
    }
}

/// Tells the generator its next set, where it does not choose; what it would have chosen itself, where that is asked.
fn prepare(
    generator: &mut Generator<NoWords>,
    place: usize,
    sets: Sets<'_>,
    config: &GenerationConfig,
) -> anyhow::Result<Option<(usize, bool)>> {
    match sets {
        Sets::Free => Ok(None),
        Sets::Given(sets) => {
            if let Some(set) = sets.get(place) {
                generator.force(set.clone())?;
            }
            Ok(None)
        }
        Sets::With(tokens) => {
            let (mut set, fallback) = natural(generator, place, config)?;
            let width = set.len();
            if !set.contains(&tokens[place]) {
                set.push(tokens[place]);
            }
            generator.force(set)?;
            Ok(Some((width, fallback)))
        }
    }
}

/// What is to be kept of a step.
fn step(generator: &Generator<NoWords>, event: StepEvent, own: Option<(usize, bool)>) -> anyhow::Result<Step> {
    let sequence = generator.sequence();
    let generated: Vec<_> = sequence.generated().collect();
    let live = generated
        .iter()
        .enumerate()
        .map(|(place, set)| (place, sequence.live(*set).iter().map(|token| token.id).collect::<Vec<_>>()));
    let (natural, fallback) = own.unwrap_or((event.set.len(), event.fallback));
    Ok(Step {
        set: event.set.iter().map(|member| member.id).collect(),
        natural,
        fallback,
        live: live.filter(|(_, members)| !members.is_empty()).collect(),
        q: generator.next_distribution()?.probabilities()?,
        event,
    })
}
