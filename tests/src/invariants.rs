//! The invariants I1 to I11, I13, I17 to I19 and I21 of the algorithm on a real model, each a function of the device so that the CPU and a
//! graphics adapter prove the same. (I12 is the golden runs on both.)
//!
//! Plans are made by hand from a [`Sequence`], so that an invariant can put any token anywhere.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    Combine, Distribution, Event, GenerationOptions, Generator, LanguageModel, Positions, Prompt, RemovalMode,
    RemovalScore, Sequence, SetIndex, Slot, StepPlan, TokenId, Visibility, Weighting, next_event,
};
use tempo_model::{Counts, DeviceChoice, Engine, LoadOptions};

use crate::models::{Words, load};

mod beside;
mod biases;
mod chain;
mod costs;
mod lanes;

const MODEL: &str = "storyteller";
const PROMPT: &str = "Once upon a time there was a little";
/// Ordinary words of the story model, one token each; their probabilities stand for nothing but weights.
const MEMBERS: [(&str, f64); 3] = [(" dog", 0.5), (" cat", 0.3), (" bird", 0.2)];
const NEXT: &str = " who";

/// A loaded model and a tokenised prompt.
#[derive(Debug)]
pub struct Bench {
    engine: Engine,
    words: Words,
    prompt: Vec<TokenId>,
    /// f32 rounding on this device, as the largest difference of two logits that should be equal.
    rounding: f32,
}

