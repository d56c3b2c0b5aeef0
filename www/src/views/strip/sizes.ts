// Sizes of the strip from the size of its letters.

import type { StripSizes } from '../../layout/strip';

/** `ch`: width of a character of the token face, `em`: its size, in px. */
export function stripSizes(ch: number, em: number): StripSizes {
  return {
    ch,
    padding: Math.round(0.8 * em),
    gap: 3,
    least: 2.4,
    most: 10,
    slot: Math.round(2.1 * em),
    ribbon: Math.round(5 * em),
    own: Math.round(3.2 * em),
  };
}
