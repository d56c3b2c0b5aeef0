//! One window, measured: TEMPO on its prompt, with and without the gold tokens, and what stands beside it.

use std::collections::BTreeMap;

use tempo_core::{GenerationOptions, LanguageModel, TokenId};

use super::members;
use super::row::{Calibration, Content, Key, Recall, Row, rounded};
use super::spec::{Metric, Spec, Variant};
use super::texts::Window;
use crate::beam;
use crate::distance::{Distance, Exact, exact};
use crate::lattice::{Lattice, Sets, run};
use crate::score::score;
use crate::shared::Shared;

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
    free: Option<(f64, Lattice, Vec<Option<Exact>>)>,
}

impl<'a, M: LanguageModel> Measuring<'a, M>
where
    M::Error: Send + Sync,
{
    pub(super) fn new(model: &'a mut M, spec: &'a Spec, window: &'a Window) -> Self {
        let never = model.description().eos.clone();
        Self { model: Shared::new(model), spec, window, never, plain: None, forced: None, free: None }
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
        };
        let Window { document, window, .. } = *self.window;
        Ok(content.map(|content| Row { document, window, threshold: task.threshold, content }))
    }

    /// ln p of the gold tokens as ordinary text.
    fn plain(&mut self) -> anyhow::Result<Vec<f64>> {
        if self.plain.is_none() {
            let scores = score(&mut self.model, &self.window.prompt, &self.window.gold)?;
            self.plain = Some(scores.into_iter().flatten().map(|score| score.log_probability).collect());
        }
        Ok(self.plain.clone().unwrap_or_default())
    }

    /// TEMPO with the gold token in every set.
    fn forced(&mut self, threshold: f64) -> anyhow::Result<&Lattice> {
        if self.forced.as_ref().is_none_or(|(of, _)| of.to_bits() != threshold.to_bits()) {
            let Window { prompt, gold, .. } = self.window;
            let lattice = run(&mut self.model, self.spec.options(threshold), prompt, Sets::With(gold))?;
            self.forced = Some((threshold, lattice));
        }
        Ok(&self.forced.as_ref().expect("it was just made").1)
    }

    /// TEMPO by itself, and the exact distributions after its steps.
    fn free(&mut self, threshold: f64) -> anyhow::Result<(&Lattice, &[Option<Exact>])> {
        if self.free.as_ref().is_none_or(|(of, _, _)| of.to_bits() != threshold.to_bits()) {
            let Window { prompt, .. } = self.window;
            let lattice = run(&mut self.model, self.spec.options(threshold), prompt, Sets::Free)?;
            let truth = self.exact(&lattice)?;
            self.free = Some((threshold, lattice, truth));
        }
        let (_, lattice, truth) = self.free.as_ref().expect("it was just made");
        Ok((lattice, truth))
    }

    fn exact(&mut self, lattice: &Lattice) -> anyhow::Result<Vec<Option<Exact>>> {
        let limit = self.spec.exact_limit;
        exact(&mut self.model, &self.window.prompt, &lattice.steps, limit, |step| step.open() > 0)
    }

    fn forced_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let lattice = self.forced(threshold)?.clone();
        let truth = if self.spec.measures(Metric::Dominance) { self.exact(&lattice)? } else { Vec::new() };
        let Window { prompt, gold, .. } = self.window;
        let steps = &lattice.steps;
        Ok(Content::Forced {
            widths: steps.iter().map(|step| step.natural).collect(),
            fallbacks: steps.iter().filter(|step| step.fallback).count(),
            missing: steps.iter().filter(|step| step.natural < step.set.len()).count(),
            log_q: log_q(&lattice, gold),
            before: (0..gold.len()).map(|s| s.checked_sub(1).map_or(1, |earlier| steps[earlier].set.len())).collect(),
            mass: members::mass(&lattice, prompt.len()),
            members: members::members(&lattice, gold, &truth),
        })
    }

    fn free_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let (lattice, truth) = self.free(threshold)?;
        Ok(Content::Free {
            widths: lattice.steps.iter().map(|step| step.set.len()).collect(),
            fallbacks: lattice.steps.iter().filter(|step| step.fallback).count(),
            calibration: calibration(lattice, lattice, truth),
        })
    }

    fn variant_row(&mut self, threshold: f64, variant: &Variant) -> anyhow::Result<Content> {
        let own = self.spec.options(threshold);
        let options = variant.of(own);
        let forced = self.forced(threshold)?.clone();
        let (free, truth) = self.free(threshold)?;
        let (free, truth) = (free.clone(), truth.to_vec());
        let Window { gold, .. } = self.window;
        let (log_q, calibration) = if options == own {
            (log_q(&forced, gold), calibration(&free, &free, &truth))
        } else {
            let on_forced = self.given(options, &forced.sets())?;
            // Nothing is compared after the last step whose truth is known.
            let compared = truth.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            let on_free = self.given(options, &free.sets()[..compared])?;
            (log_q(&on_forced, gold), calibration(&on_free, &free, &truth))
        };
        Ok(Content::Variant { variant: variant.name.clone(), log_q, calibration })
    }

    fn given(&mut self, options: GenerationOptions, sets: &[Vec<TokenId>]) -> anyhow::Result<Lattice> {
        run(&mut self.model, options, &self.window.prompt, Sets::Given(sets))
    }

    fn recall_row(&mut self, threshold: f64) -> anyhow::Result<Content> {
        let plain = self.plain()?;
        let Window { prompt, gold, .. } = self.window;
        let sets = self.free(threshold)?.0.sets();
        let held = sets.iter().zip(gold).take_while(|(set, id)| set.contains(id)).count();
        let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for h in 1..=gold.len() {
            let rows = sets.iter().take(h).map(Vec::len).sum::<usize>();
            let beams = (2 * rows).saturating_sub(h).div_ceil(2 * h).max(1);
            let reach = match reached.get(&beams) {
                Some(reach) => *reach,
                None => beam::reach(&mut self.model, prompt, gold, beams, &self.never)?,
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
        let (prompt, plain, beams) = (&self.window.prompt, self.plain()?, self.spec.reading_beams);
        let lattice = self.free(threshold)?.0.clone();
        let Some(last) = lattice.steps.last() else { return Ok(None) };
        let sets: Vec<Vec<TokenId>> = last.live.iter().map(|(_, set)| set.clone()).collect();
        let widths: Vec<usize> = lattice.steps.iter().map(|step| step.set.len()).collect();
        let mean = |log: f64, tokens: usize| rounded(log / tokens as f64);
        let scored = beam::within(&mut self.model, prompt, &sets, beams)?.1;
        let greedy = beam::search(&mut self.model, prompt, &vec![1; widths.len()], &self.never)?.1;
        let beam = beam::search(&mut self.model, prompt, &widths, &self.never)?.1;
        Ok(Some(Content::Reading {
            probable: rounded(beam::score(&mut self.model, prompt, &lattice.probable)?),
            viterbi: rounded(beam::score(&mut self.model, prompt, &lattice.viterbi)?),
            scored: mean(scored, sets.len()),
            greedy: mean(greedy, widths.len()),
            beam: mean(beam, widths.len()),
            gold: mean(plain.iter().sum(), plain.len()),
        }))
    }
}

/// ln q of each gold token, before its set.
fn log_q(lattice: &Lattice, gold: &[TokenId]) -> Vec<f64> {
    let q = |(s, id): (usize, &TokenId)| lattice.before(s)[id.index()].max(f64::MIN_POSITIVE);
    gold.iter().enumerate().map(q).map(f64::ln).map(rounded).collect()
}

/// Distances of a run's distributions from the truth, which is that of the sets of `free`.
fn calibration(run: &Lattice, free: &Lattice, truth: &[Option<Exact>]) -> Vec<Calibration> {
    let steps = run.steps.iter().zip(&free.steps).zip(truth).enumerate();
    let known = steps.filter_map(|(step, ((run, free), truth))| Some((step, run, free.open(), truth.as_ref()?)));
    known
        .map(|(step, run, open, truth)| {
            let Distance { kl, total_variation, top1 } = Distance::of(&run.q, &truth.next);
            Calibration { step, open, kl: rounded(kl), total_variation: rounded(total_variation), top1 }
        })
        .collect()
}
