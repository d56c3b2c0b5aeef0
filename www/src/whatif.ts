// What another threshold or another limit would have done to one recorded step. Later steps are not run again.

import type { Candidate, GenerationOptions, RemovalRule, Slot, StepEvent, Verdict } from './contract';
import type { Trace } from './view-state';

export interface SelectionWhatIf {
  /** Tokens that would be in the set, the most probable first. */
  in: Candidate[];
  /** Tokens known to be left out, the most probable first. */
  out: Candidate[];
  /** End-of-text tokens that would have been chosen and leave the set, as far as the step itself names them. */
  ended: Candidate[];
  /** Probability of `in` together. */
  mass: number;
  /** Known tokens that reach the threshold, before max_set, top_k and top_p. */
  above: number;
  /** More tokens than `above` may reach it: only the most probable are recorded. */
  aboveIsLeast: boolean;
  /** More tokens than `in` may be in: only the most probable are recorded. */
  truncated: boolean;
  /** Nobody reaches the threshold, so the most probable token is in. */
  fallback: boolean;
}

/** Recorded probabilities are rounded to 7 digits; a rest below this is no token. */
const ROUNDING = 1e-6;

/**
 * The set that `step` would have chosen at `threshold`. Whether the end-of-text policy would have stopped the run is not
 * in a trace: only tokens that this step reports as ended are known to be end-of-text.
 */
export function whatIfSelection(step: StepEvent, options: GenerationOptions, threshold: number): SelectionWhatIf {
  const known = knownTokens(step);
  let chosen = known.filter((token) => token.probability >= threshold);
  const above = chosen.length;
  const fallback = above === 0;
  // Whoever is not recorded is at most as probable as the last who is, and as what is left of 1.
  const rest = 1 - massOf(known);
  const everybodyReaches = known.length > 0 && above === known.length;
  const counted = threshold >= step.threshold && step.above <= above;
  const aboveIsLeast = everybodyReaches && !counted && rest > ROUNDING && rest >= threshold - ROUNDING;

  if (fallback) chosen = known.slice(0, 1);
  const { top_k: topK, top_p: topP, max_set: maxSet } = options;
  const everybody = chosen;
  if (topK > 0) chosen = chosen.slice(0, topK);
  if (topP > 0 && topP < 1) chosen = withinMass(chosen, topP);
  if (maxSet > 0) chosen = chosen.slice(0, maxSet);
  // A limit that was reached among the known tokens leaves no room for others.
  const full =
    chosen.length < everybody.length ||
    chosen.length === topK ||
    chosen.length === maxSet ||
    (topP > 0 && topP < 1 && massOf(chosen) >= topP);

  const ids = new Set(step.ended.map((token) => token.id));
  const inside = chosen.filter((token) => !ids.has(token.id));
  const names = new Set(chosen.map((token) => token.id));
  return {
    in: inside,
    out: known.filter((token) => !names.has(token.id)),
    ended: chosen.filter((token) => ids.has(token.id)),
    mass: massOf(inside),
    above,
    aboveIsLeast,
    truncated: aboveIsLeast && !full,
    fallback,
  };
}

/** Everybody whose probability the step tells, each once: candidates, and members beyond them. */
function knownTokens(step: StepEvent): Candidate[] {
  const known = new Map<number, Candidate>();
  for (const { id, text, probability } of [...step.candidates, ...step.set, ...step.ended]) {
    if (!known.has(id)) known.set(id, { id, text, probability });
  }
  return [...known.values()].sort((a, b) => b.probability - a.probability || a.id - b.id);
}

function massOf(tokens: readonly Candidate[]): number {
  return tokens.reduce((sum, token) => sum + token.probability, 0);
}

/** The sorted tokens up to the one that crosses the mass `p`. */
function withinMass(sorted: Candidate[], p: number): Candidate[] {
  let mass = 0;
  return sorted.filter((token) => {
    const inside = mass < p;
    mass += token.probability;
    return inside;
  });
}

export interface RemovalWhatIf {
  rule: RemovalRule;
  /** The limit of the `absolute` rule. */
  limit: number;
  /** The share of the mean that the `relative` rule asks for. */
  relative: number;
}

export interface VerdictWhatIf {
  slot: Slot;
  score: number;
  limit: number;
  keep: boolean;
  /** It fails and stays all the same, because somebody has to. */
  spared: boolean;
  /** The recorded verdict says otherwise. */
  changed: boolean;
}

/** The verdicts of a step under another rule, over the recorded scores; in the recorded order. */
export function whatIfVerdicts(trace: Trace, step: number, what: RemovalWhatIf): VerdictWhatIf[] {
  const judged = bySet(trace, trace.steps[step]?.verdicts ?? []);
  return judged.flatMap((verdicts) => {
    const mean = verdicts.reduce((sum, verdict) => sum + verdict.score, 0) / verdicts.length;
    const limit = what.rule === 'relative' ? what.relative * mean : what.limit;
    const fails = verdicts.every((verdict) => !(verdict.score >= limit));
    const spares = fails && trace.run.options.removal_keep !== 'remove-position';
    // The first maximum: ties go to the lower slot.
    const best = verdicts.reduce((best, next) => (next.score > best.score ? next : best), verdicts[0] as Verdict);
    return verdicts.map((verdict) => {
      const spared = spares && verdict === best;
      const keep = spared || verdict.score >= limit;
      return { slot: verdict.slot, score: verdict.score, limit, keep, spared, changed: keep !== verdict.keep };
    });
  });
}

/** Verdicts are in slot order, so those on one set stand together. */
function bySet(trace: Trace, verdicts: readonly Verdict[]): Verdict[][] {
  const sets: number[] = trace.run.prompt.tokens.map(() => -1);
  for (const event of trace.steps) for (const member of event.set) sets[member.slot] = event.step;
  const groups = new Map<number, Verdict[]>();
  for (const verdict of verdicts) {
    const set = sets[verdict.slot] ?? -1;
    const group = groups.get(set);
    if (group) group.push(verdict);
    else groups.set(set, [verdict]);
  }
  return [...groups.values()];
}
