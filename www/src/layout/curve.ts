// The schedule as a curve over the progress of a run, with handles to shape it and the steps that were run on it.

import type { GenerationOptions, LimitScheduleKind, ScheduleKind } from '../contract';
import { curve, followsDistribution, progressOf } from '../schedule';
import type { Trace } from '../view-state';
import { round } from './measure';
import { fromAxis, tidy, toAxis, type ScaleKind } from './scale';

export type Which = 'selection' | 'removal';

/** The options that shape one of the two curves. */
export interface CurveKeys {
  kind: 'schedule' | 'removal_schedule';
  base: 'selection_threshold' | 'removal_limit';
  final: 'final_threshold' | 'removal_final';
  p1: 'bezier_p1' | 'removal_p1';
  p2: 'bezier_p2' | 'removal_p2';
  at: 'relu_at' | 'removal_at';
}

export const CURVE_KEYS: Readonly<Record<Which, CurveKeys>> = {
  selection: {
    kind: 'schedule',
    base: 'selection_threshold',
    final: 'final_threshold',
    p1: 'bezier_p1',
    p2: 'bezier_p2',
    at: 'relu_at',
  },
  removal: {
    kind: 'removal_schedule',
    base: 'removal_limit',
    final: 'removal_final',
    p1: 'removal_p1',
    p2: 'removal_p2',
    at: 'removal_at',
  },
};

export interface Handle {
  key: keyof GenerationOptions;
  /** What it is, for its label. */
  role: 'value' | 'start' | 'end' | 'first' | 'second' | 'knee';
  /** Vertical handles move at this x; the knee moves along the bottom. */
  x: number;
  axis: 'vertical' | 'horizontal';
  /** Place on its axis, 0 to 1. */
  place: number;
  value: number;
}

const isBezier = (kind: ScheduleKind | LimitScheduleKind): boolean =>
  kind === 'bezier-values' || kind === 'bezier-shape';

/** Which handles a kind of schedule has. Handles of a Bezier curve move up and down only. */
export function handlesOf(options: GenerationOptions, which: Which, scale: ScaleKind): Handle[] {
  const keys = CURVE_KEYS[which];
  const kind = options[keys.kind];
  const vertical = (key: CurveKeys['base' | 'final' | 'p1' | 'p2'], role: Handle['role'], x: number): Handle => {
    const value = options[key];
    return { key, role, x, axis: 'vertical', place: toAxis(scale, shapedToValue(options, which, role, value)), value };
  };
  if (kind === 'constant' || kind === 'entropy' || kind === 'min-p') return [vertical(keys.base, 'value', 0)];
  const handles = [vertical(keys.base, 'start', 0)];
  if (kind === 'relu') {
    const at = options[keys.at];
    handles.push({ key: keys.at, role: 'knee', x: at, axis: 'horizontal', place: at, value: at });
  }
  if (isBezier(kind)) handles.push(vertical(keys.p1, 'first', 1 / 3), vertical(keys.p2, 'second', 2 / 3));
  handles.push(vertical(keys.final, 'end', 1));
  return handles;
}

const shapes = (options: GenerationOptions, which: Which, role: Handle['role']): boolean =>
  options[CURVE_KEYS[which].kind] === 'bezier-shape' && (role === 'first' || role === 'second');

/** `bezier-shape` handles are shares of the way from start to end; on the plot they stand at the value they give. */
function shapedToValue(options: GenerationOptions, which: Which, role: Handle['role'], value: number): number {
  if (!shapes(options, which, role)) return value;
  const base = options[CURVE_KEYS[which].base];
  const final = options[CURVE_KEYS[which].final];
  // A flat curve has no way to go along: the handle then shows its own number.
  return base === final ? value : base + (final - base) * value;
}

/** The option that a handle has when it is dragged to a place. */
export function handleValue(
  options: GenerationOptions,
  which: Which,
  handle: Pick<Handle, 'axis' | 'role'>,
  place: number,
  scale: ScaleKind,
): number {
  if (handle.axis === 'horizontal') return tidy(place);
  const value = fromAxis(scale, place);
  if (!shapes(options, which, handle.role)) return tidy(value);
  const base = options[CURVE_KEYS[which].base];
  const final = options[CURVE_KEYS[which].final];
  return tidy(base === final ? value : Math.max(0, Math.min(1, (value - base) / (final - base))));
}

/** A curve in a box, y growing downward. */
export function curvePath(
  options: GenerationOptions,
  which: Which,
  scale: ScaleKind,
  width: number,
  height: number,
): string {
  return curve(options, which, 97)
    .map(({ t, value }, index) => {
      const x = (t * width).toFixed(1);
      const y = (height - toAxis(scale, value) * height).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
}

/** A step that was run, on the plot: where its line was, and who stood above and below it. */
export interface StepDot {
  step: number;
  x: number;
  y: number;
  value: number;
  members: number[];
  left: number[];
}

/** Few enough marks to draw, and none at the very bottom where everything ends up. */
const MOST_LEFT = 6;
const LEAST_PLACE = 0.01;
/** Runs longer than this show every second, third ... step. */
const MOST_DOTS = 300;

export function stepDots(trace: Trace, which: Which, scale: ScaleKind, upto: number): StepDot[] {
  const options = trace.run.options;
  const stride = Math.ceil(trace.steps.length / MOST_DOTS);
  return trace.steps.flatMap((step): StepDot[] => {
    if (step.step > upto || step.step % stride !== 0) return [];
    const x = progressOf(step.step, options.max_steps);
    if (which === 'selection') {
      const members = new Set(step.set.map((member) => member.id));
      const left = step.candidates.filter((candidate) => !members.has(candidate.id));
      return [
        {
          step: step.step,
          x,
          y: toAxis(scale, step.threshold),
          value: step.threshold,
          members: step.set.map((member) => toAxis(scale, member.probability)),
          left: left
            .slice(0, MOST_LEFT)
            .map((candidate) => toAxis(scale, candidate.probability))
            .filter((place) => place >= LEAST_PLACE),
        },
      ];
    }
    const [first] = step.verdicts;
    if (!first || options.removal_rule !== 'absolute') return [];
    return [
      {
        step: step.step,
        x,
        y: toAxis(scale, first.limit),
        value: first.limit,
        members: step.verdicts.filter((verdict) => verdict.keep).map((verdict) => toAxis(scale, verdict.score)),
        left: step.verdicts.filter((verdict) => !verdict.keep).map((verdict) => toAxis(scale, verdict.score)),
      },
    ];
  });
}

/** The dots of all steps as paths, by what they are, and the bars of their thresholds. */
export function dotPaths(
  dots: readonly StepDot[],
  width: number,
  height: number,
): Record<'left' | 'one' | 'several' | 'ticks', string> {
  const circle = (x: number, place: number, r: number): string =>
    `M${round(x * width - r)} ${round(height * (1 - place))}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  const paths = { left: '', one: '', several: '', ticks: '' };
  for (const { x, y, members, left } of dots) {
    paths.left += left.map((place) => circle(x, place, 2)).join('');
    paths[members.length > 1 ? 'several' : 'one'] += members.map((place) => circle(x, place, 3)).join('');
    paths.ticks += `M${round(x * width - 4)} ${round(height * (1 - y))}h8`;
  }
  return paths;
}

/** Whether the curve can be drawn ahead of the run; `entropy` and `min-p` depend on each step's distribution. */
export function isKnownAhead(options: GenerationOptions, which: Which): boolean {
  return which === 'removal' || !followsDistribution(options);
}
