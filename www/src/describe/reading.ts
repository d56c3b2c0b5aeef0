// Readings: one live member picked from each set. A reading is not something the model scored as a whole; what it is worth
// follows from what the row of each word says of the next one.

import { hasChain, type Chain } from '../chain';
import { bestPaths, drawn, probable, viterbi, type Path } from '../chain-paths';
import type { ReadingKind, Slot } from '../contract';
import { NBSP, percent } from '../format';
import { joinText } from '../text';
import type { Column, Token, Trace, ViewState } from '../view-state';

export interface ReadingWord {
  column: number;
  slot: Slot;
  text: string;
  /** The other live members, most probable first. */
  others: Token[];
}

/** A reading of a moment. */
export interface ShownReading {
  kind: ReadingKind;
  /** Of a drawn one. */
  seed: number;
  words: ReadingWord[];
  /** What the chain says of it, in nats; null without a chain. */
  logProbability: number | null;
}

function live(column: Column): Token[] {
  return column.tokens.filter((token) => token.state !== 'removed');
}

/** The most probable live member of each generated set; a set that is gone is skipped. */
export function likelyPath(view: ViewState): ReadingWord[] {
  return wordsOf(view, null);
}

/** The words of a path; without one, the most probable of each set, which stands first. */
function wordsOf(view: ViewState, path: Path | null): ReadingWord[] {
  const words: ReadingWord[] = [];
  for (const column of view.columns) {
    if (column.step === null) continue;
    const members = live(column);
    const chosen = path?.slots[words.length];
    const word = chosen === undefined ? members[0] : members.find((token) => token.slot === chosen);
    if (!word) continue;
    const others = members.filter((token) => token !== word);
    words.push({ column: column.index, slot: word.slot, text: word.text, others });
  }
  return words;
}

/** The reading of this kind. A recording without a chain has the probable one only. */
export function readingOf(view: ViewState, chain: Chain | null, kind: ReadingKind, seed = 0): ShownReading {
  if (!chain) return { kind: 'probable', seed, words: wordsOf(view, null), logProbability: null };
  const path = kind === 'viterbi' ? viterbi(chain) : kind === 'drawn' ? drawn(chain, seed) : probable(chain);
  return { kind, seed, words: wordsOf(view, path), logProbability: path.logProbability };
}

/** The generated part of a reading as text. */
export function readingText(reading: ShownReading): string {
  return joinText(reading.words.map((word) => word.text));
}

/** The geometric mean of the probabilities along a reading: what a word of it has after the word before. */
export function meanFit({ words, logProbability }: ShownReading): number | null {
  return logProbability === null || words.length === 0 ? null : Math.exp(logProbability / words.length);
}

/** What the kinds are called. */
export const READING_NAMES: Readonly<Record<ReadingKind, string>> = {
  viterbi: 'Best fit',
  probable: 'Top of each set',
  drawn: 'Another reading',
};

/** "best-fitting reading (Viterbi)", for captions and files. */
export function readingName({ kind, seed }: Pick<ShownReading, 'kind' | 'seed'>): string {
  if (kind === 'viterbi') return 'best-fitting reading (Viterbi)';
  if (kind === 'probable') return 'most probable member of every set';
  return `reading drawn with seed ${seed}`;
}

/** What this reading is and how well its words follow each other. */
export function readingNote(trace: Trace, reading: ShownReading): string {
  const fit = meanFit(reading);
  const worth = fit === null ? '' : ` By the rows, a word of it has ${percent(fit)} on average after the word before.`;
  switch (reading.kind) {
    case 'viterbi':
      return `The path whose words follow each other best, by what the row of each word says of the next (Viterbi).${worth}`;
    case 'drawn':
      return `A path drawn by chance, as often as the rows find it probable (seed${NBSP}${reading.seed}).${worth}`;
    case 'probable': {
      const plain = 'The most probable member of every set, each on its own: neighbours need not fit.';
      return hasChain(trace) ? plain + worth : `${plain} This recording has no chain, so there is no other reading.`;
    }
  }
}

/** How many readings there are; a bigint, because forty sets of three make more than a number can count. */
export function readingCount(view: ViewState): bigint {
  let product = 1n;
  for (const column of view.columns) {
    const n = column.step === null ? 1 : live(column).length;
    if (n > 1) product *= BigInt(n);
  }
  return product;
}

/** "1", "5 184", "about 3 × 10^12" */
export function readingCountWords(n: bigint): string {
  const digits = n.toString();
  if (digits.length <= 7) return digits.replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  return `about ${digits.charAt(0)} × 10^${digits.length - 1}`;
}

export interface Reading {
  slots: Slot[];
  text: string;
}

interface Choice {
  /** Which member of each open set. */
  picks: number[];
  /** The last set that was changed: later ones may still move, earlier ones not, so nothing comes twice. */
  from: number;
  weight: number;
}

/**
 * The `most` best readings, best first: by the chain; without one by the product of their members' probabilities, which
 * only says how they were ranked in their sets.
 */
export function readings(view: ViewState, chain: Chain | null, most: number): Reading[] {
  if (!chain) return byProduct(view, most);
  return bestPaths(chain, most).map(({ slots }) => {
    return { slots, text: joinText(slots.map((slot) => view.tokens[slot]?.text ?? '')) };
  });
}

/** Each reading is reached once, from the one in which its last deviating member was a rank better. */
function byProduct(view: ViewState, most: number): Reading[] {
  const sets = view.columns.filter((column) => column.step !== null).map(live);
  const nonempty = sets.filter((set) => set.length > 0);
  const open = nonempty.flatMap((set, i) => (set.length > 1 ? [i] : []));
  const placeOf = new Map(open.map((set, place) => [set, place]));
  const logs = open.map((i) => (nonempty[i] ?? []).map((token) => Math.log(token.probability ?? 1)));

  const found: Reading[] = [];
  const waiting: Choice[] = [{ picks: open.map(() => 0), from: 0, weight: 0 }];
  while (found.length < most) {
    let at = 0;
    for (let i = 1; i < waiting.length; i += 1) if (waiting[i]!.weight > waiting[at]!.weight) at = i;
    const [next] = waiting.splice(at, 1);
    if (!next) break;
    const chosen = nonempty.map((set, i) => set[next.picks[placeOf.get(i) ?? -1] ?? 0]!);
    found.push({ slots: chosen.map((token) => token.slot), text: joinText(chosen.map((token) => token.text)) });
    for (let place = next.from; place < open.length; place += 1) {
      const pick = next.picks[place] ?? 0;
      const log = logs[place]!;
      if (pick + 1 >= log.length) continue;
      const picks = next.picks.with(place, pick + 1);
      waiting.push({ picks, from: place, weight: next.weight + log[pick + 1]! - log[pick]! });
    }
    // Only so many can still be wanted; without this the list grows with the number of sets.
    if (waiting.length > 4 * most) waiting.sort((a, b) => b.weight - a.weight).length = most;
  }
  return found;
}
