import { expect, test } from 'vitest';
import { chainAt } from '../chain';
import type { ReadingKind } from '../contract';
import { viewAt } from '../reduce';
import { fixtures, made, recorded, type MadeStep } from '../testing';
import {
  alternatives,
  meanFit,
  readingCount,
  readingCountWords,
  readingName,
  readingNote,
  readingOf,
  readingText,
  scoredOf,
  type ShownReading,
} from './reading';
import { readings } from './readings';

const all = [...fixtures(), ...recorded()];

const ended = all.filter(({ trace }) => trace.end);

test.each(ended)('$name: the reading that the run names is the text of its end', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const chain = chainAt(trace, view);
  const { reading } = trace.run.options;
  expect(readingText(readingOf(view, chain, reading, 0, [], scoredOf(trace)))).toBe(trace.end!.text);
  expect(readings(view, chain, 1)[0]?.text).toBe(readingText(readingOf(view, chain, 'viterbi')));
});

const scored = ended.filter(({ trace }) => trace.end!.readings?.some(({ kind }) => kind === 'scored'));

test('there are runs with a scored reading', () => expect(scored.length).toBeGreaterThanOrEqual(5));

test.each(scored)(
  '$name: the scored reading is found among the members, with its score, and its beginning before',
  ({ trace }) => {
    const told = trace.end!.readings!.find(({ kind }) => kind === 'scored')!;
    const last = trace.steps.length - 1;
    const found = scoredOf(trace)!;
    expect(found).toMatchObject({ logProbability: told.log_probability, words: told.ids.length, exact: told.exact });
    const at = (step: number): ShownReading => {
      const view = viewAt(trace, step);
      return readingOf(view, chainAt(trace, view), 'scored', 0, [], found);
    };
    expect(at(last)).toMatchObject({ kind: 'scored', scored: found });
    expect(readingText(at(last))).toBe(told.text);
    expect(readingName(at(last))).toContain('best reading as ordinary text, ln\u00a0p');
    const note = readingNote(trace, at(last), chainAt(trace, viewAt(trace, last)));
    expect(note).toContain(
      told.exact ? 'of all paths it is the best' : 'of the paths that were followed it is the best',
    );
    const earlier = at(last - 1);
    expect(earlier).toMatchObject({ kind: 'scored', scored: null });
    const slots = earlier.words.map(({ slot }) => slot);
    expect(slots.filter((slot) => found.slots.has(slot)).length).toBeGreaterThanOrEqual(slots.length - 1);
  },
);

test('a scored reading of other tokens is none, and the best fit stands for it', () => {
  const { trace } = scored[0]!;
  const readings = trace.end!.readings!.map((each) => (each.kind === 'scored' ? { ...each, ids: [1, 2] } : each));
  const odd = { ...trace, end: { ...trace.end!, readings } };
  expect(scoredOf(odd)).toBeNull();
  const view = viewAt(odd, Infinity);
  expect(readingOf(view, chainAt(odd, view), 'scored', 0, [], scoredOf(odd)).kind).toBe('viterbi');
});

const HOUSES: MadeStep[] = [
  { set: [[' a', 0.6], [' an', 0.3]] }, // prettier-ignore
  { set: [[' owl', 0.5], [' dog', 0.4]], chain: [[0.1, 0.9], [0.7, 0.02]] }, // prettier-ignore
];

test('words that fit each other win over the top of each set, and both say what they are', () => {
  const trace = made({}, HOUSES);
  const view = viewAt(trace, 1);
  const chain = chainAt(trace, view);
  const texts = (['viterbi', 'probable'] as const).map((kind) => readingText(readingOf(view, chain, kind)));
  expect(texts).toEqual([' a dog', ' a owl']);
  expect(meanFit(readingOf(view, chain, 'viterbi'))).toBeCloseTo(Math.sqrt(0.6 * 0.7));
  const note = (kind: ReadingKind): string =>
    readingNote(trace, readingOf(view, chain, kind, 3), chain).replace(/\u00a0/g, ' ');
  expect(note('viterbi')).toMatch(
    /as the field calls it\. On average a word of it is 65 % likely after the word before/,
  );
  expect(note('probable')).toMatch(/neighbours need not fit\. On average a word of it is 24 % likely/);
  expect(note('drawn')).toMatch(/\(seed 3\)/);
  expect(readings(view, chain, 9).map((each) => each.text)).toEqual([' a dog', ' an owl', ' a owl', ' an dog']);
});

