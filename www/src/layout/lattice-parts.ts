// What the lattice is made of: the sizes that are given, and the columns and cells that are laid out.

import type { Candidate, Slot } from '../contract';
import type { TokenState } from '../view-state';

/** Key of the column that the folded prompt stands in. */
export const FOLD = -1;

/** What stands for a slot in the button under a large set, a place of the grid and no member; and back to the column's key. */
export function crowdSlot(key: number): number {
  return -2 - key;
}

/** Under a set that is too large to be shown whole at first. */
export interface Crowd {
  /** Members that are not shown; 0 when all are. */
  hidden: number;
  /** Their share of the probability. */
  share: number;
  x: number;
  y: number;
}

export interface LatticeSizes {
  /** Width of one character of the token face. */
  ch: number;
  cellHeight: number;
  rowGap: number;
  /** Between columns; the hub stands in its middle. */
  gap: number;
  /** Left and right of the text, together. */
  padding: number;
  /** Above the cells, for the position numbers. */
  head: number;
  /** Height of one ghost; the rule above them and the line below them take half of it each. */
  ghost: number;
  /** Least and most width of a cell, in characters. */
  least: number;
  most: number;
}

/** Only what is to be seen, so that a cell that looks the same is the same (share.ts). */
export interface LatticeCell {
  slot: Slot;
  kind: 'prompt' | 'single' | 'sibling';
  state: TokenState;
  rank: number;
  probability: number | null;
  text: string;
  /** On its edge: "gone at 17" removed at step 17, "weak at 17" only reported, "fade 3 %" faded. */
  tag: string;
  removedAt: number | null;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Other members of its set are still there. */
  beside: boolean;
  /** The next set is read from this row. */
  speaks: boolean;
}

export interface Ghost extends Candidate {
  shown: string;
  /** `ended`: end of text that left the set; `cut`: over the threshold, kept out by another limit. */
  why: 'below' | 'cut' | 'ended';
}

export interface LatticeColumn {
  /** Index of the column in the view, or FOLD. */
  key: number;
  /** The step that made it; null for the prompt. */
  step: number | null;
  /** "12", and the same in words. */
  label: string;
  title: string;
  x: number;
  width: number;
  cells: LatticeCell[];
  /** Null where the set is small enough. */
  crowd: Crowd | null;
  ghosts: Ghost[];
  /** Candidates that are not even shown as ghosts. */
  more: number;
  threshold: number | null;
}
