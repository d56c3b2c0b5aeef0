// What stands beside the reading: ordinary decoding of the same prompt, or the way to it.

import { presetOf } from '../presets';
import type { Generation } from './generation.svelte';
import type { Ordinary, Run } from './run.svelte';

export interface Comparison {
  /** How ordinary decoding goes on; null where it is not known. */
  ordinary: Ordinary | null;
  /** Steps that it would take to find out; null where that cannot be done, or needs not. */
  steps: number | null;
  /** It is being computed. */
  underWay: boolean;
  compare(): void;
  /** Opens the comparison of decoders. */
  race(): void;
}

/** A greedy run is ordinary decoding itself: there is nothing to compare. */
export function comparisonOf(run: Run, generation: Generation, race: () => void): Comparison {
  const isOrdinary = presetOf(run.trace.run.options) === 'greedy';
  const isPossible = run.ordinary === null && !isOrdinary && run.last >= 0 && generation.canCompare(run);
  return {
    ordinary: isOrdinary ? null : run.ordinary,
    steps: isPossible ? run.last + 1 : null,
    underWay: generation.comparing === run,
    compare: () => void generation.compare(run),
    race,
  };
}
