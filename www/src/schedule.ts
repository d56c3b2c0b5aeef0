// Thresholds as functions of progress (ALGORITHM.md §4), equal to crates/tempo-core/src/schedule.rs.

import type { GenerationOptions, LimitScheduleKind } from './contract';

/** What `entropy` and `min-p` look at. */
export interface DistributionFacts {
  /** In nats. */
  entropy?: number;
  /** Probability of the most probable token. */
  top?: number;
  /** Size of the vocabulary. */
  vocab?: number;
}

export interface CurvePoint {
  /** Progress, 0 to 1. */
  t: number;
  value: number;
}

/** A value that moves with progress. */
interface Curve {
  kind: LimitScheduleKind;
  base: number;
  last: number;
  p1: number;
  p2: number;
  at: number;
}

/** Progress of a step: 0 at the first, 1 at the last, 0 when there is only one. */
export function progressOf(step: number, maxSteps: number): number {
  return maxSteps <= 1 ? 0 : step / (maxSteps - 1);
}

/** Whether the selection threshold depends on the distribution (`entropy`, `min-p`) and not on progress. */
export function followsDistribution(options: GenerationOptions): boolean {
  return options.schedule === 'entropy' || options.schedule === 'min-p';
}

/** The selection threshold at this progress. Without facts, `entropy` and `min-p` give their base. */
export function thresholdAt(options: GenerationOptions, progress: number, facts: DistributionFacts = {}): number {
  const { schedule: kind, selection_threshold: base } = options;
  if (kind === 'entropy') {
    const { entropy = 0, vocab = 0 } = facts;
    // A vocabulary of one has no entropy to normalise.
    return vocab <= 1 ? base : base * (1 + entropy / Math.log(vocab));
  }
  if (kind === 'min-p') return base * (facts.top ?? 1);
  const { final_threshold: last, bezier_p1: p1, bezier_p2: p2, relu_at: at } = options;
  return valueOf({ kind, base, last, p1, p2, at }, progress);
}

/** The removal limit of the `absolute` rule at this progress. */
export function limitAt(options: GenerationOptions, progress: number): number {
  const { removal_schedule: kind, removal_limit: base, removal_final: last } = options;
  return valueOf(
    { kind, base, last, p1: options.removal_p1, p2: options.removal_p2, at: options.removal_at },
    progress,
  );
}

/** `points` (at least 2) values at equal distances, for drawing. */
export function curve(options: GenerationOptions, which: 'selection' | 'removal', points: number): CurvePoint[] {
  const count = Math.max(2, Math.floor(points));
  return Array.from({ length: count }, (_, index) => {
    const t = index / (count - 1);
    return { t, value: which === 'selection' ? thresholdAt(options, t) : limitAt(options, t) };
  });
}

function valueOf({ kind, base, last, p1, p2, at }: Curve, t: number): number {
  switch (kind) {
    case 'constant':
      return base;
    case 'linear':
      return base + (last - base) * t;
    case 'relu':
      // A knee at 1 would divide by zero; there the curve never leaves the base.
      return t < at || at >= 1 ? base : base + ((last - base) * (t - at)) / (1 - at);
    case 'bezier-values':
      return bezier(t, base, p1, p2, last);
    case 'bezier-shape':
      return base + (last - base) * bezier(t, 0, p1, p2, 1);
  }
}

function bezier(t: number, a: number, b: number, c: number, d: number): number {
  const u = 1 - t;
  return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
}
