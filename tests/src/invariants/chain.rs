//! I21: what holds for `gamma` and `kin`, whose weights follow from what rows say of the set after them.

use anyhow::{Context as _, ensure};
use tempo_core::{
    LanguageModel as _, Logits, NextLogits, ReadoutStep, Sequence, Slot, StepPlan, TokenId, Visibility, Weighting,
};

use super::Bench;

/// The weightings that ask who speaks.
const CHAINED: [Weighting; 2] = [Weighting::Gamma, Weighting::Kin];

/// A sequence with the rows of its newest set.
struct Chained {
    sequence: Sequence,
    rows: Vec<(Slot, Vec<f32>)>,
    /// What was said of each set when it was appended.
    said: Vec<Vec<f64>>,
}

/// A set of tokens with their recorded probabilities.
type Set<'a> = &'a [(TokenId, f64)];

impl Bench {
    fn chained(&mut self) -> anyhow::Result<Chained> {
        Ok(Chained { sequence: self.prompted()?, rows: Vec::new(), said: Vec::new() })
    }

    /// Appends a set and computes it. `said`: `ln T`, else what the live rows before do say.
    fn follow(
        &mut self,
        chained: &mut Chained,
        set: Set<'_>,
        visibility: Visibility,
        weighting: Weighting,
        said: Option<Vec<f64>>,
    ) -> anyhow::Result<Vec<f32>> {
        let vocab = self.engine.description().vocab;
        let tokens = chained.sequence.tokens();
        let live: Vec<&Vec<f32>> =
            chained.rows.iter().filter(|(slot, _)| tokens[slot.index()].live).map(|(_, row)| row).collect();
        let logits = Logits::Rows(live.iter().flat_map(|row| row.iter().copied()).collect());
        let next = NextLogits::check(logits, live.len(), vocab, None, ReadoutStep::Prompt)?;
        let ids: Vec<TokenId> = set.iter().map(|(id, _)| *id).collect();
        let said = said.map_or_else(|| next.log_said(&ids), Ok)?;
        chained.said.push(said.clone());
        let index = chained.sequence.append_said(set, Some(said));
        self.recompute(chained, chained.sequence.slots(index).start, visibility, weighting)
    }

    /// Computes everything from that slot on, and returns the newest set's rows.
    fn recompute(
        &mut self,
        chained: &mut Chained,
        first: usize,
        visibility: Visibility,
        weighting: Weighting,
    ) -> anyhow::Result<Vec<f32>> {
        let sequence = &chained.sequence;
        let queries = sequence.queries(first..sequence.tokens().len());
        let newest = sequence.live(sequence.newest()).len();
        let plan = StepPlan {
            logits: queries.len() - newest..queries.len(),
            biases: sequence.biases(weighting, visibility, &queries),
            queries,
            keys: sequence.keys(weighting),
            visibility,
            layer_weights: Vec::new(),
            digest: None,
        };
        let rows = self.rows(&plan)?;
        let slots = plan.queries[plan.logits.clone()].iter().map(|query| query.slot);
        chained.rows = slots.zip(rows.iter().cloned()).collect();
        Ok(rows.concat())
    }

