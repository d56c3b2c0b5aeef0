// Probabilities on an axis, linear or logarithmic, and back.

export type ScaleKind = 'linear' | 'log';

/** The left end of the logarithmic axis: five decades below certainty. */
export const LOG_FLOOR = 1e-5;

const clamp = (x: number): number => Math.max(0, Math.min(1, x));

/** Place of a probability on an axis from 0 to 1. */
export function toAxis(kind: ScaleKind, probability: number): number {
  if (!(probability > 0)) return 0;
  return kind === 'linear' ? clamp(probability) : clamp(1 - Math.log10(probability) / Math.log10(LOG_FLOOR));
}

/** The probability at a place of the axis. The log axis ends at its floor, and its very end means 0. */
export function fromAxis(kind: ScaleKind, place: number): number {
  const at = clamp(place);
  if (kind === 'linear') return at;
  return at === 0 ? 0 : 10 ** ((1 - at) * Math.log10(LOG_FLOOR));
}

/** A value with three significant digits: what a dragged handle gives to the options. */
export function tidy(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3));
}

/** Ticks with room between their labels. */
export function axisTicks(kind: ScaleKind): { at: number; value: number }[] {
  const values = kind === 'linear' ? [0, 0.25, 0.5, 0.75, 1] : [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1];
  return values.map((value) => ({ at: toAxis(kind, value), value }));
}
