// A tree search whose step is under way: the tree that the step before has left, and what was tried since. Priors, and
// children that nobody has visited, are told with the step.

import type { SearchEvent, SimulationReport, TreeNode } from '../contract';
import type { Trace } from '../view-state';
import { searchOf, textsOf, type Search } from './search';
import { childrenOf } from './tree';

/** The search as far as these simulations have come, the first ones of the step after the last. */
export function searchUnderWay(trace: Trace, simulations: SimulationReport[]): Search {
  const tree = keptTree(trace);
  const children = childrenOf(tree) as Map<number, number>[];
  const words = new Map(textsOf(trace));
  for (const { path, rollout, texts, value } of simulations) {
    for (const [at, id] of [...path, ...rollout].entries()) words.set(id, texts[at]!);
    let parent = 0;
    visit(tree[0]!, value);
    for (const id of path) {
      let node = children[parent]!.get(id);
      if (node === undefined) {
        node = children.push(new Map()) - 1;
        children[parent]!.set(id, node);
        tree.push({ node, parent, id, text: words.get(id)!, prior: 0, visits: 0, value: 0 });
      }
      visit(tree[node]!, value);
      parent = node;
    }
  }
  return searchOf(trace, { tree, simulations }, words);
}

function visit(node: TreeNode, value: number): void {
  node.value = (node.visits * node.value + value) / (node.visits + 1);
  node.visits += 1;
}

/** The subtree of the token that was chosen last; before the first step the last token of the prompt alone. */
function keptTree({ run, beside }: Trace): TreeNode[] {
  const last = beside?.at(-1) as SearchEvent | undefined;
  const { id, text } = run.prompt.tokens.at(-1)!;
  if (!last) return [{ node: 0, parent: null, id, text, prior: 1, visits: 0, value: 0 }];
  const tree: TreeNode[] = [];
  const places = new Map<number | null, number>();
  for (const each of last.tree) {
    const isRoot = each.parent === 0 && each.id === last.chosen.id;
    const parent = places.get(each.parent);
    if (!isRoot && parent === undefined) continue;
    places.set(each.node, tree.length);
    tree.push({ ...each, node: tree.length, parent: isRoot ? null : parent! });
  }
  return tree;
}
