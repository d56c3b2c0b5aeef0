import { expect, test } from 'vitest';
import { made } from '../testing';
import { Figures } from './figures.svelte';

const run = made({}, [
  {
    set: [
      [' cat', 0.5],
      [' dog', 0.3],
      [' hen', 0.1],
    ],
  },
  { set: [[' sat', 1]] },
]);

test('the text grows by one token a step, however many alternatives are computed', () => {
  const figures = new Figures();
  figures.begin();
  expect(figures.stepsPerSecond).toBeNull();
  figures.step(run.steps[0]!, 100, 1000);
  expect(figures.stepsPerSecond).toBeCloseTo(10);
  expect(figures.tokensPerSecond).toBeCloseTo(30);
});
