import { expect, test } from 'vitest';
import { fit, isPlain, places, round, shown } from './measure';

test('wide letters take two places, marks none', () => {
  expect([places('abc'), places('日本'), places('e\u0301'), places('')]).toEqual([3, 4, 1, 0]);
});

test('a text is cut to its places with an ellipsis in the last one', () => {
  expect(fit('abcdef', 6)).toBe('abcdef');
  expect(fit('abcdefg', 6)).toBe('abcde…');
  expect(places(fit('日本語トークン', 6))).toBeLessThanOrEqual(6);
});

test('what a box shows', () => {
  expect(shown(' dog', 10)).toEqual({ text: '␣dog', places: 4 });
  expect(shown('', 10).text).toBe('∅');
  expect(shown(' dog', 3).text).toBe('␣d…');
  expect(round(1.23456)).toBe(1.23);
});

test('only of letters that the token face has the width is sure', () => {
  expect([' dog', shown(' dog', 3).text, '⏎', shown('', 3).text].every(isPlain)).toBe(true);
  expect(['日本', '🐈', 'e\u0301', '→'].some(isPlain)).toBe(false);
});
