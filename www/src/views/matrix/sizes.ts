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
  /** Every so many slots have a name, where cells are lower than letters. */
  every: number;
}

/** Names are cut to so many places. */
export const NAME_PLACES = 10;
/** Letters smaller than this are not read by anybody. */
const LEAST_LETTERS = 10.5;
const LEAST_CELL = 2;
/** For the line around the board. */
const EDGE = 4;
/** Below this nobody finds a cell; the large board scrolls instead. */
const FINDABLE = 5;
/** A cell that can be pressed (WCAG 2.5.8). */
const TARGET = 24;

export function gridSizes(width: number, size: number, ch: number, em: number, choice: Zoom | null): GridSizes {
  const slots = Math.max(1, size);
  const namesFor = (letters: number): number => Math.ceil((NAME_PLACES * ch * letters) / em) + 10;
  const large = Math.max(TARGET, Math.round(1.5 * em));
  const lettersIn = (cell: number): number => Math.max(LEAST_LETTERS, Math.min(em, cell - 1));
  // Larger cells have larger names, which take from the cells' room.
  let named = Math.min(large, Math.floor((width - namesFor(LEAST_LETTERS) - EDGE) / slots));
  while (named > LEAST_CELL && namesFor(lettersIn(named)) + named * slots + EDGE > width) named -= 1;
  named = Math.max(LEAST_CELL, named);
  const zoom = choice ?? (named >= FINDABLE ? 'whole' : 'large');
  const cell = zoom === 'large' ? large : named;
  const letters = lettersIn(cell);
  const every = Math.ceil((letters + 1) / cell);
  return { zoom, cell, names: namesFor(letters), letters, ch: (ch * letters) / em, every };
}
