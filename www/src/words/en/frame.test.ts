import { expect, test } from 'vitest';
import { DEFAULTS } from '../../contract';
import { NBSP } from '../../format';
import { thresholdChanges, whatItDoes } from './frame';

test('a threshold that is not the same in every step says what becomes of it', () => {
  expect(thresholdChanges(DEFAULTS)).toBeNull();
  expect(thresholdChanges({ ...DEFAULTS, schedule: 'bezier-values' })).toBe(
    `It changes over the run: 10${NBSP}% → 100${NBSP}%.`,
  );
  for (const schedule of ['entropy', 'min-p'] as const)
    expect(thresholdChanges({ ...DEFAULTS, schedule })).toContain('in every step');
});

test('what is kept is called likely enough, with the least that is, where it is one number', () => {
  expect(whatItDoes(0.1)).toContain(`every word that is likely enough (here: 10${NBSP}% or more), side by side`);
  expect(whatItDoes(null)).toContain('every word that is likely enough, side by side');
});
