// How many workers share out the work of a model on the CPU: the engine starts so many, and check.html says it.

/** More threads than this only wait for memory, all of them. */
const MOST_THREADS = 8;

/** How many workers a machine with so many processors wants beside the engine's own. One processor is left to the page: all
 *  wait for the slowest, and on two processors that are drawing as well two threads were slower than one. */
export function poolSize(processors: number | undefined): number {
  return Math.max(0, Math.min((processors ?? 1) - 1, MOST_THREADS) - 1);
}
