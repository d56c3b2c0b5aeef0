import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { recorded } from '../testing';
import { layoutLattice, shareLattice } from './lattice';
import { share, shareKeyed, shareParts } from './share';
import { layoutStrip } from './strip';

const LATTICE = { ch: 9, cellHeight: 46, rowGap: 8, gap: 28, padding: 26, head: 24, ghost: 34, least: 5, most: 14 };
const STRIP = { ch: 8, padding: 10, gap: 3, least: 2, most: 10, slot: 26, ribbon: 60, own: 40 };

test('what is alike is the same object, and a list of the same is the same list', () => {
  const before = [{ a: 1 }, { a: 2 }];
  expect(share(before, [{ a: 1 }, { a: 2 }])).toBe(before);
  const changed = share(before, [{ a: 1 }, { a: 3 }, { a: 4 }]);
  expect(changed[0]).toBe(before[0]);
  expect(changed).toEqual([{ a: 1 }, { a: 3 }, { a: 4 }]);
  expect(share(before, [{ a: 1 }])).toEqual([{ a: 1 }]);
  expect(share<{ a?: number; b?: number }>([{ a: 1 }], [{ b: 1 }])).toEqual([{ b: 1 }]);
});

test('what has moved in its list is the same object', () => {
  const before = [
    { key: 'a', x: 1 },
    { key: 'b', x: 2 },
  ];
  const now = shareKeyed(
    before,
    [
      { key: 'b', x: 2 },
      { key: 'a', x: 3 },
      { key: 'c', x: 4 },
    ],
    ({ key }) => key,
  );
  expect(now[0]).toBe(before[1]);
  expect(now).toEqual([
    { key: 'b', x: 2 },
    { key: 'a', x: 3 },
    { key: 'c', x: 4 },
  ]);
});

test('of a long list, parts without a change are the same parts', () => {
  const list = (changed: number): { i: number; is: boolean }[] =>
    Array.from({ length: 100 }, (_, i) => ({ i, is: i === changed }));
  const before = shareParts([], list(-1));
  const after = shareParts(before, [...list(30), { i: 100, is: false }]);
  expect(after.flat()).toEqual([...list(30), { i: 100, is: false }]);
  const kept = after.filter((part, i) => part === before[i]).length;
  expect(kept).toBe(before.length - 2);
  expect(shareParts(after, [])).toEqual([]);
});

test.each(recorded())('$name: a shared layout is equal to a fresh one, whatever way the reader came', ({ trace }) => {
  const steps = [-1, 0, 1, 5, 4, trace.steps.length - 1, 3, 2, 2];
  let lattice = null;
  for (const [i, step] of steps.entries()) {
    const view = viewAt(trace, step);
    const choice = { open: false, area: i === 4, selected: i % 3 === 0 ? 7 : null };
    const fresh = layoutLattice(trace, view, LATTICE, choice);
    lattice = shareLattice(lattice, fresh);
    expect(lattice).toEqual(fresh);
  }
});

test('a step forward leaves most columns untouched', () => {
  const [{ trace }] = recorded().filter(({ name }) => name === 'once') as [ReturnType<typeof recorded>[number]];
  const choice = { open: false, area: false, selected: null };
  const before = layoutLattice(trace, viewAt(trace, 19), LATTICE, choice);
  const after = shareLattice(before, layoutLattice(trace, viewAt(trace, 20), LATTICE, choice));
  const same = after.columns.filter((column, i) => column === before.columns[i]).length;
  // The newest column of before loses its mark, one earlier column loses a member.
  expect(same).toBeGreaterThanOrEqual(before.columns.length - 2);
});

test.each(recorded())(
  '$name: what is kept of a layout is what a fresh run would give, in both directions',
  ({ trace }) => {
    const { length } = trace.steps;
    const fresh = structuredClone(trace);
    let view = viewAt(trace, length - 1);
    for (const step of [length - 1, length - 2, 2, 3, 4, length - 1]) {
      view = viewAt(trace, step, view);
      // A copy has other objects: nothing is known of them.
      const copy = { ...structuredClone(fresh), steps: structuredClone(fresh.steps) };
      expect(layoutStrip(trace, view, STRIP)).toEqual(layoutStrip(copy, viewAt(copy, step), STRIP));
      for (const area of [false, true]) {
        const choice = { open: step === 3, area, selected: null, hideRemoved: step === 4 };
        expect(layoutLattice(trace, view, LATTICE, choice)).toEqual(
          layoutLattice(copy, viewAt(copy, step), LATTICE, choice),
        );
      }
    }
  },
);

test('a step lays out what it has changed: the columns and gaps before it stay the same objects', () => {
  const [{ trace }] = recorded().filter(({ name }) => name === 'once') as [ReturnType<typeof recorded>[number]];
  const choice = { open: false, area: false, selected: null };
  const here = viewAt(trace, 19);
  const before = layoutLattice(trace, here, LATTICE, choice);
  const there = viewAt(trace, 20, here);
  const after = layoutLattice(trace, there, LATTICE, choice);
  const kept = before.columns.filter((column, i) => column === after.columns[i]).length;
  expect(kept).toBeGreaterThanOrEqual(before.columns.length - 2);
  const gaps = before.hubs.filter((hub, i) => hub === after.hubs[i]).length;
  expect(gaps).toBeGreaterThanOrEqual(before.hubs.length - 4);
  const [one, two] = [layoutStrip(trace, here, STRIP), layoutStrip(trace, there, STRIP)];
  expect(one.slots.filter((slot, i) => slot !== two.slots[i]).length).toBeLessThanOrEqual(8);
});
