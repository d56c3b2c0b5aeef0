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

const RUNS = ['earlier', 'itself', 'siblings', 'hidden', 'removed'] as const;
type Runs = Record<(typeof RUNS)[number], number[]>;
/** Kinds of a run, as bits. */
const MASKS: Readonly<Record<keyof Runs, number>> = {
  earlier: maskOf('earlier', 'removed'),
  itself: maskOf('itself'),
  siblings: maskOf('sibling'),
  hidden: maskOf('hidden'),
  removed: maskOf('removed'),
};

function maskOf(...kinds: CellKind[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << KINDS.indexOf(kind)), 0);
}

/** A row is the same object as long as it is the same row: of hundreds, a step of a scrub brings a few that are new. */
const known = new WeakMap<Uint8Array, Runs>();

/** The runs of a row of reasons: from, to, from, to ... */
function rowRuns(reasons: Uint8Array): Runs {
  let runs = known.get(reasons);
  if (!runs) {
    const found = (name: keyof Runs): number[] => runsOf(reasons, (code) => (MASKS[name] >> (KIND_AT[code] ?? 0)) & 1);
    runs = Object.fromEntries(RUNS.map((name) => [name, found(name)])) as Runs;
    known.set(reasons, runs);
  }
  return runs;
}

function runsOf(codes: Uint8Array, holds: (code: number) => number): number[] {
  const runs: number[] = [];
  let inside = 0;
  for (let at = 0; at <= codes.length; at++) {
    const now = at < codes.length ? holds(codes[at] ?? 0) : 0;
    if (now !== inside) runs.push(at);
    inside = now;
  }
  return runs;
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

/** Codes of cells that change; 0 is the same. */
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
  const cells = Object.fromEntries(RUNS.map((name) => [name, []])) as unknown as Record<keyof Runs, Cells[]>;
  const gained: Cells[] = [];
  const lost: Cells[] = [];
  /** Removed cells are drawn down their columns, where they are few shapes. */
  const columns: Cells[][] = Array.from({ length: part.width }, () => []);
  const changes = new Uint8Array(shown === run ? 0 : part.width);
  for (const block of blocks) {
    // Whatever stands after the set is `later`, and not drawn.
    const end = Math.min(right, block.to);
    const put = (into: Cells[], row: number, runs: readonly number[], shift: number): void => {
      for (let i = 0; i < runs.length; i += 2) {
        const x = Math.max(part.x, runs[i]! - shift);
        const width = Math.min(end, runs[i + 1]! - shift) - x;
        if (width > 0) into.push({ x, y: row, width, height: 1 });
      }
    };
    for (let row = Math.max(part.y, block.from); row < Math.min(bottom, block.to); row++) {
      const runs = rowRuns(shown.row(from + row));
      for (const name of ['earlier', 'itself', 'siblings', 'hidden'] as const) put(cells[name], row, runs[name], from);
      const removed: Cells[] = [];
      put(removed, row, runs.removed, from);
      for (const { x, width } of removed) {
        for (let column = x; column < x + width; column++) {
          const above = columns[column - part.x]!;
          const last = above.at(-1);
          if (last && last.y + last.height === row) last.height++;
          else above.push({ x: column, y: row, width: 1, height: 1 });
        }
      }
      if (shown === run) continue;
      changes.fill(0);
      for (let column = part.x; column < end; column++) {
        const [now, was] = [shown.at(from + row, from + column).sees, run.at(from + row, from + column).sees];
        if (now !== was) changes[column - part.x] = now ? GAINED : LOST;
      }
      put(
        gained,
        row,
        runsOf(changes, (code) => Number(code === GAINED)),
        -part.x,
      );
      put(
        lost,
        row,
        runsOf(changes, (code) => Number(code === LOST)),
        -part.x,
      );
    }
  }
  return {
    from,
    size,
    part,
    ...cells,
    removed: columns.flat(),
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
