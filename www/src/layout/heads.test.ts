import { expect, test } from 'vitest';
import type { AttentionMaps } from '../contract';
import { headGrid, profilePath, topKeys } from './heads';

/** 2 layers, 1 head, 2 queries, 3 keys. */
const maps: AttentionMaps = {
  step: 4,
  layers: 2,
  heads: 1,
  queries: [5, 6],
  keys: [0, 2, 5],
  weights: Float32Array.from([0.5, 0.25, 0.25, 0.5, 0.5, 0, 1, 0, 0, 0.5, 0.25, 0.25]),
};

test('the mean over the queries, per head', () => {
  const board = headGrid(maps, 2, false);
  expect(board.map((cell) => [cell.layer, cell.head, cell.value])).toEqual([
    [0, 0, 0.375],
    [1, 0, 0.125],
  ]);
});

test('without the first token its part is shared out', () => {
  expect(headGrid(maps, 2, true).map((cell) => cell.value)).toEqual([0.75, 0.5]);
  expect(headGrid(maps, 0, true)[0]?.value).toBe(0);
});

test('a slot that nobody could look at has no value', () => {
  expect(headGrid(maps, 3, false)[0]?.value).toBeNull();
  expect(headGrid(maps, null, false)[0]?.value).toBeNull();
});

test('the slot that is looked at is always in the list', () => {
  const [first] = headGrid(maps, 5, false);
  expect(topKeys(maps, first!.profile, 1, 5)).toEqual([{ slot: 5, weight: 0.125 }]);
  expect(topKeys(maps, first!.profile, 2, null).map((key) => key.slot)).toEqual([0, 2]);
});

test('more keys than pixels share bars', () => {
  const profile = Float64Array.from({ length: 400 }, (_, index) => index / 400);
  const path = profilePath(profile, 44, 16);
  expect(path.split('M').length - 1).toBeLessThanOrEqual(22);
  expect(path).not.toMatch(/NaN/);
  expect(profilePath(new Float64Array(0), 44, 16)).toBe('');
});
