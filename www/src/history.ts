// Attention received over time.

import type { Slot } from './contract';
import { passOf, timelineOf } from './timeline';
import type { Trace } from './view-state';

export interface HistoryPoint {
  step: number;
  value: number;
}

export interface HistoryOptions {
  /** Leave the first token out and share its part among the others: value / (1 - part of slot 0). */
  ignoreFirst?: boolean;
}

export interface MeanOptions extends HistoryOptions {
  /** How many of the latest steps count; 0: all. Default: the run's own option. */
  window?: number;
}

/** What a slot received in each step from its birth (its own step included) while it was visible, up to `upto`. */
export function receivedBy(trace: Trace, slot: Slot, upto: number, options: HistoryOptions = {}): HistoryPoint[] {
  const { born, hidden } = timelineOf(trace);
  const birth = born[slot];
  if (birth === undefined) return [];
  const points: HistoryPoint[] = [];
  for (const event of trace.steps.slice(Math.max(0, birth), Math.max(0, upto + 1))) {
    // Hidden at the pass of this step already: the new queries could not look.
    if ((hidden[slot] ?? Infinity) <= passOf(event.step)) break;
    const value = event.received[slot] ?? 0;
    points.push({ step: event.step, value: options.ignoreFirst ? withoutFirst(event.received, slot, value) : value });
  }
  return points;
}

/** Its part of what the others received. */
function withoutFirst(received: readonly number[], slot: Slot, value: number): number {
  const others = 1 - (received[0] ?? 0);
  return slot === 0 || others <= 0 ? 0 : value / others;
}

/** meanReceived at every step since the birth that has one. */
export function runningMean(trace: Trace, slot: Slot, upto: number, options: MeanOptions = {}): HistoryPoint[] {
  const birth = timelineOf(trace).born[slot] ?? -1;
  const window = options.window ?? trace.run.options.window;
  const later = receivedBy(trace, slot, upto, options).filter((point) => point.step > birth);
  let sum = 0;
  return later.map((point, index) => {
    sum += point.value;
    if (window > 0 && index >= window) sum -= later[index - window]?.value ?? 0;
    return { step: point.step, value: sum / (window > 0 ? Math.min(window, index + 1) : index + 1) };
  });
}

/**
 * The evidence on a slot (ALGORITHM.md §8): mean of what it received in the steps later than its birth while it was
 * visible, the last `window` of them. Null before there is any.
 */
export function meanReceived(trace: Trace, slot: Slot, upto: number, options: MeanOptions = {}): number | null {
  return runningMean(trace, slot, upto, options).at(-1)?.value ?? null;
}

/** The part of a step's attention that the first token received (the "sink"); 0 before the first step. */
export function sinkShare(trace: Trace, step: number): number {
  return trace.steps[step]?.received[0] ?? 0;
}

/** Queries and steps after a slot's birth up to a step: the rows that could look at it. */
export function laterRows(trace: Trace, slot: Slot, upto: number): { rows: number; steps: number } {
  let born = -1;
  let rows = 0;
  let steps = 0;
  for (const step of trace.steps) {
    if (step.step > upto) break;
    if (step.set.some((member) => member.slot === slot)) born = step.step;
    else if (born >= 0) {
      rows += step.set.length;
      steps += 1;
    }
  }
  const window = trace.run.options.window;
  if (window > 0 && steps > window) {
    const latest = trace.steps.filter((step) => step.step <= upto).slice(-window);
    return { rows: latest.reduce((sum, step) => sum + step.set.length, 0), steps: latest.length };
  }
  return { rows, steps };
}
