//! I17 to I19: what is computed in lanes beside a run.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    EndEvent, Event, GenerationOptions, Generator, Lanes, LanguageModel, ModelDescription, Prompt, ReadingKind,
    Readout, StepEvent, StepPlan, TokenId, Visibility, next_event,
};
use tempo_model::{Engine, ForwardError};

use super::Bench;

/// An engine in which every lane sees every other one, if `leaks`.
struct Leaky<'a> {
    engine: &'a mut Engine,
    leaks: bool,
}

impl LanguageModel for Leaky<'_> {
    type Error = ForwardError;

    fn description(&self) -> &ModelDescription {
        self.engine.description()
    }

    async fn begin(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.begin(rows).await
    }

    async fn grow(&mut self, rows: usize) -> Result<(), ForwardError> {
        self.engine.grow(rows).await
    }

    async fn forward(&mut self, plan: &StepPlan) -> Result<Readout, ForwardError> {
        let mut plan = plan.clone();
        if self.leaks {
            plan.keys.iter_mut().for_each(|key| key.lanes = Lanes::ALL);
        }
        self.engine.forward(&plan).await
    }

    async fn logits(&mut self) -> Result<Vec<f32>, ForwardError> {
        self.engine.logits().await
    }
}

impl Bench {
    /// I17: where one isolated set is open, TEMPO's distribution is the exact one.
    ///
    /// # Errors
    /// When the meter finds a larger distance than `most`, or finds two visible sets as good.
    pub fn i17_one_isolated_set_is_at_no_distance(&mut self, most: f64) -> anyhow::Result<()> {
        let options = GenerationOptions {
            exact_limit: 64,
            max_steps: 4,
            selection_threshold: 0.06,
            ..GenerationOptions::default()
        };
        let (isolated, _) = self.whole_run(options, false)?;
        let visible = GenerationOptions { visibility: Visibility::Visible, ..options };
        let (visible, _) = self.whole_run(visible, false)?;
        let kl = |steps: &[StepEvent], open: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let meters = steps.iter().filter_map(|step| step.meter.as_ref());
            meters.filter(|meter| open(meter.members.len())).map(|meter| meter.kl).collect()
        };
        let one = kl(&isolated, &|open| open == 1);
        ensure!(!one.is_empty() && one.iter().all(|kl| *kl <= most), "one isolated set: {one:?}");
        let two = kl(&visible, &|open| open >= 2);
        ensure!(!two.is_empty() && two.iter().all(|kl| *kl > 10.0 * most), "two visible sets: {two:?}");
        Ok(())
    }

    /// I18: a scored reading that follows every path is the best of them all, each computed alone.
    ///
    /// # Errors
    /// When it is not, or when another reading is always as good.
    pub fn i18_the_scored_reading_is_the_best_of_all_paths(&mut self) -> anyhow::Result<()> {
        let mut others = 0;
        for max_steps in 3..=7 {
            let options = GenerationOptions {
                reading_beams: 128,
                max_steps,
                max_set: 2,
                selection_threshold: 0.001,
                // What follows the least probable member: other paths are better than that of the most probable ones.
                combine: tempo_core::Combine::Last,
                ..GenerationOptions::default()
            };
            let (steps, end) = self.whole_run(options, false)?;
            let mut paths: Vec<Vec<TokenId>> = vec![Vec::new()];
            for step in &steps {
                let longer = |path: &Vec<TokenId>| {
                    let path = path.clone();
                    step.set.iter().map(move |member| [path.as_slice(), &[member.id]].concat())
                };
                paths = paths.iter().flat_map(longer).collect();
            }
            let scores = paths.iter().map(|path| self.score(path)).collect::<anyhow::Result<Vec<f64>>>()?;
            let best = (0..paths.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).context("a path")?;
            let reading = |kind| end.readings.iter().find(|reading| reading.kind == kind).context("a reading");
            let scored = reading(ReadingKind::Scored)?;
            ensure!(scored.ids == paths[best] && scored.exact == Some(true), "{scored:?} is not {:?}", paths[best]);
            ensure!((scored.log_probability - scores[best]).abs() < 1e-3, "{scored:?} scores {}", scores[best]);
            others += usize::from(reading(ReadingKind::Probable)?.ids != paths[best]);
        }
        ensure!(others > 0, "the most probable members are always the best path, which proves nothing");
        Ok(())
    }

    /// I19: TEMPO with reading lanes beside it is TEMPO without.
    ///
    /// # Errors
    /// When it is not, or when it is the same although every lane sees the others.
    pub fn i19_a_lane_that_nobody_sees_changes_nothing(&mut self) -> anyhow::Result<()> {
        let options = GenerationOptions { max_steps: 8, selection_threshold: 0.05, ..GenerationOptions::default() };
        let with = GenerationOptions { reading_beams: 4, ..options };
        let (plain, end) = self.whole_run(options, false)?;
        let (beside, beside_end) = self.whole_run(with, false)?;
        let tolerance = f64::from(self.rounding);
        ensure!(self.far(&plain, &beside) <= tolerance, "{} apart", self.far(&plain, &beside));
        let (work, beside_work) = (end.work.context("work")?, beside_end.work.context("work")?);
        ensure!(work.passes == beside_work.passes && work.rows < beside_work.rows, "{work:?}, {beside_work:?}");
        let (leaky, _) = self.whole_run(with, true)?;
        ensure!(self.far(&plain, &leaky) > 10.0 * tolerance, "lanes that see each other change nothing");
        Ok(())
    }

    /// The largest difference of two runs' numbers; infinite where they are not the same tokens.
    #[expect(clippy::unused_self, reason = "it is asked of a bench")]
    fn far(&self, a: &[StepEvent], b: &[StepEvent]) -> f64 {
        let mut far = if a.len() == b.len() { 0.0 } else { f64::INFINITY };
        for (a, b) in a.iter().zip(b) {
            let ids = |step: &StepEvent| step.set.iter().map(|member| (member.slot, member.id)).collect::<Vec<_>>();
            if ids(a) != ids(b) || (a.slots, a.live) != (b.slots, b.live) || a.received.len() != b.received.len() {
                return f64::INFINITY;
            }
            let probabilities = a.set.iter().zip(&b.set).map(|(a, b)| (a.probability, b.probability));
            let received = a.received.iter().copied().zip(b.received.iter().copied());
            far = probabilities.chain(received).map(|(a, b)| (a - b).abs()).fold(far, f64::max);
        }
        far
    }

    /// The steps and the end of a run.
    fn whole_run(&mut self, options: GenerationOptions, leaks: bool) -> anyhow::Result<(Vec<StepEvent>, EndEvent)> {
        let prompt = Prompt { text: String::new(), ids: self.prompt.clone() };
        let mut generator = Generator::new(options, self.engine.description(), prompt, &self.words)?;
        let mut engine = Leaky { engine: &mut self.engine, leaks };
        let mut steps = Vec::new();
        while let Some(event) = block_on(next_event(&mut generator, &mut engine))? {
            match event {
                Event::Step(step) => steps.push(step),
                Event::End(end) => return Ok((steps, end)),
                _ => (),
            }
        }
        anyhow::bail!("a run ends")
    }

    /// Sum of `ln p` of these tokens after the prompt, computed as one text.
    fn score(&mut self, path: &[TokenId]) -> anyhow::Result<f64> {
        let first = self.prompt.len() - 1;
        let text: Vec<TokenId> = self.prompt.iter().chain(path).copied().collect();
        let sequence = tempo_core::Sequence::new(&text, text.len(), tempo_core::Positions::Shared, 0);
        block_on(self.engine.begin(text.len()))?;
        let all = 0..text.len();
        let rows = self.compute(&sequence, all, Visibility::Isolated, tempo_core::Weighting::None)?;
        let log = |row: &[f32], id: TokenId| {
            let most = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            let sum: f64 = row.iter().map(|logit| (f64::from(*logit) - most).exp()).sum();
            f64::from(row[id.index()]) - most - sum.ln()
        };
        Ok(path.iter().zip(&rows[first..]).map(|(id, row)| log(row, *id)).sum())
    }
}