    /// The row of the last of these sets, which has one member.
    fn row_of(&mut self, sets: &[Set<'_>], visibility: Visibility, weighting: Weighting) -> anyhow::Result<Vec<f32>> {
        let mut chained = self.chained()?;
        let mut row = Vec::new();
        for set in sets {
            row = self.follow(&mut chained, set, visibility, weighting, None)?;
        }
        Ok(row)
    }

    /// A set of three, a pair and one token.
    fn chain_sets(&self) -> anyhow::Result<[Vec<(TokenId, f64)>; 3]> {
        let pair = vec![(self.token(" who")?, 0.5), (self.token(" named")?, 0.3)];
        Ok([self.members()?, pair, vec![(self.token(" was")?, 1.0)]])
    }

    /// I2 of I21: the order of members changes nothing.
    ///
    /// # Errors
    /// When it does, or when it changes nothing under `ordered` either.
    pub fn i21_the_order_of_members_does_not_matter(&mut self) -> anyhow::Result<()> {
        let [first, second, third] = self.chain_sets()?;
        let turned = [vec![first[2], first[0], first[1]], vec![second[1], second[0]]];
        for weighting in CHAINED {
            for visibility in [Visibility::Isolated, Visibility::Visible, Visibility::Ordered] {
                let straight = self.row_of(&[&first, &second, &third], visibility, weighting)?;
                let turned = self.row_of(&[&turned[0], &turned[1], &third], visibility, weighting)?;
                match visibility {
                    Visibility::Ordered => self.different(&straight, &turned),
                    Visibility::Isolated | Visibility::Visible => self.equal(&straight, &turned),
                }
                .with_context(|| format!("{weighting}, {visibility}"))?;
            }
        }
        Ok(())
    }

    /// I7 of I21: a member twice with half the probability is the member.
    ///
    /// # Errors
    /// When it is not, or when it is under `none` too.
    pub fn i21_a_member_twice_at_half_the_weight_is_the_member(&mut self) -> anyhow::Result<()> {
        let [first, second, third] = self.chain_sets()?;
        let (id, weight) = first[0];
        let twice = [(id, weight / 2.0), (id, weight / 2.0), first[1], first[2]];
        for weighting in [Weighting::Gamma, Weighting::Kin, Weighting::None] {
            let once = self.row_of(&[&first, &second, &third], Visibility::Isolated, weighting)?;
            let twice = self.row_of(&[&twice, &second, &third], Visibility::Isolated, weighting)?;
            match weighting {
                Weighting::None => self.different(&once, &twice),
                _ => self.equal(&once, &twice),
            }
            .with_context(|| weighting.to_string())?;
        }
        Ok(())
    }

    /// I8 of I21: an isolated member removed before any later token leaves no trace under `kin`; under `gamma` its siblings'
    /// weights spoke for it too.
    ///
    /// # Errors
    /// When it is otherwise.
    pub fn i21_a_member_removed_at_once_leaves_no_trace_under_kin(&mut self) -> anyhow::Result<()> {
        let [first, second, third] = self.chain_sets()?;
        let visibility = Visibility::Isolated;
        // What goes is said by the first member alone, and what stays by the others: together they weigh otherwise.
        let (goes, stays) = ([0.9_f64, 0.01, 0.01].map(f64::ln), [0.01_f64, 0.5, 0.5].map(f64::ln));
        for weighting in CHAINED {
            let mut never = self.chained()?;
            self.follow(&mut never, &first, visibility, weighting, None)?;
            self.follow(&mut never, &second[1..], visibility, weighting, Some(stays.to_vec()))?;
            let without = self.follow(&mut never, &third, visibility, weighting, None)?;
            let mut chained = self.chained()?;
            self.follow(&mut chained, &first, visibility, weighting, None)?;
            self.follow(&mut chained, &second, visibility, weighting, Some([goes, stays].concat()))?;
            let slots = chained.sequence.slots(chained.sequence.newest());
            chained.sequence.remove(Slot(u32::try_from(slots.start)?));
            let with = self.follow(&mut chained, &third, visibility, weighting, None)?;
            match weighting {
                Weighting::Kin => self.equal(&with, &without),
                _ => self.different(&with, &without),
            }
            .with_context(|| weighting.to_string())?;
        }
        Ok(())
    }

    /// Where every row says what was recorded, `kin`, `gamma` and `probability` are the same.
    ///
    /// # Errors
    /// When they are not, or when they are too where rows say what they do say.
    pub fn i21_rows_that_say_what_was_recorded_make_probability(&mut self) -> anyhow::Result<()> {
        let sets = self.chain_sets()?;
        let mut by_probability = Vec::new();
        for weighting in [Weighting::Probability, Weighting::Gamma, Weighting::Kin] {
            let mut chained = self.chained()?;
            let mut row = Vec::new();
            let mut before = 0;
            for set in &sets {
                let sum: f64 = set.iter().map(|(_, probability)| probability).sum();
                let said = set.iter().flat_map(|(_, p)| std::iter::repeat_n((p / sum).ln(), before)).collect();
                row = self.follow(&mut chained, set, Visibility::Isolated, weighting, Some(said))?;
                before = set.len();
            }
            if weighting == Weighting::Probability {
                by_probability = row;
                continue;
            }
            self.equal(&row, &by_probability).with_context(|| weighting.to_string())?;
            let sets: Vec<Set<'_>> = sets.iter().map(Vec::as_slice).collect();
            let by_rows = self.row_of(&sets, Visibility::Isolated, weighting)?;
            self.different(&by_rows, &by_probability).with_context(|| weighting.to_string())?;
        }
        Ok(())
    }

    /// I10 of I21: `rebuild` equals a run without the member, with T as recorded.
    ///
    /// # Errors
    /// When it does not, or when masking alone leaves no trace.
    pub fn i21_a_rebuild_is_a_run_without_the_member(&mut self) -> anyhow::Result<()> {
        let sets = self.chain_sets()?;
        let visibility = Visibility::Isolated;
        for weighting in CHAINED {
            let mut chained = self.chained()?;
            let mut masked = Vec::new();
            for set in &sets {
                masked = self.follow(&mut chained, set, visibility, weighting, None)?;
            }
            let said = chained.said.clone();
            let start = self.prompt.len();
            // The second of three.
            chained.sequence.remove(Slot(u32::try_from(start + 1)?));
            let rebuilt = self.recompute(&mut chained, start, visibility, weighting)?;
            let mut without = self.chained()?;
            let first = [sets[0][0], sets[0][2]];
            self.follow(&mut without, &first, visibility, weighting, Some(Vec::new()))?;
            let of_two = said[1].chunks_exact(3).flat_map(|row| [row[0], row[2]]).collect();
            self.follow(&mut without, &sets[1], visibility, weighting, Some(of_two))?;
            let never = self.follow(&mut without, &sets[2], visibility, weighting, Some(said[2].clone()))?;
            self.equal(&rebuilt, &never).with_context(|| weighting.to_string())?;
            self.different(&masked, &never).with_context(|| weighting.to_string())?;
            ensure!(said[1].len() == 6, "two members, of each of which three speak");
        }
        Ok(())
    }
}
