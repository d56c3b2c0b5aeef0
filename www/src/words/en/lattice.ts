// What stands in the lattice and under it: the marks of removed members, and how to read the whole.

import { percent } from '../../format';

/** On the edge of a member that was removed: the place of the words that it did not fit. */
export function goneAt(place: number): string {
  return `gone at ${place}`;
}

/** Judged too weak where verdicts are only reported. */
export function weakAt(place: number): string {
  return `weak at ${place}`;
}

export const words = {
  title: 'Lattice',
  help:
    'Every column is one position, every cell a token that sits at it, the most probable one on top. The lines of a ' +
    'column meet in one hub, because the whole set feeds every next token. The thick black line is the reading below. ' +
    'Point at a token, or pin it, and its kin light up: before it, how much of it came through each member; after it, ' +
    'how much of each came through it. A solid arrow marks the rows that the next set is read from. A removed token ' +
    'stays, dashed and struck, with the step of its removal; a dotted stub says that rows computed before still carry ' +
    'what they saw of it. Pin a token to see below its column what was left out.',
  area: 'Area = probability',
  end: 'End',

  grid: 'Token lattice, one row per position',
  keys: (downwards: boolean) =>
    `${downwards ? 'Up and Down move by position, Left and Right' : 'Left and Right move by position, Up and Down'} ` +
    'between members, Enter selects, Shift and Enter compares, Escape unpins.',
  open: (tokens: number) => `Open ${tokens} prompt tokens`,
  fold: 'Fold the prompt',
  /** Under a set that is too large to be shown whole. */
  others: (hidden: number): string => `+${hidden} more`,
  crowd: (hidden: number, share: string): string => `${hidden} more members of this set, ${share} together. Show all`,
  fewer: 'show fewer',
  fewerLabel: 'Show only the members that count most',
  /** On the buttons that are called so. */
  promptTokens: 'prompt tokens',
  folds: 'fold',
};

export const LEGEND = {
  label: 'How to read the lattice',
  single: 'one likely word',
  several: 'several at the same place',
  trial: 'on trial: what comes next tells whether it fits',
  removed: 'dropped, because what came next did not fit it',
  sample: goneAt(15),
  reading: 'one way to read it',
  kinSample: percent(0.62),
  kin: 'press a word or point at it: so much of every other word goes with it',
  percent:
    'Percent: how likely the word was at its place. The number above is the place in the text; a word is gone when that place has come.',
} as const;
