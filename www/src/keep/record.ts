// What is kept of a run: one record that says what it is, and its events in parts, as the lines of a trace. Whatever lies
// in storage may be old, damaged or made up: it is read as strictly as a trace from anybody.

import type { Phase, Run, RunFacts, Setup } from '../app/run.svelte';
import { Refusal, fields, list, oneOf, own, text, whole } from '../checked';
import type { EndEvent, StepEvent } from '../contract';
import type { RecordedSource } from '../models/source';
import { readOptions } from '../option-rules';
import { viewAt } from '../reduce';
import { brackets, reading } from '../text-of-run';
import { MAX_STEPS, eventsOf, openTrace } from '../trace';
import { stepsOf, type Trace } from '../view-state';

/** Counts up when older pages could not read what a newer one writes. */
export const RECORD_VERSION = 1;

export interface RunRecord {
  version: number;
  /** Of this run alone; nobody else writes under it. */
  key: string;
  /** When it was begun, in milliseconds: the smallest is the oldest. */
  begun: number;
  /** Of all parts together. */
  bytes: number;
  title: string;
  origin: 'live' | 'file';
  note: string;
  branch: { of: string; step: number } | null;
  phases: Phase[];
  setup: Setup | null;
}

const KEY = /^[\w-]{1,40}$/;
const HASH = /^[0-9a-f]{1,128}$/;
const LONGEST_LINE = 2000;
const MOST_PHASES = 1000;
const MOST_NAMES = 1000;
const ORIGINS = ['live', 'file'] as const;
const WEIGHTS = ['f32', 'f16', 'q8', 'q4'] as const;

const encoder = new TextEncoder();

/** How many events a trace has. */
export function eventCount(trace: Trace): number {
  return 1 + stepsOf(trace).length + (trace.end ? 1 : 0);
}

