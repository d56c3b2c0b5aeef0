// A table as data: what the visible table view, the CSV file and the tests read.

/** A cell: null is "nothing to say here" and stays empty. */
export type Cell = string | number | null;

export interface TableColumn {
  name: string;
  /** Numbers are set to the right; `head` marks the column that names its row. */
  kind?: 'text' | 'token' | 'number' | 'head';
  /** Digits after the point for numbers on the screen; the CSV keeps all of them. */
  digits?: number;
}

export interface Table {
  caption: string;
  columns: TableColumn[];
  rows: Cell[][];
}
