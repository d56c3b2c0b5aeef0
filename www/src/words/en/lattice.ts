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
  title: 'Place by place',
  term: 'Lattice',
  help:
    'Every column is one place in the text, with its number above; every cell a word or a part of one (a token) that ' +
    'stands there, the most probable one on top; its percent says how likely it was when it was chosen. The lines of a ' +
    'column meet in one hub, because the whole set feeds every next token. The thick black line is the reading below. ' +
    'Point at a token, or pin it, and its kin light up: before it, how much of it came through each member; after it, ' +
    'how much of each came through it. A solid arrow marks the rows that the next set is read from. A removed token ' +
    'stays, dashed and struck, with the step of its removal; a dotted stub says that rows computed before still carry ' +
    'what they saw of it. Pin a token to see below its column what was left out.',
  area: 'Size by percent',
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
  single: 'one word at its place',
  several: 'several at the same place',
  trial: 'on trial by what comes next',
  removed: 'dropped: what came next did not fit it',
  sample: goneAt(15),
  kinSample: percent(0.62),
  kin: 'press a word or point at it: so much of every other word goes with it',
  percent: '%: how likely it was; number above: its place',
  place: `${goneAt(15)}: dropped when place 15 had come`,
} as const;
