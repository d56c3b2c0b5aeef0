// Readings: one live member picked from each set. A reading is not something the model scored; the order here
// is that of the product of its members' probabilities, which only says how they were ranked in their sets.

import type { Slot } from '../contract';
import { joinText } from '../text';
import type { Column, Token, ViewState } from '../view-state';

export interface ReadingWord {
  column: number;
  slot: Slot;
  text: string;
  /** The other live members, most probable first. */
  others: Token[];
}

function live(column: Column): Token[] {
  return column.tokens.filter((token) => token.state !== 'removed');
}

function byProbability(a: Token, b: Token): number {
  return (b.probability ?? 1) - (a.probability ?? 1) || a.slot - b.slot;
}

/** The most probable live member of each generated set; a set that is gone is skipped. */
export function likelyPath(view: ViewState): ReadingWord[] {
  const words: ReadingWord[] = [];
  for (const column of view.columns) {
    if (column.step === null) continue;
    const [best, ...others] = live(column).sort(byProbability);
    if (best) words.push({ column: column.index, slot: best.slot, text: best.text, others });
  }
  return words;
}

/** The most probable live path as text. */
export function readingText(view: ViewState): string {
  return joinText(likelyPath(view).map((word) => word.text));
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
 * The `most` readings with the largest product of member probabilities, best first: each reading is reached once,
 * from the one in which its last deviating member was a rank better.
 */
export function readings(view: ViewState, most: number): Reading[] {
  const sets = view.columns.filter((column) => column.step !== null).map((column) => live(column).sort(byProbability));
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
