// Sets that are too large for their column: the members that count most stand there, and a button says how many more.

import type { Slot } from '../contract';
import type { Token } from '../view-state';

/** A set larger than this is folded to MOST members, as many as a set has at most by default. */
const CROWDED = 16;
const MOST = 8;

export function isCrowd(members: number): boolean {
  return members > CROWDED;
}

/** How many members of a set have room. */
export function roomFor(members: number, isWhole: boolean): number {
  return isCrowd(members) && !isWhole ? MOST : members;
}

/** Those that are shown, in their order: what must be seen, then what is live, then the most probable. */
export function shownOf(tokens: Token[], always: ReadonlySet<Slot>): Token[] {
  const must = tokens.filter(({ slot }) => always.has(slot));
  const live = tokens.filter(({ state }) => state !== 'removed');
  const picked = new Set([...new Set([...must, ...live, ...tokens])].slice(0, Math.max(MOST, must.length)));
  return tokens.filter((token) => picked.has(token));
}
