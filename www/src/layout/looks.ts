// What one token received, step by step, as a small chart: a bar per later step and the running mean as a line.

import type { Slot } from '../contract';
import { receivedBy, runningMean } from '../history';
import type { Trace } from '../view-state';
import { niceTop } from './received';

export interface LookBar {
  step: number;
  value: number;
  mean: number | null;
  x: number;
  width: number;
  /** Height of the bar, from the bottom. */
  height: number;
}

export interface Looks {
  bars: LookBar[];
  /** The running mean, as path data; null with fewer than two points. */
  mean: string | null;
  /** The value at the top of the chart. */
  most: number;
}

const WIDEST = 28;
/** Of a long life the latest steps are drawn. */
const MOST_BARS = 400;

const birthOf = (trace: Trace, slot: Slot): number =>
  trace.steps.findIndex((step) => step.set.some((member) => member.slot === slot));

/** The top of the axis for several tokens, so that charts beside each other can be compared. */
export function looksTop(trace: Trace, slots: readonly Slot[], upto: number, ignoreFirst: boolean): number {
  const values = slots.flatMap((slot) => {
    const birth = birthOf(trace, slot);
    return receivedBy(trace, slot, upto, { ignoreFirst }).flatMap(({ step, value }) => (step > birth ? [value] : []));
  });
  return niceTop(values.reduce((most, value) => Math.max(most, value), 0));
}

export function looksOf(
  trace: Trace,
  slot: Slot,
  upto: number,
  box: { width: number; height: number },
  ignoreFirst: boolean,
  most: number = looksTop(trace, [slot], upto, ignoreFirst),
): Looks {
  const birth = birthOf(trace, slot);
  const later = receivedBy(trace, slot, upto, { ignoreFirst })
    .filter((point) => point.step > birth)
    .slice(-MOST_BARS);
  const means = new Map(runningMean(trace, slot, upto, { ignoreFirst }).map((point) => [point.step, point.value]));
  const pitch = Math.min(WIDEST, box.width / Math.max(1, later.length));
  const bars = later.map(({ step, value }, index): LookBar => ({
    step,
    value,
    mean: means.get(step) ?? null,
    x: index * pitch,
    width: Math.max(1, pitch - (pitch > 6 ? 2 : 0.5)),
    height: (value / most) * box.height,
  }));
  const drawn = bars.filter((bar) => bar.mean !== null);
  const mean = drawn
    .map((bar, index) => {
      const x = (bar.x + bar.width / 2).toFixed(1);
      const y = (box.height - ((bar.mean ?? 0) / most) * box.height).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
  return { bars, mean: drawn.length > 1 ? mean : null, most };
}
