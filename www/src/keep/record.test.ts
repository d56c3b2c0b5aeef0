import { describe, expect, it } from 'vitest';
import { Run, type Setup } from '../app/run.svelte';
import { DEFAULTS } from '../contract';
import { besideFixtures, recorded } from '../testing';
import { eventCount, factsOf, isNewer, keyOf, linesFrom, readRecord, recordOf } from './record';

const { trace } = recorded().find(({ name }) => name === 'wide')!;
const SETUP: Setup = {
  source: { kind: 'hub', repo: 'owner/name', revision: 'main', file: 'a.gguf' },
  hash: 'ab'.repeat(32),
  weights: 'q8',
  capacity: null,
};
const changed = { ...trace.run.options, max_set: 2 };

function live(): Run {
  const phases = [
    { from: 0, options: trace.run.options },
    { from: 5, options: changed },
  ];
  const branch = { of: 'Another', step: 4 };
  return new Run({ title: 'The king', origin: 'live', trace, note: 'on the CPU', branch, phases, setup: SETUP });
}

const split = (...at: number[]) => [0, ...at].map((from, i) => linesFrom({ ...trace, ...cut(at[i]) }, from));
/** The trace as it was when so many events were there. */
function cut(events = eventCount(trace)): Partial<typeof trace> {
  return events < eventCount(trace) ? { steps: trace.steps.slice(0, events - 1), end: null } : {};
}

describe('a run that was kept', () => {
  it('comes back with its trace, phases, branch and model, whatever parts it was written in', async () => {
    const record = readRecord(structuredClone(recordOf(live(), 'k-1', 7, 100)));
    for (const parts of [split(), split(1, 4, 9), split(3, eventCount(trace) - 1)]) {
      const { facts, cut } = (await factsOf(record, parts))!;
      expect(cut).toBe(false);
      const run = new Run(facts);
      expect(run.trace).toEqual(trace);
      expect([run.line, run.setup, run.phases]).toEqual([live().line, SETUP, live().phases]);
    }
  });

  it('comes back with what its repository was asked for', async () => {
    const source = { kind: 'hub', repo: 'owner/name', revision: 'main', quantisation: 'Q8_0' } as const;
    const record = readRecord({ ...recordOf(live(), 'k-1', 7, 100), setup: { ...SETUP, source } });
    expect((await factsOf(record, split()))!.facts.setup?.source).toEqual(source);
  });

  it('ends where it was left, stopped, and without the changes that come later', async () => {
    const record = readRecord(recordOf(live(), 'k-1', 7, 100));
    const parts = split(3, 5).slice(0, 2);
    const { facts, cut } = (await factsOf(record, parts))!;
    expect(cut).toBe(true);
    expect(facts.trace.steps).toEqual(trace.steps.slice(0, 4));
    expect(facts.trace.end).toMatchObject({ reason: 'stopped', stats: { steps: 4 } });
    expect(facts.trace.end!.text.length).toBeGreaterThan(0);
    expect(facts.phases).toEqual(live().phases.slice(0, 1));
    expect(await factsOf(record, split(1).slice(0, 1))).toBeNull();
  });

  it.each(besideFixtures())('of another decoder comes back, whole or as far as it came: $name', async ({ trace }) => {
    const run = new Run({ title: 'Beside', origin: 'live', trace, setup: SETUP });
    const record = readRecord(recordOf(run, 'k-2', 7, 100));
    expect((await factsOf(record, [linesFrom(trace, 0)]))!.facts.trace).toEqual(trace);
    const left = { ...trace, beside: trace.beside!.slice(0, 2), end: null };
    const { facts, cut } = (await factsOf(record, [linesFrom(left, 0)]))!;
    expect(cut).toBe(true);
    expect(facts.trace.end).toMatchObject({ reason: 'stopped', stats: { steps: left.beside.length } });
  });

  it.each([
    null,
    'text',
    {},
    { ...recordOf(live(), 'k-1', 7, 100), key: '../..' },
    { ...recordOf(live(), 'k-1', 7, 100), version: 0 },
    { ...recordOf(live(), 'k-1', 7, 100), origin: 'recorded' },
    { ...recordOf(live(), 'k-1', 7, 100), phases: [{ from: 3, options: DEFAULTS }] },
    { ...recordOf(live(), 'k-1', 7, 100), phases: [{ from: 0, options: { max_set: -1 } }] },
    { ...recordOf(live(), 'k-1', 7, 100), setup: { ...SETUP, source: { kind: 'script', code: 'x' } } },
    { ...recordOf(live(), 'k-1', 7, 100), title: 'x'.repeat(3000) },
  ])('is refused where its record lies: %#', (value) => {
    expect(() => readRecord(value)).toThrow();
  });

  it('is refused where its parts lie', async () => {
    const record = readRecord(recordOf(live(), 'k-1', 7, 100));
    const [first, second] = split(3);
    for (const parts of [[], [first, first], [second], [first, 'text'], [first, Uint8Array.of(255, 254)]])
      await expect(factsOf(record, parts)).rejects.toThrow();
  });

  it('of a newer page is told from a damaged one', () => {
    expect([isNewer({ version: 2, key: 'k' }), isNewer({ version: 1 }), isNewer(null)]).toEqual([true, false, false]);
    expect([keyOf({ key: 'k-1' }), keyOf({ key: 7 }), keyOf('k')]).toEqual(['k-1', null, null]);
  });
});
