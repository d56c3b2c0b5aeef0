// What whoever saves a picture may choose, and where a long one is cut.

import type { Look } from '../palette';
import type { ViewState } from '../view-state';

export interface PictureChoice {
  look: Look;
  /** The first and the last step in the picture. The prompt is in it when it begins with step 0. */
  from: number;
  to: number;
  /** Most width of a row, in px; what is longer goes on in the next row. Infinity: one row. */
  wrap: number;
}

/** About as wide as a page. */
export const PAGE = 1200;

/** All there is at a moment, as a page. */
export function wholePicture(view: ViewState): PictureChoice {
  return { look: 'light', from: 0, to: Math.max(0, view.step), wrap: PAGE };
}

/** Whether a column of this step is in the picture; null stands for the prompt. */
export function isChosen(choice: PictureChoice, step: number | null): boolean {
  return step === null ? choice.from <= 0 : step >= choice.from && step <= choice.to;
}

interface Extent {
  x: number;
  width: number;
}

/** Cuts neighbours into rows of at most this width, from index to index; one that is wider has a row of its own. */
export function rowsOf(parts: readonly Extent[], from: number, to: number, wrap: number): [number, number][] {
  const rows: [number, number][] = [];
  for (let i = from; i < to; i += 1) {
    const part = parts[i]!;
    const row = rows.at(-1);
    if (row && part.x + part.width - parts[row[0]]!.x <= wrap) row[1] = i + 1;
    else rows.push([i, i + 1]);
  }
  return rows;
}
