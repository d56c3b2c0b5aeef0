// The best readings of a moment in their order, for the list of them.

import type { Chain } from '../chain';
import { bestPaths } from '../best-paths';
import type { Slot } from '../contract';
import { joinText } from '../text';
import type { ViewState } from '../view-state';
import { live } from './reading';

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
