import { describe, expect, test } from 'vitest';
import { NBSP } from '../format';
import { matrixLayout } from '../layout/matrix';
import { viewAt } from '../reduce';
import { sightMatrix } from '../sight';
import { fixtures, made, recorded } from '../testing';
import { cellSentence, changeSentence, diffSentence, matrixTable, slotRanges } from './matrix';

const run = made({ removal: 'mask' }, [
  {
    set: [
      [' cat', 0.6],
      [' dog', 0.3],
    ],
  },
  { set: [[' sat', 1]], verdicts: [{ slot: 2 }, { slot: 3, score: 0.1, keep: false }] },
  { set: [['<img src=x onerror=alert(1)>', 1]] },
]);
const view = viewAt(run, 2);
const matrix = sightMatrix(run, 2);
const say = (query: number, key: number): string => cellSentence(view, matrix, query, key).replaceAll(NBSP, ' ');

test('a cell in words', () => {
  expect(say(4, 2)).toBe('May " sat" (slot 4) look at " cat" (slot 2)? Yes: it stands earlier.');
  expect(say(2, 2)).toMatch(/\? Yes: itself\.$/);
  expect(say(2, 3)).toMatch(/\? No: members of one set do not see each other\.$/);
  expect(say(2, 4)).toMatch(/\? No: it stands later\.$/);
  // Removal does not reach back.
  expect(say(4, 3)).toMatch(/\? Yes: it stands earlier, and was looked at before it was removed at step 1\.$/);
  expect(say(5, 3)).toMatch(/\? No: removed at step 1\.$/);
  expect(say(9, 3)).toMatch(/\? Not computed yet\.$/);
});

test('text stays text', () => {
  expect(say(5, 5)).toContain('"<img src=x onerror=alert(1)>"');
});

test('what another visibility changes', () => {
  const visible = sightMatrix(run, 2, 'visible');
  expect(changeSentence(visible, matrix, 2, 3)).toBe('In this run (isolated): no.');
  expect(changeSentence(visible, matrix, 4, 2)).toBe('');
  const sentence = diffSentence(matrixLayout(view, visible, matrix), 'visible', 'isolated');
  expect(sentence).toBe(
    'Against the run (isolated): 2 cells would change, 2 more would be seen. A what-if: the run is not computed again.',
  );
  expect(diffSentence(matrixLayout(view, matrix), 'isolated', 'isolated')).toBe('This is the visibility of the run.');
});

test('slots in ranges', () => {
  expect(slotRanges([0, 1, 2, 5, 7, 8])).toBe('0-2, 5, 7-8');
  expect(slotRanges([])).toBe('');
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: the table counts what is seen', ({ trace }) => {
    const last = trace.steps.length - 1;
    const all = sightMatrix(trace, last);
    const table = matrixTable(viewAt(trace, last), all);
    expect(table.rows).toHaveLength(all.size);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
  });
});
