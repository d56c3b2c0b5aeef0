import { describe, expect, test } from 'vitest';
import { DEFAULTS, type GenerationOptions } from './contract';
import { curve, followsDistribution, limitAt, progressOf, thresholdAt } from './schedule';
import { fixtures } from './testing';

const all = fixtures();
const options = (change: Partial<GenerationOptions>): GenerationOptions => ({ ...DEFAULTS, ...change });

/** The table of ALGORITHM.md §4 and of schedule.rs. */
const TABLE = {
  constant: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
  linear: [0.1, 0.19, 0.28, 0.37, 0.46, 0.55, 0.64, 0.73, 0.82, 0.91, 1],
  relu: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.28, 0.46, 0.64, 0.82, 1],
  'bezier-values': [0.1, 0.144, 0.213, 0.301, 0.402, 0.513, 0.626, 0.736, 0.839, 0.929, 1],
  'bezier-shape': [0.1, 0.164, 0.245, 0.34, 0.443, 0.55, 0.657, 0.76, 0.855, 0.936, 1],
} as const;

describe('the check values of the contract', () => {
  test.each(Object.entries(TABLE))('%s', (kind, values) => {
    const schedule = kind as keyof typeof TABLE;
    for (const [step, value] of values.entries()) {
      const t = progressOf(step, 11);
      expect(Math.abs(thresholdAt(options({ schedule }), t) - value)).toBeLessThan(5.1e-4);
      const removal = options({ removal_schedule: schedule, removal_limit: 0.1 });
      expect(Math.abs(limitAt(removal, t) - value)).toBeLessThan(5.1e-4);
    }
  });
});

describe('the edges', () => {
  test('one step is at the start', () => {
    expect([progressOf(0, 1), progressOf(4, 5), progressOf(0, 0)]).toEqual([0, 1, 0]);
  });
  test('a knee at the end is the base, a knee at the start is a line', () => {
    expect(thresholdAt(options({ schedule: 'relu', relu_at: 1 }), 1)).toBe(0.1);
    expect(thresholdAt(options({ schedule: 'relu', relu_at: 0 }), 0.5)).toBeCloseTo(0.55, 12);
  });
  test('entropy and min-p follow the distribution', () => {
    const entropy = options({ schedule: 'entropy' });
    expect(thresholdAt(entropy, 0.3, { entropy: Math.log(8), vocab: 8 })).toBeCloseTo(0.2, 12);
    expect(thresholdAt(entropy, 0.3, { entropy: 0, vocab: 1 })).toBe(0.1);
    expect(thresholdAt(options({ schedule: 'min-p' }), 0.9, { top: 0.6 })).toBeCloseTo(0.06, 12);
    expect(thresholdAt(entropy, 0.5)).toBe(0.1);
    expect(thresholdAt(options({ schedule: 'min-p' }), 0.5)).toBe(0.1);
  });
  test('only those two do', () => {
    expect(followsDistribution(options({ schedule: 'entropy' }))).toBe(true);
    expect(followsDistribution(options({ schedule: 'min-p' }))).toBe(true);
    expect(followsDistribution(options({ schedule: 'relu' }))).toBe(false);
  });
});

describe('the reference traces', () => {
  test.each(all)('$name: the threshold of every step', ({ trace }) => {
    for (const event of trace.steps) {
      const t = progressOf(event.step, trace.run.options.max_steps);
      const facts = {
        entropy: event.entropy,
        vocab: trace.run.model.vocab,
        top: event.candidates[0]?.probability ?? 1,
      };
      expect(Math.abs(thresholdAt(trace.run.options, t, facts) - event.threshold)).toBeLessThan(1e-6);
    }
  });

  const absolute = all.filter(({ trace }) => trace.run.options.removal_rule === 'absolute');
  test.each(absolute)('$name: the limit of every verdict', ({ trace }) => {
    for (const event of trace.steps) {
      const limit = limitAt(trace.run.options, progressOf(event.step, trace.run.options.max_steps));
      for (const verdict of event.verdicts) expect(Math.abs(limit - verdict.limit)).toBeLessThan(1e-6);
    }
  });

  test('every kind of schedule occurs in them', () => {
    const judged = absolute.filter(({ trace }) => trace.steps.some((event) => event.verdicts.length > 0));
    expect(new Set(judged.map(({ trace }) => trace.run.options.removal_schedule)).size).toBe(5);
    expect(new Set(all.map(({ trace }) => trace.run.options.schedule)).size).toBe(7);
  });
});

describe('the drawn curve', () => {
  test('goes from one end to the other', () => {
    const points = curve(options({ schedule: 'linear' }), 'selection', 5);
    expect(points.map((point) => point.t)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(points.at(-1)?.value).toBe(1);
    expect(curve(options({}), 'removal', 3).map((point) => point.value)).toEqual([0.01, 0.01, 0.01]);
  });
  test('has at least its ends', () => expect(curve(options({}), 'selection', 0)).toHaveLength(2));
});
