// A table as data: what the visible table view, the CSV file and the tests read.

import { visibleText } from '../text';

/** A cell: null is "nothing to say here" and stays empty; a list is the tokens of a set. */
export type Cell = string | number | null | readonly string[];

export interface TableColumn {
  name: string;
  /**
   * Numbers are set to the right; `head` marks the column that names its row. Texts of tokens are raw: the screen shows
   * what does not show, the CSV keeps them as they are.
   */
  kind?: 'text' | 'token' | 'number' | 'head';
  /** Digits after the point for numbers on the screen; the CSV keeps all of them. */
  digits?: number;
}

export interface Table {
  caption: string;
  columns: TableColumn[];
  rows: Cell[][];
}

/** A view as a table. What the first picture leaves for later is given to it: the tables of the lattice and of time, too. */
export type TableOf = (later: typeof import('../frame/later')) => Table;

/** A cell as the screen shows it. */
export function cellText(cell: Cell | undefined, column: TableColumn): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return column.digits === undefined ? String(cell) : cell.toFixed(column.digits);
  if (typeof cell === 'string') return column.kind === 'token' ? visibleText(cell) : cell;
  return cell.map(visibleText).join(' / ');
}
