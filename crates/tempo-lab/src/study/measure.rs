//! One window, measured: TEMPO on its prompt, with and without the gold tokens, and what stands beside it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use tempo_core::{GenerationOptions, LanguageModel, TokenId};

use super::members;
use super::row::{Calibration, Content, Key, Recall, Row, rounded};
use super::spec::{Metric, Spec};
use super::texts::Window;
use super::variant::Variant;
use crate::distance::{Distance, Exact, exact};
use crate::lattice::{Lattice, Sets, Step, run, run_estimated_at};
use crate::shared::Shared;
use crate::{beam, given};

/// One row to measure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    pub(super) threshold: Option<f64>,
    pub(super) part: Part,
}

/// Which numbers a row holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Plain,
    Forced,
    Free,
    Recall,
    Reading,
    Variant(Variant),
    Own(Variant),
}

impl Task {
    /// The rows of every window, in order.
    pub(super) fn all(spec: &Spec) -> Vec<Self> {
        use Metric::{Calibration, Cost, Dominance, Effect, Mass, Reading, Recall, Removal, Variants, Width};
        let any = |metrics: &[Metric]| metrics.iter().any(|metric| spec.measures(*metric));
        let mut tasks = Vec::new();
        if any(&[Cost, Effect, Variants]) {
            tasks.push(Self { threshold: None, part: Part::Plain });
        }
        for threshold in &spec.thresholds {
            let mut parts = Vec::new();
            let varied = spec.variants_at.contains(threshold) && any(&[Effect, Variants]);
            if any(&[Width, Cost, Dominance, Mass, Removal]) || varied {
                parts.push(Part::Forced);
            }
            if any(&[Width, Calibration]) || varied {
                parts.push(Part::Free);
            }
            if any(&[Recall]) {
                parts.push(Part::Recall);
            }
            if any(&[Reading]) {
                parts.push(Part::Reading);
            }
            if varied {
                parts.extend(spec.chosen_variants().into_iter().map(Part::Variant));
            }
            if spec.variants_at.contains(threshold) {
                parts.extend(spec.on_own_sets().into_iter().map(Part::Own));
            }
            tasks.extend(parts.into_iter().map(|part| Self { threshold: Some(*threshold), part }));
        }
        tasks
    }

    pub(super) fn key(&self, window: &Window) -> Key {
        let (part, variant) = match &self.part {
            Part::Plain => (0, ""),
            Part::Forced => (1, ""),
            Part::Free => (2, ""),
            Part::Recall => (3, ""),
            Part::Reading => (4, ""),
            Part::Variant(variant) => (5, variant.name.as_str()),
            Part::Own(variant) => (6, variant.name.as_str()),
        };
        Key::new(window.document, window.window, self.threshold, part, variant)
    }
}

/// A window under measurement: what several rows need is computed once.
pub(super) struct Measuring<'a, M> {
    model: Shared<'a, M>,
    spec: &'a Spec,
    window: &'a Window,
    never: Vec<TokenId>,
    plain: Option<Vec<f64>>,
    /// Of one threshold.
    forced: Option<(f64, Lattice)>,
    free: Option<(f64, Lattice)>,
    /// The exact distributions after the free steps, which all ways to run on their sets are compared with.
    truth: Option<(f64, Vec<Option<Exact>>)>,
}

