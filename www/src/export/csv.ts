// A table as CSV (RFC 4180), safe to open in a spreadsheet.

import type { Cell, Table } from '../describe/table';

/**
 * A field. Texts that a spreadsheet would take for a formula get an apostrophe in front: tokens are not code. Tokens of a
 * set are a JSON list, which needs none.
 */
export function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  if (typeof cell !== 'string') return field(JSON.stringify(cell));
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Header and rows; the caption is not part of the file. */
export function csv(table: Table): string {
  const lines = [table.columns.map((column) => field(column.name)), ...table.rows.map((row) => row.map(field))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
