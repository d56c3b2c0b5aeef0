import { describe, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures, made, recorded } from '../testing';
import { arcsLayout, headPath, LONGEST, MOST_ITEMS, type ArcsOptions } from './arcs';
import { places } from './measure';

const OPTIONS: ArcsOptions = { cut: 0.02, ignoreFirst: false, character: 8, padding: 7, mostHeight: 150 };

const run = made({}, [
  {
    set: [
      [' cat', 0.6],
      [' dog', 0.3],
    ],
    received: [0.4, 0.2, 0.2, 0.2],
  },
  { set: [[' sat', 1]], received: [0.5, 0.1, 0.2, 0.01, 0.19] },
  { set: [['.', 1]], received: [0.5, 0.1, 0.1, 0.05, 0.2, 0.05] },
]);

test('arcs come from later columns only, and the cut hides and counts', () => {
  const arcs = arcsLayout(run, viewAt(run, 2), 3, OPTIONS);
  expect([...arcs.weights]).toEqual([
    [3, { step: 1, weight: 0.01 }],
    [4, { step: 2, weight: 0.05 }],
  ]);
  expect(arcs.arcs.map((arc) => arc.column)).toEqual([4]);
  expect([arcs.hidden, arcs.hiddenWeight]).toEqual([1, 0.01]);
});

test('without the first token its part is shared out', () => {
  const arcs = arcsLayout(run, viewAt(run, 2), 2, { ...OPTIONS, ignoreFirst: true });
  expect(arcs.weights.get(3)?.weight).toBeCloseTo(0.4);
});

test('widths compare as weights do', () => {
  const arcs = arcsLayout(run, viewAt(run, 2), 2, OPTIONS).arcs;
  expect(arcs.map((arc) => [arc.weight, arc.stroke])).toEqual([
    [0.2, 14],
    [0.1, 7],
  ]);
  expect(headPath({ end: 20, stroke: 10 }, 100)).toBe('M12 93h16L20 100z');
});

test('the chosen member stands for its column, and long texts are cut', () => {
  const long = made({}, [
    {
      set: [
        ['x'.repeat(40), 0.5],
        [' dog', 0.4],
      ],
    },
  ]);
  const [shown] = arcsLayout(long, viewAt(long, 0), 2, OPTIONS).items.slice(-1);
  expect(places(shown?.text ?? '')).toBe(LONGEST);
  expect(arcsLayout(long, viewAt(long, 0), 3, OPTIONS).items.at(-1)?.slot).toBe(3);
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: places side by side, arcs inside', ({ trace }) => {
    const view = viewAt(trace, trace.steps.length - 1);
    for (const token of view.tokens) {
      const arcs = arcsLayout(trace, view, token.slot, OPTIONS);
      expect(arcs.items).toHaveLength(view.columns.length);
      let right = 0;
      for (const item of arcs.items) {
        expect(item.x).toBe(right);
        right += item.width;
      }
      expect(arcs.width).toBe(right);
      expect(arcs.arcs.length + arcs.hidden).toBe(arcs.weights.size);
      for (const arc of arcs.arcs) {
        expect(arc.column).toBeGreaterThan(token.column);
        expect(arc.path).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  });
});

test('of a long run the columns around the token are drawn, and the others counted', () => {
  const long = made(
    {},
    [{ set: [[' x', 1]] }, { set: [[' y', 1]] }],
    Array.from({ length: MOST_ITEMS + 60 }, () => 'w'),
  );
  const arcs = arcsLayout(long, viewAt(long, 1), 40, OPTIONS);
  expect(arcs.items).toHaveLength(MOST_ITEMS);
  expect(arcs.items[0]?.column).toBe(16);
  expect(arcs.beyond).toBe(46);
  expect(arcs.weights.size).toBe(0);
  const last = arcsLayout(long, viewAt(long, 1), MOST_ITEMS + 60, OPTIONS);
  expect(last.beyond).toBe(0);
  expect([...last.weights.keys()]).toEqual([MOST_ITEMS + 61]);
});