impl<'a, M: LanguageModel> Measuring<'a, M>
where
    M::Error: Send + Sync,
{
    pub(super) fn new(model: &'a mut M, spec: &'a Spec, window: &'a Window) -> Self {
        let never = model.description().eos.clone();
        Self { model: Shared::new(model), spec, window, never, plain: None, forced: None, free: None, truth: None }
    }

    /// Measures a row; `None` where there is nothing to measure.
    pub(super) fn row(&mut self, task: &Task) -> anyhow::Result<Option<Row>> {
        let threshold = task.threshold.unwrap_or_default();
        let content = match &task.part {
            Part::Plain => Some(Content::Plain { log_probability: self.plain()?.into_iter().map(rounded).collect() }),
            Part::Forced => Some(self.forced_row(threshold)?),
            Part::Free => Some(self.free_row(threshold)?),
            Part::Recall => Some(self.recall_row(threshold)?),
            Part::Reading => self.reading_row(threshold)?,
            Part::Variant(variant) => Some(self.variant_row(threshold, variant)?),
            Part::Own(variant) => Some(self.own_row(threshold, variant)?),
        };
        let Window { document, window, .. } = *self.window;
        Ok(content.map(|content| Row { document, window, threshold: task.threshold, content }))
    }

    /// ln p of the gold tokens as ordinary text.
    fn plain(&mut self) -> anyhow::Result<Vec<f64>> {
        if self.plain.is_none() {
            let scores =
                pollster::block_on(tempo_core::score(&mut self.model, &self.window.prompt, &self.window.gold))?;
            self.plain = Some(scores.into_iter().flatten().map(|score| score.log_probability).collect());
        }
        Ok(self.plain.clone().unwrap_or_default())
    }

    /// TEMPO with the gold token in every set; core's meter says the exact posteriors.
    fn forced(&mut self, threshold: f64) -> anyhow::Result<&Lattice> {
        if is_other(self.forced.as_ref().map(|(of, _)| *of), threshold) {
            let Window { prompt, gold, .. } = self.window;
            let exact_limit = if self.spec.measures(Metric::Dominance) { self.spec.exact_limit } else { 0 };
            let options = GenerationOptions { exact_limit, ..self.spec.options(threshold) };
            self.forced = Some((threshold, run(&mut self.model, options, prompt, Sets::With(gold))?));
        }
        Ok(&self.forced.as_ref().expect("it was just made").1)
    }

    /// TEMPO by itself, with core's meter and scored reading.
    fn free(&mut self, threshold: f64) -> anyhow::Result<&Lattice> {
        if is_other(self.free.as_ref().map(|(of, _)| *of), threshold) {
            let reading_beams = if self.spec.measures(Metric::Reading) { self.spec.reading_beams } else { 0 };
            let options = GenerationOptions { reading_beams, ..self.spec.options(threshold) };
            self.free = Some((threshold, self.alone(options)?));
        }
        Ok(&self.free.as_ref().expect("it was just made").1)
    }

    /// TEMPO by itself under these options, with core's meter.
    fn alone(&mut self, options: GenerationOptions) -> anyhow::Result<Lattice> {
        let spec = self.spec;
        let metered = [Metric::Width, Metric::Calibration, Metric::Effect, Metric::Variants];
        let is_metered = metered.iter().any(|metric| spec.measures(*metric));
        let meter = (spec.exact_limit, spec.meter_samples, spec.meter_proposal);
        let (exact_limit, meter_samples, meter_proposal) = if is_metered { meter } else { Default::default() };
        let options = GenerationOptions { exact_limit, meter_samples, meter_proposal, ..options };
        run_estimated_at(&mut self.model, options, &self.window.prompt, Sets::Free, &spec.meter_at)
    }

    /// The exact distributions after the free steps.
    fn truth(&mut self, threshold: f64) -> anyhow::Result<Vec<Option<Exact>>> {
        if is_other(self.truth.as_ref().map(|(of, _)| *of), threshold) {
            let steps = self.free(threshold)?.steps.clone();
            let (limit, prompt) = (self.spec.exact_limit, &self.window.prompt);
            let truth = exact(&mut self.model, prompt, &steps, limit, |step| step.open() > 0)?;
            self.truth = Some((threshold, truth));
        }
        Ok(self.truth.as_ref().expect("it was just made").1.clone())
    }

    fn forced_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let Window { prompt, gold, .. } = self.window;
        let lattice = self.forced(threshold)?;
        let steps = &lattice.steps;
        Ok(Content::Forced {
            widths: steps.iter().map(|step| step.natural).collect(),
            fallbacks: steps.iter().filter(|step| step.fallback).count(),
            missing: steps.iter().filter(|step| step.natural < step.set.len()).count(),
            log_q: log_q(&lattice.distributions(), gold),
            before: (0..gold.len()).map(|s| s.checked_sub(1).map_or(1, |earlier| steps[earlier].set.len())).collect(),
            mass: members::mass(lattice, prompt.len()),
            members: members::members(lattice, gold),
        })
    }

    fn free_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let lattice = self.free(threshold)?.clone();
        Ok(Content::Free {
            widths: lattice.steps.iter().map(|step| step.set.len()).collect(),
            fallbacks: lattice.steps.iter().filter(|step| step.fallback).count(),
            calibration: metered(&lattice),
        })
    }

    fn variant_row(&mut self, threshold: f64, variant: &Variant) -> anyhow::Result<Content> {
        let own = self.spec.options(threshold);
        let options = variant.of(own)?;
        let forced = self.forced(threshold)?.clone();
        let free = self.free(threshold)?.clone();
        let truth = self.truth(threshold)?;
        let Window { gold, .. } = self.window;
        let (on_forced, on_free) = if options == own {
            (forced.distributions(), free.distributions())
        } else {
            // Nothing is compared after the last step whose truth is known.
            let compared = truth.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            (self.given(options, &forced.sets())?, self.given(options, &free.sets()[..compared])?)
        };
        let known = free.steps.iter().zip(&on_free[1..]).zip(truth).enumerate();
        let known = known.filter_map(|(index, ((step, q), truth))| {
            Some(calibrated(index, step, Distance::of(q, &truth?.next), None))
        });
        let (log_q, calibration) = (log_q(&on_forced, gold), known.collect());
        Ok(Content::Variant { variant: variant.name.clone(), log_q, calibration })
    }

    fn own_row(&mut self, threshold: f64, variant: &Variant) -> anyhow::Result<Content> {
        let lattice = self.alone(variant.of(self.spec.options(threshold))?)?;
        let readings = if self.spec.measures(Metric::Reading) && !lattice.steps.is_empty() {
            let mut score = |ids: &[TokenId]| beam::score(&mut self.model, &self.window.prompt, ids);
            Some([rounded(score(&lattice.viterbi)?), rounded(score(&lattice.probable)?)])
        } else {
            None
        };
        Ok(Content::Own {
            variant: variant.name.clone(),
            widths: lattice.steps.iter().map(|step| step.set.len()).collect(),
            calibration: metered(&lattice),
            readings,
        })
    }

    fn given(&mut self, options: GenerationOptions, sets: &[Vec<TokenId>]) -> anyhow::Result<Vec<Vec<f64>>> {
        given::distributions(&mut self.model, options, &self.window.prompt, sets)
    }

    fn recall_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let plain = self.plain()?;
        let Window { prompt, gold, .. } = self.window;
        let sets = self.free(threshold)?.sets();
        let held = sets.iter().zip(gold).take_while(|(set, id)| set.contains(id)).count();
        let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for h in 1..=gold.len() {
            let rows = sets.iter().take(h).map(Vec::len).sum::<usize>();
            let beams = (2 * rows).saturating_sub(h).div_ceil(2 * h).clamp(1, MOST_BEAMS);
            let reach = match reached.get(&beams) {
                Some(reach) => *reach,
                None => beam::reach(&mut self.model, prompt, gold, beams)?,
            };
            reached.insert(beams, reach);
            let one = plain[..h].iter().sum::<f64>().exp();
            #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "some beams")]
            let sample = rounded(1.0 - (1.0 - one).powi(beams as i32));
            found.push(Recall { rows, tempo: held >= h, beams, beam: reach >= h, sample });
        }
        Ok(Content::Recall { found })
    }

    fn reading_row(&mut self, threshold: f64) -> anyhow::Result<Option<Content>> {
        let (prompt, plain) = (&self.window.prompt, self.plain()?);
        let lattice = self.free(threshold)?.clone();
        let Some(last) = lattice.steps.last() else { return Ok(None) };
        let widths: Vec<usize> = lattice.steps.iter().map(|step| step.set.len()).collect();
        let mean = |log: f64, tokens: usize| rounded(log / tokens as f64);
        let scored = lattice.scored.context("the run had reading lanes")?;
        // Greedy decoding is TEMPO with one member a set; here no text ends.
        let steps = widths.len();
        let greedy =
            GenerationOptions { max_set: 1, max_steps: steps, min_steps: steps, ..GenerationOptions::default() };
        let greedy = run(&mut self.model, greedy, prompt, Sets::Free)?.probable;
        let (_, beam) = beam::search(&mut self.model, prompt, &widths, &self.never)?;
        Ok(Some(Content::Reading {
            probable: rounded(beam::score(&mut self.model, prompt, &lattice.probable)?),
            viterbi: rounded(beam::score(&mut self.model, prompt, &lattice.viterbi)?),
            scored: mean(scored, last.live.len()),
            greedy: rounded(beam::score(&mut self.model, prompt, &greedy)?),
            beam: mean(beam, widths.len()),
            gold: mean(plain.iter().sum(), plain.len()),
        }))
    }
}

