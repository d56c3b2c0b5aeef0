// The best paths through the chain in their order.

import type { Chain } from './chain';
import { pathOf, type Path } from './chain-paths';

/** The end of a path, from some link on; the member before it is still to be chosen. */
interface Tail {
  link: number;
  member: number;
  /** ln of what is said from this member on. */
  rest: number;
  /** ln of the best whole path with this end. */
  most: number;
  then: Tail | null;
}

/** The `most` best paths, best first: ends grow backwards, and the best way to what is missing is known exactly. */
export function bestPaths(chain: Chain, most: number): Path[] {
  const found: Path[] = [];
  const last = chain.links.length - 1;
  if (last < 0) return found;
  const waiting = new Heap();
  for (const [member, best] of chain.links[last]!.best.entries()) {
    waiting.push({ link: last, member, rest: 0, most: best, then: null });
  }
  for (let tail = waiting.pop(); tail && found.length < most; tail = waiting.pop()) {
    if (tail.link === 0) {
      const members: number[] = [];
      for (let at: Tail | null = tail; at; at = at.then) members.push(at.member);
      found.push(pathOf(chain, members));
      continue;
    }
    const { link, member, rest } = tail;
    const before = chain.links[link - 1]!;
    for (const [j, best] of before.best.entries()) {
      const longer = rest + Math.log(chain.links[link]!.said[member]?.[j] ?? 0);
      waiting.push({ link: link - 1, member: j, rest: longer, most: best + longer, then: tail });
    }
  }
  return found;
}

/** Tails by how good they can become; of equal ones the first that came. */
class Heap {
  private readonly held: { tail: Tail; order: number }[] = [];
  private pushed = 0;

  push(tail: Tail): void {
    const { held } = this;
    let at = held.push({ tail, order: this.pushed++ }) - 1;
    for (; at > 0; at = (at - 1) >> 1) {
      const above = (at - 1) >> 1;
      if (!this.before(at, above)) break;
      this.swap(at, above);
    }
  }

  pop(): Tail | undefined {
    const { held } = this;
    const top = held[0];
    const end = held.pop();
    if (!top || !end || held.length === 0) return top?.tail;
    held[0] = end;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < held.length && this.before(left, least)) least = left;
      if (right < held.length && this.before(right, least)) least = right;
      if (least === at) return top.tail;
      this.swap(at, least);
      at = least;
    }
  }

  private before(a: number, b: number): boolean {
    const [one, two] = [this.held[a]!, this.held[b]!];
    return one.tail.most > two.tail.most || (one.tail.most === two.tail.most && one.order < two.order);
  }

  private swap(a: number, b: number): void {
    [this.held[a], this.held[b]] = [this.held[b]!, this.held[a]!];
  }
}
