import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { recorded } from '../testing';
import { layoutLattice, shareLattice } from './lattice';
import { share } from './share';
import { layoutStrip, shareStrip } from './strip';

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

test.each(recorded())('$name: a shared layout is equal to a fresh one, whatever way the reader came', ({ trace }) => {
  const steps = [-1, 0, 1, 5, 4, trace.steps.length - 1, 3, 2, 2];
  let lattice = null;
  let strip = null;
  for (const [i, step] of steps.entries()) {
    const view = viewAt(trace, step);
    const choice = { open: false, area: i === 4, selected: i % 3 === 0 ? 7 : null };
    const fresh = layoutLattice(trace, view, LATTICE, choice);
    lattice = shareLattice(lattice, fresh);
    expect(lattice).toEqual(fresh);
    const bare = layoutStrip(trace, view, STRIP);
    strip = shareStrip(strip, bare);
    expect(strip).toEqual(bare);
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
