// One step's distribution as bars: who was kept, who was left out, and what another threshold would have done.

import type { GenerationOptions, Slot, StepEvent } from '../contract';
import { whatIfSelection, type SelectionWhatIf } from '../whatif';
import { toAxis, type ScaleKind } from './scale';

/**
 * kept: in the set. left: below the line. cut: above the line, yet not in (`max_set`, `top_k`, `top_p`).
 * ended: end of text, which left the set.
 */
export type BarState = 'kept' | 'left' | 'cut' | 'ended';

export interface Bar {
  rank: number;
  id: number;
  text: string;
  probability: number;
  /** Right end of the bar, 0 to 1. */
  place: number;
  state: BarState;
  /** Under the threshold that is tried out; the same as `state` without one. */
  newState: BarState;
  changed: boolean;
  slot: Slot | null;
}

export interface ThresholdLayout {
  bars: Bar[];
  /** The recorded line, and the one that is tried out. */
  line: number;
  recorded: number;
  threshold: number;
  members: number;
  /** More may be kept than the recorded candidates tell. */
  atLeast: boolean;
  mass: number;
  leftOut: number;
  fallback: boolean;
}

function stateUnder(id: number, probability: number, threshold: number, what: SelectionWhatIf): BarState {
  if (what.in.some((candidate) => candidate.id === id)) return 'kept';
  if (what.ended.some((candidate) => candidate.id === id)) return 'ended';
  return probability >= threshold ? 'cut' : 'left';
}

function recordedState(step: StepEvent, id: number, probability: number): BarState {
  if (step.set.some((member) => member.id === id)) return 'kept';
  if (step.ended.some((candidate) => candidate.id === id)) return 'ended';
  return probability >= step.threshold ? 'cut' : 'left';
}

/** Members that the candidates leave out (`candidates` smaller than the set) join the bars at their place. */
function barsOf(step: StepEvent): { id: number; text: string; probability: number }[] {
  const listed = new Set(step.candidates.map((candidate) => candidate.id));
  const more = [...step.set, ...step.ended].filter((member) => !listed.has(member.id));
  return [...step.candidates, ...more].sort((a, b) => b.probability - a.probability || a.id - b.id);
}

export function thresholdLayout(
  step: StepEvent,
  options: GenerationOptions,
  vocab: number,
  whatIf: number | null,
  scale: ScaleKind,
): ThresholdLayout {
  const threshold = whatIf ?? step.threshold;
  const what = whatIf === null ? null : whatIfSelection(step, options, whatIf);
  const bars = barsOf(step).map(({ id, text, probability }, index): Bar => {
    const state = recordedState(step, id, probability);
    const newState = what ? stateUnder(id, probability, threshold, what) : state;
    return {
      rank: index + 1,
      id,
      text,
      probability,
      place: toAxis(scale, probability),
      state,
      newState,
      changed: newState !== state,
      slot: step.set.find((member) => member.id === id)?.slot ?? null,
    };
  });
  const members = what ? what.in.length : step.set.length;
  const mass = what ? what.mass : step.set.reduce((sum, member) => sum + member.probability, 0);
  return {
    bars,
    line: toAxis(scale, threshold),
    recorded: step.threshold,
    threshold,
    members,
    atLeast: what?.truncated ?? false,
    mass,
    leftOut: Math.max(0, vocab - members),
    fallback: what ? what.fallback : step.fallback,
  };
}
