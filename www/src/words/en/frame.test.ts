import { expect, test } from 'vitest';
import { DEFAULTS } from '../../contract';
import { NBSP } from '../../format';
import { thresholdChanges } from './frame';

test('a threshold that is not the same in every step says what becomes of it', () => {
  expect(thresholdChanges(DEFAULTS)).toBeNull();
  expect(thresholdChanges({ ...DEFAULTS, schedule: 'bezier-values' })).toBe(
    `It changes over the run: 10${NBSP}% → 100${NBSP}%.`,
  );
  for (const schedule of ['entropy', 'min-p'] as const)
    expect(thresholdChanges({ ...DEFAULTS, schedule })).toContain('in every step');
});
