// The track of steps as numbers: one tick per step, as high as its set is large; a cross where members were removed.

import { stepsOf, type Trace } from '../view-state';
import { removals } from './facts';
import { round } from './measure';

export interface Tick {
  step: number;
  x: number;
  size: number;
  height: number;
  removed: number;
}

export interface ScrubberLayout {
  ticks: Tick[];
  /** Width of a tick. */
  bar: number;
  /** Steps that the track has room for: those of a run under way that are still to come, too. */
  total: number;
  /** Where step -1, the prompt alone, stands. */
  start: number;
  /** Distance from step to step. */
  pitch: number;
}

export interface ScrubberSizes {
  width: number;
  /** Height of the largest set. */
  height: number;
  /** Left and right of the first and last place: half the thumb of the range input. */
  inset: number;
}

/** Sets this large or larger are drawn at full height. */
const LEAST_SCALE = 4;

export function layoutScrubber(trace: Trace, sizes: ScrubberSizes): ScrubberLayout {
  const steps = stepsOf(trace);
  const known = steps.length;
  const total = Math.max(1, trace.end ? known : Math.max(known, trace.run.options.max_steps));
  const pitch = Math.max(0, sizes.width - 2 * sizes.inset) / total;
  // Another decoder keeps as many texts as it was asked to, whatever the step.
  const sizeOf = (step: (typeof steps)[number]): number => (step.type === 'step' ? step.set.length : 1);
  const largest = steps.reduce((most, step) => Math.max(most, sizeOf(step)), trace.beside ? 1 : LEAST_SCALE);
  const ticks = steps.map((step, i): Tick => {
    const size = sizeOf(step);
    return {
      step: i,
      x: round(sizes.inset + (i + 1) * pitch),
      size,
      height: round((sizes.height * size) / largest),
      removed: step.type === 'step' ? removals(step) : 0,
    };
  });
  return { ticks, bar: round(Math.min(8, Math.max(1, pitch * 0.5))), total, start: sizes.inset, pitch };
}

/** Ticks of some steps as one path: hundreds of elements would have to be changed at every scrub otherwise. */
export function tickPath(layout: ScrubberLayout, from: number, to: number, base: number, sets: 'one' | 'many'): string {
  let path = '';
  const half = round(layout.bar / 2);
  for (const tick of layout.ticks.slice(from, to)) {
    if (tick.size > 1 !== (sets === 'many')) continue;
    path += `M${round(tick.x - half)} ${round(base - tick.height)}h${layout.bar}v${tick.height}h-${layout.bar}z`;
  }
  return path;
}

/** Crosses under the ticks of steps that removed somebody. */
export function crossPath(layout: ScrubberLayout, from: number, to: number, y: number): string {
  const arm = round(Math.min(3.5, Math.max(1.5, layout.pitch * 0.3)));
  let path = '';
  for (const tick of layout.ticks.slice(from, to)) {
    if (tick.removed === 0) continue;
    path += `M${round(tick.x - arm)} ${round(y - arm)}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
  }
  return path;
}
