// The state that all views draw, and nothing else: what a trace says at one moment.

import type { DecoderEvent, EndEvent, RemovalMode, RunEvent, Slot, StepEvent, Verdict } from './contract';

/** A run as far as it is known: the events of one trace, sorted by kind. */
export interface Trace {
  run: RunEvent;
  steps: StepEvent[];
  /** The steps of a decoder beside TEMPO; `steps` is empty then. */
  beside?: DecoderEvent[];
  end: EndEvent | null;
}

/** The steps of a run, whatever decoder made them. */
export function stepsOf({ steps, beside }: Trace): readonly (StepEvent | DecoderEvent)[] {
  return beside ?? steps;
}

/** The last step of a run; -1 without any. */
export function lastOf(trace: Trace): number {
  return stepsOf(trace).length - 1;
}

/** The life of a token. A removed one stays on the screen, marked. */
export type TokenState = 'prompt' | 'single' | 'trial' | 'survived' | 'removed';

export interface Removal {
  step: number;
  by: 'verdict' | 'budget';
  /** What the removal did; the budget always evicts. */
  effect: RemovalMode;
}

export interface Token {
  slot: Slot;
  position: number;
  id: number;
  text: string;
  /** Probability in the combined distribution; null for the prompt. */
  probability: number | null;
  /** Index of its column. */
  column: number;
  /** Place in its set, 0 = most probable. */
  rank: number;
  /** Members its set was born with. */
  size: number;
  state: TokenState;
  removal: Removal | null;
  /** The latest verdict on it and the step it was made in. */
  verdict: { step: number; verdict: Verdict } | null;
}

/** One prompt token, or one generated set. */
export interface Column {
  index: number;
  /** The step that made it; null for the prompt. */
  step: number | null;
  /** The first position of its members; all share it unless positions are consecutive. */
  position: number;
  tokens: Token[];
}

/** What is to be seen at one moment. */
export interface ViewState {
  /** The last step that has happened; -1 shows the prompt alone. */
  step: number;
  columns: Column[];
  /** By slot: tokens[slot].slot === slot. */
  tokens: Token[];
  /** The event of this step; null at -1. */
  current: StepEvent | null;
  /** Live members of the newest column: the next set is read from their rows. */
  readout: Slot[];
  /** Cache rows held and rows visible. */
  rows: number;
  live: number;
}
