// The visibility matrix as runs of cells: what every query may see, in few shapes however many slots there are.
// A unit is one cell; views multiply by the size they have room for.

import type { Slot } from '../contract';
import { SIGHT_REASONS, type SightMatrix, type SightReason } from '../sight';
import type { ViewState } from '../view-state';

/** What a cell shows. `later` is the empty half above the diagonal. */
export type CellKind = 'later' | 'earlier' | 'itself' | 'sibling' | 'hidden' | 'removed';

const KINDS: readonly CellKind[] = ['later', 'earlier', 'itself', 'sibling', 'hidden', 'removed'];
const KIND_OF: Readonly<Record<SightReason, number>> = {
  later: 0,
  earlier: 1,
  itself: 2,
  sibling: 3,
  isolated: 4,
  'later-sibling': 4,
  removed: 5,
  'not-held': 5,
};

const KIND_AT = SIGHT_REASONS.map((reason) => KIND_OF[reason]);

/** Most slots drawn at once; of a longer run the newest ones. */
export const MOST_SLOTS = 512;

/** A rectangle of cells: columns x .. x + width, rows y .. y + height. */
export interface Cells {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A stretch of slots that share a column: one prompt token or one set. */
export interface Block {
  column: number;
  from: number;
  to: number;
  position: number;
  prompt: boolean;
}

export interface MatrixLayout {
  /** The first slot drawn and the number of slots drawn. */
  from: Slot;
  size: number;
  /** Earlier sets, drawn as if nothing were removed: `removed` is painted over it. */
  earlier: Cells[];
  removed: Cells[];
  itself: Cells[];
  siblings: Cells[];
  hidden: Cells[];
  /** Cells that the other visibility shows and this one hides, and the reverse. */
  gained: Cells[];
  lost: Cells[];
  gainedCount: number;
  lostCount: number;
  blocks: Block[];
  kind(query: Slot, key: Slot): CellKind;
  /** The part that the cells are of; the whole where nothing is said. */
  part: Cells;
}

/** Runs along the rows (or down the columns) of all cells whose code is in the mask. */
function runsOf(codes: Uint8Array, part: Cells, mask: number, down = false): Cells[] {
  const [along, across] = down ? [part.width, 1] : [1, part.width];
  const [lines, size] = down ? [part.width, part.height] : [part.height, part.width];
  const found: Cells[] = [];
  for (let line = 0; line < lines; line++) {
    const start = line * across;
    for (let from = 0; from < size; from++) {
      if (((mask >> (codes[start + from * along] ?? 0)) & 1) === 0) continue;
      let to = from + 1;
      while (to < size && ((mask >> (codes[start + to * along] ?? 0)) & 1) === 1) to++;
      found.push(
        down
          ? { x: part.x + line, y: part.y + from, width: 1, height: to - from }
          : { x: part.x + from, y: part.y + line, width: to - from, height: 1 },
      );
      from = to;
    }
  }
  return found;
}

const countCells = (cells: readonly Cells[]): number => cells.reduce((sum, c) => sum + c.width * c.height, 0);

function blocksOf(view: ViewState, from: Slot): Block[] {
  return view.columns.flatMap((column) => {
    const slots = column.tokens.map((token) => token.slot).filter((slot) => slot >= from);
    const [first] = slots;
    if (first === undefined) return [];
    return [
      {
        column: column.index,
        from: first - from,
        to: first - from + slots.length,
        position: column.position,
        prompt: column.step === null,
      },
    ];
  });
}

/** Codes of the cells that change: 0 the same, 1 gained, 2 lost. */
const GAINED = 1;
const LOST = 2;

/**
 * `shown` is the rule that is drawn, `run` what the run did; they differ while another visibility is looked at. `wanted` is
 * the part that is in sight: of a large matrix only its cells are looked up.
 */
export function matrixLayout(
  view: ViewState,
  shown: SightMatrix,
  run: SightMatrix = shown,
  wanted: Cells | null = null,
): MatrixLayout {
  const total = Math.min(shown.size, view.tokens.length);
  const from = Math.max(0, total - MOST_SLOTS);
  const size = total - from;
  const blocks = blocksOf(view, from);
  const part = partOf(size, wanted);
  const [right, bottom] = [part.x + part.width, part.y + part.height];
  const codes = new Uint8Array(part.width * part.height);
  const changes = new Uint8Array(shown === run ? 0 : part.width * part.height);
  for (const block of blocks) {
    for (let row = Math.max(part.y, block.from); row < Math.min(bottom, block.to); row++) {
      const reasons = shown.row(from + row);
      // Whatever stands after the set is `later`, which is 0 already.
      for (let column = part.x; column < Math.min(right, block.to); column++) {
        const at = (row - part.y) * part.width + column - part.x;
        codes[at] = KIND_AT[reasons[from + column] ?? 0] ?? 0;
        if (shown === run) continue;
        const [now, was] = [shown.at(from + row, from + column).sees, run.at(from + row, from + column).sees];
        if (now !== was) changes[at] = now ? GAINED : LOST;
      }
    }
  }
  const runs = (down: boolean, ...kinds: CellKind[]): Cells[] => {
    const mask = kinds.reduce((sum, kind) => sum | (1 << KINDS.indexOf(kind)), 0);
    return runsOf(codes, part, mask, down);
  };
  const gained = shown === run ? [] : runsOf(changes, part, 1 << GAINED);
  const lost = shown === run ? [] : runsOf(changes, part, 1 << LOST);
  return {
    from,
    size,
    part,
    earlier: runs(false, 'earlier', 'removed'),
    removed: runs(true, 'removed'),
    itself: runs(false, 'itself'),
    siblings: runs(false, 'sibling'),
    hidden: runs(false, 'hidden'),
    gained,
    lost,
    gainedCount: countCells(gained),
    lostCount: countCells(lost),
    blocks: blocks.filter((block) => block.to > Math.min(part.x, part.y) && block.from < Math.max(right, bottom)),
    kind: (query, key) => KINDS[KIND_OF[shown.at(query, key).why]] ?? 'later',
  };
}

function partOf(size: number, wanted: Cells | null): Cells {
  if (!wanted) return { x: 0, y: 0, width: size, height: size };
  const [x, y] = [Math.min(size, Math.max(0, wanted.x)), Math.min(size, Math.max(0, wanted.y))];
  return {
    x,
    y,
    width: Math.max(0, Math.min(size, wanted.x + wanted.width) - x),
    height: Math.max(0, Math.min(size, wanted.y + wanted.height) - y),
  };
}

const short = (value: number): string => String(Math.round(value * 100) / 100);

/** Path data of cells at `cell` units each. */
export function cellsPath(cells: readonly Cells[], cell: number): string {
  return cells
    .map(
      ({ x, y, width, height }) =>
        `M${short(x * cell)} ${short(y * cell)}h${short(width * cell)}v${short(height * cell)}h${short(-width * cell)}z`,
    )
    .join('');
}

/** One mark per cell, in its middle: runs taken apart again. */
export function cellCentres(cells: readonly Cells[], cell: number): { x: number; y: number }[] {
  return cells.flatMap(({ x, y, width, height }) =>
    Array.from({ length: width * height }, (_, index) => ({
      x: (x + (index % width) + 0.5) * cell,
      y: (y + Math.floor(index / width) + 0.5) * cell,
    })),
  );
}

/** A plus or a minus in the middle of every cell, as path data for a stroke. */
export function signsPath(cells: readonly Cells[], cell: number, sign: 'plus' | 'minus'): string {
  const arm = cell * 0.2;
  return cellCentres(cells, cell)
    .map(({ x, y }) => {
      const across = `M${short(x - arm)} ${short(y)}h${short(2 * arm)}`;
      return sign === 'plus' ? `${across}M${short(x)} ${short(y - arm)}v${short(2 * arm)}` : across;
    })
    .join('');
}

/** The outlines of sets with several members, along the diagonal. */
export function setCells(layout: MatrixLayout): Cells[] {
  return layout.blocks
    .filter(({ from, to }) => to - from > 1)
    .map(({ from, to }) => ({ x: from, y: from, width: to - from, height: to - from }));
}

/** Rules between columns of the run, along both axes, as path data. */
export function boundaryPath(layout: MatrixLayout, cell: number): string {
  const { x, y, width, height } = layout.part;
  return layout.blocks
    .filter(({ from }) => from > 0)
    .map(({ from }) => {
      const at = short(from * cell);
      const across = from > y && from < y + height ? `M${short(x * cell)} ${at}h${short(width * cell)}` : '';
      const down = from > x && from < x + width ? `M${at} ${short(y * cell)}v${short(height * cell)}` : '';
      return across + down;
    })
    .join('');
}

/** A cell that the arrow keys reach from this one; outside stays at the edge. */
export function moveCursor(
  layout: MatrixLayout,
  cursor: { query: Slot; key: Slot },
  key: string,
  far: boolean,
): { query: Slot; key: Slot } | null {
  const last = layout.from + layout.size - 1;
  const clamp = (slot: Slot): Slot => Math.max(layout.from, Math.min(last, slot));
  const leap = far ? 8 : 1;
  switch (key) {
    case 'ArrowLeft':
      return { ...cursor, key: clamp(cursor.key - leap) };
    case 'ArrowRight':
      return { ...cursor, key: clamp(cursor.key + leap) };
    case 'ArrowUp':
      return { ...cursor, query: clamp(cursor.query - leap) };
    case 'ArrowDown':
      return { ...cursor, query: clamp(cursor.query + leap) };
    case 'PageUp':
      return { ...cursor, query: clamp(cursor.query - 8) };
    case 'PageDown':
      return { ...cursor, query: clamp(cursor.query + 8) };
    case 'Home':
      return far ? { query: layout.from, key: layout.from } : { ...cursor, key: layout.from };
    case 'End':
      return far ? { query: last, key: last } : { ...cursor, key: last };
    default:
      return null;
  }
}
