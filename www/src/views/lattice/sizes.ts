// Sizes of the lattice from the size of its letters.

import type { LatticeSizes } from '../../layout/lattice-parts';

/** `ch`: width of a character of the token face, `em`: its size, in px. The small print of a cell is 0.78 em. */
export function latticeSizes(ch: number, em: number): LatticeSizes {
  const line = 1.3 * em;
  const small = 1.25 * 0.78 * em;
  return {
    ch,
    cellHeight: Math.round(line + small + 13),
    rowGap: Math.round(0.5 * em),
    gap: Math.round(1.9 * em),
    padding: Math.round(1.75 * em),
    head: Math.round(1.6 * em),
    ghost: Math.round(2.3 * em),
    least: 4.6,
    most: 14,
  };
}
