// One position, which is one column, in words.

import type { Column } from '../view-state';
import { words } from '../words/en/places';

/** First and last position of a column: the same number unless each member has a position of its own. */
export function positionRange(column: Column): [number, number] {
  let last = column.position;
  for (const token of column.tokens) last = Math.max(last, token.position);
  return [column.position, last];
}

/** "12", or "12-14" */
export function positionNumber(column: Column): string {
  const [first, last] = positionRange(column);
  return first === last ? String(first) : `${first}-${last}`;
}

/** "Position 12, 3 tokens" */
export function positionLabel(column: Column): string {
  const [first, last] = positionRange(column);
  const where = words.positions(first, last);
  if (column.step === null) return words.prompt(where);
  const removed = column.tokens.filter((token) => token.state === 'removed').length;
  return words.column(where, column.tokens.length, removed);
}
