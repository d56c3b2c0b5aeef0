import { expect, test } from 'vitest';
import { NBSP } from '../../format';
import { manyWords, words } from './models';

const plain = (text: string): string => text.replaceAll(NBSP, ' ');

test('large numbers are said as people say them', () => {
  expect(manyWords(1234)).toBe('1234');
  expect(manyWords(3_300_000)).toBe('3.3 million');
  expect(manyWords(134_515_008)).toBe('135 million');
  expect(manyWords(999_600_000)).toBe('1 billion');
  expect(manyWords(3_240_000_000)).toBe('3.2 billion');
});

test('what is kept says whether it is whole', () => {
  const model = { bytes: 2e6, complete: false, total_bytes: 6e6, revision: '0123456789ab', date: '2026-11-28T10:00' };
  expect(plain(words.keptFacts(model))).toBe('2 MB of 6 MB, goes on when you load it · 01234567 · 2026-11-28');
  expect(plain(words.keptFacts({ ...model, complete: true, revision: null }))).toBe('2 MB · 2026-11-28');
  expect(plain(words.keptFacts({ ...model, total_bytes: null, revision: null }))).toBe(
    '2 MB, not complete · 2026-11-28',
  );
});

test('storage is told as far as the browser tells it', () => {
  const clears = 'The browser may clear it when the disk runs low.';
  expect(plain(words.storage(2e6, 6e9, false))).toBe(`2 MB used of 6 GB that the browser offers. ${clears}`);
  expect(plain(words.storage(2e6, null, false))).toBe(`2 MB used. ${clears}`);
  expect(plain(words.storage(null, null, true))).toBe('It will not be cleared without asking.');
});

test('the model in use is named between two halves of a sentence', () => {
  expect(words.now('CPU', null).join('x')).toBe('Now: x on CPU.');
  expect(words.now(undefined, '3 ms a step').join('x')).toBe('Now: x on this device, chosen by itself: 3 ms a step.');
});
