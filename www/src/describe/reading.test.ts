import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures, made, recorded } from '../testing';
import { likelyPath, readingCount, readingCountWords, readings, readingText } from './reading';

const all = [...fixtures(), ...recorded()];

test.each(all)('$name: the most probable live path is that of the end event', ({ trace }) => {
  if (!trace.end) return;
  const view = viewAt(trace, trace.steps.length - 1);
  expect(readingText(view)).toBe(trace.end.text);
  expect(readings(view, 1)[0]?.text).toBe(trace.end.text);
});

test('readings come in the order of their product, each once, all of them', () => {
  const trace = made({}, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
      ],
    },
    { set: [['-', 1]] },
    {
      set: [
        ['c', 0.6],
        ['d', 0.25],
        ['e', 0.1],
      ],
    },
  ]);
  const view = viewAt(trace, 2);
  expect(readingCount(view)).toBe(6n);
  // .3 .18 .125 .075 .05 .03
  expect(readings(view, 10).map((reading) => reading.text)).toEqual(['a-c', 'b-c', 'a-d', 'b-d', 'a-e', 'b-e']);
  expect(readings(view, 2)).toHaveLength(2);
});

test.each(recorded())('$name: the first two hundred differ and do not rise', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const found = readings(view, 200);
  const expected = readingCount(view);
  expect(BigInt(found.length)).toBe(expected < 200n ? expected : 200n);
  expect(new Set(found.map((reading) => reading.slots.join())).size).toBe(found.length);
  const weights = found.map((reading) =>
    reading.slots.reduce((sum, slot) => sum + Math.log(view.tokens[slot]?.probability ?? 1), 0),
  );
  for (let i = 1; i < weights.length; i += 1) expect(weights[i]!).toBeLessThanOrEqual(weights[i - 1]! + 1e-9);
});

test('removed members are no part of a reading, an empty position is skipped', () => {
  const trace = made({ removal: 'mask', removal_keep: 'remove-position' }, [
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
  expect(likelyPath(viewAt(trace, 0)).map((word) => word.others.length)).toEqual([1]);
  expect(readingText(viewAt(trace, 1))).toBe('c');
});

test('counts are told without pretending to more digits than matter', () => {
  expect([1n, 5184n, 373248n].map(readingCountWords)).toEqual(['1', '5\u00a0184', '373\u00a0248']);
  expect(readingCountWords(3n ** 40n)).toBe('about 1 × 10^19');
});
