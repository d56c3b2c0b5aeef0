// Who goes with whom, in words; describe/kin.ts decides what is said.

import { percent, plural } from '../../format';

export const words = {
  noChain: 'This recording has no chain: it does not say which member goes with which.',
  ofPrompt: 'Every reading goes through the prompt.',
  ofRemoved: (name: string) => `${name} is removed: only members that are live have kin.`,

  /** A member of the set before, with how much of the token came through it. */
  through: (name: string, share: string) => `${name} ${share}`,
  cameThrough: (name: string, members: string, position: number) =>
    `${name} came through ${members} at position ${position}.`,
  noChoice: (name: string) => `There was no choice before ${name}.`,
  nothingYet: (name: string) => `Nothing follows ${name} yet.`,
  alone: 'It is the only one at its position, so everything that follows came through it.',
  /** A member of the set after, with how much of it came through the token. */
  of: (share: string, name: string) => `${share} of ${name}`,
  follow: (position: number, members: string, name: string) =>
    `At position ${position}, ${members} came through ${name}.`,
  more: (sets: number) => `${plural(sets, 'further set')} in the table.`,

  shown: 'its kin are shown',
  earlier: (share: string, name: string) => `${share} of ${name} came through it`,
  later: (share: string, name: string) => `${share} of it came through ${name}`,

  tableTitle: (name: string, slot: number) =>
    `Kin of ${name} (slot ${slot}): of earlier members the share of ${name} that came through each, of later ones the ` +
    `share that came through ${name}`,
  sides: { earlier: 'earlier', later: 'later' },
  columns: { position: 'position', slot: 'slot', token: 'token', side: 'side', share: 'share' },

  /** What was measured of attention; said wherever it is shown as if it spoke for a member. */
  attention:
    'Attention is no evidence: within a set it tells the right member from a wrong one hardly better than a coin (AUC 0.50 ' +
    'to 0.57, where 0.5 is chance and 1 is always right), and a set draws 1.4 to 3.3 times the attention of one token ' +
    '(SmolLM2-135M and Gemma 3 270M).',
  /** `" cat" had 62 % of its set when it was chosen; what was chosen since makes it 91 %.` */
  standing: (name: string, prior: number, gamma: number | null, isNewest: boolean) => {
    const before = `${name} had ${percent(prior)} of its set when it was chosen`;
    if (gamma === null) return `${before}.`;
    return isNewest
      ? `${before}; with all that came before it, ${percent(gamma)}.`
      : `${before}; what was chosen since makes it ${percent(gamma)}.`;
  },
};
