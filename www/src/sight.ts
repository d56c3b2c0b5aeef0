// Who may see whom (ALGORITHM.md §7), from the trace alone. A model's sliding window is not in the trace and not here.

import type { Slot, Visibility } from './contract';
import { computedUpTo, stepOf, timelineOf, type Timeline } from './timeline';
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

export const SIGHT_REASONS: readonly SightReason[] = [
  'itself',
  'earlier',
  'sibling',
  'later',
  'isolated',
  'later-sibling',
  'removed',
  'not-held',
];

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
  /** The reasons of a query for the keys up to the last one of its own set, as places in SIGHT_REASONS. */
  row(query: Slot): Uint8Array;
  /** The step in which the query's row was computed last: its birth, or a rebuild; -1 for the prompt. */
  computedIn(query: Slot): number;
}

/** A row stays as it is until it is computed anew, whatever step is looked at. */
interface Row {
  instant: number;
  codes: Uint8Array;
}
const rows = new WeakMap<Timeline, Map<Slot, Row>>();

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
  const known = rows.get(timeline) ?? new Map<Slot, Row>();
  rows.set(timeline, known);
  const size = computed.length;
  const inside = (slot: Slot): void => {
    if (!Number.isInteger(slot) || slot < 0 || slot >= size) throw new RangeError(`slot ${slot} of ${size}`);
  };

  const reason = (query: Slot, key: Slot): SightReason => {
    if (query === key) return 'itself';
    const querySet = sets[query] ?? 0;
    const keySet = sets[key] ?? 0;
    if (keySet > querySet) return 'later';
    if (keySet === querySet && visibility === 'isolated') return 'isolated';
    if (keySet === querySet && visibility === 'ordered' && key > query) return 'later-sibling';
    const instant = computed[query] ?? 0;
    if ((freed[key] ?? Infinity) <= instant) return 'not-held';
    if ((hidden[key] ?? Infinity) <= instant) return 'removed';
    return keySet === querySet ? 'sibling' : 'earlier';
  };

  const at = (query: Slot, key: Slot): Sight => {
    inside(query);
    inside(key);
    const why = reason(query, key);
    return { sees: why === 'itself' || why === 'earlier' || why === 'sibling', why };
  };

  const row = (query: Slot): Uint8Array => {
    inside(query);
    const instant = computed[query] ?? 0;
    const found = known.get(query);
    if (found?.instant === instant) return found.codes;
    let end = query + 1;
    while (end < size && sets[end] === sets[query]) end += 1;
    const codes = Uint8Array.from({ length: end }, (_, key) => SIGHT_REASONS.indexOf(reason(query, key)));
    known.set(query, { instant, codes });
    return codes;
  };

  const computedIn = (query: Slot): number => {
    inside(query);
    return stepOf(computed[query] ?? 0);
  };
  return { size, visibility, at, row, computedIn };
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
