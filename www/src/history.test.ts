import { describe, expect, test } from 'vitest';
import { meanReceived, receivedBy, runningMean, sinkShare } from './history';
import { viewAt } from './reduce';
import { fixtures, made, recorded } from './testing';

const all = [...fixtures(), ...recorded()];

/** Prompt 0 1; pair 2 3, judged in step 2; then one token per step. */
const trace = made({ removal: 'mask' }, [
  {
    set: [
      ['a', 0.6],
      ['b', 0.2],
    ],
    received: [0.4, 0, 0.4, 0.2],
  },
  { set: [['c', 1]], received: [0.5, 0, 0.3, 0.1, 0.1] },
  { set: [['d', 1]], received: [0.5, 0, 0.1, 0.2, 0.1, 0.1], verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
  { set: [['e', 1]], received: [0.5, 0.1, 0.2, 0, 0.1, 0.1, 0] },
]);
const values = (points: { value: number }[]): number[] => points.map((point) => Number(point.value.toFixed(9)));

describe('what a slot received', () => {
  test('begins at its birth and ends where it is removed', () => {
    expect(receivedBy(trace, 2, 3)).toEqual([
      { step: 0, value: 0.4 },
      { step: 1, value: 0.3 },
      { step: 2, value: 0.1 },
      { step: 3, value: 0.2 },
    ]);
    expect(values(receivedBy(trace, 3, 3))).toEqual([0.2, 0.1, 0.2]);
    expect(receivedBy(trace, 5, 3).map((point) => point.step)).toEqual([2, 3]);
    expect(receivedBy(trace, 0, 3)).toHaveLength(4);
  });
  test('ends where the budget takes it', () => {
    const budget = made({ budget: 3 }, [
      { set: [['a', 1]] },
      { set: [['b', 1]], over_budget: [0] },
      { set: [['c', 1]], received: [0, 0.5, 0.2, 0.2, 0.1] },
    ]);
    expect(receivedBy(budget, 0, 2).map((point) => point.step)).toEqual([0, 1]);
  });
  test('goes as far as the step that is asked for', () => {
    expect(values(receivedBy(trace, 2, 1))).toEqual([0.4, 0.3]);
    expect([receivedBy(trace, 2, -1), receivedBy(trace, 5, 1), receivedBy(trace, 99, 3)]).toEqual([[], [], []]);
  });
  test('without the first token its part is shared out', () => {
    expect(values(receivedBy(trace, 2, 2, { ignoreFirst: true }))).toEqual([0.666666667, 0.6, 0.2]);
    expect(values(receivedBy(trace, 0, 1, { ignoreFirst: true }))).toEqual([0, 0]);
    const all = made({}, [{ set: [['a', 1]], received: [1, 0, 0] }]);
    expect(values(receivedBy(all, 2, 0, { ignoreFirst: true }))).toEqual([0]);
  });
  test('removed before it could be looked at, it received nothing then', () => {
    const posterior = {
      ...trace,
      run: { ...trace.run, options: { ...trace.run.options, removal_score: 'posterior' as const } },
    };
    expect(receivedBy(posterior, 3, 3).map((point) => point.step)).toEqual([0, 1]);
  });
});

describe('the mean', () => {
  test('leaves the step of birth out', () => {
    expect(meanReceived(trace, 2, 0)).toBeNull();
    expect(values(runningMean(trace, 2, 3))).toEqual([0.3, 0.2, 0.2]);
    expect(meanReceived(trace, 2, 2)).toBeCloseTo(0.2, 12);
    expect(meanReceived(trace, 0, 0)).toBeCloseTo(0.4, 12);
  });
  test('forgets what is before the window', () => {
    expect(values(runningMean(trace, 2, 3, { window: 2 }))).toEqual([0.3, 0.2, 0.15]);
    expect(meanReceived(trace, 2, 2, { window: 1 })).toBeCloseTo(0.1, 12);
  });
  test('of a removed token stays what it was judged by', () => {
    expect(meanReceived(trace, 3, 3)).toBeCloseTo(0.15, 12);
  });
});

describe('the sink', () => {
  test('is the part of the first token', () => {
    expect([sinkShare(trace, 0), sinkShare(trace, 3), sinkShare(trace, -1), sinkShare(trace, 9)]).toEqual([
      0.4, 0.5, 0, 0,
    ]);
  });
});

describe('the scores of the recorded verdicts follow from it', () => {
  const judged = all.filter(({ trace }) => {
    const { removal, removal_score } = trace.run.options;
    if (removal === 'off' || removal_score === 'posterior' || removal_score === 'gamma') return false;
    return trace.steps.some((event) => event.verdicts.length > 0);
  });
  test('in many fixtures, for every score of attention', () => {
    expect(judged.length).toBeGreaterThan(25);
    const scores = new Set(judged.map(({ trace }) => trace.run.options.removal_score));
    expect([...scores].sort()).toEqual(['attention', 'share', 'share-ratio']);
  });

  test.each(judged)('$name', ({ trace }) => {
    const score = trace.run.options.removal_score;
    for (const event of trace.steps) {
      // Before this step's own verdicts: all sets are judged on one state.
      const before = viewAt(trace, event.step - 1);
      for (const verdict of event.verdicts) {
        const column = before.columns[before.tokens[verdict.slot]?.column ?? -1];
        const live = (column?.tokens ?? []).filter((token) => !token.removal);
        const evidence = (slot: number): number => meanReceived(trace, slot, event.step) ?? NaN;
        const sum = live.reduce((total, token) => total + evidence(token.slot), 0);
        const mass = live.reduce((total, token) => total + (token.probability ?? NaN), 0);
        const share = evidence(verdict.slot) / sum;
        const weight = (before.tokens[verdict.slot]?.probability ?? NaN) / mass;
        const expected = {
          attention: evidence(verdict.slot),
          share,
          'share-ratio': share / weight,
          posterior: NaN,
          gamma: NaN,
        }[score];
        expect(Math.abs(expected - verdict.score)).toBeLessThan(1e-5 * Math.max(1, verdict.score));
      }
    }
  });
});
