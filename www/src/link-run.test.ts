import { describe, expect, it } from 'vitest';
import { codesOf, packed, runOfLink, unpacked } from './link-run';
import { serializeTrace } from './trace';
import { fixtures, randomChain, recorded } from './testing';
import { deflated, toBase64url } from './url-bytes';
import type { Trace } from './view-state';

const all: [string, Trace][] = [
  ...recorded().map(({ name, trace }): [string, Trace] => [name, trace]),
  ...fixtures().map(({ name, trace }): [string, Trace] => [name, trace]),
  ...[1, 2, 3, 4, 5].map((seed): [string, Trace] => [`random ${seed}`, randomChain(seed)]),
];
const code = async (text: string): Promise<string> => toBase64url(await deflated(new TextEncoder().encode(text)));

/** What rounding must not touch. */
const shape = ({ run, steps, end }: Trace): unknown => ({
  run,
  end: end && { reason: end.reason, text: end.text, brackets: end.brackets, stats: end.stats },
  steps: steps.map((step) => ({
    set: step.set.map(({ slot, position, id, text }) => ({ slot, position, id, text })),
    candidates: step.candidates.map(({ id, text }) => ({ id, text })),
    ended: step.ended.map(({ id }) => id),
    verdicts: step.verdicts.map(({ slot, keep, effect, unattended }) => ({ slot, keep, effect, unattended })),
    counts: [step.above, step.fallback, step.slots, step.live, step.over_budget, step.received.length],
    chain: step.chain?.map((row) => row.length),
  })),
});

describe('the short form', () => {
  it.each(all)('gives %s back: same tokens, verdicts and texts, numbers within rounding', (_, trace) => {
    const text = packed(trace);
    const back = unpacked(text);
    expect(shape(back)).toEqual(shape(trace));
    back.steps.forEach((step, i) => {
      const before = trace.steps[i]!;
      step.set.forEach(({ probability }, k) => expect(probability).toBeCloseTo(before.set[k]!.probability, 4));
      step.received.forEach((share, k) => expect(Math.abs(share - before.received[k]!)).toBeLessThanOrEqual(1e-3));
      expect(step.threshold).toBeCloseTo(before.threshold, 4);
    });
    // Once rounded, for ever the same.
    expect(packed(back)).toBe(text);
  });

  it('with fewer candidates is shorter, and still the same run', async () => {
    const { trace } = recorded().find(({ name }) => name === 'wide')!;
    const found = [];
    for await (const each of codesOf(trace)) found.push(each);
    expect(found.map(({ candidates }) => candidates)).toEqual([null, 16, 8, 4, 0]);
    const lengths = found.map(({ code }) => code.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect(lengths[2]).toBeLessThan(8000);
    const least = await runOfLink(found.at(-1)!.code);
    expect(least.steps.map(({ set }) => set.map(({ id }) => id))).toEqual(
      trace.steps.map(({ set }) => set.map(({ id }) => id)),
    );
  });

  it('is not tried for long runs', async () => {
    const { trace } = recorded()[0]!;
    const long = { ...trace, steps: Array.from({ length: 201 }, () => trace.steps[0]!) };
    expect((await codesOf(long).next()).done).toBe(true);
  });
});

describe('a run in a link', () => {
  it('may be the trace itself', async () => {
    const { trace } = recorded()[0]!;
    expect(await runOfLink(await code(serializeTrace(trace)))).toEqual(trace);
  });

  it('stops unpacking where it becomes too much', async () => {
    const bomb = await code('0'.repeat(30_000_000));
    expect(bomb.length).toBeLessThan(45_000);
    await expect(runOfLink(bomb)).rejects.toThrow('more than a link may hold');
  });

  const lies: [string, (found: Record<string, unknown>) => void][] = [
    ['no words', (found) => (found['words'] = [])],
    ['words that are no texts', (found) => (found['words'] = [[1, { toString: 1 }]])],
    ['another version', (found) => (found['version'] = 99)],
    ['options that cannot be', (found) => (found['options'] = { max_set: -3 })],
    ['steps that are no list', (found) => (found['steps'] = { length: 1e9 })],
    ['a step that is none', (found) => (found['steps'] = [[]])],
    ['a model that is none', (found) => (found['model'] = 'storyteller')],
    ['an end that is none', (found) => (found['end'] = { type: 'run' })],
    ['no tokens', (found) => (found['tokens'] = [])],
    ['a prototype', (found) => (found['prompt'] = Object.prototype)],
  ];
  it.each(lies)('is refused where it has %s', async (_, lie) => {
    const found = JSON.parse(packed(recorded()[0]!.trace)) as Record<string, unknown>;
    lie(found);
    await expect(runOfLink(await code(JSON.stringify(found)))).rejects.toThrow();
  });

  it('is refused where an attention is missing, or a probability is above one', async () => {
    for (const [at, value] of [
      [12, [1]],
      [7, [9e9]],
      [7, ['x']],
      [6, [1e9]],
    ] as const) {
      const found = JSON.parse(packed(recorded()[0]!.trace)) as { steps: unknown[][] };
      found.steps[0]![at] = value;
      await expect(runOfLink(await code(JSON.stringify(found)))).rejects.toThrow();
    }
  });

  it.each(['', 'A', '!!!', 'AAAA', '____', 'x'.repeat(500)])('%j is refused in words', async (text) => {
    await expect(runOfLink(text)).rejects.toThrow(/it /);
  });
});
