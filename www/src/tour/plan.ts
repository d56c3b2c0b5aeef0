// What the tour shows, found in the recorded run that it goes through: which steps, which members, which paths, and the
// numbers that its texts say. Nothing of it is copied, so it cannot come apart from the run. Pure.

import { chainAt, type Chain } from '../chain';
import type { Slot } from '../contract';
import { viewAt } from '../reduce';
import { removes } from '../timeline';
import type { Token, Trace, ViewState } from '../view-state';
import { whatIfSelection } from '../whatif';

/** The recorded run of the tour. */
export const TOUR_FILE = 'letter.jsonl';

/** The two ends of the sentence that the run holds side by side, word by word, and the one that comes of both. */
export const PHRASES = {
  first: [' glad', ' you', "'re", ' here'],
  second: [' sorry', ' for', ' your', ' loss'],
  mixed: [' glad', ' for', ' your', ' loss'],
} as const satisfies Record<string, readonly string[]>;

/** The line that the tour tries. */
export const TRIED = 0.2;

export interface Member {
  slot: Slot;
  text: string;
  probability: number;
}

export interface TourPath {
  /** From the first generated position on. */
  slots: readonly Slot[];
  /** Its last members, which make it this path: the others are those that fit them best. */
  chosen: readonly Slot[];
  /** The words that tell it from the other paths. */
  phrase: readonly string[];
  /** How probable the row of the phrase's first word finds its second word. */
  fit: number;
}

export interface TourPlan {
  prompt: string;
  model: string;
  /** The first set with several members, and the words that the run wrote before it. */
  opening: { step: number; members: readonly Member[]; before: readonly string[] };
  /** The member of the opening that the next step drops: what its row and another one's say of the word that follows. */
  dropped: { step: number; member: Member; follows: Member; fit: number; kept: Member; keptFit: number };
  /** The set where the sentence parts. */
  fork: { step: number; members: readonly Member[] };
  paths: { step: number; first: TourPath; second: TourPath; mixed: TourPath };
  /** A step, and what a higher line would have left of its set. */
  line: { step: number; usual: number; tried: number; stay: readonly Member[]; leave: readonly Member[] };
}

/** Null for a run that does not hold what the tour tells of. */
export function planOf(trace: Trace): TourPlan | null {
  const opening = openingOf(trace);
  const dropped = opening && droppedOf(trace, opening.step);
  const forkStep = trace.steps.findIndex(({ set }) => ENDS.every((text) => set.some((member) => member.text === text)));
  const fork = trace.steps[forkStep];
  if (!opening || !dropped || !fork || forkStep <= dropped.step) return null;
  const step = forkStep + PHRASES.first.length - 1;
  const view = viewAt(trace, step);
  const chain = chainAt(trace, view);
  const [first, second, mixed] = chain
    ? [PHRASES.first, PHRASES.second, PHRASES.mixed].map((phrase) => pathOf(view, chain, forkStep, phrase))
    : [];
  if (!first || !second || !mixed) return null;
  const ids = new Set(whatIfSelection(fork, trace.run.options, TRIED).in.map(({ id }) => id));
  return {
    prompt: trace.run.prompt.text,
    model: trace.run.model.id,
    opening,
    dropped,
    fork: { step: forkStep, members: fork.set },
    paths: { step, first, second, mixed },
    line: {
      step: forkStep,
      usual: fork.threshold,
      tried: TRIED,
      stay: fork.set.filter(({ id }) => ids.has(id)),
      leave: fork.set.filter(({ id }) => !ids.has(id)),
    },
  };
}

const ENDS: readonly string[] = [PHRASES.first[0], PHRASES.second[0]];

function openingOf(trace: Trace): TourPlan['opening'] | null {
  const step = trace.steps.findIndex(({ set }) => set.length > 1);
  const opening = trace.steps[step];
  if (!opening) return null;
  const before = trace.steps.slice(0, step).flatMap(({ set }) => set.map(({ text }) => text));
  return { step, members: opening.set, before };
}

/** What the step after the opening drops of it. */
function droppedOf(trace: Trace, opening: number): TourPlan['dropped'] | null {
  const [before, event] = [trace.steps[opening]!, trace.steps[opening + 1]];
  const gone = new Set(event?.verdicts.filter(removes).map(({ slot }) => slot));
  const at = before.set.findIndex(({ slot }) => gone.has(slot));
  const stays = before.set.findIndex(({ slot }) => !gone.has(slot));
  const [member, kept, follows] = [before.set[at], before.set[stays], event?.set[0]];
  const row = event?.chain?.[0];
  if (!event || !member || !kept || !follows || !row) return null;
  return { step: event.step, member, follows, fit: row[at] ?? 0, kept, keptFit: row[stays] ?? 0 };
}

/** The path with this phrase from the fork on; before it the best way to the phrase's first word. */
function pathOf(view: ViewState, chain: Chain, forkStep: number, phrase: readonly string[]): TourPath | null {
  const words = phrase.map((text, at) => memberNamed(view, forkStep + at, text));
  const slots = words.flatMap((word) => (word ? [word.slot] : []));
  const places = slots.map((slot) => chain.places.get(slot));
  const [start, second] = places;
  if (slots.length < phrase.length || !start || !second || places.includes(undefined)) return null;
  const before: Slot[] = [];
  for (let { link, member } = start; link > 0; link -= 1) {
    member = chain.links[link]!.bestBefore[member] ?? 0;
    before.unshift(chain.links[link - 1]!.slots[member]!);
  }
  const fit = chain.links[second.link]!.said[second.member]?.[start.member] ?? 0;
  return { slots: [...before, ...slots], chosen: slots, phrase, fit };
}

function memberNamed(view: ViewState, step: number, text: string): Token | undefined {
  return view.columns.find((column) => column.step === step)?.tokens.find((token) => token.text === text);
}
