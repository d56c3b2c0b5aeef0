// The lines that the chain draws through the lattice: the reading as one thick line, and a member's kin from link to link.

import type { Kin } from '../chain';
import type { Slot } from '../contract';
import type { LatticeLayout } from './lattice';
import type { LatticeCell, LatticeSizes } from './lattice-parts';
import { anchor, curve } from './links';

/** The reading from the last prompt token on, through the hubs; empty where none of it is drawn. */
export function readingLine(
  layout: Pick<LatticeLayout, 'columns' | 'hubs'>,
  sizes: LatticeSizes,
  path: ReadonlySet<Slot>,
): string {
  let drawn = '';
  let before: { cell: LatticeCell; column: number } | null = null;
  for (const [at, column] of layout.columns.entries()) {
    const prompt = column.step === null ? column.cells[0] : undefined;
    const cell = prompt ?? column.cells.find(({ slot }) => path.has(slot));
    if (!cell) continue;
    if (before && !prompt) {
      const hub = layout.hubs[before.column];
      const right = before.cell.x + before.cell.width;
      if (hub) {
        drawn += curve(right, anchor(before.cell, sizes), hub.x, hub.y);
        drawn += curve(hub.x, hub.y, cell.x, anchor(cell, sizes));
      }
    }
    before = { cell, column: at };
  }
  return drawn;
}

export interface KinLine {
  path: string;
  width: number;
}

/** Widths that differ to the eye; all lines of one are one path. */
const WIDTHS = 5;

/** Lines from member to member, as wide as the share of the kin that goes this way. The thinnest first. */
export function kinLines(layout: Pick<LatticeLayout, 'columns'>, sizes: LatticeSizes, kin: Kin): KinLine[] {
  const cells = new Map(layout.columns.flatMap((column) => column.cells.map((cell) => [cell.slot, cell] as const)));
  const paths = Array.from({ length: WIDTHS }, () => '');
  for (const { from, to, share } of kin.flows) {
    const [left, right] = [cells.get(from), cells.get(to)];
    if (!left || !right) continue;
    const width = Math.min(WIDTHS, Math.ceil(share * WIDTHS)) - 1;
    paths[width] += curve(left.x + left.width, anchor(left, sizes), right.x, anchor(right, sizes));
  }
  return paths.flatMap((path, i) => (path === '' ? [] : [{ path, width: 1 + 1.1 * i }]));
}
