// Alternatives that are out of step: one member of a set already says what the next set says again, because it is a word
// ahead of its neighbours (", there" beside "there was"). A path that takes both says the word twice. Pure.

import type { Chain } from './chain';
import type { Slot } from './contract';
import type { Token, ViewState } from './view-state';

/** Two members of neighbouring sets with the same text, where the first is a word ahead. */
export interface Stutter {
  /** The member that is ahead, and the one of the next set that says the same. */
  ahead: Slot;
  again: Slot;
  /** The member of its own set that it is ahead of: the one that `again` follows best. */
  behind: Slot;
}

/** Every pair of a moment that a path could take, in the order of the positions. */
export function stutters(view: ViewState, chain: Chain | null): Stutter[] {
  const sets = view.columns.flatMap(({ step, tokens }) => {
    const live = step === null ? [] : tokens.filter((token) => token.state !== 'removed');
    return live.length > 0 ? [live] : [];
  });
  const found: Stutter[] = [];
  for (const [at, later] of sets.entries()) {
    const set = sets[at - 1];
    if (!set || set.length < 2) continue;
    for (const again of later) {
      const ahead = set.find((token) => sameWord(token, again));
      if (!ahead) continue;
      const others = set.filter((token) => token !== ahead);
      const said = (token: Token): number | null => saidOf(chain, again, token);
      const behind = others.reduce((best, token) => ((said(token) ?? 0) > (said(best) ?? 0) ? token : best));
      // A word that the row of the same word says most of is meant to come twice.
      const [byItself, byOther] = [said(ahead), said(behind)];
      if (byItself !== null && byOther !== null && byItself >= byOther) continue;
      found.push({ ahead: ahead.slot, again: again.slot, behind: behind.slot });
    }
  }
  return found;
}

/** The pairs that a path takes both members of. */
export function stuttersOn(pairs: readonly Stutter[], path: ReadonlySet<Slot>): Stutter[] {
  return pairs.filter(({ ahead, again }) => path.has(ahead) && path.has(again));
}

/** The space in front of a word is not part of what is said twice; white space alone is no word. */
function sameWord(a: Token, b: Token): boolean {
  const word = a.text.trim();
  return word !== '' && word === b.text.trim();
}

/** What the row of `before` says of `token`; null without a chain. */
function saidOf(chain: Chain | null, token: Token, before: Token): number | null {
  const [place, earlier] = [chain?.places.get(token.slot), chain?.places.get(before.slot)];
  if (!chain || !place || !earlier || place.link !== earlier.link + 1) return null;
  return chain.links[place.link]?.said[place.member]?.[earlier.member] ?? null;
}
