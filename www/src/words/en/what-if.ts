// What another threshold would have kept in the step shown.

import { list, quoted } from '../../describe/words';
import { percent, plural } from '../../format';

export interface TriedThreshold {
  step: number;
  members: number;
  /** Probability of the members together. */
  mass: number;
  /** Texts of the tokens that would join the set, and of those that would leave it. */
  more: readonly string[];
  less: readonly string[];
}

/** More than this are counted, not named. */
const NAMED = 4;

function names(texts: readonly string[]): string {
  return texts.length > NAMED ? plural(texts.length, 'token') : list(texts.map(quoted));
}

export const words = {
  title: (threshold: number) => `What if ${percent(threshold)}:`,
  /** "step 3 would keep 2 tokens with 61 % of the probability: " dog" too, without " cat"." */
  found: ({ step, members, mass, more, less }: TriedThreshold) => {
    const changes = [
      ...(more.length > 0 ? [`${names(more)} too`] : []),
      ...(less.length > 0 ? [`without ${names(less)}`] : []),
    ];
    const kept = `step ${step} would keep ${plural(members, 'token')} with ${percent(mass)} of the probability`;
    return changes.length === 0 ? `${kept}, the same ones.` : `${kept}: ${changes.join(', ')}.`;
  },
  later: 'Later steps are not run again; branch from here to run them.',
  branch: 'Branch with it',
};