test('a reading through a chosen member says what it is through, and how much less likely it is than the best', () => {
  const trace = made({}, HOUSES);
  const view = viewAt(trace, 1);
  const chain = chainAt(trace, view);
  const note = (wish: number[]): string =>
    readingNote(trace, readingOf(view, chain, 'viterbi', 0, wish), chain).replace(/\u00a0/g, ' ');
  const reading = readingOf(view, chain, 'viterbi', 0, [3]);
  expect([reading.kind, readingText(reading)]).toEqual(['chosen', ' an owl']);
  // 0.3 x 0.9 against 0.6 x 0.7.
  expect(note([3])).toMatch(
    /through “an” whose .* is 52 % likely after .*, in the best reading 65 %; .* 1\.6 times less likely\.$/,
  );
  expect(note([2, 5])).toMatch(/“a” and “dog” .* as likely as the best reading\.$/);
  // What does not stand at this moment is no wish.
  expect(readingOf(view, chain, 'probable', 0, [0, 99]).kind).toBe('probable');
});

test('without a chain a word can be chosen all the same', () => {
  const trace = made({}, [HOUSES[0]!]);
  const view = viewAt(trace, 0);
  const reading = readingOf(view, null, 'viterbi', 0, [3]);
  expect([reading.kind, readingText(reading), reading.logProbability]).toEqual(['chosen', ' an', null]);
  expect(readingNote(trace, reading, null)).toMatch(/Your choice: .* no chain/);
  expect(alternatives(view, null, reading, 0).map(({ token, fit, taken }) => [token.slot, fit, taken])).toEqual([
    [2, null, false],
    [3, null, true],
  ]);
});

test('what could stand at a word, with how well each goes between its neighbours', () => {
  const trace = made({}, HOUSES);
  const view = viewAt(trace, 1);
  const chain = chainAt(trace, view);
  const found = alternatives(view, chain, readingOf(view, chain, 'viterbi', 0, [3]), 0);
  expect(found.map(({ token, taken }) => [token.text, taken])).toEqual([
    [' a', false],
    [' an', true],
  ]);
  // Before " owl": 0.6 x 0.1 against 0.3 x 0.9.
  expect(found[1]!.fit).toBeCloseTo(0.27 / 0.33);
  expect(alternatives(view, chain, readingOf(view, chain, 'viterbi'), 9)).toEqual([]);
});

test('the others at a word are those that the reading did not take', () => {
  const trace = made({}, [HOUSES[0]!, { ...HOUSES[1]!, chain: [[0.1, 0.1], [0.1, 0.9]] }]); // prettier-ignore
  const view = viewAt(trace, 1);
  const { words } = readingOf(view, chainAt(trace, view), 'viterbi');
  expect(words.map(({ text, others }) => [text, others.map((other) => other.text)])).toEqual([
    [' an', [' a']],
    [' dog', [' owl']],
  ]);
});

test('a recording without a chain has one reading, whatever is asked for', () => {
  const trace = made({}, [HOUSES[0]!]);
  const reading = readingOf(viewAt(trace, 0), null, 'viterbi');
  expect([reading.kind, reading.logProbability]).toEqual(['probable', null]);
  expect(readingNote(trace, reading, null)).toMatch(/no chain: what each word says of the next was not recorded/);
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
  expect(readings(view, null, 10).map((reading) => reading.text)).toEqual(['a-c', 'b-c', 'a-d', 'b-d', 'a-e', 'b-e']);
  expect(readings(view, null, 2)).toHaveLength(2);
});

test.each(recorded())('$name: the first two hundred differ and do not rise', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const found = readings(view, null, 200);
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
  expect(readingOf(viewAt(trace, 0), null, 'probable').words.map((word) => word.others.length)).toEqual([1]);
  expect(readingText(readingOf(viewAt(trace, 1), null, 'probable'))).toBe('c');
});

test('counts are told without pretending to more digits than matter', () => {
  expect([1n, 5184n, 373248n].map(readingCountWords)).toEqual(['1', '5\u00a0184', '373\u00a0248']);
  expect([76_500_000n, 2_123_000_000n].map(readingCountWords)).toEqual([
    'about 70\u00a0million',
    'about 2\u00a0billion',
  ]);
  expect(readingCountWords(3n ** 40n)).toBe('about 1 × 10^19');
});
