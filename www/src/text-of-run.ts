// What a run says at one moment, as plain text (ALGORITHM.md §11: the `end` texts).

import { chainAt } from './chain';
import { readingOf, readingText, scoredOf } from './describe/reading';
import { joinText } from './text';
import type { Token, Trace, ViewState } from './view-state';

/** Live members of every generated set, in order. */
function liveSets(view: ViewState): Token[][] {
  return view.columns
    .filter((column) => column.step !== null)
    .map((column) => column.tokens.filter((token) => !token.removal));
}

/** The generated part: one live member plain, several as `[a/b/c]` in set order, removed ones left out. */
export function brackets(view: ViewState): string {
  const parts = liveSets(view).flatMap((live) => {
    if (live.length < 2) return live.map((token) => token.text);
    return [...live.flatMap((token, index) => [index === 0 ? '[' : '/', token.text]), ']'];
  });
  return joinText(parts);
}

/** The generated part in the reading that the run names; without a chain that is the most probable one. */
export function reading(trace: Trace, view: ViewState): string {
  return readingText(readingOf(view, chainAt(trace, view), trace.run.options.reading, 0, [], scoredOf(trace)));
}
