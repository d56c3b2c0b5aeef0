import { describe, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures, made, recorded, type MadeStep } from '../testing';
import { FOLD_ABOVE, layoutLattice, type LatticeChoice } from './lattice';
import { crowdSlot, FOLD, type LatticeSizes } from './lattice-parts';

const SIZES: LatticeSizes = {
  ch: 10,
  cellHeight: 40,
  rowGap: 8,
  gap: 30,
  padding: 20,
  head: 24,
  ghost: 30,
  least: 4,
  most: 12,
};
const PLAIN: LatticeChoice = { open: false, area: false, selected: null };
const all = [...fixtures(), ...recorded()];

const pair: MadeStep = {
  set: [
    [' cat', 0.6],
    [' dog', 0.3],
  ],
};

describe('every fixture', () => {
  test.each(all)('$name: columns stand side by side, cells below each other, everything inside', ({ trace }) => {
    for (const step of [-1, 0, trace.steps.length - 1]) {
      const view = viewAt(trace, step);
      const layout = layoutLattice(trace, view, SIZES, { ...PLAIN, open: true });
      let right = 0;
      for (const column of layout.columns) {
        expect(column.x).toBeGreaterThanOrEqual(right);
        right = column.x + column.width;
        let bottom = SIZES.head;
        for (const cell of column.cells) {
          expect(cell.y).toBeGreaterThanOrEqual(bottom);
          bottom = cell.y + cell.height;
        }
        expect(bottom).toBeLessThanOrEqual(layout.height);
      }
      expect(right).toBeLessThanOrEqual(layout.width);
      expect(layout.columns.flatMap((column) => column.cells.map((cell) => cell.slot))).toEqual(
        view.tokens.map((token) => token.slot),
      );
    }
  });

  test.each(all)(
    '$name: a gap has as many lines as there are members before and behind it, never the product',
    ({ trace }) => {
      const view = viewAt(trace, trace.steps.length - 1);
      const layout = layoutLattice(trace, view, SIZES, { ...PLAIN, open: true });
      const columns = layout.columns.filter((column) => column.key !== FOLD);
      for (const [i, hub] of layout.hubs.slice(-columns.length).entries()) {
        const live = (cells: (typeof columns)[number]['cells']): number =>
          cells.filter((cell) => cell.state !== 'removed').length;
        const lines = hub.links.filter((link) => link.kind !== 'gone' && link.kind !== 'trace');
        expect(lines).toHaveLength(live(columns[i]!.cells) + live(columns[i + 1]?.cells ?? []));
        expect(hub.open).toBe(i === columns.length - 1);
      }
    },
  );

  test.each(all)('$name: the height stays while the reader scrubs and selects', ({ trace }) => {
    const heights = trace.steps.map((_, step) => {
      const view = viewAt(trace, step);
      return layoutLattice(trace, view, SIZES, { ...PLAIN, selected: view.tokens.length - 1 }).height;
    });
    expect(new Set(heights).size).toBeLessThanOrEqual(1);
  });
});

test('lines are as thick as a member weighs, and only the speaker is thick where one speaks', () => {
  const thick = (combine: 'mixture' | 'first' | 'last'): number[] => {
    const trace = made({ combine }, [pair, { set: [[' sat', 1]] }]);
    const layout = layoutLattice(trace, viewAt(trace, 1), SIZES, PLAIN);
    const hub = layout.hubs.find((each) => each.key === 2);
    return (hub?.links ?? []).slice(0, 2).map((link) => link.width);
  };
  expect(thick('mixture')).toEqual([3, 2]);
  expect(thick('first')).toEqual([4, 1]);
  expect(thick('last')).toEqual([1, 4]);
});

test('the rows that are read next are marked', () => {
  const marks = (combine: 'mixture' | 'first' | 'last'): number[] => {
    const trace = made({ combine }, [pair]);
    return layoutLattice(trace, viewAt(trace, 0), SIZES, PLAIN).marks.map((mark) => mark.slot);
  };
  expect([marks('mixture'), marks('first'), marks('last')]).toEqual([[2, 3], [2], [3]]);
});