/** The events of a trace from number `from` on, as lines. */
export function linesFrom(trace: Trace, from: number): Uint8Array<ArrayBuffer> {
  const events = eventsOf(trace).slice(from);
  return encoder.encode(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

export function recordOf(run: Run, key: string, begun: number, bytes: number): RunRecord {
  const { title, note, branch, phases, setup } = run;
  const origin = run.origin === 'live' ? 'live' : 'file';
  return { version: RECORD_VERSION, key, begun, bytes, title, origin, note, branch, phases, setup };
}

/** The key of a record, whatever else is wrong with it; null where there is none. */
export function keyOf(value: unknown): string | null {
  const key = typeof value === 'object' && value !== null ? own(value as Record<string, unknown>, 'key') : null;
  return typeof key === 'string' && KEY.test(key) ? key : null;
}

/** True of what a newer page wrote: not readable here, and not to be thrown away either. */
export function isNewer(value: unknown): boolean {
  const version = typeof value === 'object' && value !== null ? own(value as Record<string, unknown>, 'version') : null;
  return typeof version === 'number' && version > RECORD_VERSION;
}

function nullOr<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

function readPhases(value: unknown): Phase[] {
  return list(value, 'phases', MOST_PHASES).map((entry, index) => {
    const phase = fields(entry, 'phases');
    const from = whole(own(phase, 'from'), 'phases.from', 0, MAX_STEPS);
    if ((index === 0) !== (from === 0)) throw new Refusal('phases do not begin at 0');
    return { from, options: readOptions(own(phase, 'options')) };
  });
}

function readSource(value: unknown): RecordedSource {
  const source = fields(value, 'source');
  const word = (key: string): string => text(own(source, key), `source.${key}`, LONGEST_LINE);
  switch (own(source, 'kind')) {
    case 'embedded':
      return { kind: 'embedded', id: 'storyteller' };
    case 'hub': {
      const file = own(source, 'file');
      const repo = { kind: 'hub', repo: word('repo'), revision: word('revision') } as const;
      if (own(source, 'quantisation') !== undefined) return { ...repo, quantisation: word('quantisation') };
      return file === undefined ? repo : { ...repo, file: word('file') };
    }
    case 'url':
      return { kind: 'url', base: word('base') };
    case 'files':
      return {
        kind: 'files',
        names: list(own(source, 'names'), 'source.names', MOST_NAMES).map((name) => text(name, 'name', LONGEST_LINE)),
      };
    default:
      throw new Refusal('source.kind is none of this page');
  }
}

function readSetup(value: unknown): Setup {
  const setup = fields(value, 'setup');
  const hash = nullOr(own(setup, 'hash'), (found) => text(found, 'hash', 128));
  if (hash !== null && !HASH.test(hash)) throw new Refusal('hash is none');
  return {
    source: readSource(own(setup, 'source')),
    hash,
    weights: oneOf(own(setup, 'weights'), 'weights', WEIGHTS),
    capacity: nullOr(own(setup, 'capacity'), (found) => whole(found, 'capacity', 1)),
  };
}

/** A record, or a Refusal. */
export function readRecord(value: unknown): RunRecord {
  const record = fields(value, 'the record');
  const line = (key: string): string => text(own(record, key), key, LONGEST_LINE);
  const key = keyOf(record);
  if (key === null) throw new Refusal('key is none');
  if (own(record, 'version') !== RECORD_VERSION) throw new Refusal('version is another');
  return {
    version: RECORD_VERSION,
    key,
    begun: whole(own(record, 'begun'), 'begun'),
    bytes: whole(own(record, 'bytes'), 'bytes'),
    title: line('title'),
    origin: oneOf(own(record, 'origin'), 'origin', ORIGINS),
    note: line('note'),
    branch: nullOr(own(record, 'branch'), (found) => {
      const branch = fields(found, 'branch');
      const of = text(own(branch, 'of'), 'branch.of', LONGEST_LINE);
      return { of, step: whole(own(branch, 'step'), 'branch.step', -1, MAX_STEPS) };
    }),
    phases: readPhases(own(record, 'phases')),
    setup: nullOr(own(record, 'setup'), readSetup),
  };
}

/** The end of a run that was left in the middle. */
function cutShort(trace: Trace): EndEvent {
  const view = viewAt(trace, trace.steps.length - 1, null);
  const tokens = trace.steps.reduce((sum, { set }) => sum + set.length, 0);
  const removed = new Set(trace.steps.flatMap((step) => removedAt(step))).size;
  return {
    type: 'end',
    reason: 'stopped',
    text: reading(trace, view),
    brackets: brackets(view),
    stats: { steps: trace.steps.length, tokens, mean_set: tokens / trace.steps.length, removed },
  };
}

function removedAt({ verdicts, over_budget = [] }: StepEvent): number[] {
  const judged = verdicts.filter(({ keep, effect }) => !keep && effect !== 'report' && effect !== 'fade');
  return [...judged.map(({ slot }) => slot), ...over_budget];
}

/**
 * The run of a record and its parts. One whose end is missing was left while it ran: it ends where it was, stopped, and
 * `cut` says so. Null while it has no step. Throws a Refusal or a TraceError.
 */
export async function factsOf(
  record: RunRecord,
  parts: readonly unknown[],
): Promise<{ facts: RunFacts; cut: boolean } | null> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const texts = parts.map((part) => {
    if (!(part instanceof Uint8Array)) throw new Refusal('a part is no bytes');
    return decoder.decode(part);
  });
  const trace = await openTrace(texts.join(''));
  const steps = stepsOf(trace).length;
  if (steps === 0) return null;
  const { title, origin, note, branch, setup } = record;
  // What the options were on the way is known by its steps; of steps that were not kept nothing is.
  const phases = record.phases.filter(({ from }) => from <= steps);
  if (phases.length === 0) throw new Refusal('phases is empty');
  const cut = trace.end === null && origin === 'live';
  const ended = trace.beside ? (await import('../beside/read')).stoppedEnd : cutShort;
  const whole = cut ? { ...trace, end: ended(trace) } : trace;
  return { facts: { title, origin, note, branch, setup, trace: whole, phases }, cut };
}
