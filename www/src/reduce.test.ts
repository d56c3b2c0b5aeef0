import { describe, expect, test } from 'vitest';
import { hasTrials, receivedAt, viewAt } from './reduce';
import { fixtures, made, recorded } from './testing';
import { brackets, reading } from './text-of-run';
import type { Trace } from './view-state';

const all = [...fixtures(), ...recorded()];

const states = (trace: Trace, step: number): string[] => viewAt(trace, step).tokens.map((token) => token.state);

describe('every fixture', () => {
  test('those of both versions, and the recorded runs', () => {
    const versions = fixtures().map(({ trace }) => trace.run.version);
    expect(versions.filter((version) => version === 1)).toHaveLength(83);
    expect(versions.filter((version) => version === 2)).toHaveLength(92);
    expect(recorded().length).toBeGreaterThan(0);
  });

  test.each(all)('$name: rows held and rows visible are those that were recorded, at every step', ({ trace }) => {
    for (const [step, event] of trace.steps.entries()) {
      const view = viewAt(trace, step);
      expect([step, view.rows, view.live]).toEqual([step, event.slots, event.live]);
    }
  });

  test.each(all)('$name: stepping, from any earlier moment, and jumping give the same state', ({ trace }) => {
    let last = viewAt(trace, -1);
    const early = viewAt(trace, 1);
    for (const step of trace.steps.keys()) {
      const jumped = viewAt(trace, step);
      last = viewAt(trace, step, last);
      expect(last).toEqual(jumped);
      expect(viewAt(trace, step, early)).toEqual(jumped);
    }
    expect(viewAt(trace, 0, last)).toEqual(viewAt(trace, 0));
  });

  test.each(all)('$name: trials are announced where a token on trial is seen, and nowhere else', ({ trace }) => {
    const seen = [...trace.steps.keys()].some((step) => states(trace, step).includes('trial'));
    expect(hasTrials(trace)).toBe(seen);
  });

  test.each(all)('$name: columns, tokens and sets agree', ({ trace }) => {
    for (const [step, event] of trace.steps.entries()) {
      const view = viewAt(trace, step);
      expect(view.tokens.map((token) => token.slot)).toEqual(view.tokens.map((_, index) => index));
      expect(view.columns.flatMap((column) => column.tokens)).toEqual(view.tokens);
      expect(view.columns.map((column) => column.index)).toEqual(view.columns.map((_, index) => index));
      expect(view.tokens.map((token) => receivedAt(view, token.slot))).toEqual(event.received);
      expect(view.columns.at(-1)?.tokens.map((token) => token.id)).toEqual(event.set.map((member) => member.id));
      // The newest set is never touched, so the next set is read from all of it.
      expect(view.readout).toEqual(event.set.map((member) => member.slot));
    }
  });

  test.each(all.filter(({ trace }) => trace.end))('$name: the end says what the state says', ({ trace }) => {
    const view = viewAt(trace, Infinity);
    const stats = trace.end?.stats;
    expect(view.tokens.filter((token) => token.removal?.by === 'verdict')).toHaveLength(stats?.removed ?? -1);
    expect(view.tokens.filter((token) => token.state !== 'prompt' && token.probability !== null)).toHaveLength(
      stats?.tokens ?? -1,
    );
    expect(trace.steps).toHaveLength(stats?.steps ?? -1);
  });

  const worded = all.filter(({ trace }) => trace.end && trace.steps.some((event) => event.set[0]?.text));
  test.each(worded)('$name: brackets and reading are those of the end event', ({ trace }) => {
    const view = viewAt(trace, Infinity);
    expect(brackets(view)).toBe(trace.end?.brackets);
    expect(reading(trace, view)).toBe(trace.end?.text);
  });
  test('most fixtures have words', () => expect(worded.length).toBeGreaterThan(60));
});

const PAIR: [string, number][] = [
  [' cat', 0.5],
  [' dog', 0.3],
];
const ONE: [string, number][] = [[' sat', 0.9]];

