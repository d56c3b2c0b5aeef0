// Who may see whom (ALGORITHM.md §7), from the trace alone. A model's sliding window is not in the trace and not here.

import type { Slot, Visibility } from './contract';
import { computedUpTo, stepOf, timelineOf } from './timeline';
import type { Trace } from './view-state';

/** Why a query sees a key, or does not. */
export type SightReason =
  /** Its own key. */
  | 'itself'
  /** A set before its own. */
  | 'earlier'
  /** A member of its own set that it may see. */
  | 'sibling'
  /** A set after its own. */
  | 'later'
  /** A sibling, and siblings do not see each other. */
  | 'isolated'
  /** A sibling after it, and siblings see only those before them. */
  | 'later-sibling'
  /** It would be seen, but it was removed before the query's row was computed. */
  | 'removed'
  /** It would be seen, but its cache row was freed before the query's row was computed. */
  | 'not-held';

export interface Sight {
  sees: boolean;
  why: SightReason;
}

/** All pairs at one moment. */
export interface SightMatrix {
  /** Number of slots made so far: queries and keys are 0 .. size - 1. */
  size: number;
  visibility: Visibility;
  at(query: Slot, key: Slot): Sight;
  /** The step in which the query's row was computed last: its birth, or a rebuild; -1 for the prompt. */
  computedIn(query: Slot): number;
}

/**
 * All pairs as of the end of step `upto` (default: the last one): each row as of its birth or its latest rebuild. A
 * member that was removed keeps the row of its lifetime. With `visibility` as if the run had that rule, everything else
 * as recorded (for the "diff" of the matrix).
 */
export function sightMatrix(
  trace: Trace,
  upto: number = trace.steps.length - 1,
  visibility: Visibility = trace.run.options.visibility,
): SightMatrix {
  const timeline = timelineOf(trace, visibility);
  const { sets, hidden, freed } = timeline;
  const computed = computedUpTo(timeline, upto);
  const size = computed.length;
  const inside = (slot: Slot): void => {
    if (!Number.isInteger(slot) || slot < 0 || slot >= size) throw new RangeError(`slot ${slot} of ${size}`);
  };

  const at = (query: Slot, key: Slot): Sight => {
    inside(query);
    inside(key);
    if (query === key) return { sees: true, why: 'itself' };
    const querySet = sets[query] ?? 0;
    const keySet = sets[key] ?? 0;
    if (keySet > querySet) return { sees: false, why: 'later' };
    if (keySet === querySet && visibility === 'isolated') return { sees: false, why: 'isolated' };
    if (keySet === querySet && visibility === 'ordered' && key > query) return { sees: false, why: 'later-sibling' };
    const instant = computed[query] ?? 0;
    if ((freed[key] ?? Infinity) <= instant) return { sees: false, why: 'not-held' };
    if ((hidden[key] ?? Infinity) <= instant) return { sees: false, why: 'removed' };
    return { sees: true, why: keySet === querySet ? 'sibling' : 'earlier' };
  };

  const computedIn = (query: Slot): number => {
    inside(query);
    return stepOf(computed[query] ?? 0);
  };
  return { size, visibility, at, computedIn };
}

const latest = new WeakMap<Trace, { steps: number; key: string; matrix: SightMatrix }>();

/** One pair; see sightMatrix. The matrix of the last question about a trace is kept. */
export function sees(
  trace: Trace,
  query: Slot,
  key: Slot,
  visibility: Visibility = trace.run.options.visibility,
  upto: number = trace.steps.length - 1,
): Sight {
  const name = `${visibility} ${upto}`;
  const known = latest.get(trace);
  if (known?.key === name && known.steps === trace.steps.length) return known.matrix.at(query, key);
  const matrix = sightMatrix(trace, upto, visibility);
  latest.set(trace, { steps: trace.steps.length, key: name, matrix });
  return matrix.at(query, key);
}
