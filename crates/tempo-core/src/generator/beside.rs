//! What is computed in lanes beside a run (LAB.md L3, L4): the scored reading, whose rows ride in the steps' own passes, and
//! the exact meter, which has passes of its own.

use crate::chain::{Chain, Path};
use crate::config::{BesideConfig, SelectionConfig};
use crate::digest::NotInDigest;
use crate::distribution::Distribution;
use crate::error::{ReadoutError, ReadoutStep};
use crate::event::{Event, StepEvent};
use crate::generator::Action;
use crate::ids::{Lane, SetIndex, Slot, TokenId};
use crate::lists::{EachRow, ListRequest};
use crate::meter::Sets;
use crate::model::{Key, Lanes, Logits, Query, StepPlan};
use crate::next_logits::NextLogits;
use crate::options::{MeterProposal, Visibility};
use crate::paths::Paths;
use crate::random::SplitMix64;
use crate::scored::Scored;
use crate::sequence::Sequence;
use crate::text::Vocabulary;

use super::{Generator, Phase};

/// Numbers of slots beside TEMPO: prompt tokens that it has evicted have those of their own slots, then come these.
const READING_SLOTS: u32 = 1 << 28;
const METER_SLOTS: u32 = 1 << 29;

/// Most bytes of logits that a pass of the meter reads back; more paths than fit are computed in several passes.
const MOST_BYTES: usize = 64 << 20;

/// What is asked of the rows of a scored reading that is built anew.
const READING_LISTS: ListRequest = ListRequest { candidates: 64, temperature: 1.0 };

#[derive(Debug)]
pub(super) struct Beside {
    /// Tokens of the prompt. They hold the first rows, which never move.
    prompt: usize,
    /// What follows the prompt, a row; `None` until it is computed.
    root: Option<EachRow>,
    meter: Option<Meter>,
    scored: Option<Scored>,
}

#[derive(Debug)]
struct Meter {
    paths: Paths,
    limit: usize,
    samples: usize,
    proposal: MeterProposal,
    /// Whether they are drawn at present.
    estimates: bool,
    stream: SplitMix64,
}

impl Meter {
    /// Paths that are drawn, and `ln` of how often each is, but for a constant.
    fn draw(&mut self, sets: &Sets, chain: &Chain) -> (Vec<Vec<usize>>, Vec<f64>) {
        let mut unit = || self.stream.unit();
        let one = |_| match self.proposal {
            MeterProposal::Weights => {
                let path = sets.draw(&mut unit);
                let log = sets.log_proposal(&path);
                (path, log)
            }
            MeterProposal::Chain => {
                let path = chain.draw(&mut unit);
                let log = chain.log_probability(&path);
                (path, log)
            }
        };
        (0..self.samples).map(one).unzip()
    }
}

/// A step that is over but for the meter.
#[derive(Debug)]
pub(super) struct Measuring {
    event: StepEvent,
    sets: Sets,
    /// How often each path is drawn, where not all are computed.
    log_proposals: Option<Vec<f64>>,
    /// All rows of the newest set, where the run has only their digest.
    pub(super) rows: Option<NextLogits>,
}

impl Beside {
    /// What the options ask for beside a run of a prompt of so many tokens; `None`: nothing.
    pub(super) fn new(config: &BesideConfig, prompt: usize, seed: u64) -> Option<Self> {
        let tokens = u32::try_from(prompt).expect("a prompt is shorter than 2^32 tokens");
        let meter = (config.exact_limit > 0 || config.meter_samples > 0).then(|| Meter {
            paths: Paths::new(tokens, Slot::beside(METER_SLOTS)),
            limit: config.exact_limit,
            samples: config.meter_samples,
            proposal: config.meter_proposal,
            estimates: true,
            stream: SplitMix64::new(seed),
        });
        let scored =
            (config.reading_beams > 0).then(|| Scored::new(config.reading_beams, tokens, Slot::beside(READING_SLOTS)));
        (meter.is_some() || scored.is_some()).then_some(Self { prompt, root: None, meter, scored })
    }

    /// Takes in the row after the prompt.
    fn begin(&mut self, root: EachRow) {
        if let Some(scored) = &mut self.scored {
            scored.begin(root.clone());
        }
        self.root = Some(root);
    }

