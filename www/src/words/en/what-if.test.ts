import { expect, test } from 'vitest';
import { NBSP } from '../../format';
import { words } from './what-if';

const found = (more: string[], less: string[]): string =>
  words.found({ step: 3, members: 2, mass: 0.61, more, less }).replaceAll(NBSP, ' ');

test('another threshold says what it would keep too, and what it would not', () => {
  const kept = 'step 3 would keep 2 tokens with 61 % of the probability';
  expect(found([], [])).toBe(`${kept}, the same ones.`);
  expect(found([' dog'], [])).toBe(`${kept}: " dog" too.`);
  expect(found([], [' cat', ' hen'])).toBe(`${kept}: without " cat" and " hen".`);
  expect(found([' a', ' b', ' c', ' d', ' e'], [])).toBe(`${kept}: 5 tokens too.`);
});