test('a removed member keeps its place, loses its lines, and leaves a stub unless the run was rebuilt', () => {
  for (const effect of ['mask', 'evict', 'rebuild'] as const) {
    const verdicts = [{ slot: 2 }, { slot: 3, keep: false }];
    const trace = made({ removal: effect }, [pair, { set: [['x', 1]], verdicts }, { set: [['y', 1]] }]);
    const kinds = (step: number): string[] => {
      const hub = layoutLattice(trace, viewAt(trace, step), SIZES, PLAIN).hubs.find((each) => each.key === 2);
      return (hub?.links ?? []).filter((link) => link.slot === 3).map((link) => link.kind);
    };
    const stub = effect === 'rebuild' ? [] : ['trace'];
    // In the step of the verdict the line is there once more, to be seen going.
    expect(kinds(0)).toEqual(['sibling']);
    expect(kinds(1)).toEqual(['gone', ...stub]);
    expect(kinds(2)).toEqual(stub);
    const column = layoutLattice(trace, viewAt(trace, 2), SIZES, PLAIN).columns[2];
    expect(column?.cells.map((cell) => [cell.tag, cell.beside])).toEqual([
      ['', false],
      ['gone at 3', false],
    ]);
  }
});

test('a long prompt folds to its last tokens, and opens for a selection behind the fold', () => {
  const prompt = Array.from({ length: FOLD_ABOVE + 5 }, (_, i) => `p${i}`);
  const trace = made({}, [pair], prompt);
  const view = viewAt(trace, 0);
  const folded = layoutLattice(trace, view, SIZES, PLAIN);
  expect([folded.folded, folded.foldable]).toEqual([prompt.length - 3, true]);
  expect(folded.columns[0]?.key).toBe(FOLD);
  expect(folded.columns[1]?.cells[0]?.slot).toBe(prompt.length - 3);
  expect(layoutLattice(trace, view, SIZES, { ...PLAIN, open: true }).folded).toBe(0);
  expect(layoutLattice(trace, view, SIZES, { ...PLAIN, selected: 2 }).folded).toBe(0);
  expect(layoutLattice(trace, view, SIZES, { ...PLAIN, selected: prompt.length - 1 }).folded).toBe(folded.folded);
  const short = made({}, [pair]);
  expect(layoutLattice(short, viewAt(short, 0), SIZES, PLAIN).foldable).toBe(false);
});

test('ghosts are the candidates outside the set, in the selected column only, and say why', () => {
  const candidates = [
    { id: 102, text: ' cat', probability: 0.6 },
    { id: 103, text: ' dog', probability: 0.3 },
    { id: 7, text: '</s>', probability: 0.15 },
    { id: 8, text: ' cow', probability: 0.12 },
    { id: 9, text: '<b>', probability: 0.05 },
    { id: 10, text: 'x', probability: 0.01 },
    { id: 11, text: 'y', probability: 0.001 },
  ];
  const trace = made({}, [{ ...pair, event: { candidates, ended: [candidates[2]!] } }, { set: [[' sat', 1]] }]);
  const layout = layoutLattice(trace, viewAt(trace, 1), SIZES, { ...PLAIN, selected: 2 });
  const column = layout.columns[2];
  // As many as there is room for without making the board higher.
  expect(column?.ghosts.map((ghost) => [ghost.shown, ghost.why])).toEqual([
    ['</s>', 'ended'],
    ['␣cow', 'cut'],
  ]);
  expect(column?.more).toBe(3);
  expect(layout.columns.filter((each) => each.ghosts.length > 0)).toHaveLength(1);

  const alone = made({}, [{ set: [['a', 0.6]], event: { candidates } }]);
  const ghosts = layoutLattice(alone, viewAt(alone, 0), SIZES, { ...PLAIN, selected: 2 }).columns[2]?.ghosts ?? [];
  expect(ghosts.map((ghost) => [ghost.shown, ghost.why])).toEqual([
    ['␣dog', 'cut'],
    ['</s>', 'cut'],
    ['␣cow', 'cut'],
    ['<b>', 'below'],
  ]);
});

