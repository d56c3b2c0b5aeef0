// When rows were computed, hidden and freed: what visibility and evidence follow from. One pass over a trace.

import type { Slot, Verdict, Visibility } from './contract';
import type { Trace } from './view-state';

/** Whether a verdict takes its member out; under `report` and `fade` nobody ever goes. */
export function removes(verdict: Verdict): boolean {
  const { keep, effect } = verdict;
  return !keep && (effect === 'mask' || effect === 'evict' || effect === 'rebuild');
}

/**
 * Instants are counted three to a step: the pass over the new set (verdicts by `posterior` and `gamma` come just before it
 * and share its instant), the verdicts by attention with their rebuild, the end of the step with freed rows and budget.
 */
const PER_STEP = 3;
export const passOf = (step: number): number => PER_STEP * step;
const verdictsOf = (step: number): number => PER_STEP * step + 1;
export const endOf = (step: number): number => PER_STEP * step + 2;
export const stepOf = (instant: number): number => Math.floor(instant / PER_STEP);
/** The prompt's pass. */
const PREFILL = passOf(-1);
const NEVER = Infinity;

/** Rows computed anew: live slots of a range. */
interface Rebuild {
  instant: number;
  from: Slot;
  to: Slot;
}

export interface Timeline {
  /** Per slot: its set; a prompt token is a set of its own. Sets count upwards. */
  sets: number[];
  /** Per slot: the step that made it; -1 for the prompt. */
  born: number[];
  /** Per slot: the instant from which no newly computed row sees it; Infinity: never. */
  hidden: number[];
  /** Per slot: the instant from which its cache row is free; Infinity: never. */
  freed: number[];
  /** Passes that renew rows, in order. */
  rebuilds: Rebuild[];
}

/** A trace is asked for every step of a scrub and for every slot of a view. */
const known = new WeakMap<Trace, { steps: number; timelines: Map<Visibility, Timeline> }>();

/** The timeline of all steps. With `visibility` as if siblings had seen each other by that rule. */
export function timelineOf(trace: Trace, visibility: Visibility = trace.run.options.visibility): Timeline {
  let found = known.get(trace);
  if (found?.steps !== trace.steps.length) {
    found = { steps: trace.steps.length, timelines: new Map() };
    known.set(trace, found);
  }
  const timeline = found.timelines.get(visibility) ?? readTimeline(trace, visibility);
  found.timelines.set(visibility, timeline);
  return timeline;
}

function readTimeline(trace: Trace, visibility: Visibility): Timeline {
  const { options, prompt } = trace.run;
  const sets = prompt.tokens.map((token) => token.slot);
  const born = sets.map(() => -1);
  const hidden = sets.map(() => NEVER);
  const freed = sets.map(() => NEVER);
  const rebuilds: Rebuild[] = [];
  const early = options.removal_score === 'posterior' || options.removal_score === 'gamma';
  // Isolated siblings never saw a removed member, so a rebuild leaves them, unless a budget has freed rows they saw.
  const siblingsChange = visibility !== 'isolated' || options.budget > 0;

  for (const event of trace.steps) {
    for (const _member of event.set) {
      sets.push(prompt.tokens.length + event.step);
      born.push(event.step);
      hidden.push(NEVER);
      freed.push(NEVER);
    }
    const instant = early ? passOf(event.step) : verdictsOf(event.step);
    let renewed = sets.length;
    for (const verdict of event.verdicts.filter(removes)) {
      const { slot } = verdict;
      hidden[slot] = Math.min(hidden[slot] ?? NEVER, instant);
      if (verdict.effect === 'evict') freed[slot] = Math.min(freed[slot] ?? NEVER, endOf(event.step));
      if (verdict.effect !== 'rebuild') continue;
      const set = sets[slot];
      renewed = Math.min(renewed, siblingsChange ? sets.indexOf(set ?? -1) : sets.lastIndexOf(set ?? -1) + 1);
    }
    if (renewed < sets.length) rebuilds.push({ instant, from: renewed, to: sets.length });
    for (const slot of event.over_budget ?? []) {
      hidden[slot] = Math.min(hidden[slot] ?? NEVER, endOf(event.step));
      freed[slot] = Math.min(freed[slot] ?? NEVER, endOf(event.step));
    }
  }
  return { sets, born, hidden, freed, rebuilds };
}

/** Per slot made up to the end of `upto`: the instant at which its row was computed last. */
export function computedUpTo(timeline: Timeline, upto: number): number[] {
  const size = timeline.born.findIndex((step) => step > upto);
  const computed = (size < 0 ? timeline.born : timeline.born.slice(0, size)).map((step) =>
    step < 0 ? PREFILL : passOf(step),
  );
  for (const { instant, from, to } of timeline.rebuilds) {
    if (instant > endOf(upto)) break;
    for (let slot = from; slot < Math.min(to, computed.length); slot += 1) {
      if ((timeline.hidden[slot] ?? NEVER) > instant) computed[slot] = instant;
    }
  }
  return computed;
}
