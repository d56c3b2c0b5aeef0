import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures, made, recorded } from '../testing';
import { layoutStrip, type StripSizes } from './strip';

const SIZES: StripSizes = { ch: 8, padding: 10, gap: 3, least: 2, most: 10, slot: 26, ribbon: 60, own: 40 };
const all = [...fixtures(), ...recorded()];

test.each(all)('$name: slots and positions keep their order, ribbons lead to held rows only', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const layout = layoutStrip(trace, view, SIZES);
  expect(layout.slots.map((slot) => slot.slot)).toEqual(view.tokens.map((token) => token.slot));
  for (let i = 1; i < layout.slots.length; i += 1) {
    expect(layout.slots[i]!.x).toBeGreaterThan(layout.slots[i - 1]!.x + layout.slots[i - 1]!.width);
  }
  for (let i = 1; i < layout.positions.length; i += 1) {
    expect(layout.positions[i]!.x).toBeGreaterThan(layout.positions[i - 1]!.x);
    expect(layout.positions[i]!.position).toBeGreaterThan(layout.positions[i - 1]!.position);
  }
  expect(layout.slots.filter((slot) => slot.row !== 'freed')).toHaveLength(view.rows);
  expect(layout.slots.filter((slot) => slot.row === 'held')).toHaveLength(view.live);
  for (const slot of layout.slots) expect(slot.ribbon === '').toBe(slot.row === 'freed');
  expect(layout.positions.flatMap((place) => place.slots)).toHaveLength(view.tokens.length);
});

test('members of a set meet at one position, below their middle', () => {
  const trace = made({}, [
    {
      set: [
        ['aa', 0.5],
        ['bb', 0.3],
        ['cc', 0.2],
      ],
    },
  ]);
  const layout = layoutStrip(trace, viewAt(trace, 0), SIZES);
  const middle = layout.slots[3]!;
  expect(layout.positions.map((place) => place.slots)).toEqual([[0], [1], [2, 3, 4]]);
  expect(layout.positions[2]?.x).toBeCloseTo(middle.x + middle.width / 2);
  expect([layout.last, layout.lastOwn]).toEqual([2, 4]);
});

test.each(recorded())('$name: one to one is the mapping of consecutive positions', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const own = layoutStrip(trace, view, SIZES).own;
  expect(own.map((place) => place.position)).toEqual(view.tokens.map((token) => token.slot));
});

test('where each has its own position already, both mappings agree', () => {
  const consecutive = fixtures().filter(({ trace }) => trace.run.options.positions === 'consecutive');
  expect(consecutive.length).toBeGreaterThan(0);
  for (const { trace } of consecutive) {
    const view = viewAt(trace, trace.steps.length - 1);
    const layout = layoutStrip(trace, view, SIZES);
    expect(layout.own.map((place) => place.position)).toEqual(view.tokens.map((token) => token.position));
  }
});

test('a position of removed members only is empty', () => {
  const trace = made({ removal: 'mask' }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
      ],
    },
    {
      set: [['c', 1]],
      verdicts: [
        { slot: 2, keep: false },
        { slot: 3, keep: false },
      ],
    },
  ]);
  const layout = layoutStrip(trace, viewAt(trace, 1), SIZES);
  expect(layout.positions.map((place) => place.empty)).toEqual([false, false, true, false]);
  expect(layout.slots.map((slot) => slot.row)).toEqual(['held', 'held', 'masked', 'masked', 'held']);
});
