// A trace file as the tests read it: without the page's own parser, so that neither can hide the other's mistake.

import type { EndEvent, Event, RunEvent, StepEvent } from '../../../www/src/contract.ts';

export interface Trace {
  run: RunEvent;
  steps: StepEvent[];
  end: EndEvent | null;
}

export function readTrace(text: string): Trace {
  const events = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Event);
  const [run] = events;
  if (run?.type !== 'run') throw new Error('a trace begins with its run');
  return {
    run,
    steps: events.filter((event) => event.type === 'step'),
    end: events.find((event) => event.type === 'end') ?? null,
  };
}

/** The ids of every set, in order. */
export function ids(trace: Trace): number[][] {
  return trace.steps.map((step) => step.set.map((member) => member.id));
}

/** Who was removed in each step, in slot order. */
export function removed(trace: Trace): number[][] {
  return trace.steps.map((step) => step.verdicts.filter((verdict) => !verdict.keep).map((verdict) => verdict.slot));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
