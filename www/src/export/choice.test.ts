// Ranges and rows of saved pictures, their names, and where the ribbons of the slots lie.

import { expect, test } from 'vitest';
import { latticeSvg, stripSvg } from '../export';
import { layoutLattice } from '../layout/lattice';
import { layoutStrip } from '../layout/strip';
import { PALETTES } from '../palette';
import { viewAt } from '../reduce';
import { chainedAt, made, recorded } from '../testing';
import type { Trace, ViewState } from '../view-state';
import { latticeSizes } from '../views/lattice/sizes';
import { stripSizes } from '../views/strip/sizes';
import { isChosen, PAGE, rowsOf, wholePicture, type PictureChoice } from './choice';
import { fileName, runName } from './name';

const SIZES = latticeSizes(9, 15);
const SMALL = stripSizes(8, 13);

function lattice(trace: Trace, view: ViewState, choice: Partial<PictureChoice>): string {
  const layout = layoutLattice(trace, view, SIZES, { open: false, area: false, selected: null });
  return latticeSvg(trace, view, layout, SIZES, { ...wholePicture(view), ...choice }, chainedAt(trace, view));
}

function strip(trace: Trace, view: ViewState, choice: Partial<PictureChoice>): string {
  return stripSvg(trace, view, layoutStrip(trace, view, SMALL), SMALL, { ...wholePicture(view), ...choice }, false);
}

const widthOf = (svg: string): number => Number(/ width="(\d+)"/.exec(svg)?.[1]);
/** Texts of the letters drawn. */
const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
/** Numbers drawn over columns or slots, in this size of letters. */
const numbers = (svg: string, size: number): number[] =>
  [...svg.matchAll(/<text[^>]*font-size="(\d+)"[^>]*>(\d+)</g)].flatMap(([, own, text]) =>
    Number(own) === size ? [Number(text)] : [],
  );

test.each(recorded())('$name: rows are no wider than asked, and hold every column once and in order', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const prompt = trace.run.prompt.tokens.length;
  const positions = view.columns.map(({ position }) => position).slice(prompt);
  const one = lattice(trace, view, { wrap: Infinity });
  expect(widthOf(one)).toBeGreaterThan(PAGE + 48);
  for (const wrap of [PAGE, 600]) {
    const page = lattice(trace, view, { wrap });
    expect(widthOf(page)).toBeLessThanOrEqual(wrap + 48);
    expect(numbers(page, 11)).toEqual(numbers(one, 11));
    expect(numbers(page, 11).slice(-positions.length)).toEqual(positions);
    expect(
      texts(page)
        .filter((text) => text.endsWith(' %'))
        .sort(),
    ).toEqual(
      texts(one)
        .filter((text) => text.endsWith(' %'))
        .sort(),
    );
    const slots = strip(trace, view, { wrap });
    expect(widthOf(slots)).toBeLessThanOrEqual(wrap + 48);
    expect(numbers(slots, 10)).toEqual(view.tokens.map(({ slot }) => slot));
  }
});

test.each(recorded())('$name: a range of steps, with its prompt only where it begins with it', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const prompt = trace.run.prompt.tokens.length;
  const some = lattice(trace, view, { from: 3, to: 6 });
  expect(numbers(some, 11)).toEqual([3, 4, 5, 6].map((step) => view.columns[prompt + step]!.position));
  expect(some).toContain(', steps 3 to 6</title>');
  const first = lattice(trace, view, { from: 0, to: 1 });
  expect(numbers(first, 11).slice(-2)).toEqual([prompt, prompt + 1]);
  expect(numbers(first, 11)[0]).toBe(view.columns[Math.max(0, prompt > 10 ? prompt - 3 : 0)]!.position);
  const slots = strip(trace, view, { from: 4, to: 4 });
  expect(numbers(slots, 10)).toEqual(view.columns[prompt + 4]!.tokens.map(({ slot }) => slot));
  expect(slots).toContain(', step 4</title>');
});

test('what is cut leads on to its neighbour: the lines of both ends are there, and end in the hub', () => {
  const { trace } = recorded().find(({ name }) => name === 'once')!;
  const view = viewAt(trace, trace.steps.length - 1);
  const some = lattice(trace, view, { from: 5, to: 8, wrap: Infinity });
  expect(some).toContain('<clipPath id="row-0">');
  const shown = { from: 5, to: 8 };
  expect(view.columns.filter(({ step }) => isChosen({ ...wholePicture(view), ...shown }, step))).toHaveLength(4);
  const layout = layoutLattice(trace, view, SIZES, { open: false, area: false, selected: null });
  const at = layout.columns.findIndex(({ step }) => step === 5);
  for (const hub of layout.hubs.slice(at - 1, at + 4)) {
    expect(some).toContain(`d="${hub.links.find(({ kind }) => kind !== 'gone')!.path}"`);
  }
  // The thick line comes in from the hub before.
  const thick = /<path d="([^"]*)"[^>]*stroke-width="4"\/><\/g>/.exec(some)?.[1];
  expect(thick).toContain(`M${layout.hubs[at - 1]!.x} `);
  expect(thick).toContain(`M${layout.hubs[at + 3]!.x} `);
});

test('before the first step there is the prompt, and a part that is too wide has a row of its own', () => {
  const trace = made({}, [{ set: [[' a', 1]] }]);
  const view = viewAt(trace, -1);
  expect(numbers(lattice(trace, view, {}), 11)).toEqual([0, 1]);
  expect(
    rowsOf(
      [
        { x: 0, width: 90 },
        { x: 100, width: 10 },
        { x: 120, width: 10 },
      ],
      0,
      3,
      50,
    ),
  ).toEqual([
    [0, 1],
    [1, 3],
  ]);
});

