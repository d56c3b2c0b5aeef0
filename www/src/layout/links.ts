// The lines in a gap of the lattice: from every live member into the hub, from the hub to every member behind it.

import type { Slot } from '../contract';
import type { Trace, ViewState } from '../view-state';
import { weightsOf } from './facts';
import { crowdSlot, FOLD, type LatticeCell, type LatticeColumn, type LatticeSizes } from './lattice-parts';
import { round } from './measure';

export interface Link {
  slot: Slot;
  path: string;
  width: number;
  kind: 'prompt' | 'single' | 'sibling' | 'gone' | 'trace';
}

export interface Hub {
  /** Key of the column before it. */
  key: number;
  x: number;
  y: number;
  links: Link[];
  /** After the newest column: nothing comes out of it yet. */
  open: boolean;
}

/** Lines join a cell where its text stands: high cells of the area mode would pull them down otherwise. */
export function anchor(cell: LatticeCell, sizes: LatticeSizes): number {
  return cell.y + Math.min(cell.height, sizes.cellHeight) / 2;
}

export function curve(x1: number, y1: number, x2: number, y2: number): string {
  if (Math.abs(y1 - y2) < 0.5) return `M${round(x1)} ${round(y1)}H${round(x2)}`;
  const middle = round((x1 + x2) / 2);
  return `M${round(x1)} ${round(y1)}C${middle} ${round(y1)} ${middle} ${round(y2)} ${round(x2)} ${round(y2)}`;
}

function kindOf(cell: LatticeCell): Link['kind'] {
  return cell.state === 'removed' ? 'gone' : cell.kind;
}

/** Lines that meet in one place without becoming a rope. */
const MANY = 12;

/** From 1 to 4: how much a member weighs when the next set is read, how probable it was when it was chosen. Of many, less. */
function weight(share: number, of: number): number {
  return round((1 + 3 * Math.min(1, Math.max(0, share))) * Math.min(1, MANY / of));
}

export function layoutHub(
  trace: Trace,
  view: ViewState,
  from: LatticeColumn,
  to: LatticeColumn | null,
  sizes: LatticeSizes,
): Hub {
  const left = from.x + from.width;
  const x = round(left + sizes.gap / 2);
  const right = left + sizes.gap;
  const y = round(sizes.head + sizes.cellHeight / 2);
  const links: Link[] = [];

  const live = from.cells.filter((cell) => cell.state !== 'removed');
  const shares = weightsOf(trace, live);
  live.forEach((cell, i) => {
    const width = cell.kind === 'prompt' ? 1 : weight(shares[i] ?? 0, live.length);
    links.push({ slot: cell.slot, path: curve(left, anchor(cell, sizes), x, y), width, kind: cell.kind });
  });
  // What the button under a large set stands for goes on as well.
  const crowd = (column: LatticeColumn): number | null =>
    column.crowd && column.crowd.hidden > 0 ? column.crowd.y + sizes.cellHeight / 2 : null;
  const rest = crowd(from);
  if (rest !== null)
    links.push({ slot: crowdSlot(from.key), path: curve(left, rest, x, y), width: 1, kind: 'sibling' });
  if (from.key === FOLD) links.push({ slot: -1, path: curve(left, y, x, y), width: 1, kind: 'prompt' });
  for (const cell of from.cells) {
    if (cell.state !== 'removed') continue;
    const at = anchor(cell, sizes);
    // Drawn in the step of the verdict only, to be seen going.
    const now = cell.removedAt === view.step;
    if (now) links.push({ slot: cell.slot, path: curve(left, at, x, y), width: 1, kind: 'gone' });
    // Rows computed before the verdict still carry what they saw of it; a rebuilt run carries nothing.
    if (view.tokens[cell.slot]?.removal?.effect !== 'rebuild') {
      links.push({ slot: cell.slot, path: `M${round(left + 2)} ${round(at)}h6`, width: 1, kind: 'trace' });
    }
  }
  for (const cell of to?.cells ?? []) {
    const kind = kindOf(cell);
    if (kind === 'gone' && cell.removedAt !== view.step) continue;
    const width = kind === 'prompt' || kind === 'gone' ? 1 : weight(cell.probability ?? 0, to?.cells.length ?? 1);
    links.push({ slot: cell.slot, path: curve(x, y, right, anchor(cell, sizes)), width, kind });
  }
  const others = to && crowd(to);
  if (to && others !== null)
    links.push({ slot: crowdSlot(to.key), path: curve(x, y, right, others), width: 1, kind: 'sibling' });
  return { key: from.key, x, y, links, open: to === null };
}
