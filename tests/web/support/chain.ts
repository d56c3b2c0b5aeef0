// Recordings with a chain, and of the version that had none, in the place of the run that the page shows first.

import type { GenerationOptions } from '../../../www/src/contract.ts';
import { native } from './native.ts';
import type { StaticServer } from './server.ts';
import type { Trace } from './trace.ts';

/** What the tests of readings and kin look at: sets of several, one after the other. */
export const CHAINED = { selection_threshold: 0.1, max_steps: 24, readings: 1, seed: 5 } as const;

/** A run of the native program; the page is given it as its first recorded run. */
export async function recordFirst(
  server: StaticServer,
  options: Partial<GenerationOptions> = CHAINED,
  change: (trace: Trace) => Trace = (trace) => trace,
): Promise<Trace> {
  const trace = change(await native('Once upon a time', options));
  const events = [trace.run, ...trace.steps, ...(trace.end ? [trace.end] : [])];
  const body = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  server.hooks.push((request) => (request.path === '/traces/letter.jsonl' ? { body } : undefined));
  return trace;
}

/** The same run as version 1 would have written it: without the chain, the readings and their options. */
export function asVersion1(trace: Trace): Trace {
  const { decoder: _decoder, ...run } = trace.run;
  const options = Object.fromEntries(
    Object.entries(run.options).filter(([key]) => !['reading', 'readings', 'seed'].includes(key)),
  );
  const { readings, work: _work, ...end } = trace.end!;
  return {
    run: { ...run, version: 1, options: { ...options, weighting: 'none', removal_score: 'share' } } as Trace['run'],
    steps: trace.steps.map(({ chain: _chain, ...step }) => step),
    end: { ...end, text: readings?.find(({ kind }) => kind === 'probable')?.text ?? end.text },
  };
}
