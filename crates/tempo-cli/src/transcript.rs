//! What a run said so far, gathered from its events: everything that the printed formats need and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use tempo_core::{Candidate, EndEvent, Event, Member, PromptEvent, Reading, ReadingKind, Slot, TokenId};

/// A run as its events told it.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// Model and device in words.
    pub(crate) place: String,
    /// The prompt, once the run began.
    pub(crate) prompt: Option<PromptEvent>,
    /// Which reading is the text of the run.
    pub(crate) reading: Reading,
    /// The sets, in order.
    pub(crate) sets: Vec<Column>,
    /// The steps of a decoder that has no sets.
    pub(crate) others: Vec<Event>,
    /// How it ended.
    pub(crate) end: Option<EndEvent>,
    fates: BTreeMap<Slot, Fate>,
}

/// One generated set.
#[derive(Debug)]
pub(crate) struct Column {
    /// No token reached the threshold; the most probable one was taken.
    pub(crate) fallback: bool,
    /// The members, most probable first.
    pub(crate) members: Vec<Member>,
    /// End-of-text tokens that left the set.
    pub(crate) ended: Vec<Candidate>,
}

/// What became of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It stayed.
    Live,
    /// A verdict went against it and `--removal report` (or `fade`) let it stay.
    Condemned,
    /// A verdict took it out.
    Removed,
    /// The budget took its row.
    Evicted,
}

impl Fate {
    /// Whether later tokens still see the member.
    fn stays(self) -> bool {
        matches!(self, Self::Live | Self::Condemned)
    }
}

impl Transcript {
    /// A run that is about to begin at that place.
    pub(crate) fn new(place: String) -> Self {
        Self { place, ..Self::default() }
    }

    /// Takes in the next event.
    pub(crate) fn absorb(&mut self, event: &Event) {
        match event {
            Event::Run(run) => {
                self.prompt = Some(run.prompt.clone());
                self.reading = run.options.reading;
            }
            Event::Step(step) => {
                self.sets.push(Column {
                    fallback: step.fallback,
                    members: step.set.clone(),
                    ended: step.ended.clone(),
                });
                for verdict in &step.verdicts {
                    let fate = match verdict.keep {
                        true => Fate::Live,
                        false if verdict.removes() => Fate::Removed,
                        false => Fate::Condemned,
                    };
                    self.fates.insert(verdict.slot, fate);
                }
                self.fates.extend(step.over_budget.iter().map(|slot| (*slot, Fate::Evicted)));
            }
            Event::Samples(_) | Event::Beams(_) | Event::Search(_) => self.others.push(event.clone()),
            Event::End(end) => self.end = Some(end.clone()),
        }
    }

    /// Steps so far.
    pub(crate) fn steps(&self) -> usize {
        self.sets.len() + self.others.len()
    }

    /// Slots of the members that the Viterbi reading goes through, once the run is over.
    pub(crate) fn viterbi(&self) -> BTreeSet<Slot> {
        let readings = self.end.iter().flat_map(|end| &end.readings);
        let Some(reading) = readings.into_iter().find(|reading| reading.kind == ReadingKind::Viterbi) else {
            return BTreeSet::new();
        };
        // One member of each set that still has any, in order.
        let stayed = |member: &&Member| self.fate(member.slot).stays();
        let sets = self.sets.iter().map(|set| set.members.iter().filter(stayed).collect::<Vec<_>>());
        let sets = sets.filter(|members| !members.is_empty());
        let on_path = sets.zip(&reading.ids).filter_map(|(members, id)| members.into_iter().find(|one| one.id == *id));
        on_path.map(|member| member.slot).collect()
    }

    /// Tokens of the probable reading, which files of version 1 do not list: the first live member of every set.
    pub(crate) fn probable(&self) -> Vec<TokenId> {
        let first = |set: &Column| set.members.iter().find(|member| self.fate(member.slot).stays()).map(|one| one.id);
        self.sets.iter().filter_map(first).collect()
    }

