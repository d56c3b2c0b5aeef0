// The chain (ALGORITHM.md §7a): what the rows of successive sets say of each other, at one moment, from the trace alone.
// All sums run over the members that are live then. A link that stays as it was is taken from the moment before.

import type { Slot, StepEvent } from './contract';
import type { Token, Trace, ViewState } from './view-state';

/** A generated set that has live members, and what the link before says of them. */
export interface Link {
  /** The step that chose it, and its column. */
  step: number;
  column: number;
  /** The live members in set order, and the rank that each was born with. */
  slots: readonly Slot[];
  ranks: readonly number[];
  /** Of each, as recorded when it was chosen. */
  probabilities: readonly number[];
  /** T: what each member of the link before says of each of these, `[members][members before]`. Empty in the first link. */
  said: readonly (readonly number[])[];
  /** a: the weights of the members after everything up to here; they sum to 1. */
  forward: readonly number[];
  /** B: how much of each member came through each member before, `[members][members before]`; rows sum to 1. */
  through: readonly (readonly number[])[];
  /** ln of the best path to each member, and the member before it on that path. */
  best: readonly number[];
  bestBefore: readonly number[];
}

/** The links of one moment, oldest first. */
export interface Chain {
  links: readonly Link[];
  /** By slot: its link and its place there. Members that are gone have none, nor has the prompt. */
  places: ReadonlyMap<Slot, { link: number; member: number }>;
}

/** Whether a recording has a chain: those of version 1 have none. */
export function hasChain(trace: Trace): boolean {
  return trace.run.version > 1;
}

/** What is known of a step's link: as long as the link before and the members stay, so does it. */
const known = new WeakMap<StepEvent, { before: Link | null; link: Link }>();

/** The chain of what is live in this view; null when the recording has none. */
export function chainAt(trace: Trace, view: ViewState): Chain | null {
  if (!hasChain(trace)) return null;
  const links: Link[] = [];
  const places = new Map<Slot, { link: number; member: number }>();
  let before: Link | null = null;
  for (const column of view.columns) {
    const event = column.step === null ? undefined : trace.steps[column.step];
    if (!event) continue;
    const live = column.tokens.filter((token) => !token.removal);
    // An emptied position is no link: its neighbours become neighbours.
    if (live.length === 0) continue;
    const link = linkOf(event, column.index, live, before);
    for (const [member, slot] of link.slots.entries()) places.set(slot, { link: links.length, member });
    links.push(link);
    before = link;
  }
  return { links, places };
}

function linkOf(event: StepEvent, column: number, live: readonly Token[], before: Link | null): Link {
  const found = known.get(event);
  if (found && found.before === before && sameSlots(found.link, live)) return found.link;
  const link = newLink(event, column, live, before);
  known.set(event, { before, link });
  return link;
}

function sameSlots(link: Link, live: readonly Token[]): boolean {
  return link.slots.length === live.length && live.every((token, member) => token.slot === link.slots[member]);
}

function newLink(event: StepEvent, column: number, live: readonly Token[], before: Link | null): Link {
  const probabilities = live.map((token) => token.probability ?? 0);
  const named = {
    step: event.step,
    column,
    slots: live.map((token) => token.slot),
    ranks: live.map((token) => token.rank),
    probabilities,
  };
  if (!before) {
    const best = probabilities.map((probability) => Math.log(probability));
    return { ...named, said: [], forward: weights(probabilities), through: [], best, bestBefore: [] };
  }
  // Neighbours in time know each other; across a gap everybody says the recorded probability.
  const rows = before.step === event.step - 1 ? event.chain : undefined;
  const said = live.map(({ rank }, member) =>
    before.ranks.map((earlier) => (rows ? (rows[rank]?.[earlier] ?? 0) : (probabilities[member] ?? 0))),
  );
  const sums: number[] = [];
  const through: number[][] = [];
  const best: number[] = [];
  const bestBefore: number[] = [];
  for (const row of said) {
    const joint = row.map((value, j) => value * (before.forward[j] ?? 0));
    sums.push(sum(joint));
    through.push(normalised(joint) ?? weights(before.probabilities));
    const scores = row.map((value, j) => Math.log(value) + (before.best[j] ?? -Infinity));
    const first = firstOfTheLargest(scores);
    best.push(scores[first] ?? -Infinity);
    bestBefore.push(first);
  }
  return { ...named, said, forward: normalised(sums) ?? weights(probabilities), through, best, bestBefore };
}