/// Most beams that a decoder may have.
const MOST_BEAMS: usize = 64;

/// Whether nothing was computed yet, or for another threshold.
fn is_other(of: Option<f64>, threshold: f64) -> bool {
    of.is_none_or(|of| of.to_bits() != threshold.to_bits())
}

/// Distances of a run's distributions from the exact ones of its own sets, as core's meter says.
fn metered(lattice: &Lattice) -> Vec<Calibration> {
    let one = |(index, step): (usize, &Step)| {
        let meter = step.event.meter.as_ref().filter(|_| step.open() > 0)?;
        let distance = Distance { kl: meter.kl, total_variation: meter.total_variation, top1: meter.top1 };
        Some(calibrated(index, step, distance, meter.ess))
    };
    lattice.steps.iter().enumerate().filter_map(one).collect()
}

fn calibrated(index: usize, step: &Step, distance: Distance, ess: Option<f64>) -> Calibration {
    let Distance { kl, total_variation, top1 } = distance;
    let (kl, total_variation, ess) = (rounded(kl), rounded(total_variation), ess.map(rounded));
    Calibration { step: index, open: step.open(), kl, total_variation, top1, ess }
}

/// ln q of each gold token, by the distribution before its set.
fn log_q(distributions: &[Vec<f64>], gold: &[TokenId]) -> Vec<f64> {
    let q = gold.iter().zip(distributions).map(|(id, q)| q[id.index()].max(f64::MIN_POSITIVE));
    q.map(f64::ln).map(rounded).collect()
}