describe('the life of a token', () => {
  test('nobody is on trial in a run that judges nobody', () => {
    expect(states(made({}, [{ set: PAIR }, { set: ONE }]), 0)).toEqual(['prompt', 'prompt', 'survived', 'survived']);
  });

  test('a set is on trial until one member is left', () => {
    const trace = made({ removal: 'mask' }, [
      { set: PAIR },
      { set: ONE, verdicts: [{ slot: 2 }, { slot: 3 }] },
      { set: ONE, verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
    ]);
    expect(states(trace, 0).slice(2)).toEqual(['trial', 'trial']);
    expect(states(trace, 1).slice(2)).toEqual(['trial', 'trial', 'single']);
    expect(states(trace, 2).slice(2)).toEqual(['survived', 'removed', 'single', 'single']);
    expect(viewAt(trace, 2).tokens[3]?.removal).toEqual({ step: 2, by: 'verdict', effect: 'mask' });
    expect(viewAt(trace, 2).tokens[2]?.verdict).toMatchObject({ step: 2, verdict: { keep: true } });
    expect(viewAt(trace, 1).tokens[3]?.removal).toBeNull();
  });

  test('the posterior judges once', () => {
    const trace = made({ removal: 'mask', removal_score: 'posterior' }, [{ set: PAIR }, { set: PAIR }]);
    expect(states(trace, 1).slice(2)).toEqual(['survived', 'survived', 'trial', 'trial']);
  });

  test.each(['report', 'fade'] as const)('%s removes nobody', (removal) => {
    const trace = made({ removal }, [{ set: PAIR }, { set: ONE, verdicts: [{ slot: 3, keep: false }] }]);
    const view = viewAt(trace, 1);
    expect(view.tokens[3]).toMatchObject({ state: 'trial', removal: null, verdict: { verdict: { keep: false } } });
    expect([view.rows, view.live]).toEqual([5, 5]);
  });

  test('mask and rebuild keep the row, evict and the budget give it back', () => {
    for (const [removal, rows] of [
      ['mask', 5],
      ['rebuild', 5],
      ['evict', 4],
    ] as const) {
      const trace = made({ removal }, [{ set: PAIR }, { set: ONE, verdicts: [{ slot: 3, keep: false }] }]);
      expect([removal, viewAt(trace, 1).rows, viewAt(trace, 1).live]).toEqual([removal, rows, 4]);
    }
    const budget = viewAt(made({ budget: 4 }, [{ set: PAIR }, { set: ONE, over_budget: [0] }]), 1);
    expect([budget.rows, budget.live, budget.tokens[0]?.state]).toEqual([4, 4, 'removed']);
    expect(budget.tokens[0]?.removal).toEqual({ step: 1, by: 'budget', effect: 'evict' });
  });

  test('the budget frees the row of a masked member and does not kill it again', () => {
    const trace = made({ removal: 'mask', budget: 4 }, [
      { set: PAIR },
      { set: ONE, verdicts: [{ slot: 3, keep: false }] },
      { set: ONE, over_budget: [3] },
    ]);
    const view = viewAt(trace, 2);
    expect([view.rows, view.live]).toEqual([5, 5]);
    expect(view.tokens[3]?.removal).toEqual({ step: 1, by: 'verdict', effect: 'evict' });
  });
});

describe('viewAt', () => {
  const trace = made({}, [{ set: PAIR }, { set: ONE }]);
  const long = made(
    {},
    Array.from({ length: 9 }, () => ({ set: ONE })),
  );

  test('far before the beginning is the beginning', () => {
    expect([-1, -2, -5, -Infinity].map((step) => viewAt(long, step).tokens.length)).toEqual([2, 2, 2, 2]);
  });

  test.each([
    [-7, -1],
    [-1, -1],
    [0.9, 0],
    [99, 1],
    [Infinity, 1],
    [NaN, -1],
  ])('step %d is moved to %d', (asked, given) => expect(viewAt(trace, asked).step).toBe(given));

  test('before the first step the prompt alone is there, and its last row is read', () => {
    const view = viewAt(trace, -1);
    expect(view).toMatchObject({ current: null, rows: 2, live: 2, readout: [1] });
    expect(view.columns.map((column) => column.step)).toEqual([null, null]);
  });

  test('a state is not touched by the one after it', () => {
    const judged = made({ removal: 'mask' }, [
      { set: PAIR },
      { set: ONE, verdicts: [{ slot: 2 }, { slot: 3 }] },
      { set: ONE, verdicts: [{ slot: 2 }, { slot: 3, keep: false }], over_budget: [0] },
    ]);
    const before = viewAt(judged, 1);
    const copy = structuredClone(before);
    const after = viewAt(judged, 2, before);
    expect(before).toEqual(copy);
    expect(after.tokens[3]).toMatchObject({ state: 'removed', verdict: { step: 2 } });
  });

  test('a moment of another run saves no way', () => {
    const other = made({}, [{ set: ONE }, { set: PAIR }, { set: PAIR }]);
    expect(viewAt(other, 2, viewAt(trace, 1))).toEqual(viewAt(other, 2));
  });

  test('a set keeps its size and its members their rank', () => {
    const [cat, dog] = viewAt(trace, 1).columns[2]?.tokens ?? [];
    expect([cat?.rank, dog?.rank, cat?.size, dog?.size]).toEqual([0, 1, 2, 2]);
  });
});

describe('text of a moment', () => {
  test('removed members are left out, and bytes become characters', () => {
    const trace = made({ removal: 'mask' }, [
      { set: [['\\xc3', 1]] },
      { set: [['\\xa9', 1]] },
      { set: PAIR },
      { set: [...PAIR, [' emu', 0.1]], verdicts: [{ slot: 4, keep: false }] },
    ]);
    expect(brackets(viewAt(trace, 2))).toBe('\u00e9[ cat/ dog]');
    expect(brackets(viewAt(trace, 3))).toBe('\u00e9 dog[ cat/ dog/ emu]');
    expect(reading(trace, viewAt(trace, 3))).toBe('\u00e9 dog cat');
  });

  test('a set that is gone leaves nothing', () => {
    const gone = [
      { slot: 2, keep: false },
      { slot: 3, keep: false },
    ];
    const trace = made({ removal: 'mask', removal_keep: 'remove-position' }, [
      { set: PAIR },
      { set: ONE, verdicts: gone },
    ]);
    expect([brackets(viewAt(trace, 1)), reading(trace, viewAt(trace, 1))]).toEqual([' sat', ' sat']);
    expect(viewAt(trace, 1).columns).toHaveLength(4);
  });
});
