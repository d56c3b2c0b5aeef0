import { expect, test } from 'vitest';
import { fixtures, made, recorded } from '../testing';
import { removals } from './facts';
import { crossPath, layoutScrubber, tickPath } from './scrubber';

const SIZES = { width: 616, height: 30, inset: 8 };
const all = [...fixtures(), ...recorded()];

test.each(all)(
  '$name: one tick per step, inside the track, and as many crosses as the end event counts',
  ({ trace }) => {
    const layout = layoutScrubber(trace, SIZES);
    expect(layout.ticks).toHaveLength(trace.steps.length);
    for (const tick of layout.ticks) {
      expect(tick.x).toBeGreaterThan(SIZES.inset);
      expect(tick.x).toBeLessThanOrEqual(SIZES.width - SIZES.inset + 0.01);
      expect(tick.height).toBeLessThanOrEqual(SIZES.height);
    }
    const budget = trace.steps.reduce((sum, step) => sum + (step.over_budget?.length ?? 0), 0);
    const counted = trace.steps.reduce((sum, step) => sum + removals(step), 0);
    if (trace.end) expect(counted - budget).toBe(trace.end.stats.removed);
  },
);

const trace = made({ removal: 'mask', max_steps: 10 }, [
  {
    set: [
      ['a', 0.5],
      ['b', 0.3],
    ],
  },
  { set: [['c', 1]], verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
  { set: [['d', 1]] },
]);

test('a run under way leaves room for the steps to come, an ended one does not', () => {
  expect([layoutScrubber(trace, SIZES).total, layoutScrubber(trace, SIZES).pitch]).toEqual([10, 60]);
  const stats = { steps: 3, tokens: 4, mean_set: 4 / 3, removed: 1 };
  const over = { ...trace, end: { type: 'end', reason: 'stopped', text: '', brackets: '', stats } as const };
  expect(layoutScrubber(over, SIZES).total).toBe(3);
  expect(layoutScrubber({ ...over, steps: [] }, SIZES).total).toBe(1);
});

test('ticks and crosses as paths', () => {
  const layout = layoutScrubber(trace, SIZES);
  expect(tickPath(layout, 0, 3, 34, 'many').match(/M/g)).toHaveLength(1);
  expect(tickPath(layout, 0, 3, 34, 'one').match(/M/g)).toHaveLength(2);
  expect(tickPath(layout, 1, 1, 34, 'one')).toBe('');
  expect(crossPath(layout, 0, 3, 40).match(/M/g)).toHaveLength(1);
});
