// One position, which is one column, in words.

import { plural } from '../format';
import type { Column } from '../view-state';

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
  const where = first === last ? `Position ${first}` : `Positions ${first} to ${last}`;
  if (column.step === null) return `${where}, prompt`;
  const removed = column.tokens.filter((token) => token.state === 'removed').length;
  const parts = [where, plural(column.tokens.length, 'token')];
  if (removed > 0) parts.push(removed === column.tokens.length ? 'all removed' : `${removed} removed`);
  return parts.join(', ');
}
