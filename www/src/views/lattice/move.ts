// Where an arrow key leads in the lattice. Pure: the grid asks, then moves the focus.

import { FOLD, type LatticeColumn } from '../../layout/lattice-parts';

export interface GridPlace {
  /** Place in the columns shown, and in the column. */
  column: number;
  row: number;
}

/** Columns that PageUp and PageDown jump over. */
const PAGE = 8;

/** How many places a column has to stand on: the folded prompt has one, the button under a large set is one more. */
function rows(column: LatticeColumn | undefined): number {
  if (!column) return 0;
  return column.key === FOLD ? 1 : column.cells.length + (column.crowd ? 1 : 0);
}

/**
 * The place that a key leads to; null when the key means nothing here. `preferredRow` is the row the reader last chose,
 * so that a walk over single tokens comes back to it. On a phone the columns run down the page.
 */
export function move(
  columns: readonly LatticeColumn[],
  from: GridPlace,
  key: string,
  preferredRow: number,
  downwards: boolean,
): GridPlace | null {
  const last = columns.length - 1;
  const to = (column: number): GridPlace => {
    const at = Math.min(last, Math.max(0, column));
    return { column: at, row: Math.max(0, Math.min(preferredRow, rows(columns[at]) - 1)) };
  };
  const within = (row: number): GridPlace => ({
    column: from.column,
    row: Math.max(0, Math.min(row, rows(columns[from.column]) - 1)),
  });
  const [back, forth, up, down] = downwards
    ? ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']
    : ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
  switch (key) {
    case back:
      return to(from.column - 1);
    case forth:
      return to(from.column + 1);
    case up:
      return within(from.row - 1);
    case down:
      return within(from.row + 1);
    case 'Home':
      return to(0);
    case 'End':
      return to(last);
    case 'PageUp':
      return to(from.column - PAGE);
    case 'PageDown':
      return to(from.column + PAGE);
    default:
      return null;
  }
}
