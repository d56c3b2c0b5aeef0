import { expect, test } from 'vitest';
import { layoutLattice } from '../../layout/lattice';
import { viewAt } from '../../reduce';
import { made } from '../../testing';
import { move, type GridPlace } from './move';
import { latticeSizes } from './sizes';

const pair: [string, number][] = [
  ['a', 0.5],
  ['b', 0.3],
];
const trace = made(
  {},
  [{ set: pair }, { set: [['c', 1]] }, { set: pair }],
  Array.from({ length: 20 }, (_, i) => `p${i}`),
);
const { columns } = layoutLattice(trace, viewAt(trace, 2), latticeSizes(9, 15), {
  open: false,
  area: false,
  selected: null,
});
// The fold, three prompt tokens, then the sets.
const go = (column: number, row: number, key: string, wanted = row, downwards = false): GridPlace | null =>
  move(columns, { column, row }, key, wanted, downwards);

test('arrows follow the eye', () => {
  expect(columns.map((column) => column.cells.length)).toEqual([0, 1, 1, 1, 2, 1, 2]);
  expect(go(4, 0, 'ArrowRight')).toEqual({ column: 5, row: 0 });
  expect(go(4, 0, 'ArrowLeft')).toEqual({ column: 3, row: 0 });
  expect(go(4, 0, 'ArrowDown')).toEqual({ column: 4, row: 1 });
  expect(go(4, 1, 'ArrowDown')).toEqual({ column: 4, row: 1 });
  expect(go(4, 0, 'ArrowUp')).toEqual({ column: 4, row: 0 });
});

test('the row comes back after a column that has no such row', () => {
  expect(go(4, 1, 'ArrowRight', 1)).toEqual({ column: 5, row: 0 });
  expect(go(5, 0, 'ArrowRight', 1)).toEqual({ column: 6, row: 1 });
});

test('ends and pages', () => {
  expect(go(4, 0, 'Home')).toEqual({ column: 0, row: 0 });
  expect(go(0, 0, 'End')).toEqual({ column: 6, row: 0 });
  expect(go(1, 0, 'PageDown')).toEqual({ column: 6, row: 0 });
  expect(go(6, 0, 'PageUp')).toEqual({ column: 0, row: 0 });
  expect(go(0, 0, 'ArrowLeft')).toEqual({ column: 0, row: 0 });
});

test('on a phone the positions run down the page', () => {
  expect(go(4, 0, 'ArrowDown', 0, true)).toEqual({ column: 5, row: 0 });
  expect(go(4, 0, 'ArrowRight', 0, true)).toEqual({ column: 4, row: 1 });
});

test('other keys mean nothing here', () => {
  expect(go(4, 0, 'k')).toBeNull();
  expect(go(4, 0, 'Tab')).toBeNull();
});
