// Events become the state that every view draws. Pure: no DOM, no clock.

import type { GenerationOptions, RunEvent, StepEvent } from './contract';
import { removes } from './timeline';
import type { Column, Token, TokenState, Trace, ViewState } from './view-state';

/** The state before the first step: the prompt alone. */
function start(run: RunEvent): ViewState {
  const tokens = run.prompt.tokens.map((token): Token => ({
    slot: token.slot,
    position: token.position,
    id: token.id,
    text: token.text,
    probability: null,
    column: token.slot,
    rank: 0,
    size: 1,
    state: 'prompt',
    removal: null,
    verdict: null,
    received: 0,
  }));
  const columns = tokens.map((token): Column => {
    return { index: token.column, step: null, position: token.position, tokens: [token] };
  });
  return settled({ columns, tokens, step: -1, current: null, readout: [], rows: 0, live: 0 }, run.options);
}

/**
 * What is to be seen after this step; -1 is the prompt alone. A step outside the run is moved to the nearest end. An
 * earlier moment of the same run saves the way to it; it is not touched.
 *
 * A token that a verdict hid and whose row the budget freed later keeps the step and the cause of its removal, with the
 * effect `evict`: its row is gone too.
 */
export function viewAt(trace: Trace, step: number, earlier: ViewState | null = null): ViewState {
  const last = Math.max(-1, Math.min(Math.trunc(step), trace.steps.length - 1));
  const known = earlier?.current && earlier.step <= last && trace.steps[earlier.step] === earlier.current;
  let state = known ? copied(earlier) : start(trace.run);
  // One copy for the whole way.
  for (const event of trace.steps.slice(state.step + 1, last + 1)) state = applied(state, event);
  return settled(state, trace.run.options);
}

function copied(state: ViewState): ViewState {
  const tokens = state.tokens.map((token): Token => {
    return { ...token, verdict: token.verdict && { ...token.verdict } };
  });
  const columns = state.columns.map((column) => {
    return { ...column, tokens: column.tokens.map((token) => tokens[token.slot] ?? token) };
  });
  return { ...state, tokens, columns };
}

/** Writes what a step did into a state that belongs to the caller. */
function applied(state: ViewState, event: StepEvent): ViewState {
  const { columns, tokens } = state;
  const column: Column = { index: columns.length, step: event.step, position: event.set[0]?.position ?? 0, tokens: [] };
  for (const [rank, member] of event.set.entries()) {
    const token: Token = {
      slot: member.slot,
      position: member.position,
      id: member.id,
      text: member.text,
      probability: member.probability,
      column: column.index,
      rank,
      size: event.set.length,
      state: 'single',
      removal: null,
      verdict: null,
      received: 0,
    };
    column.tokens.push(token);
    tokens.push(token);
  }
  columns.push(column);
  for (const verdict of event.verdicts) {
    const token = tokens[verdict.slot];
    if (!token) continue;
    // Written over instead of made anew: a run that reports has many verdicts, and only the last one counts.
    if (token.verdict) {
      token.verdict.step = event.step;
      token.verdict.verdict = verdict;
    } else token.verdict = { step: event.step, verdict };
    if (removes(verdict)) token.removal ??= { step: event.step, by: 'verdict', effect: verdict.effect };
  }
  for (const slot of event.over_budget ?? []) {
    const token = tokens[slot];
    if (!token) continue;
    token.removal = token.removal
      ? { ...token.removal, effect: 'evict' }
      : { step: event.step, by: 'budget', effect: 'evict' };
  }
  return { ...state, step: event.step, current: event };
}

/** Fills in what follows from everybody's fate: states, attention of this step, counts, the readout. */
function settled(state: ViewState, options: GenerationOptions): ViewState {
  const newest = state.columns.length - 1;
  let live = 0;
  let rows = 0;
  for (const column of state.columns) {
    const alive = column.tokens.filter((token) => !token.removal).length;
    const rest = staying(column, alive, column.index === newest, options);
    for (const token of column.tokens) {
      token.state = token.removal ? 'removed' : rest;
      token.received = state.current?.received[token.slot] ?? 0;
      if (!token.removal) live += 1;
      if (token.removal?.effect !== 'evict') rows += 1;
    }
  }
  const readout = (state.columns[newest]?.tokens ?? []).filter((token) => !token.removal).map((token) => token.slot);
  return { ...state, rows, live, readout };
}

/**
 * The state of those members of a column who are not removed. Members of a set are on trial while they can still be
 * judged; after that, or when this run judges nobody, they have survived.
 */
function staying(column: Column, alive: number, newest: boolean, options: GenerationOptions): TokenState {
  if (column.step === null) return 'prompt';
  if (column.tokens.length === 1) return 'single';
  if (alive < 2 || options.removal === 'off') return 'survived';
  // The posterior judges a set once, when the next one is chosen.
  return options.removal_score === 'posterior' && !newest ? 'survived' : 'trial';
}
