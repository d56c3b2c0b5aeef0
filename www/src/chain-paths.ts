// Paths through the chain: one live member of each link (LAB.md L3).

import { firstOfTheLargest, type Chain } from './chain';
import type { Slot } from './contract';
import { splitMix64 } from './random';

/** One live member of every link, oldest first. */
export interface Path {
  slots: Slot[];
  /** ln of the first member's recorded probability and of what each member says of the one after it. */
  logProbability: number;
}

/** The path of these members, counted inside their links. */
export function pathOf(chain: Chain, members: readonly number[]): Path {
  let logProbability = 0;
  const slots = chain.links.map((link, at) => {
    const member = members[at] ?? 0;
    const p = at === 0 ? link.probabilities[member] : link.said[member]?.[members[at - 1] ?? 0];
    logProbability += Math.log(p ?? 0);
    return link.slots[member]!;
  });
  return { slots, logProbability };
}

/** The most probable live member of every set, each on its own. */
export function probable(chain: Chain): Path {
  // Members are in that order already.
  return pathOf(
    chain,
    chain.links.map(() => 0),
  );
}

/** The path that the chain says most of; of equal ones the one whose last member has the lower rank, and so on backwards. */
export function viterbi(chain: Chain): Path {
  const members = chain.links.map(() => 0);
  let member = firstOfTheLargest(chain.links.at(-1)?.best ?? []);
  for (let at = chain.links.length - 1; at >= 0; at -= 1) {
    members[at] = member;
    member = chain.links[at]!.bestBefore[member] ?? 0;
  }
  return pathOf(chain, members);
}

/**
 * The best of the paths that go through these members: `viterbi` where they leave a choice. Of two of one link the later one
 * counts; one that is gone asks for nothing.
 */
export function bestThrough(chain: Chain, chosen: Iterable<Slot>): Path {
  const wanted = new Map<number, number>();
  for (const slot of chosen) {
    const place = chain.places.get(slot);
    if (place) wanted.set(place.link, place.member);
  }
  const membersOf = (at: number): number[] => {
    const only = wanted.get(at);
    return only === undefined ? [...chain.links[at]!.slots.keys()] : [only];
  };
  /** ln of the best way to each member that may be taken, and the member before it. */
  let best = new Map<number, number>();
  const before: Map<number, number>[] = [];
  for (const [at, link] of chain.links.entries()) {
    const here = new Map<number, number>();
    const from = new Map<number, number>();
    for (const member of membersOf(at)) {
      if (at === 0) {
        here.set(member, Math.log(link.probabilities[member] ?? 0));
        continue;
      }
      for (const [j, score] of best) {
        const total = score + Math.log(link.said[member]?.[j] ?? 0);
        if (from.has(member) && total <= here.get(member)!) continue;
        here.set(member, total);
        from.set(member, j);
      }
    }
    best = here;
    before.push(from);
  }
  let member = 0;
  let most: number | null = null;
  for (const [each, score] of best) {
    if (most !== null && score <= most) continue;
    most = score;
    member = each;
  }
  const members = chain.links.map(() => 0);
  for (let at = chain.links.length - 1; at >= 0; at -= 1) {
    members[at] = member;
    member = before[at]!.get(member) ?? 0;
  }
  return pathOf(chain, members);
}

/**
 * How well each live member of a link goes between the words that a path has before and after it: what the one before says
 * of it times what it says of the one after, as shares of the link. Null where none of them goes there at all.
 */
export function fits(chain: Chain, path: readonly Slot[], at: number): number[] | null {
  const link = chain.links[at];
  if (!link) return null;
  const memberAt = (place: number): number | undefined => chain.places.get(path[place] ?? -1)?.member;
  const [earlier, later] = [memberAt(at - 1), memberAt(at + 1)];
  const raw = link.slots.map((_, member) => {
    const said = earlier === undefined ? link.probabilities[member] : link.said[member]?.[earlier];
    const says = later === undefined ? 1 : (chain.links[at + 1]?.said[later]?.[member] ?? 0);
    return (said ?? 0) * says;
  });
  const total = raw.reduce((sum, value) => sum + value, 0);
  return total > 0 ? raw.map((value) => value / total) : null;
}

/** A path drawn with the probability that the chain gives it: the first one of the stream that begins at `seed`. */
export function drawn(chain: Chain, seed: number): Path {
  const next = splitMix64(seed);
  const members = chain.links.map(() => 0);
  // From the newest link to the oldest, with a random number for each link that has several members.
  for (let at = chain.links.length - 1; at >= 0; at -= 1) {
    const link = chain.links[at]!;
    if (link.slots.length < 2) continue;
    const later = chain.links[at + 1];
    members[at] = pick(later ? (later.through[members[at + 1] ?? 0] ?? []) : link.forward, next());
  }
  return pathOf(chain, members);
}

/** The first whose cumulative share exceeds u. */
function pick(shares: readonly number[], u: number): number {
  let sum = 0;
  const found = shares.findIndex((share) => (sum += share) > u);
  // Shares sum to 1 but for rounding, and u may lie in what that left over.
  return found >= 0
    ? found
    : Math.max(
        0,
        shares.findLastIndex((share) => share > 0),
      );
}
