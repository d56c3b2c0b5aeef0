import { expect, test } from 'vitest';
import { DEFAULTS } from '../contract';
import { NBSP } from '../format';
import { handlesOf } from '../layout/curve';
import { thresholdLayout } from '../layout/threshold';
import { made } from '../testing';
import {
  barWord,
  countsSentence,
  curveSentence,
  curveSummary,
  thresholdTable,
  thresholdWords,
  whatIfSentence,
} from './threshold';

const step = made({}, [
  {
    set: [
      [' cat', 0.41],
      [' dog', 0.2],
    ],
    event: {
      candidates: [
        { id: 102, text: ' cat', probability: 0.41 },
        { id: 103, text: ' dog', probability: 0.2 },
        { id: 7, text: ' child', probability: 0.08 },
        { id: 8, text: ' bird', probability: 0.02 },
      ],
    },
  },
]).steps[0]!;
const at = (threshold: number | null, patch = {}) =>
  thresholdLayout(step, { ...DEFAULTS, ...patch }, 50_257, threshold, 'linear');
const plain = (text: string): string => text.replaceAll(NBSP, ' ');

test('counts', () => {
  expect(plain(countsSentence(at(null)))).toBe('2 kept, with 61 % of the probability; 50 255 left out');
  expect(plain(countsSentence(at(0.05)))).toBe('3 kept, with 69 % of the probability; 50 254 left out');
  expect(plain(countsSentence(at(0.9)))).toContain('no token reaches the line, so the most probable one is kept');
  expect(plain(countsSentence(at(0.0001, { max_set: 0 })))).toBe(
    'at least 4 kept, with at least 71 % of the probability; at most 50 253 left out',
  );
});

test('what a dragged line would have done', () => {
  expect(plain(whatIfSentence(at(0.05)))).toBe('In too: " child". What-if: later steps not re-run.');
  expect(plain(whatIfSentence(at(0.3)))).toBe('Out: " dog". What-if: later steps not re-run.');
  expect(whatIfSentence(at(0.11))).toBe('The same set. What-if: later steps not re-run.');
  expect(at(0.05).bars.map(barWord)).toEqual(['kept', 'kept', 'would be in', 'left out']);
  expect(at(0.3).bars.map(barWord)).toEqual(['kept', 'would be out', 'left out', 'left out']);
});

test('the slider says what it is at', () => {
  expect([0.1, 2].map(thresholdWords)).toEqual(['10 percent', 'above everything']);
});

test('the editor says what it edits', () => {
  expect(curveSentence({ ...DEFAULTS, schedule: 'relu' }, 'selection')).toBe(
    'Edits the selection threshold: the start value up to the knee, then a straight line to the end.',
  );
  expect(curveSentence(DEFAULTS, 'removal')).toBe(
    'Edits the removal limit: the same value in every step. It acts on the absolute rule only; the options ask for the relative one.',
  );
  const summary = curveSummary(
    { ...DEFAULTS, schedule: 'min-p' },
    'selection',
    handlesOf({ ...DEFAULTS, schedule: 'min-p' }, 'selection', 'linear'),
  );
  expect(plain(summary)).toMatch(/value 10 %\. Dots show the thresholds of the steps that were run\.$/);
});

test('the table has both states', () => {
  const table = thresholdTable(step, at(0.05));
  expect(table.rows.map((row) => row.slice(-2))).toEqual([
    ['kept', 'kept'],
    ['kept', 'kept'],
    ['left out', 'kept'],
    ['left out', 'left out'],
  ]);
});
