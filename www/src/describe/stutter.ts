// Why neighbours may say the same word, in words.

import type { Stutter } from '../stutter';
import type { ViewState } from '../view-state';
import { stutterNote } from '../words/en/reading';
import { namedWord } from './named';

/** About the pairs that the reading takes both of, else about the first of the lattice; empty without any. */
export function stutterSentence(
  view: ViewState,
  pairs: readonly Stutter[],
  read: readonly Stutter[],
  hasChain: boolean,
): string {
  const pair = read[0] ?? pairs[0];
  const [ahead, behind] = [view.tokens[pair?.ahead ?? -1], view.tokens[pair?.behind ?? -1]];
  if (!ahead || !behind) return '';
  return stutterNote(namedWord(ahead.text), namedWord(behind.text), ahead.position, read.length > 0, hasChain);
}
