// The tree of a search event as nodes that know their children, and what its simulations went through.

import { Refusal } from '../checked';
import type { Simulation, TokenId, TreeNode } from '../contract';

/** By node: its children by their token, in the order of rank. */
export type Children = readonly ReadonlyMap<TokenId, number>[];

export function childrenOf(tree: readonly TreeNode[]): Children {
  const children = tree.map(() => new Map<TokenId, number>());
  for (const { node, parent, id } of tree) {
    // Of two that are the same token the first counts.
    if (parent !== null && !children[parent]!.has(id)) children[parent]!.set(id, node);
  }
  return children;
}

/** The nodes of a path of tokens, the root first. Throws a Refusal where the tree has no such path. */
export function nodesOf(children: Children, path: readonly TokenId[], where: string): number[] {
  const nodes = [0];
  for (const id of path) {
    const next = children[nodes.at(-1)!]?.get(id);
    if (next === undefined) throw new Refusal(`${where}: a path that the tree does not have`);
    nodes.push(next);
  }
  return nodes;
}

/** By node: how many simulations went through it or ended there, and the sum of their values. */
export function passesOf(
  tree: readonly TreeNode[],
  children: Children,
  simulations: readonly Simulation[],
  where = '',
): { passes: number[]; sums: number[] } {
  const [passes, sums] = [tree.map(() => 0), tree.map(() => 0)];
  for (const [at, { path, value }] of simulations.entries()) {
    for (const node of nodesOf(children, path, `${where}simulations[${at}]`)) {
      passes[node]! += 1;
      sums[node]! += value;
    }
  }
  return { passes, sums };
}
