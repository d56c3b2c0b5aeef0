import { expect, test } from 'vitest';
import { boxPartAt, drawn, stretchAround, WHOLE, within } from './stretch';

const things = Array.from({ length: 100 }, (_, i) => ({ name: i, x: i * 100, width: 90 }));
const names = (found: { name: number }[]): number[] => found.map(({ name }) => name);

test('what reaches into the stretch is found, and nothing else', () => {
  for (const stretch of [
    [-50, 250],
    [90, 91],
    [95, 99],
    [1234, 1890],
    [9980, 20_000],
    [-9, -1],
    [20_000, 30_000],
  ] as const) {
    const [from, to] = within(things, stretch);
    const meant = things.filter(({ x, width }) => x + width > stretch[0] && x < stretch[1]);
    expect(things.slice(from, to)).toEqual(meant);
  }
  expect(within(things, WHOLE)).toEqual([0, 100]);
  expect(within([], [0, 100])).toEqual([0, 0]);
});

test('what has to be there is drawn in its order, once, wherever the stretch lies', () => {
  expect(names(drawn(things, [1000, 1300], []))).toEqual([10, 11, 12]);
  expect(names(drawn(things, [1000, 1300], [99, 2, 11, 2, -1, 100]))).toEqual([2, 10, 11, 12, 99]);
});

test('whatever is scrolled into sight is drawn, and half a box on either side', () => {
  for (let place = 0; place <= 9000; place += 37) {
    const [left, right] = stretchAround(boxPartAt(place, 500), 500, 10_000);
    expect(left).toBeLessThanOrEqual(place - 250);
    expect(right).toBeGreaterThanOrEqual(place + 500 + 250);
    expect(right - left).toBe(1250);
  }
});

test('short content is drawn as a whole, and a box that was not measured yet shows something', () => {
  expect(stretchAround(0, 500, 1500)).toBe(WHOLE);
  expect(stretchAround(3, 500, 1501)).not.toBe(WHOLE);
  expect(stretchAround(boxPartAt(0, 0), 0, 10_000)).toEqual([-200, 800]);
});
