import { expect, test } from 'vitest';
import { NBSP } from '../../format';
import { words } from './figures';

test('speed is told of the text and of all that is computed', () => {
  expect(words.rates(17.24, 31.7)).toBe('17.2 of text, 31.7 with alternatives');
  expect(words.rates(null, null)).toBe('–');
  expect(words.stepTime(57)).toBe(`57${NBSP}ms`);
  expect(words.stepTime(null)).toBe('–');
});
