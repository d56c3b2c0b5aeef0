// A step, a position and a token as the line at the top and the cells name them.

import { plural } from '../../format';

export const words = {
  beforeFirst: 'before step 0',
  step: (step: number) => `step ${step}`,
  position: (position: number) => `position ${position}`,
  member: (name: string, rank: number, size: number) => `${name} (${rank} of ${size})`,
  comparedWith: (name: string, position: number) => `with ${name} at position ${position}`,

  positions: (first: number, last: number) => (first === last ? `Position ${first}` : `Positions ${first} to ${last}`),
  prompt: (where: string) => `${where}, prompt`,
  /** "Position 12, 3 tokens, 1 removed" */
  column: (where: string, tokens: number, removed: number) => {
    const gone = removed === tokens ? 'all removed' : `${removed} removed`;
    return [where, plural(tokens, 'token'), ...(removed > 0 ? [gone] : [])].join(', ');
  },
};
