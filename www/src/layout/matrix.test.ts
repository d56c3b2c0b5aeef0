import { describe, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { sightMatrix } from '../sight';
import { fixtures, made, recorded } from '../testing';
import {
  boundaryPath,
  cellsPath,
  matrixLayout,
  moveCursor,
  MOST_SLOTS,
  setCells,
  signsPath,
  type Cells,
} from './matrix';

const pair = made({ removal: 'mask' }, [
  {
    set: [
      [' cat', 0.6],
      [' dog', 0.3],
    ],
  },
  { set: [[' sat', 1]], verdicts: [{ slot: 2 }, { slot: 3, score: 0.1, keep: false }] },
  { set: [['.', 1]] },
]);

/** Every cell of the runs, as "row,column". */
function spread(cells: readonly Cells[]): Set<string> {
  const found = new Set<string>();
  for (const { x, y, width, height } of cells) {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) found.add(`${row},${column}`);
  }
  return found;
}

test('a small run, cell by cell', () => {
  const view = viewAt(pair, 2);
  const layout = matrixLayout(view, sightMatrix(pair, 2));
  const drawn = Array.from({ length: layout.size }, (_, query) =>
    Array.from(
      { length: layout.size },
      (_, key) =>
        ({ later: '.', earlier: 'x', itself: '#', sibling: '+', hidden: 'o', removed: '/' })[layout.kind(query, key)],
    ).join(''),
  );
  // Slot 3 is removed after slot 4 was computed: 4 has seen it, 5 has not.
  expect(drawn).toEqual(['#.....', 'x#....', 'xx#o..', 'xxo#..', 'xxxx#.', 'xxx/x#']);
  expect(layout.blocks.map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 2],
    [2, 4],
    [4, 5],
    [5, 6],
  ]);
  expect(setCells(layout)).toEqual([{ x: 2, y: 2, width: 2, height: 2 }]);
});

test('another visibility is counted against the run', () => {
  const view = viewAt(pair, 2);
  const run = sightMatrix(pair, 2);
  const visible = matrixLayout(view, sightMatrix(pair, 2, 'visible'), run);
  expect([visible.gainedCount, visible.lostCount]).toEqual([2, 0]);
  expect(spread(visible.gained)).toEqual(new Set(['2,3', '3,2']));
  const ordered = matrixLayout(view, sightMatrix(pair, 2, 'ordered'), run);
  expect(spread(ordered.gained)).toEqual(new Set(['3,2']));
  const back = matrixLayout(view, run, sightMatrix(pair, 2, 'visible'));
  expect([back.gainedCount, back.lostCount]).toEqual([0, 2]);
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: the runs cover exactly what the sight matrix says', ({ trace }) => {
    const step = trace.steps.length - 1;
    const view = viewAt(trace, step);
    const matrix = sightMatrix(trace, step);
    const layout = matrixLayout(view, matrix);
    const earlier = spread(layout.earlier);
    const removed = spread(layout.removed);
    const itself = spread(layout.itself);
    const siblings = spread(layout.siblings);
    const hidden = spread(layout.hidden);
    const wrong: string[] = [];
    for (let query = 0; query < layout.size; query++) {
      for (let key = 0; key < layout.size; key++) {
        const at = `${query},${key}`;
        const seen = (earlier.has(at) && !removed.has(at)) || itself.has(at) || siblings.has(at);
        if (seen !== matrix.at(query, key).sees || (seen && hidden.has(at))) wrong.push(at);
      }
    }
    expect(wrong).toEqual([]);
    expect(layout.blocks.at(-1)?.to ?? 0).toBe(layout.size);
  });
});

test('of a long run the newest slots are drawn', () => {
  const long = made(
    {},
    [{ set: [[' x', 1]] }],
    Array.from({ length: MOST_SLOTS + 40 }, () => 'w'),
  );
  const layout = matrixLayout(viewAt(long, 0), sightMatrix(long, 0));
  expect(layout.size).toBe(MOST_SLOTS);
  expect(layout.from).toBe(41);
  expect(layout.kind(layout.from, layout.from)).toBe('itself');
  expect(layout.blocks[0]?.from).toBe(0);
});

test('the cursor stays inside', () => {
  const layout = matrixLayout(viewAt(pair, 2), sightMatrix(pair, 2));
  const at = { query: 3, key: 0 };
  expect(moveCursor(layout, at, 'ArrowLeft', false)).toEqual(at);
  expect(moveCursor(layout, at, 'ArrowRight', false)).toEqual({ query: 3, key: 1 });
  expect(moveCursor(layout, at, 'ArrowDown', true)).toEqual({ query: 5, key: 0 });
  expect(moveCursor(layout, at, 'End', false)).toEqual({ query: 3, key: 5 });
  expect(moveCursor(layout, at, 'Home', true)).toEqual({ query: 0, key: 0 });
  expect(moveCursor(layout, at, 'k', false)).toBeNull();
});

test('paths are numbers and letters', () => {
  const layout = matrixLayout(viewAt(pair, 2), sightMatrix(pair, 2));
  expect(cellsPath(layout.itself, 10)).toMatch(/^(M\d+ \d+h\d+v\d+h-\d+z)+$/);
  expect(boundaryPath(layout, 10).split('M').length - 1).toBe(8);
  expect(signsPath([{ x: 0, y: 0, width: 2, height: 1 }], 10, 'minus')).toBe('M3 5h4M13 5h4');
});

test('a part of a matrix has the cells of the whole that lie in it', () => {
  const { trace } = recorded().find(({ name }) => name === 'wide')!;
  const last = trace.steps.length - 1;
  const [view, matrix] = [viewAt(trace, last), sightMatrix(trace, last)];
  const whole = matrixLayout(view, matrix);
  for (const part of [
    { x: 0, y: 0, width: 20, height: 20 },
    { x: 7, y: 31, width: 25, height: 12 },
    { x: whole.size - 5, y: whole.size - 5, width: 50, height: 50 },
    { x: -10, y: 20, width: 30, height: 10 },
  ]) {
    const layout = matrixLayout(view, matrix, matrix, part);
    for (const kind of ['earlier', 'removed', 'itself', 'siblings', 'hidden'] as const) {
      const meant = [...spread(whole[kind])].filter((at) => {
        const [row, column] = at.split(',').map(Number) as [number, number];
        return row >= part.y && row < part.y + part.height && column >= part.x && column < part.x + part.width;
      });
      expect([...spread(layout[kind])].sort(), kind).toEqual(meant.sort());
    }
  }
});