/** Recorded probabilities over their sum: w. */
export function weights(probabilities: readonly number[]): number[] {
  return normalised(probabilities) ?? probabilities.map(() => 1 / probabilities.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Each value over the sum; null when there is nothing to share. */
function normalised(values: readonly number[]): number[] | null {
  const total = sum(values);
  return total > 0 ? values.map((value) => value / total) : null;
}

/** Ties go to the lower rank. */
export function firstOfTheLargest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? value) ? index : best), 0);
}

/** g of every link: the weights of its live members after the newest set has spoken by being chosen. */
export function smoothed(chain: Chain): number[][] {
  const { links } = chain;
  const found: number[][] = [];
  let backward: number[] = [];
  for (let at = links.length - 1; at >= 0; at -= 1) {
    const link = links[at]!;
    const next = links[at + 1];
    if (next) {
      const sums = link.slots.map((_, j) => sum(next.said.map((row, v) => (row[j] ?? 0) * (backward[v] ?? 0))));
      // Only ratios count, and over many links the numbers themselves would become 0.
      const largest = Math.max(...sums);
      backward = sums.map((value) => (largest > 0 ? value / largest : 0));
    } else backward = link.slots.map(() => 1);
    const joint = link.forward.map((a, j) => a * (backward[j] ?? 0));
    found.push(normalised(joint) ?? weights(link.probabilities));
  }
  return found.reverse();
}

/** Parts of a member's kin below this are not followed from link to link. */
export const LEAST_FLOW = 0.02;

/** A part of a member's kin that goes from one member to one of the next link. */
export interface Flow {
  from: Slot;
  to: Slot;
  share: number;
}

/** Who goes with one member. */
export interface Kin {
  slot: Slot;
  /** Of an earlier member: the share of `slot` that came through it. Of a later one: the share of it that came through `slot`. */
  shares: ReadonlyMap<Slot, number>;
  /** The same from link to link, in parts of LEAST_FLOW and more. */
  flows: readonly Flow[];
}

/** The kin of a live generated member, at most so many links away; null for everybody else. */
export function kinOf(chain: Chain, slot: Slot, reach = Infinity): Kin | null {
  const place = chain.places.get(slot);
  if (!place) return null;
  const shares = new Map<Slot, number>();
  const flows: Flow[] = [];
  const own = chain.links[place.link]!;
  const alone = own.slots.map((_, member) => (member === place.member ? 1 : 0));

  let row: readonly number[] = alone;
  for (let at = place.link; at > Math.max(0, place.link - reach); at -= 1) {
    const [link, before] = [chain.links[at]!, chain.links[at - 1]!];
    const earlier = before.slots.map(() => 0);
    for (const [v, share] of row.entries()) {
      if (share === 0) continue;
      for (const [j, from] of before.slots.entries()) {
        const part = share * (link.through[v]?.[j] ?? 0);
        earlier[j]! += part;
        if (part >= LEAST_FLOW) flows.push({ from, to: link.slots[v]!, share: part });
      }
    }
    for (const [j, member] of before.slots.entries()) shares.set(member, earlier[j]!);
    row = earlier;
  }

  let column: readonly number[] = alone;
  for (let at = place.link + 1; at < Math.min(chain.links.length, place.link + 1 + reach); at += 1) {
    const [before, link] = [chain.links[at - 1]!, chain.links[at]!];
    const later = link.slots.map((to, v) => {
      let total = 0;
      for (const [j, share] of column.entries()) {
        const part = share * (link.through[v]?.[j] ?? 0);
        if (part >= LEAST_FLOW) flows.push({ from: before.slots[j]!, to, share: part });
        total += part;
      }
      shares.set(to, total);
      return total;
    });
    column = later;
  }
  return { slot, shares, flows };
}