impl Bench {
    /// Loads the story model.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn new(device: &DeviceChoice, options: LoadOptions, rounding: f32) -> anyhow::Result<Self> {
        let words = Words::of(MODEL)?;
        let prompt = words.encode(PROMPT)?;
        Ok(Self { engine: load(MODEL, device, options)?, words, prompt, rounding })
    }

    fn token(&self, text: &str) -> anyhow::Result<TokenId> {
        // The tokenizer puts its begin-of-text token before every text.
        let begin = self.words.encode("")?.len();
        let ids = self.words.encode(text)?.split_off(begin);
        let [id] = ids[..] else { anyhow::bail!("{text:?} is {} tokens", ids.len()) };
        Ok(id)
    }

    fn members(&self) -> anyhow::Result<Vec<(TokenId, f64)>> {
        MEMBERS.iter().map(|(text, weight)| Ok((self.token(text)?, *weight))).collect()
    }

    /// The prompt, computed in a cache that has forgotten everything else.
    fn prompted(&mut self) -> anyhow::Result<Sequence> {
        let sequence = Sequence::new(&self.prompt, 64, Positions::Shared, 0);
        block_on(self.engine.begin(64))?;
        self.compute(&sequence, 0..self.prompt.len(), Visibility::Isolated, Weighting::None)?;
        Ok(sequence)
    }

    /// Computes the live tokens of `slots`, and returns their rows of logits.
    fn compute(
        &mut self,
        sequence: &Sequence,
        slots: std::ops::Range<usize>,
        visibility: Visibility,
        weighting: Weighting,
    ) -> anyhow::Result<Vec<Vec<f32>>> {
        let queries = sequence.queries(slots);
        let plan = StepPlan {
            logits: 0..queries.len(),
            queries,
            keys: sequence.keys(weighting),
            visibility,
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
        };
        self.rows(&plan)
    }

    /// The rows of logits that a plan asks for.
    fn rows(&mut self, plan: &StepPlan) -> anyhow::Result<Vec<Vec<f32>>> {
        let vocab = self.engine.description().vocab;
        let readout = block_on(self.engine.forward(plan))?;
        let logits = readout.logits.rows().context("whole rows, for no digest was asked for")?;
        Ok(logits.chunks_exact(vocab).map(<[f32]>::to_vec).collect())
    }

    fn append(
        &mut self,
        sequence: &mut Sequence,
        members: &[(TokenId, f64)],
        visibility: Visibility,
        weighting: Weighting,
    ) -> anyhow::Result<(SetIndex, Vec<Vec<f32>>)> {
        let set = sequence.append(members);
        let rows = self.compute(sequence, sequence.slots(set), visibility, weighting)?;
        Ok((set, rows))
    }

    /// The row of [`NEXT`] after a set of these members.
    fn row_after(
        &mut self,
        members: &[(TokenId, f64)],
        visibility: Visibility,
        weighting: Weighting,
    ) -> anyhow::Result<Vec<f32>> {
        let next = self.token(NEXT)?;
        let mut sequence = self.prompted()?;
        self.append(&mut sequence, members, visibility, weighting)?;
        let (_, rows) = self.append(&mut sequence, &[(next, 1.0)], visibility, weighting)?;
        Ok(rows.concat())
    }

    fn run(&mut self, options: GenerationOptions) -> anyhow::Result<Vec<Event>> {
        let prompt = Prompt { text: PROMPT.to_owned(), ids: self.prompt.clone() };
        let mut generator = Generator::new(options, self.engine.description(), prompt, &self.words)?;
        let mut events = Vec::new();
        while let Some(event) = block_on(next_event(&mut generator, &mut self.engine))? {
            events.push(event);
        }
        Ok(events)
    }

    fn equal(&self, a: &[f32], b: &[f32]) -> anyhow::Result<()> {
        let distance = distance(a, b);
        ensure!(distance <= self.rounding, "logits differ by {distance}, rounding is {}", self.rounding);
        Ok(())
    }

    /// A negative control has to fail by far more than rounding could explain.
    fn different(&self, a: &[f32], b: &[f32]) -> anyhow::Result<()> {
        let distance = distance(a, b);
        let margin = 20.0 * self.rounding;
        ensure!(distance > margin, "logits differ by {distance} only, a real difference is above {margin}");
        Ok(())
    }

    /// I1: one member a set is greedy decoding, token for token.
    ///
    /// # Errors
    /// When it is not.
    pub fn i1_one_member_sets_are_greedy_decoding(&mut self) -> anyhow::Result<()> {
        let mut sequence = Sequence::new(&self.prompt, 64, Positions::Shared, 0);
        block_on(self.engine.begin(64))?;
        let mut rows = self.compute(&sequence, 0..self.prompt.len(), Visibility::Isolated, Weighting::None)?;
        let mut greedy = Vec::new();
        for _ in 0..16 {
            let row = rows.last().map_or(&[][..], Vec::as_slice);
            let best = argmax(row);
            greedy.push(vec![best]);
            (_, rows) = self.append(&mut sequence, &[(best, 1.0)], Visibility::Isolated, Weighting::None)?;
        }
        for options in [options(|o| o.max_set = 1), options(|o| o.selection_threshold = 1.01)] {
            let found = sets(&self.run(options)?);
            ensure!(found == greedy, "{found:?} is not {greedy:?}");
        }
        Ok(())
    }

    /// I2 and I3: the order of members changes nothing, unless they see each other in order.
    ///
    /// # Errors
    /// When it does, or when the control does not fail.
    pub fn i2_i3_the_order_of_members_matters_only_where_they_see_in_order(&mut self) -> anyhow::Result<()> {
        let members = self.members()?;
        let turned = [members[2], members[0], members[1]];
        for visibility in [Visibility::Isolated, Visibility::Visible, Visibility::Ordered] {
            let straight = self.row_after(&members, visibility, Weighting::None)?;
            let turned = self.row_after(&turned, visibility, Weighting::None)?;
            match visibility {
                Visibility::Ordered => self.different(&straight, &turned)?,
                Visibility::Isolated | Visibility::Visible => self.equal(&straight, &turned)?,
            }
        }
        Ok(())
    }

    /// I4 and I5: the mixture after one isolated set is the exact two-step marginal, after a visible one it is not.
    ///
    /// # Errors
    /// When it is not, or when the control does not fail.
    pub fn i4_i5_the_mixture_is_the_exact_marginal_where_members_are_isolated(
        &mut self,
        bound: f64,
    ) -> anyhow::Result<()> {
        let members = self.members()?;
        let vocab = self.engine.description().vocab;
        let selection = options(|o| o.combine = Combine::Mixture).check(self.engine.description())?.selection;
        let mixture =
            |rows: &[Vec<f32>], weights: &[f64]| Distribution::combine(&rows.concat(), vocab, weights, &[], &selection);
        // Each member as ordinary text, by itself.
        let mut alone = Vec::new();
        for member in &members {
            let mut sequence = self.prompted()?;
            let (_, rows) = self.append(&mut sequence, &[*member], Visibility::Isolated, Weighting::None)?;
            alone.extend(rows);
        }
        let weights: Vec<f64> = members.iter().map(|(_, weight)| *weight).collect();
        let exact = mixture(&alone, &weights);
        for visibility in [Visibility::Isolated, Visibility::Visible] {
            let mut sequence = self.prompted()?;
            let (set, rows) = self.append(&mut sequence, &members, visibility, Weighting::None)?;
            let found = mixture(&rows, &sequence.weights(set));
            let distance = found
                .top(vocab)?
                .iter()
                .zip(exact.top(vocab)?)
                .map(|(found, exact)| (found.1 - exact.1).abs())
                .fold(0.0, f64::max);
            let isolated = visibility == Visibility::Isolated;
            ensure!((distance <= bound) == isolated, "{visibility}: off by {distance}, the bound is {bound}");
            ensure!(isolated || distance > 100.0 * bound, "the control is off by {distance} only");
        }
        Ok(())
    }

    /// I7: a member twice with half the weight is the member once under `probability`, and is not under `none`.
    ///
    /// # Errors
    /// When it is not, or when the control does not fail.
    pub fn i7_a_member_twice_at_half_the_weight_is_the_member(&mut self) -> anyhow::Result<()> {
        let [(member, _), ..] = self.members()?[..] else { anyhow::bail!("no members") };
        let once = self.row_after(&[(member, 1.0)], Visibility::Isolated, Weighting::None)?;
        let twice = [(member, 0.4), (member, 0.4)];
        let weighted = self.row_after(&twice, Visibility::Isolated, Weighting::Probability)?;
        let plain = self.row_after(&twice, Visibility::Isolated, Weighting::None)?;
        self.equal(&once, &weighted)?;
        self.different(&once, &plain)
    }

    /// I8: an isolated member removed before any later token was never there.
    ///
    /// # Errors
    /// When it leaves a trace, or when a visible one does not.
    pub fn i8_an_isolated_member_removed_at_once_leaves_no_trace(&mut self) -> anyhow::Result<()> {
        let (members, next) = (self.members()?, self.token(NEXT)?);
        for visibility in [Visibility::Isolated, Visibility::Visible] {
            let without = self.row_after(&members[1..], visibility, Weighting::Probability)?;
            let mut sequence = self.prompted()?;
            let (set, _) = self.append(&mut sequence, &members, visibility, Weighting::Probability)?;
            // The heaviest one: its trace, where it leaves one, is the largest.
            sequence.remove(Slot(u32::try_from(sequence.slots(set).start)?));
            let (_, rows) = self.append(&mut sequence, &[(next, 1.0)], visibility, Weighting::Probability)?;
            if visibility == Visibility::Isolated {
                self.equal(&rows.concat(), &without)?;
            } else {
                self.different(&rows.concat(), &without)?;
            }
        }
        Ok(())
    }

    /// I9: runs on one loaded model do not touch each other, whatever their settings and order.
    ///
    /// # Errors
    /// When they do.
    pub fn i9_no_state_leaks_between_runs(&mut self) -> anyhow::Result<()> {
        let settings = [
            options(|o| (o.removal, o.relative) = (RemovalMode::Evict, 0.9)),
            options(|o| (o.visibility, o.weighting) = (Visibility::Visible, Weighting::Probability)),
            options(|o| (o.budget, o.positions) = (12, Positions::Consecutive)),
            options(|o| (o.removal, o.relative) = (RemovalMode::Rebuild, 0.9)),
            options(|o| {
                (o.weighting, o.removal, o.removal_score) =
                    (Weighting::Gamma, RemovalMode::Rebuild, RemovalScore::Gamma)
            }),
        ];
        let mut first = Vec::new();
        for options in settings {
            first.push(self.run(options)?);
        }
        for order in [[3, 2, 4, 1, 0], [1, 4, 1, 3, 0], [2, 0, 4, 4, 3]] {
            for index in order {
                ensure!(self.run(settings[index])? == first[index], "setting {index} in the order {order:?}");
            }
        }
        Ok(())
    }

    /// I10: `mask` and `evict` give the same logits; `rebuild` equals a run without the member.
    ///
    /// # Errors
    /// When they do not, or when masking alone leaves no trace.
    pub fn i10_mask_is_evict_and_rebuild_is_never_chosen(&mut self) -> anyhow::Result<()> {
        let (members, next, later) = (self.members()?, self.token(NEXT)?, self.token(" was")?);
        let (visibility, weighting) = (Visibility::Visible, Weighting::Probability);
        let ends = |bench: &mut Self, sequence: &mut Sequence| {
            Ok::<_, anyhow::Error>(bench.append(sequence, &[(later, 1.0)], visibility, weighting)?.1.concat())
        };
        let mut rows = Vec::new();
        for effect in [RemovalMode::Mask, RemovalMode::Evict, RemovalMode::Rebuild] {
            let mut sequence = self.prompted()?;
            let (set, _) = self.append(&mut sequence, &members, visibility, weighting)?;
            self.append(&mut sequence, &[(next, 1.0)], visibility, weighting)?;
            let slots = sequence.slots(set);
            let gone = Slot(u32::try_from(slots.end - 1)?);
            match effect {
                RemovalMode::Evict => sequence.evict(gone),
                _ => sequence.remove(gone),
            }
            if effect == RemovalMode::Rebuild {
                let all = slots.start..sequence.tokens().len();
                self.compute(&sequence, all, visibility, weighting)?;
            }
            rows.push(ends(self, &mut sequence)?);
        }
        let mut sequence = self.prompted()?;
        self.append(&mut sequence, &members[..2], visibility, weighting)?;
        self.append(&mut sequence, &[(next, 1.0)], visibility, weighting)?;
        let without = ends(self, &mut sequence)?;
        self.equal(&rows[0], &rows[1])?;
        self.equal(&rows[2], &without)?;
        self.different(&rows[0], &without)
    }

    /// I11: the prompt in one pass is the prompt token by token.
    ///
    /// # Errors
    /// When it is not.
    pub fn i11_prefill_in_one_pass_is_token_by_token(&mut self) -> anyhow::Result<()> {
        let sequence = Sequence::new(&self.prompt, 64, Positions::Shared, 0);
        block_on(self.engine.begin(64))?;
        let whole = self.compute(&sequence, 0..self.prompt.len(), Visibility::Isolated, Weighting::None)?;
        block_on(self.engine.begin(64))?;
        for (index, row) in whole.iter().enumerate() {
            let single = self.compute(&sequence, index..index + 1, Visibility::Isolated, Weighting::None)?;
            self.equal(row, &single.concat())?;
        }
        Ok(())
    }

    /// One pass and one read per step, whatever the size of the set.
    ///
    /// # Errors
    /// When a step costs more.
    pub fn a_step_is_one_pass_and_one_read(&mut self) -> anyhow::Result<()> {
        for max_set in [1, 2, 4, 8] {
            let before = self.engine.counts();
            let events = self.run(options(|o| (o.max_set, o.selection_threshold) = (max_set, 0.002)))?;
            let Counts { passes, readbacks, .. } = self.engine.counts() - before;
            let steps = sets(&events).len() as u64;
            ensure!(sets(&events).iter().any(|set| set.len() == max_set), "no set of {max_set}");
            ensure!(
                (passes, readbacks) == (steps + 1, steps + 1),
                "{passes} passes, {readbacks} reads for {steps} steps"
            );
        }
        Ok(())
    }
}

fn options(change: impl FnOnce(&mut GenerationOptions)) -> GenerationOptions {
    let mut options = GenerationOptions { max_steps: 16, selection_threshold: 0.05, ..GenerationOptions::default() };
    change(&mut options);
    options
}

fn sets(events: &[Event]) -> Vec<Vec<TokenId>> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Step(step) => Some(step.set.iter().map(|member| member.id).collect()),
            _ => None,
        })
        .collect()
}

fn argmax(row: &[f32]) -> TokenId {
    // The first of equals, as the contract orders ties.
    let best = (0..row.len()).reduce(|best, next| if row[next] > row[best] { next } else { best });
    TokenId(u32::try_from(best.unwrap_or(0)).unwrap_or(0))
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return f32::INFINITY;
    }
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