    /// The plan of a step with the reading lanes in it, if `reading`. TEMPO's own rows are in their lane 0, and all lanes have
    /// the prompt.
    pub(super) fn ride(&self, mut plan: StepPlan, reading: bool) -> StepPlan {
        let Some(scored) = self.scored.as_ref().filter(|scored| reading && scored.waiting() > 0) else { return plan };
        for key in plan.keys.iter_mut().filter(|key| key.live && key.slot.index() >= self.prompt) {
            key.lanes = Lanes::only(Lane::TEMPO);
        }
        // Prompt rows that the budget took from TEMPO are there for the others still.
        for (key, index) in plan.keys.iter_mut().zip(0..).take(self.prompt).filter(|(key, _)| !key.live) {
            *key = prompt_key(index, Slot::beside(index));
            key.lanes.from = Lane(1);
        }
        let queries = scored.queries(&mut plan.keys);
        if !plan.biases.is_empty() {
            plan.biases.resize(plan.biases.len() + queries.len() * plan.keys.len(), 0.0);
        }
        // A digest is made of TEMPO's rows alone, and says what the others hold of its tokens: the next set is among them.
        plan.logits.end += queries.len();
        plan.queries.extend(queries);
        plan
    }

    /// Cache rows of the scored reading.
    pub(super) fn reading_rows(&self, sequence: &Sequence) -> usize {
        let Some(scored) = &self.scored else { return 0 };
        let given = sequence.rows()[..self.prompt].iter().flatten().filter(|slot| slot.is_beside()).count();
        scored.held() + given
    }

    /// The scored reading as it stands, and whether it is the best of all paths.
    pub(super) fn reading(&self, sequence: &Sequence) -> Option<(Path, bool)> {
        let paths = sequence.chain().links().map(|(_, members)| members.len() as f64).product();
        let nothing = || (paths <= 1.0).then(|| (Path { slots: Vec::new(), log_probability: 0.0 }, true));
        let scored = self.scored.as_ref()?;
        if sequence.generated().next().is_none() { nothing() } else { scored.best(paths) }
    }
}

fn prompt_key(index: u32, slot: Slot) -> Key {
    Key { slot, set: SetIndex(index), bias: 0.0, live: true, lanes: Lanes::ALL }
}

impl<V: Vocabulary> Generator<V> {
    /// Has the reading lanes go through the set that was just appended.
    pub(super) fn extend_scored(&mut self, set: SetIndex) {
        let Some(scored) = self.beside.as_mut().and_then(|beside| beside.scored.as_mut()) else { return };
        scored.prune(&self.sequence, Some(set));
        let members = self.sequence.live(set).iter().map(|token| (token.slot, token.id)).collect();
        scored.extend(&members, self.sequence.rows_mut());
    }

    /// Whether a meter measures the run.
    pub(super) fn has_meter(&self) -> bool {
        self.beside.as_ref().is_some_and(|beside| beside.meter.is_some())
    }

    /// Whether the steps from now on draw paths where there are too many to enumerate. Where the options ask for that
    /// (`meter_samples`), they do unless this is called.
    pub fn estimate(&mut self, wanted: bool) {
        if let Some(meter) = self.beside.as_mut().and_then(|beside| beside.meter.as_mut()) {
            meter.estimates = wanted;
        }
    }

    /// Whether a pass of the meter's is due.
    pub(super) fn is_measuring(&self) -> bool {
        let meter = self.beside.as_ref().and_then(|beside| beside.meter.as_ref());
        meter.is_some_and(|meter| meter.paths.due() > 0)
    }

    /// Has what is beside the run begin with what follows the prompt.
    pub(super) fn begin_beside(&mut self) {
        if let Some(beside) = &mut self.beside {
            beside.begin(self.next_logits.clone().split_off(0, self.model.vocab));
        }
    }

    fn scored(&self) -> Option<&Scored> {
        self.beside.as_ref()?.scored.as_ref()
    }

    fn scored_mut(&mut self) -> Option<&mut Scored> {
        self.beside.as_mut()?.scored.as_mut()
    }

