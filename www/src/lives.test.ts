import { expect, test } from 'vitest';
import type { StepEvent } from './contract';
import { livesOf } from './lives';
import { viewAt } from './reduce';
import { made, recorded } from './testing';
import type { Trace } from './view-state';

/** The same trace, and how many verdict lists have been read from it. */
function watched(trace: Trace): { trace: Trace; reads(): number } {
  let reads = 0;
  const steps = trace.steps.map((event): StepEvent => {
    const { verdicts } = event;
    return {
      ...event,
      get verdicts() {
        reads += 1;
        return verdicts;
      },
    };
  });
  const run = { ...trace.run, prompt: { ...trace.run.prompt } };
  return { trace: { ...trace, run, steps }, reads: () => reads };
}

test.each(recorded())('$name: a run is read once, whatever moments are looked at and whichever way', ({ trace }) => {
  const { trace: run, reads } = watched(trace);
  const last = run.steps.length - 1;
  let view = viewAt(run, last);
  expect(reads()).toBe(run.steps.length);
  for (const step of [last - 1, 0, last, 3, -1, 7, 6, 5]) view = viewAt(run, step, view);
  viewAt({ ...run, run: { ...run.run, options: { ...run.run.options, combine: 'max' } } }, 4);
  expect(reads()).toBe(run.steps.length);
});

test('a step that arrives is read, and those before it are not read again', () => {
  const { trace, reads } = watched(made({}, [{ set: [['a', 1]] }, { set: [['b', 1]] }, { set: [['c', 1]] }]));
  for (let count = 1; count <= 3; count += 1) {
    viewAt({ ...trace, steps: trace.steps.slice(0, count) }, Infinity);
    expect(reads()).toBe(count);
  }
});

test('another past of the same prompt is another life', () => {
  const trace = made({ removal: 'mask' }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.4],
      ],
    },
    { set: [['c', 1]], verdicts: [{ slot: 3, keep: false }] },
    { set: [['d', 1]] },
  ]);
  expect(viewAt(trace, 2).live).toBe(5);
  const spared = { ...trace, steps: trace.steps.with(1, { ...trace.steps[1]!, verdicts: [] }) };
  expect(livesOf(spared)).not.toBe(livesOf(trace));
  expect(viewAt(spared, 2).live).toBe(6);
});

test.each(recorded())('$name: what is as it was is the same object, forward and back', ({ trace }) => {
  const middle = trace.steps.length >> 1;
  const here = viewAt(trace, middle);
  for (const step of [middle + 1, middle - 1]) {
    const there = viewAt(trace, step, here);
    const changed = there.columns.filter((column, at) => column !== here.columns[at]);
    // One column comes or goes; of the others only those with a verdict, or that are no longer the newest.
    const touched = new Set(
      [middle, middle + 1].flatMap((at) => trace.steps[at]!.verdicts.map(({ slot }) => here.tokens[slot]?.column)),
    );
    expect(changed.length).toBeLessThanOrEqual(touched.size + 2);
    expect(viewAt(trace, middle, there)).toEqual(here);
  }
});
