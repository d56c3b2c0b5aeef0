import { expect, test } from 'vitest';
import { nearest } from './keep-focus';

const COLUMNS = [
  { key: -1, slots: [] },
  { key: 3, slots: [3] },
  { key: 4, slots: [4, 5] },
  { key: 6, slots: [8, 9, 10] },
];

test('the same place, where it is there', () => {
  expect(nearest(COLUMNS, { column: 4, row: 1 })).toEqual({ slot: 5, exact: true });
});

test('the place before it, where it is gone; the last member, where there are fewer', () => {
  expect(nearest(COLUMNS, { column: 5, row: 2 })).toEqual({ slot: 5, exact: false });
  expect(nearest(COLUMNS, { column: 40, row: 7 })).toEqual({ slot: 10, exact: false });
  expect(nearest(COLUMNS, { column: 6, row: 9 })).toEqual({ slot: 10, exact: true });
});

test('the first place, where nothing is before it; none, where nothing is', () => {
  expect(nearest(COLUMNS, { column: 0, row: 0 })).toEqual({ slot: 3, exact: false });
  expect(nearest([{ key: -1, slots: [] }], { column: 0, row: 0 })).toBeNull();
});
