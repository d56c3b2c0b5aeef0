// What becomes of every token over a whole run: read from its events once, so that any moment can be looked up.

import type { PromptEvent, Slot, StepEvent, Verdict } from './contract';
import { removes } from './timeline';
import type { Removal, Token, Trace } from './view-state';

export interface Life {
  /** What it is from its birth on. */
  readonly birth: Omit<Token, 'state' | 'removal' | 'verdict'>;
  /** Every verdict on it, in order. */
  readonly verdicts: { step: number; verdict: Verdict }[];
  removal: Removal | null;
  /** The same removal from the step on in which the budget gave its row back. */
  freed: { step: number; removal: Removal } | null;
}

/** A prompt token, or the set of a step: slots from .. to. */
interface Born {
  readonly step: number | null;
  readonly position: number;
  readonly from: Slot;
  readonly to: Slot;
}

export interface Lives {
  /** By slot. */
  readonly tokens: Life[];
  readonly columns: Born[];
  /** The events that they were read from. */
  readonly events: StepEvent[];
}

/** A run keeps its prompt while it grows and while its options change. */
const known = new WeakMap<PromptEvent, Lives>();

/** The lives of a trace; those of a longer state of the same run have later events too. */
export function livesOf(trace: Trace): Lives {
  const { prompt } = trace.run;
  const count = trace.steps.length;
  let lives = known.get(prompt);
  if (!lives?.events.every((event, step) => step >= count || event === trace.steps[step])) {
    lives = { tokens: [], columns: [], events: [] };
    for (const { slot, position, id, text } of prompt.tokens) {
      bear(lives, { slot, position, id, text, probability: null, column: slot, rank: 0, size: 1 });
      lives.columns.push({ step: null, position, from: slot, to: slot + 1 });
    }
    known.set(prompt, lives);
  }
  while (lives.events.length < count) take(lives, trace.steps[lives.events.length]!);
  return lives;
}

function bear(lives: Lives, birth: Life['birth']): void {
  lives.tokens.push({ birth, verdicts: [], removal: null, freed: null });
}

function take(lives: Lives, event: StepEvent): void {
  const { tokens, columns } = lives;
  const { step } = event;
  const from = tokens.length;
  for (const [rank, { slot, position, id, text, probability }] of event.set.entries()) {
    bear(lives, { slot, position, id, text, probability, column: columns.length, rank, size: event.set.length });
  }
  columns.push({ step, position: event.set[0]?.position ?? 0, from, to: tokens.length });
  for (const verdict of event.verdicts) {
    const life = tokens[verdict.slot];
    life?.verdicts.push({ step, verdict });
    if (life && removes(verdict)) life.removal ??= { step, by: 'verdict', effect: verdict.effect };
  }
  for (const slot of event.over_budget ?? []) {
    const life = tokens[slot];
    if (!life) continue;
    life.freed ??= {
      step,
      removal: life.removal ? { ...life.removal, effect: 'evict' } : { step, by: 'budget', effect: 'evict' },
    };
    life.removal ??= life.freed.removal;
  }
  lives.events.push(event);
}

/** The removal of a token as it is known at the end of a step. */
export function removalAt({ removal, freed }: Life, step: number): Removal | null {
  if (freed && freed.step <= step) return freed.removal;
  return removal && removal.step <= step ? removal : null;
}

/** The latest verdict on a token up to a step. */
export function verdictAt({ verdicts }: Life, step: number): Life['verdicts'][number] | null {
  let [low, high] = [0, verdicts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (verdicts[middle]!.step <= step) low = middle + 1;
    else high = middle;
  }
  return verdicts[low - 1] ?? null;
}
