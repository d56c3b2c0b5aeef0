import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { chainedAt, made, randomChain } from '../testing';
import { latticeSizes } from '../views/lattice/sizes';
import { kinLines, readingLine } from './chain-lines';
import { layoutLattice } from './lattice';

const sizes = latticeSizes(9, 15);
const choice = { open: false, area: false, selected: null };
/** Pieces of a line and where each begins. */
const starts = (path: string): string[] => [...path.matchAll(/M([\d.]+ [\d.]+)/g)].map(([, place]) => place!);

test('the reading runs from the prompt through every hub to its newest word', () => {
  for (const seed of [2, 3, 9, 14]) {
    const trace = randomChain(seed);
    const view = viewAt(trace, 5);
    const layout = layoutLattice(trace, view, sizes, choice);
    const { path, reading } = chainedAt(trace, view);
    const line = readingLine(layout, sizes, path);
    // Into a hub and out of it for every word; an emptied column has no word and is jumped over.
    expect(starts(line)).toHaveLength(2 * reading.words.length);
    const newest = layout.columns
      .flatMap(({ cells }) => cells)
      .find(({ slot }) => slot === reading.words.at(-1)!.slot)!;
    expect(line.endsWith(String(newest.x)) || line.includes(` ${newest.x} `)).toBe(true);
    expect(line).not.toMatch(/NaN|undefined/);
  }
  const prompt = made({}, []);
  const view = viewAt(prompt, -1);
  expect(readingLine(layoutLattice(prompt, view, sizes, choice), sizes, new Set())).toBe('');
});

test('kin lines lie between neighbours, the wider the larger the share, none for what is next to nothing', () => {
  const set: [string, number][] = [['a', 0.5], ['b', 0.4]]; // prettier-ignore
  const trace = made({}, [{ set }, { set, chain: [[0.9, 0.001], [0.05, 0.3]] }]); // prettier-ignore
  const view = viewAt(trace, 1);
  const layout = layoutLattice(trace, view, sizes, choice);
  const of = (slot: number) => kinLines(layout, sizes, chainedAt(trace, view, slot).kin!);
  // "a" came through "a" with 99.9 %; the rest is not drawn.
  expect(of(4).map(({ path }) => starts(path).length)).toEqual([1]);
  // "b" came through both: two widths.
  const both = of(5);
  expect(both.map(({ path }) => starts(path).length)).toEqual([1, 1]);
  expect(both[0]!.width).toBeLessThan(both[1]!.width);
  expect(
    kinLines(layoutLattice(trace, viewAt(trace, 0), sizes, choice), sizes, chainedAt(trace, view, 5).kin!),
  ).toEqual([]);
});