test('in area mode height follows probability', () => {
  const trace = made({}, [pair]);
  const cells = layoutLattice(trace, viewAt(trace, 0), SIZES, { ...PLAIN, area: true }).columns[2]?.cells ?? [];
  expect(cells[0]!.height / cells[1]!.height).toBeCloseTo(2);
});

test('long and empty texts get a width that is bounded', () => {
  const trace = made({}, [{ set: [['x'.repeat(500), 0.5]] }, { set: [['', 0.5]] }]);
  const [, , long, empty] = layoutLattice(trace, viewAt(trace, 1), SIZES, PLAIN).columns;
  expect(long?.cells[0]?.text).toBe(`${'x'.repeat(11)}…`);
  expect(long?.width).toBe(12 * SIZES.ch + SIZES.padding);
  expect(empty?.cells[0]?.text).toBe('∅');
});

describe('a set of 36', () => {
  const large = Array.from({ length: 36 }, (_, i): [string, number] => [`w${i}`, (36 - i) / 1000]);
  const trace = made({ removal: 'mask' }, [
    { set: large },
    { set: [[' sat', 1]], verdicts: [{ slot: 2, keep: false }] },
    pair,
  ]);
  const laid = (choice: Partial<LatticeChoice> = {}, step = 2) =>
    layoutLattice(trace, viewAt(trace, step), SIZES, { ...PLAIN, ...choice });
  const slots = (layout: ReturnType<typeof laid>): number[] => layout.columns[2]!.cells.map(({ slot }) => slot);

  test('shows the most probable members, and says how many more there are and what they have', () => {
    const before = laid({}, 0);
    expect(slots(before)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const { hidden, share, y } = before.columns[2]!.crowd!;
    expect([hidden, share]).toEqual([28, expect.closeTo(0.406)]);
    expect(y + SIZES.cellHeight).toBeLessThanOrEqual(before.height);
    expect(before.columns[1]!.crowd).toBeNull();
    // What is live comes before what is gone.
    expect(slots(laid())).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('shows whatever the reading goes through or the reader chose, in as much room', () => {
    expect(slots(laid({ always: new Set([37, 2, 500]) }))).toEqual([2, 3, 4, 5, 6, 7, 8, 37]);
    expect(laid({ always: new Set([37]) }).height).toBe(laid().height);
  });

  test('is shown whole when it is asked for, and has room then', () => {
    const whole = laid({ whole: new Set([2]) });
    expect(slots(whole)).toHaveLength(36);
    expect(whole.columns[2]!.crowd!.hidden).toBe(0);
    const last = whole.columns[2]!.cells.at(-1)!;
    expect(whole.columns[2]!.crowd!.y).toBeGreaterThanOrEqual(last.y + last.height);
    expect(whole.height).toBeGreaterThan(laid().height);
  });

  test('has one line for all that are not shown, into the hub and out of the one before', () => {
    const lines = (hub: number): number[] => laid().hubs[hub]!.links.map(({ slot }) => slot);
    expect(lines(2).filter((slot) => slot === crowdSlot(2))).toHaveLength(1);
    expect(lines(1).filter((slot) => slot === crowdSlot(2))).toHaveLength(1);
    expect(crowdSlot(crowdSlot(2))).toBe(2);
  });
});

test('the lines of a large set are thin enough to be told apart where they meet', () => {
  const large = Array.from({ length: 36 }, (_, i): [string, number] => [`w${i}`, 1 / 36]);
  const trace = made({}, [{ set: large }, { set: [[' sat', 1]] }, pair]);
  const widths = (column: number): number[] =>
    (layoutLattice(trace, viewAt(trace, 2), SIZES, { ...PLAIN, whole: new Set([2]) }).hubs[column]?.links ?? []).map(
      ({ width }) => width,
    );
  const [into, out] = [widths(1), widths(2)];
  expect(Math.max(...into.slice(-36))).toBeLessThan(0.5);
  expect(Math.max(...out.slice(0, 36))).toBeLessThan(0.5);
  // A pair is drawn as it always was.
  expect(Math.min(...widths(3))).toBeGreaterThanOrEqual(1);
});