    /// What became of the member in that slot.
    pub(crate) fn fate(&self, slot: Slot) -> Fate {
        self.fates.get(&slot).copied().unwrap_or(Fate::Live)
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use tempo_core::{EndEvent, Position, PromptEvent, ReadingEvent, Stats, StopReason};

    use super::*;

    /// A member of a set at a position, with slot and id made from `slot`.
    pub(crate) fn member(slot: u32, position: u32, text: &str, probability: f64) -> Member {
        Member {
            slot: Slot(slot),
            position: Position(position),
            id: TokenId(slot + 100),
            text: text.into(),
            probability,
        }
    }

    /// A reading of these tokens.
    pub(crate) fn reading(kind: ReadingKind, text: &str, ids: &[u32]) -> ReadingEvent {
        let ids = ids.iter().copied().map(TokenId).collect();
        ReadingEvent { kind, text: text.into(), ids, log_probability: -1.5, score: None, exact: None }
    }

    /// "Once" goes on with ` upon`, then ` a`/` the` (removed)/`\n` (evicted), then `.` as a fallback beside an ended reading.
    pub(crate) fn transcript() -> Transcript {
        let set = |fallback, members| Column { fallback, members, ended: Vec::new() };
        let mut last = set(true, vec![member(5, 3, ".", 0.09)]);
        last.ended.push(Candidate { id: TokenId(0), text: "<end>".into(), probability: 0.001 });
        Transcript {
            place: "m on cpu".into(),
            prompt: Some(PromptEvent { text: "Once".into(), tokens: Vec::new() }),
            reading: Reading::Viterbi,
            sets: vec![
                set(false, vec![member(1, 1, " upon", 0.995)]),
                set(false, vec![member(2, 2, " a", 0.5), member(3, 2, " the", 0.25), member(4, 2, "\n", 0.125)]),
                last,
            ],
            others: Vec::new(),
            end: Some(EndEvent {
                reason: StopReason::MaxSteps,
                ended: Vec::new(),
                text: " upon a.".into(),
                brackets: " upon[ a].".into(),
                stats: Stats { steps: 3, tokens: 5, mean_set: 5.0 / 3.0, removed: 1, seconds: Some(0.5) },
                readings: vec![
                    reading(ReadingKind::Probable, " upon a.", &[101, 102, 105]),
                    reading(ReadingKind::Viterbi, " upon a.", &[101, 102, 105]),
                ],
                work: None,
                answer: None,
            }),
            fates: BTreeMap::from([(Slot(3), Fate::Removed), (Slot(4), Fate::Evicted)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use tempo_core::{RemovalMode, StepEvent, Verdict};

    use super::*;

    fn step(verdicts: Vec<Verdict>, over_budget: Vec<Slot>) -> Event {
        Event::Step(StepEvent {
            step: 0,
            threshold: 0.1,
            entropy: 0.0,
            above: 1,
            fallback: false,
            candidates: Vec::new(),
            set: Vec::new(),
            ended: Vec::new(),
            received: Vec::new(),
            verdicts,
            over_budget,
            slots: 0,
            live: 0,
            chain: Vec::new(),
            meter: None,
            timing: None,
        })
    }

    #[test]
    fn the_last_word_on_a_member_counts() {
        let verdict =
            |slot, keep, effect| Verdict { slot: Slot(slot), score: 0.0, limit: 0.0, keep, effect, unattended: false };
        let mut transcript = Transcript::default();
        transcript.absorb(&step(
            vec![
                verdict(1, false, RemovalMode::Report),
                verdict(2, false, RemovalMode::Report),
                verdict(3, false, RemovalMode::Mask),
                verdict(4, true, RemovalMode::Evict),
            ],
            vec![],
        ));
        transcript.absorb(&step(vec![verdict(2, true, RemovalMode::Report)], vec![Slot(4)]));
        let fates = [0, 1, 2, 3, 4].map(|slot| transcript.fate(Slot(slot)));
        assert_eq!(fates, [Fate::Live, Fate::Condemned, Fate::Live, Fate::Removed, Fate::Evicted]);
        assert_eq!(transcript.sets.len(), 2);
    }
}
