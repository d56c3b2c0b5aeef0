import { expect, test } from 'vitest';
import { splitMix64 } from './random';

test('the stream is SplitMix64', () => {
  // The first outputs for seed 1234567 that the generator's publications list.
  const known = [6457827717110365317n, 3203168211198807973n, 9817491932198370423n, 4593380528125082431n];
  const next = splitMix64(1234567);
  for (const output of known) expect(next()).toBe(Number(output >> 11n) / 2 ** 53);
});

test('numbers are below one, and another seed is another stream', () => {
  const [one, two] = [splitMix64(0), splitMix64(1)];
  const numbers = Array.from({ length: 2000 }, one);
  expect(numbers.every((u) => u >= 0 && u < 1)).toBe(true);
  expect(Array.from({ length: 2000 }, two)).not.toEqual(numbers);
});
