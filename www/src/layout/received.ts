// The trial of a set: what every member received, what the rule asks for, and what became of it.

import type { RemovalScore, Slot, Verdict } from '../contract';
import { meanReceived } from '../history';
import type { Column, Token, Trace, ViewState } from '../view-state';
import { whatIfVerdicts, type RemovalWhatIf } from '../whatif';

/** One moment of a trial: a verdict on one member. */
export interface TrialPoint {
  step: number;
  score: number;
  limit: number;
}

export interface TrialRow {
  slot: Slot;
  text: string;
  /** Running mean of the attention received since birth, the first token counted; null before any later step. */
  mean: number | null;
  /** The same as of the latest verdict: the evidence that was judged. */
  evidence: number | null;
  /** The latest verdict on it, and its step; null when it was never judged. */
  step: number | null;
  score: number | null;
  limit: number | null;
  keep: boolean;
  unattended: boolean;
  removed: boolean;
  /** Under the limit that is tried out, as of the trial's step; null where that does not apply. */
  whatIf: { keep: boolean; limit: number; changed: boolean; spared: boolean } | null;
  points: TrialPoint[];
}

export interface Trial {
  column: number;
  position: number;
  /** The step of the latest verdicts; null when the set was not judged yet. */
  step: number | null;
  /** Mean score of the members judged in that step: what the relative rule multiplies. */
  meanScore: number | null;
  /** Right end of the bars. */
  most: number;
  rows: TrialRow[];
}

/** The column that a slot stands in. */
export function columnOf(view: ViewState, slot: Slot | null): Column | null {
  const token = slot === null ? undefined : view.tokens[slot];
  return token ? (view.columns[token.column] ?? null) : null;
}

/** Sets that ever had a choice, newest first. */
export function setsOf(view: ViewState): Column[] {
  return view.columns.filter((column) => column.step !== null && column.tokens.length > 1).reverse();
}

/**
 * What to show when nothing is selected: the member removed last, else a member of the newest set that was judged,
 * else one of the newest set of several.
 */
export function focusSlot(view: ViewState): Slot | null {
  let removed: Token | null = null;
  let judged: Token | null = null;
  for (const token of view.tokens) {
    if (token.removal && (!removed || token.removal.step >= (removed.removal?.step ?? -1))) removed = token;
    if (token.verdict && (!judged || token.verdict.step >= judged.verdict!.step)) judged = token;
  }
  const set = setsOf(view)[0]?.tokens[0];
  return (removed ?? judged ?? set)?.slot ?? null;
}

/**
 * The same where a model can be asked about every step: a member that is still there, and that later tokens could look at.
 * Of one that was removed the heads say nothing any more.
 */
export function liveFocusSlot(view: ViewState): Slot | null {
  const earlier = view.columns.slice(0, -1).reverse();
  const alive = (column: Column): Token | undefined => column.tokens.find((token) => token.state !== 'removed');
  const generated = earlier.filter((column) => column.step !== null && alive(column));
  const column = generated.find(({ tokens }) => tokens.length > 1) ?? generated[0] ?? earlier.find(alive);
  return ((column && alive(column)) ?? view.tokens.at(-1))?.slot ?? null;
}

function pointsOf(trace: Trace, slot: Slot, upto: number): { points: TrialPoint[]; latest: Verdict | null } {
  const points: TrialPoint[] = [];
  let latest: Verdict | null = null;
  for (const step of trace.steps) {
    if (step.step > upto) break;
    const verdict = step.verdicts.find((candidate) => candidate.slot === slot);
    if (!verdict) continue;
    latest = verdict;
    points.push({ step: step.step, score: verdict.score, limit: verdict.limit });
  }
  return { points, latest };
}

/** A round number a little above the largest value, so that bars keep their scale while a limit is dragged. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const found = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= value * 0.999999);
  return (found ?? 10) * unit;
}

export function trialOf(trace: Trace, view: ViewState, column: Column, whatIf: RemovalWhatIf | null = null): Trial {
  const found = column.tokens.map((token) => ({ token, ...pointsOf(trace, token.slot, view.step) }));
  const steps = found.flatMap(({ points }) => points.at(-1)?.step ?? []);
  const step = steps.length > 0 ? Math.max(...steps) : null;
  const verdicts =
    whatIf && step !== null
      ? new Map(whatIfVerdicts(trace, step, whatIf).map((verdict) => [verdict.slot, verdict]))
      : null;
  const rows = found.map(({ token, points, latest }): TrialRow => {
    const last = points.at(-1) ?? null;
    const other = verdicts?.get(token.slot) ?? null;
    return {
      slot: token.slot,
      text: token.text,
      mean: meanReceived(trace, token.slot, view.step),
      evidence: last && meanReceived(trace, token.slot, last.step),
      step: last?.step ?? null,
      score: last?.score ?? null,
      limit: last?.limit ?? null,
      keep: latest?.keep ?? true,
      unattended: latest?.unattended ?? false,
      removed: token.state === 'removed',
      whatIf: other && { keep: other.keep, limit: other.limit, changed: other.changed, spared: other.spared },
      points,
    };
  });
  const judged = rows.filter((row) => row.step !== null && row.step === step);
  const meanScore = judged.length > 0 ? judged.reduce((sum, row) => sum + (row.score ?? 0), 0) / judged.length : null;
  const most = niceTop(Math.max(0, ...rows.flatMap((row) => [row.score ?? 0, row.limit ?? 0])) * 1.1);
  return { column: column.index, position: column.position, step, meanScore, most, rows };
}

/** Rows that were judged in one step, against one line each time. */
export interface TrialGroup {
  step: number | null;
  rows: TrialRow[];
}

/** The rows by the step of their latest verdict, the latest first: shares of different steps do not add up to one. */
export function groupedByStep(trial: Trial): TrialGroup[] {
  const groups = new Map<number | null, TrialRow[]>();
  for (const row of trial.rows) groups.set(row.step, [...(groups.get(row.step) ?? []), row]);
  return [...groups].map(([step, rows]) => ({ step, rows })).sort((a, b) => (b.step ?? -1) - (a.step ?? -1));
}

/** Whether a score is a share of 1 (printed in percent) or a ratio (printed as a factor). */
export function isShare(score: RemovalScore): boolean {
  return score !== 'share-ratio';
}

/** A small line of scores over the steps of a trial, in a box of this size; null with fewer than two points. */
export function sparkPath(
  points: readonly TrialPoint[],
  of: 'score' | 'limit',
  width: number,
  height: number,
  most: number,
): string | null {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first === last) return null;
  const span = last.step - first.step;
  return points
    .map((point, index) => {
      const x = ((point.step - first.step) / span) * width;
      const y = height - (Math.min(point[of], most) / most) * height;
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
