// What layouts and descriptions both have to know about a run.

import type { Slot, StepEvent, Verdict } from '../contract';
import { removes } from '../timeline';
import type { Removal, Trace } from '../view-state';

/** The members that the next set is read from, as the run combines them: one for `first` and `last`, else all. */
export function speakers(trace: Trace, readout: readonly Slot[]): readonly Slot[] {
  const combine = trace.run.options.combine;
  if (combine === 'first') return readout.slice(0, 1);
  if (combine === 'last') return readout.slice(-1);
  return readout;
}

/** Share of each live member in its set: what it weighs when the next set is read. */
export function weightsOf(trace: Trace, live: readonly { probability: number | null }[]): number[] {
  const combine = trace.run.options.combine;
  if (combine === 'first') return live.map((_, i) => (i === 0 ? 1 : 0));
  if (combine === 'last') return live.map((_, i) => (i === live.length - 1 ? 1 : 0));
  const total = live.reduce((sum, { probability }) => sum + (probability ?? 1), 0);
  return live.map(({ probability }) => (total > 0 ? (probability ?? 1) / total : 1 / live.length));
}

/** What a fading member still counts in later softmaxes, 0 to 1; null when nothing fades it. */
export function fadeOf(trace: Trace, verdict: Verdict): number | null {
  if (verdict.effect !== 'fade' || verdict.limit === 0) return null;
  return 1 / (1 + Math.exp(-trace.run.options.fade_steepness * (verdict.score / verdict.limit - 1)));
}

/** Whether a removal gave the cache row back; the budget always does. */
export function isFreed(removal: Removal | null): boolean {
  return removal?.effect === 'evict';
}

/** How many members a step took out, by verdict and by the budget. */
export function removals(step: StepEvent): number {
  return step.verdicts.filter(removes).length + (step.over_budget?.length ?? 0);
}