    /// Whether the reading lanes can go on by these tokens.
    pub(super) fn reading_knows(&self, ids: &[TokenId]) -> Result<(), NotInDigest> {
        self.scored().map_or(Ok(()), |scored| scored.knows(ids))
    }

    /// Whether the last pass has told less of the reading lanes than their whole rows.
    pub(super) fn reading_is_listed(&self) -> bool {
        self.riding > 0 && self.scored().is_some_and(Scored::is_listed)
    }

    /// Hands the reading lanes what follows them.
    pub(super) fn hear_reading(&mut self, next: EachRow) {
        if let Some(scored) = self.scored_mut() {
            scored.hear(next);
        }
    }

    /// Takes in a pass of the reading lanes alone, or all of its rows.
    pub(super) fn take_reading(&mut self, logits: Logits) -> Result<(), ReadoutError> {
        let step = ReadoutStep::Step(self.stats.steps.saturating_sub(1));
        let next = EachRow::check(logits, self.riding, self.model.vocab, Some(READING_LISTS), step)?;
        self.hear_reading(next);
        Ok(())
    }

    /// Whether the beam has to go through the sets anew to be that of the lattice as it stands now.
    pub(super) fn has_to_reread(&mut self) -> bool {
        let Some(beside) = self.beside.as_mut() else { return false };
        let (Some(scored), Some(root)) = (&mut beside.scored, &beside.root) else { return false };
        scored.prune(&self.sequence, None);
        if !scored.is_astray() {
            return false;
        }
        let sets = self.sequence.live_sets().into_iter().map(|(_, members)| members);
        scored.restart(root.clone(), sets, self.sequence.rows_mut());
        true
    }

    /// Goes on with the scored reading, or ends the run.
    pub(super) fn reread(&mut self) -> Action {
        if let Some(beside) = self.beside.as_mut()
            && let Some(scored) = beside.scored.as_mut()
        {
            match scored.go_on(self.sequence.rows_mut()) {
                Ok(true) => {
                    let mut keys = prompt_keys(beside.prompt, self.sequence.rows().len());
                    let queries = scored.queries(&mut keys);
                    // The members of the next set are seldom far from the best of a path through the one before.
                    let digest = Some(READING_LISTS.into());
                    return self.forward(StepPlan { digest, ..of_lanes(queries, keys) });
                }
                Ok(false) => {}
                Err(NotInDigest) => return Action::Logits,
            }
        }
        let Phase::Reread(reason, ended) = std::mem::replace(&mut self.phase, Phase::Finished) else {
            unreachable!("only this phase reads anew")
        };
        self.end(reason, &ended)
    }

    /// The rows of the newest set, where the run has only their digest: those that the meter has read, for no later pass
    /// leaves them on the device.
    pub(super) fn fetch(&mut self) -> Action {
        match self.fetched.take() {
            Some(rows) => {
                self.next_logits = rows;
                self.advance()
            }
            None => Action::Logits,
        }
    }

    /// The event of a step, or `None` where the meter has to measure first.
    pub(super) fn finish_or_measure(&mut self, event: StepEvent) -> Option<Event> {
        self.fetched = None;
        self.phase = Phase::Choose;
        if self.stop_requested {
            return Some(Event::Step(event));
        }
        let Some(meter) = self.beside.as_mut().and_then(|beside| beside.meter.as_mut()) else {
            return Some(Event::Step(event));
        };
        let sets = self.sequence.live_sets();
        let weights = sets.iter().map(|(set, _)| self.sequence.weights(*set)).collect();
        let open = Sets { weights };
        let (paths, log_proposals) = if open.paths() <= meter.limit as f64 {
            (open.all(), None)
        } else if meter.samples > 0 && meter.estimates {
            let (paths, logs) = meter.draw(&open, self.sequence.chain());
            (paths, Some(logs))
        } else {
            meter.paths.clear(self.sequence.rows_mut());
            return Some(Event::Step(event));
        };
        meter.paths.want(sets, paths, self.sequence.rows_mut());
        self.phase = Phase::Measure(Box::new(Measuring { event, sets: open, log_proposals, rows: None }));
        None
    }

