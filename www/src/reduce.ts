// The moment of a run as the state that every view draws. Pure: no DOM, no clock.

import type { GenerationOptions } from './contract';
import { livesOf, removalAt, verdictAt, type Lives } from './lives';
import {
  lastOf,
  type Column,
  type Removal,
  type Token,
  type TokenState,
  type Trace,
  type ViewState,
} from './view-state';

/** Whose moment a view is: moments of one run share what is alike. */
const lifeOf = new WeakMap<ViewState, Lives>();

/**
 * What is to be seen after this step; -1 is the prompt alone. A step outside the run is moved to the nearest end. Tokens
 * and columns that are as they were in another moment of the same run are the same objects, so that whoever draws them
 * has nothing to do. Views are not changed after they are made.
 *
 * A token that a verdict hid and whose row the budget freed later keeps the step and the cause of its removal, with the
 * effect `evict`: its row is gone too.
 */
export function viewAt(trace: Trace, asked: number, other: ViewState | null = null): ViewState {
  const step = Number.isNaN(asked) ? -1 : Math.max(-1, Math.min(Math.trunc(asked), lastOf(trace)));
  const lives = livesOf(trace);
  const before = other && lifeOf.get(other) === lives ? other : null;
  const { options, prompt } = trace.run;
  // Steps of another decoder make no sets: the prompt stands alone.
  const newest = prompt.tokens.length + Math.min(step, trace.steps.length - 1);
  const columns: Column[] = [];
  const tokens: Token[] = [];
  let live = 0;
  let rows = 0;
  let readout: number[] = [];
  for (let index = 0; index <= newest; index += 1) {
    const born = lives.columns[index]!;
    const gone: (Removal | null)[] = [];
    for (let slot = born.from; slot < born.to; slot += 1) gone.push(removalAt(lives.tokens[slot]!, step));
    const alive = gone.filter((removal) => removal === null).length;
    const rest = staying(born.step, gone.length, alive, index === newest, options);
    const was = before?.columns[index];
    let same = was !== undefined;
    const members = gone.map((removal, rank): Token => {
      const life = lives.tokens[born.from + rank]!;
      const state = removal ? 'removed' : rest;
      const verdict = verdictAt(life, step);
      const old = was?.tokens[rank];
      if (removal?.effect !== 'evict') rows += 1;
      if (old && old.state === state && old.removal === removal && old.verdict === verdict) return old;
      same = false;
      return { ...life.birth, state, removal, verdict };
    });
    live += alive;
    columns.push(was && same ? was : { index, step: born.step, position: born.position, tokens: members });
    for (const token of members) tokens.push(token);
    if (index === newest) readout = members.filter((token) => !token.removal).map((token) => token.slot);
  }
  const view = { step, columns, tokens, current: trace.steps[step] ?? null, readout, rows, live };
  lifeOf.set(view, lives);
  return view;
}

/**
 * The state of those members of a column who are not removed. Members of a set are on trial while they can still be
 * judged; after that, or when this run judges nobody, they have survived.
 */
function staying(
  step: number | null,
  size: number,
  alive: number,
  newest: boolean,
  options: GenerationOptions,
): TokenState {
  if (step === null) return 'prompt';
  if (size === 1) return 'single';
  if (alive < 2 || options.removal === 'off') return 'survived';
  // The posterior judges a set once, when the next one is chosen.
  return options.removal_score === 'posterior' && !newest ? 'survived' : 'trial';
}

/** Whether members of a run are on trial at any step: those of a set of several, in a run that judges. */
export function hasTrials(trace: Trace): boolean {
  return trace.run.options.removal !== 'off' && trace.steps.some(({ set }) => set.length > 1);
}

/** Attention that a slot received in the step shown; 0 before the first step. */
export function receivedAt(view: ViewState, slot: number): number {
  return view.current?.received[slot] ?? 0;
}
