//! The state of a run as events.

use super::StepInProgress;
use crate::event::{Candidate, Member, PromptEvent, PromptToken, RunEvent, StepEvent, TRACE_VERSION};
use crate::ids::{Slot, TokenId};
use crate::model::ModelDescription;
use crate::options::GenerationOptions;
use crate::sequence::Sequence;
use crate::text::Vocabulary;

pub(super) fn run<V: Vocabulary>(
    options: GenerationOptions,
    model: &ModelDescription,
    text: String,
    sequence: &Sequence,
    vocabulary: &V,
) -> RunEvent {
    let tokens = sequence
        .tokens()
        .iter()
        .map(|token| PromptToken {
            slot: token.slot,
            position: token.position,
            id: token.id,
            text: vocabulary.text(token.id),
        })
        .collect();
    let prompt = PromptEvent { text, tokens };
    RunEvent { version: TRACE_VERSION, decoder: options.decoder, model: model.into(), options, prompt, chat: None }
}

pub(super) fn step<V: Vocabulary>(
    number: usize,
    step: StepInProgress,
    over_budget: Vec<Slot>,
    sequence: &Sequence,
    vocabulary: &V,
) -> StepEvent {
    let set = sequence
        .members(sequence.newest())
        .iter()
        .map(|token| Member {
            slot: token.slot,
            position: token.position,
            id: token.id,
            text: vocabulary.text(token.id),
            probability: token.probability,
        })
        .collect();
    StepEvent {
        step: number,
        threshold: step.selection.threshold,
        entropy: step.selection.entropy,
        above: step.selection.above,
        fallback: step.selection.fallback,
        candidates: candidates(&step.selection.candidates, vocabulary),
        set,
        ended: candidates(&step.selection.ended, vocabulary),
        received: step.received,
        verdicts: step.verdicts,
        over_budget,
        slots: sequence.held(),
        live: sequence.live_count(),
        chain: step.said,
        meter: None,
        timing: None,
    }
}

pub(super) fn candidates<V: Vocabulary>(tokens: &[(TokenId, f64)], vocabulary: &V) -> Vec<Candidate> {
    tokens
        .iter()
        .map(|(id, probability)| Candidate { id: *id, text: vocabulary.text(*id), probability: *probability })
        .collect()
}