    /// The event of a step whose measurement is given up.
    pub(super) fn leave_unmeasured(&mut self) -> Action {
        let Phase::Measure(measuring) = std::mem::replace(&mut self.phase, Phase::Choose) else {
            unreachable!("only this phase measures")
        };
        if let Some(meter) = self.beside.as_mut().and_then(|beside| beside.meter.as_mut()) {
            meter.paths.clear(self.sequence.rows_mut());
        }
        self.fetched = measuring.rows;
        Action::Emit(Event::Step(measuring.event))
    }

    /// What the meter needs next, or the event that it is in.
    pub(super) fn measure(&mut self) -> Action {
        let Phase::Measure(measuring) = std::mem::replace(&mut self.phase, Phase::Finished) else {
            unreachable!("only this phase measures")
        };
        if measuring.rows.is_none() && matches!(self.next_logits, NextLogits::Digest(..)) {
            self.phase = Phase::Measure(measuring);
            return Action::Logits;
        }
        let most = (MOST_BYTES / size_of::<f32>() / self.model.vocab).max(1);
        let beside = self.beside.as_mut().expect("a meter measures");
        let meter = beside.meter.as_mut().expect("a meter measures");
        if meter.paths.is_due(most, self.sequence.rows_mut()) {
            let mut keys = prompt_keys(beside.prompt, self.sequence.rows().len());
            let queries = beside.meter.as_ref().expect("a meter measures").paths.queries(&mut keys);
            self.phase = Phase::Measure(measuring);
            return self.forward_beside(of_lanes(queries, keys));
        }
        let Measuring { mut event, sets, log_proposals, rows } = *measuring;
        let q = self.plain(rows.as_ref().unwrap_or(&self.next_logits));
        let beside = self.beside.as_ref().expect("a meter measures");
        let meter = beside.meter.as_ref().expect("a meter measures");
        let Some(EachRow::Rows { logits: root, .. }) = &beside.root else {
            unreachable!("a meter asks for the whole row after the prompt")
        };
        event.meter = Some(sets.measure(&meter.paths.scored(root), &q, log_proposals.as_deref()));
        self.fetched = rows;
        self.phase = Phase::Choose;
        Action::Emit(Event::Step(event))
    }

    /// Takes in the rows of a pass of the meter's.
    pub(super) fn take_measured(&mut self, logits: Logits) -> Result<(), ReadoutError> {
        let rows = logits.into_rows().ok_or(ReadoutError::NotRequested)?;
        let meter = self.beside.as_mut().and_then(|beside| beside.meter.as_mut()).expect("a meter measures");
        let (vocab, step) = (self.model.vocab, ReadoutStep::Step(self.stats.steps - 1));
        if let NextLogits::Rows { logits, .. } = NextLogits::check(rows.into(), meter.paths.due(), vocab, None, step)? {
            meter.paths.absorb(&logits);
        }
        Ok(())
    }

    /// The distribution of the next token at T = 1 without penalty and suppression, by id.
    fn plain(&self, rows: &NextLogits) -> Vec<f64> {
        let NextLogits::Rows { logits, vocab } = rows else { unreachable!("the rows were fetched") };
        let weights = self.sequence.weights(self.sequence.newest());
        let config = SelectionConfig { temperature: 1.0, repetition_penalty: 1.0, ..self.config.selection.clone() };
        Distribution::combine(logits, *vocab, &weights, &[], &config).into_probabilities()
    }
}

/// Keys of a pass of lanes alone, which see the prompt and nothing of TEMPO's.
fn prompt_keys(prompt: usize, context: usize) -> Vec<Key> {
    let mut keys = vec![Key::FREE; context];
    for (key, index) in keys.iter_mut().zip(0..).take(prompt) {
        *key = prompt_key(index, Slot(index));
    }
    keys
}

/// A pass of lanes alone that reads every row back.
fn of_lanes(queries: Vec<Query>, keys: Vec<Key>) -> StepPlan {
    StepPlan {
        logits: 0..queries.len(),
        queries,
        keys,
        visibility: Visibility::Isolated,
        layer_weights: Vec::new(),
        digest: None,
        biases: Vec::new(),
    }
}
