import { describe, expect, test } from 'vitest';
import { bytes, count, duration, NBSP, number, percent, percentsApart, percentWords, plural, rate } from './format';

/** Expected texts are written with plain spaces. */
const plain = (text: string): string => text.replaceAll(NBSP, ' ');

describe('percent', () => {
  test.each([
    [0, '0 %'],
    [0.41, '41 %'],
    [0.004, '0.4 %'],
    [0.05, '5 %'],
    [0.0501, '5.0 %'],
    [0.032, '3.2 %'],
    [0.1, '10 %'],
    [0.0996, '10 %'],
    [0.001, '0.1 %'],
    [0.00099, '<0.1 %'],
    [1e-12, '<0.1 %'],
    [0.994, '99 %'],
    [0.996, '>99 %'],
    [0.9999999, '>99 %'],
    [1, '100 %'],
    [1.0000001, '100 %'],
    [NaN, '\u2013'],
    [Infinity, '\u2013'],
  ])('%d is %s', (p, text) => expect(plain(percent(p))).toBe(text));

  test('the unit does not break off', () => expect(percent(0.41)).toBe('41\u00a0%'));

  test.each([
    [0.31, '31 percent'],
    [0.009, '0.9 percent'],
    [0.0001, 'less than 0.1 percent'],
    [0.999, 'more than 99 percent'],
    [NaN, 'unknown'],
  ])('%d is said %s', (p, text) => expect(percentWords(p)).toBe(text));
});

describe('counts', () => {
  test.each([
    [0, '0'],
    [4096, '4096'],
    [50254, '50 254'],
    [1234567, '1 234 567'],
    [-50254, '-50 254'],
    [NaN, '\u2013'],
  ])('%d is %s', (n, text) => expect(plain(count(n))).toBe(text));

  test('plural', () => {
    expect([plural(1, 'token'), plural(0, 'token'), plural(3, 'reading')]).toEqual([
      '1 token',
      '0 tokens',
      '3 readings',
    ]);
    expect(plural(2, 'entry', 'entries')).toBe('2 entries');
  });
});

describe('bytes and rates', () => {
  test.each([
    [0, '0 B'],
    [312, '312 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [7_400_000, '7.4 MB'],
    [74_400_000, '74 MB'],
    [999_499, '999 kB'],
    [999_600, '1 MB'],
    [1_234_000_000, '1.2 GB'],
    [5e15, '5000 TB'],
    [NaN, '\u2013'],
  ])('%d is %s', (n, text) => expect(plain(bytes(n))).toBe(text));

  test('rate', () => expect([plain(rate(3_210_000)), rate(Infinity)]).toEqual(['3.2 MB/s', '\u2013']));
});

describe('duration', () => {
  test.each([
    [0, '0 ms'],
    [0.0003, '0.3 ms'],
    [0.0213, '21 ms'],
    [0.9999, '1 s'],
    [1.44, '1.4 s'],
    [59.4, '59 s'],
    [59.7, '1 min'],
    [125, '2 min 5 s'],
    [3599.7, '1 h'],
    [3840, '1 h 4 min'],
    [-1, '\u2013'],
    [NaN, '\u2013'],
  ])('%d s is %s', (seconds, text) => expect(plain(duration(seconds))).toBe(text));
});

describe('number', () => {
  test.each([
    [0.026153846, 3, '0.0262'],
    [0.1, 3, '0.1'],
    [1, 3, '1'],
    [2.310945, 2, '2.3'],
    [0, 3, '0'],
    [NaN, 3, '\u2013'],
  ])('%d to %d digits is %s', (x, digits, text) => expect(number(x, digits)).toBe(text));
});

test('shares that are held against each other show the digit that decides', () => {
  const plain = (pair: [string, string]): string[] => pair.map((text) => text.replace(NBSP, ' '));
  expect(plain(percentsApart(0.446, 0.45))).toEqual(['44.6 %', '45.0 %']);
  expect(plain(percentsApart(0.55, 0.45))).toEqual(['55 %', '45 %']);
  expect(plain(percentsApart(0.45, 0.45))).toEqual(['45 %', '45 %']);
  expect(plain(percentsApart(0.44996, 0.45))).toEqual(['44.996 %', '45.000 %']);
  expect(plain(percentsApart(0.02123, 0.02119))).toEqual(['2.123 %', '2.119 %']);
});
