// How large a cell of the matrix is: the whole of it in the width there is, or large enough to press.

export type Zoom = 'whole' | 'large';

export interface GridSizes {
  zoom: Zoom;
  cell: number;
  /** Room for the names beside and above the board; 0 where cells are too small for names. */
  names: number;
  /** Size of the names' letters. */
  letters: number;
  /** Width of one letter of a name. */
  ch: number;
}

/** Names are cut to so many places. */
export const NAME_PLACES = 10;
/** Letters smaller than this are not read by anybody. */
const LEAST_LETTERS = 10.5;
const LEAST_CELL = 2;
/** Below this nobody finds a cell; the large board scrolls instead. */
const FINDABLE = 5;
/** A cell that can be pressed (WCAG 2.5.8). */
const TARGET = 24;

export function gridSizes(width: number, size: number, ch: number, em: number, choice: Zoom | null): GridSizes {
  const slots = Math.max(1, size);
  const namesFor = (letters: number): number => Math.ceil((NAME_PLACES * ch * letters) / em) + 10;
  const large = Math.max(TARGET, Math.round(1.5 * em));
  const named = Math.min(large, Math.floor((width - namesFor(LEAST_LETTERS) - 2) / slots));
  const bare = Math.max(LEAST_CELL, Math.min(large, Math.floor((width - 2) / slots)));
  const zoom = choice ?? (bare >= FINDABLE ? 'whole' : 'large');
  if (zoom === 'whole' && named < LEAST_LETTERS + 0.5) return { zoom, cell: bare, names: 0, letters: 0, ch: 0 };
  const cell = zoom === 'large' ? large : named;
  const letters = Math.min(em, cell - 1);
  return { zoom, cell, names: namesFor(letters), letters, ch: (ch * letters) / em };
}
