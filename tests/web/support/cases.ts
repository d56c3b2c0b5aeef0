// Three sets of options that the page and the native program run alike. Few steps: a software adapter plays WebGPU.

import { expect } from '@playwright/test';
import type { GenerationOptions } from '../../../www/src/contract.ts';
import { ids, removed, type Trace } from './trace.ts';

export interface Case {
  prompt: string;
  options: Partial<GenerationOptions>;
}

export const CASES: readonly Case[] = [
  { prompt: 'Once upon a time', options: { selection_threshold: 0.05, max_steps: 5 } },
  {
    prompt: 'The little dog',
    options: {
      selection_threshold: 0.03,
      max_set: 4,
      combine: 'logit-mean',
      visibility: 'ordered',
      positions: 'consecutive',
      max_steps: 5,
    },
  },
  {
    prompt: 'Once upon a time there was',
    options: { selection_threshold: 0.04, removal: 'mask', relative: 0.8, max_steps: 5 },
  },
];

/** The same sets, the same removals; probabilities differ by what another order of sums makes. */
export function expectSame(live: Trace, native: Trace): void {
  expect(live.run.prompt).toEqual(native.run.prompt);
  expect(live.run.options).toEqual(native.run.options);
  expect(ids(live)).toEqual(ids(native));
  expect(removed(live)).toEqual(removed(native));
  expect(live.end?.reason).toBe(native.end?.reason);
  expect(live.end?.brackets).toBe(native.end?.brackets);
  expect(live.end?.readings?.map(({ kind }) => kind)).toEqual(native.end?.readings?.map(({ kind }) => kind));
  live.steps.forEach((step, at) => {
    step.chain?.flat().forEach((said, i) => {
      expect(Math.abs(said - native.steps[at]!.chain!.flat()[i]!)).toBeLessThan(1e-3);
    });
    expect(step.chain?.map((row) => row.length)).toEqual(native.steps[at]!.chain?.map((row) => row.length));
    step.set.forEach((member, rank) => {
      expect(Math.abs(member.probability - native.steps[at]!.set[rank]!.probability)).toBeLessThan(1e-3);
    });
  });
  if (native.run.options.removal !== 'off') expect(removed(native).flat().length).toBeGreaterThan(0);
}