test('shares on the edges of cells leave the numbers of positions readable', () => {
  const { trace } = recorded().find(({ name }) => name === 'once')!;
  const view = viewAt(trace, trace.steps.length - 1);
  const layout = layoutLattice(trace, view, SIZES, { open: false, area: false, selected: null });
  const slot = view.columns.at(-4)!.tokens[0]!.slot;
  const svg = latticeSvg(trace, view, layout, SIZES, wholePicture(view), chainedAt(trace, view, slot));
  const baselines = [...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)"[^>]*font-size="11">\d+</g)].map(([, y]) =>
    Number(y),
  );
  const shares = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)"[^>]*height="14"/g)].map(([, y]) => Number(y));
  expect(shares.length).toBeGreaterThan(10);
  expect(Math.max(...baselines)).toBeLessThanOrEqual(Math.min(...shares));
});

test('ribbons of the slots lead from the boxes down to the axis', () => {
  const { trace } = recorded().find(({ name }) => name === 'wide')!;
  const svg = strip(trace, viewAt(trace, 3), {});
  const box = /<rect x="[\d.]+" y="(\d+)" width="[\d.]+" height="(\d+)" fill="#ffffff" stroke/.exec(svg)!;
  const moved = Number(/<g transform="translate\(0 (\d+)\)"><path/.exec(svg)?.[1]);
  const ribbon = /<path d="M[\d.]+ (\d+)C[\d.]+ [\d.]+ [\d.]+ [\d.]+ [\d.]+ (\d+)H/.exec(svg)!;
  const axis = Number(/<path d="M0 (\d+)h/.exec(svg)?.[1]);
  expect(moved + Number(ribbon[1])).toBe(Number(box[1]) + Number(box[2]));
  expect(moved + Number(ribbon[2])).toBe(axis);
});

test('lines to positions of their own do not strike the numbers of the axis out', () => {
  const { trace } = recorded().find(({ name }) => name === 'once')!;
  const view = viewAt(trace, 3);
  const svg = stripSvg(trace, view, layoutStrip(trace, view, SMALL), SMALL, wholePicture(view), true);
  const numbers = Number(/<text x="[\d.]+" y="(\d+)"[^>]*font-size="12"/.exec(svg)?.[1]);
  const dashed = [...svg.matchAll(/<path d="([^"]*)"[^>]*stroke-dasharray="3 3"/g)].map(([, path]) => path!);
  expect(dashed).toHaveLength(view.tokens.length);
  for (const path of dashed) {
    for (const [, from, to] of path.matchAll(/M[\d.]+ ([\d.]+)V([\d.]+)/g)) {
      expect(Number(from) > numbers || Number(to) <= numbers - 12).toBe(true);
    }
  }
});

test('pictures are light unless another palette is asked for', () => {
  const trace = made({}, [{ set: [[' a', 1]] }]);
  const view = viewAt(trace, 0);
  expect(wholePicture(view).look).toBe('light');
  expect(lattice(trace, view, { look: 'dark' })).toContain(PALETTES.dark.ground);
});

test('names of files have the prompt and the step', () => {
  const trace = made({}, [{ set: [[' a', 1]] }, { set: [[' b', 1]] }], ['A', ' b']);
  const view = viewAt(trace, 1);
  expect(fileName('lattice', trace, view)).toBe('tempo-lattice-a-b-step-1');
  expect(fileName('lattice', trace, view, { from: 0, to: 1 })).toBe('tempo-lattice-a-b-step-1');
  expect(fileName('lattice', trace, view, { from: 1, to: 1 })).toBe('tempo-lattice-a-b-step-1-of-1-to-1');
  expect(fileName('slots', trace, viewAt(trace, -1))).toBe('tempo-slots-a-b-prompt');
  expect(runName(trace)).toBe('tempo-run-a-b-2-steps');
  const named = (text: string): string => runName({ ...trace, run: { ...trace.run, prompt: { text, tokens: [] } } });
  expect(named('../../etc/"passwd"\u202e\n')).toBe('tempo-run-etc-passwd-2-steps');
  expect(named(' \n')).toBe('tempo-run-run-2-steps');
  expect(named('猫が座った')).toBe('tempo-run-猫が座った-2-steps');
  expect(named('word '.repeat(100))).toBe(`tempo-run-${Array(8).fill('word').join('-')}-2-steps`);
  expect(named('x'.repeat(5000)).length).toBeLessThan(70);
});

test('a picture of a large set says how many members it leaves out', () => {
  const set = Array.from({ length: 30 }, (_, i): [string, number] => [`w${i}`, 0.02]);
  const crowd = made({}, [{ set }]);
  const at = viewAt(crowd, 0);
  const drawn = (whole: ReadonlySet<number>): string[] => {
    const layout = layoutLattice(crowd, at, SIZES, { open: false, area: false, selected: null, whole });
    return texts(latticeSvg(crowd, at, layout, SIZES, wholePicture(at), chainedAt(crowd, at)));
  };
  expect(drawn(new Set())).toContain('+22 more');
  expect(drawn(new Set())).not.toContain('w20');
  expect(drawn(new Set([2]))).not.toContain('+22 more');
  expect(drawn(new Set([2]))).toContain('w20');
});
