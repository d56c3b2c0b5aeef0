// A tree search, simulation by simulation: what each saw, chose, made and told. Everything is computed again from the tree
// and the simulations of a step by the rule of LAB.md L2: go to the child with the greatest
// Q + C * P * sqrt(1 + N(node)) / (1 + N(child)), where Q of a child without visits is that of its parent.

import type { SearchEvent, TokenId, TreeNode } from '../contract';
import type { Trace } from '../view-state';
import { childrenOf, nodesOf, passesOf } from './tree';

/** The numbers of every node at some moment. */
export interface Numbers {
  visits: number[];
  /** Sum of the values of these visits. */
  totals: number[];
  /** Its children are there. */
  expanded: boolean[];
}

/** A child as the selection sees it. */
export interface Term {
  child: number;
  visits: number;
  /** Q: its own mean value, or that of its parent while it has none. */
  value: number;
  prior: number;
  /** C * P * sqrt(1 + N) / (1 + n) */
  bonus: number;
  score: number;
}

/** One simulation. */
export interface Tried {
  /** Nodes from the root to the one that was reached. */
  path: number[];
  /** For every node of the path but the last: its children as they were seen. */
  terms: Term[][];
  /** Children that its expansion made, best first. */
  made: number[];
  /** The most probable tokens from there, by text where any step of the run knows it. */
  rollout: { id: TokenId; text: string | null }[];
  value: number;
}

export interface Search {
  event: Pick<SearchEvent, 'tree' | 'simulations'>;
  exploration: number;
  /** By node: its children in the order of rank. */
  children: number[][];
  depths: number[];
  /** By simulation: its nodes. */
  paths: number[][];
  /** Before the first simulation: what the step before has left. */
  before: Numbers;
  texts: ReadonlyMap<TokenId, string>;
}

/** The search of one step; null where there is none. */
export function searchAt(trace: Trace, step: number): Search | null {
  const event = trace.beside?.[step] as SearchEvent | undefined;
  return event ? searchOf(trace, event, textsOf(trace)) : null;
}

/** A search by its simulations and the tree that they came to. */
export function searchOf(trace: Trace, event: Search['event'], texts: Search['texts']): Search {
  const { tree, simulations } = event;
  const byToken = childrenOf(tree);
  const { passes, sums } = passesOf(tree, byToken, simulations);
  const visits = tree.map(({ visits }, node) => visits - passes[node]!);
  const totals = tree.map(({ visits: all, value }, node) => (visits[node]! > 0 ? all * value - sums[node]! : 0));
  const children = byToken.map((known) => [...known.values()]);
  const depths: number[] = [];
  for (const { parent } of tree) depths.push(parent === null ? 0 : depths[parent]! + 1);
  return {
    event,
    exploration: trace.run.options.exploration,
    children,
    depths,
    paths: simulations.map(({ path }, at) => nodesOf(byToken, path, `simulations[${at}]`)),
    // What was visited was expanded then, and the root always is.
    before: { visits, totals, expanded: tree.map((_, node) => node === 0 || visits[node]! > 0) },
    texts,
  };
}

const known = new WeakMap<object, ReadonlyMap<TokenId, string>>();

/** Roll-outs are ids only; most of their tokens stand in a tree somewhere. */
export function textsOf(trace: Trace): ReadonlyMap<TokenId, string> {
  const events = trace.beside as SearchEvent[];
  const found = known.get(events);
  if (found) return found;
  const texts = new Map(trace.run.prompt.tokens.map(({ id, text }) => [id, text]));
  for (const { tree } of events) for (const { id, text } of tree) texts.set(id, text);
  known.set(events, texts);
  return texts;
}

/** The numbers after so many simulations. */
export function numbersAfter({ before, paths, event }: Search, made: number): Numbers {
  const [visits, totals, expanded] = [before.visits.slice(), before.totals.slice(), before.expanded.slice()];
  for (const [at, path] of paths.slice(0, made).entries()) {
    expanded[path.at(-1)!] = true;
    for (const node of path) {
      visits[node]! += 1;
      totals[node]! += event.simulations[at]!.value;
    }
  }
  return { visits, totals, expanded };
}

/** Q of a node; 0 without visits. */
export function valueOf({ visits, totals }: Numbers, node: number): number {
  return visits[node]! > 0 ? totals[node]! / visits[node]! : 0;
}

/** The children of a node as the selection sees them. */
export function termsOf({ children, event, exploration }: Search, numbers: Numbers, node: number): Term[] {
  const reach = exploration * Math.sqrt(1 + numbers.visits[node]!);
  const above = valueOf(numbers, node);
  return children[node]!.map((child): Term => {
    const visits = numbers.visits[child]!;
    const { prior } = event.tree[child]!;
    const value = visits > 0 ? valueOf(numbers, child) : above;
    const bonus = (reach * prior) / (1 + visits);
    return { child, visits, value, prior, bonus, score: value + bonus };
  });
}

/** Simulation number `at`, with the numbers that it met. */
export function triedAt(search: Search, at: number): Tried {
  const { event, paths, children, texts } = search;
  const numbers = numbersAfter(search, at);
  const path = paths[at]!;
  const { rollout, value } = event.simulations[at]!;
  const reached = path.at(-1)!;
  return {
    path,
    terms: path.slice(0, -1).map((node) => termsOf(search, numbers, node)),
    made: numbers.expanded[reached] ? [] : children[reached]!,
    rollout: rollout.map((id) => ({ id, text: texts.get(id) ?? null })),
    value,
  };
}

/** The tokens from the root, exclusive, to a node. */
export function wayTo(tree: readonly TreeNode[], node: number): TreeNode[] {
  const way: TreeNode[] = [];
  for (let at = tree[node]; at && at.parent !== null; at = tree[at.parent]) way.unshift(at);
  return way;
}
