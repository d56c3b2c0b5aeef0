// The lattice as numbers: columns side by side, members under each other, one hub in every gap.
// Every live member of a set feeds the whole next set, so a gap has k lines into its hub and m lines out of it,
// never k x m: a line from member to member would claim a parent that does not exist.

import { goneAt, weakAt } from '../words/en/lattice';
import type { Slot, StepEvent } from '../contract';
import { positionLabel, positionNumber } from '../describe/position';
import { percent } from '../format';
import type { Column, Token, Trace, ViewState } from '../view-state';
import { fadeOf, speakers } from './facts';
import { isCrowd, roomFor, shownOf } from './crowd';
import { FOLD, type Ghost, type LatticeCell, type LatticeColumn, type LatticeSizes } from './lattice-parts';
import { anchor, layoutHub, type Hub } from './links';
import { round, shown } from './measure';
import { Remembered } from './remembered';
import { share } from './share';
import { within, type Stretch } from './stretch';

export interface LatticeChoice {
  /** Show every prompt token; otherwise a long prompt is one cell and its last few tokens. */
  open: boolean;
  /** Height follows probability. */
  area: boolean;
  /** Leave removed members out. */
  hideRemoved?: boolean;
  /** The column whose ghosts are shown. */
  selected: Slot | null;
  /** No room is kept for ghosts: nothing has been pinned yet. */
  bare?: boolean;
  /** Columns of large sets that are shown whole, by their keys. */
  whole?: ReadonlySet<number>;
  /** Members that are shown however improbable they are. */
  always?: ReadonlySet<Slot>;
}

export interface LatticeLayout {
  columns: LatticeColumn[];
  hubs: Hub[];
  /** Where the lines of the rows leave that the next set is read from. */
  marks: { slot: Slot; x: number; y: number }[];
  width: number;
  height: number;
  /** Prompt tokens behind the fold; 0 when the prompt is short. */
  folded: number;
  /** Whether the prompt is long enough to be folded. */
  foldable: boolean;
}

/** A prompt longer than this is folded to its last TAIL tokens. */
export const FOLD_ABOVE = 10;
const TAIL = 3;
/** Most ghosts, where one member leaves the room for them; under higher columns there are fewer. */
const GHOSTS = 4;
/** In area mode: the height of a probability of 1, and the least height of a cell. */
const AREA_HEIGHT = 260;
const AREA_LEAST = 26;

const NOBODY: ReadonlySet<Slot> = new Set();

const placed = new Remembered<Column, LatticeColumn>();
const gaps = new Remembered<LatticeColumn, Hub>();
const heights = new Remembered<StepEvent[], number>();

export function layoutLattice(
  trace: Trace,
  view: ViewState,
  sizes: LatticeSizes,
  choice: LatticeChoice,
): LatticeLayout {
  const prompt = trace.run.prompt.tokens.length;
  const foldable = prompt > FOLD_ABOVE;
  const hides = foldable && !choice.open && !(choice.selected !== null && choice.selected < prompt - TAIL);
  const folded = hides ? prompt - TAIL : 0;
  const selectedColumn = choice.selected === null ? -1 : (view.tokens[choice.selected]?.column ?? -1);
  const speaking = new Set(speakers(trace, view.readout));
  const newest = view.columns.length - 1;

  const columns: LatticeColumn[] = [];
  let x = 0;
  if (foldable) {
    const width = round(hides ? 8 * sizes.ch + sizes.padding : 5 * sizes.ch + sizes.padding);
    const nothing = { cells: [], crowd: null, ghosts: [], more: 0, threshold: null };
    columns.push({ key: FOLD, step: null, label: '', title: 'Prompt', x, width, ...nothing });
    x += width + sizes.gap;
  }
  const height = boardHeight(trace, sizes, choice);
  for (const column of view.columns) {
    if (column.index < folded) continue;
    let placed = placedColumn(trace, column, x, sizes, choice, column.index === newest ? speaking : NOBODY);
    if (column.index === selectedColumn && column.step !== null) {
      const last = placed.cells[placed.cells.length - 1];
      const end = placed.crowd ? placed.crowd.y + sizes.cellHeight : last ? last.y + last.height : 0;
      const room = height - end - sizes.ghost;
      placed = { ...placed, ...ghostsOf(trace, column, sizes.most, Math.floor(room / sizes.ghost)) };
    }
    columns.push(placed);
    x += placed.width + sizes.gap;
  }
  const hubs = columns.map((column, i) => hubAfter(trace, view, column, columns[i + 1] ?? null, sizes));
  const marks = (columns[columns.length - 1]?.cells ?? [])
    .filter((cell) => cell.speaks)
    .map((cell) => ({ slot: cell.slot, x: round(cell.x + cell.width), y: round(anchor(cell, sizes)) }));
  return { columns, hubs, marks, width: round(x), height: round(height), folded, foldable };
}

/** The height of the whole run, not of the moment: nothing below may jump while the reader scrubs or pins another token. */
export function boardHeight(trace: Trace, sizes: LatticeSizes, choice: LatticeChoice): number {
  const by = [sizes, choice.area, choice.whole, choice.bare, trace.steps.length];
  return heights.of(trace.steps, by, () => newBoardHeight(trace, sizes, choice));
}

function newBoardHeight(trace: Trace, sizes: LatticeSizes, choice: LatticeChoice): number {
  let tallest = 0;
  for (const [i, step] of trace.steps.entries()) {
    let own = 0;
    const room = roomFor(step.set.length, choice.whole?.has(trace.run.prompt.tokens.length + i) ?? false);
    for (const member of step.set.slice(0, room)) own += cellHeight(member.probability, sizes, choice) + sizes.rowGap;
    if (isCrowd(step.set.length)) own += sizes.cellHeight + sizes.rowGap;
    tallest = Math.max(tallest, own);
  }
  const pitch = sizes.cellHeight + sizes.rowGap;
  if (choice.bare) return sizes.head + Math.max(tallest, pitch) + sizes.rowGap;
  return sizes.head + Math.max(tallest + 2 * sizes.ghost, pitch + (GHOSTS + 1) * sizes.ghost);
}

function cellHeight(probability: number | null, sizes: LatticeSizes, choice: LatticeChoice): number {
  if (!choice.area || probability === null) return sizes.cellHeight;
  return round(Math.max(AREA_LEAST, probability * AREA_HEIGHT));
}

function placedColumn(
  trace: Trace,
  column: Column,
  x: number,
  sizes: LatticeSizes,
  choice: LatticeChoice,
  speaking: ReadonlySet<Slot>,
): LatticeColumn {
  // Which members of a large set are shown depends on what is chosen and read, too.
  const crowd = isCrowd(column.tokens.length) ? [choice.whole, choice.always] : [];
  const by = [trace.run.options, x, sizes, choice.area, choice.hideRemoved, speaking.size > 0, ...crowd];
  return placed.of(column, by, () => layoutColumn(trace, column, x, sizes, choice, speaking));
}

function hubAfter(
  trace: Trace,
  view: ViewState,
  from: LatticeColumn,
  to: LatticeColumn | null,
  sizes: LatticeSizes,
): Hub {
  let goes = false;
  let rebuilt = 0;
  for (const cell of from.cells) {
    if (cell.removedAt === view.step) goes = true;
    if (view.tokens[cell.slot]?.removal?.effect === 'rebuild') rebuilt += 1;
  }
  for (const cell of to?.cells ?? []) if (cell.removedAt === view.step) goes = true;
  const by = [trace.run.options, to, sizes, goes, rebuilt];
  return gaps.of(from, by, () => layoutHub(trace, view, from, to, sizes));
}

function layoutColumn(
  trace: Trace,
  column: Column,
  x: number,
  sizes: LatticeSizes,
  choice: LatticeChoice,
  speaking: ReadonlySet<Slot>,
): LatticeColumn {
  const all = choice.hideRemoved ? column.tokens.filter((token) => token.state !== 'removed') : column.tokens;
  const crowded = isCrowd(all.length);
  const tokens = crowded && !choice.whole?.has(column.index) ? shownOf(all, choice.always ?? NOBODY) : all;
  const texts = tokens.map((token) => shown(token.text, sizes.most));
  const widest = Math.max(sizes.least, ...texts.map((text) => text.places));
  const width = round(widest * sizes.ch + sizes.padding);
  const live = column.tokens.filter((token) => token.state !== 'removed').length;
  let y = sizes.head;
  const cells = tokens.map((token, i): LatticeCell => {
    const height = cellHeight(token.probability, sizes, choice);
    const cell: LatticeCell = {
      slot: token.slot,
      kind: token.state === 'prompt' ? 'prompt' : token.size > 1 ? 'sibling' : 'single',
      state: token.state,
      rank: token.rank,
      probability: token.probability,
      text: texts[i]?.text ?? '',
      tag: tagOf(trace, token),
      removedAt: token.removal?.step ?? null,
      x,
      y: round(y),
      width,
      height,
      beside: token.state !== 'removed' && live > 1,
      speaks: speaking.has(token.slot),
    };
    y += height + sizes.rowGap;
    return cell;
  });
  const threshold = column.step === null ? null : (trace.steps[column.step]?.threshold ?? null);
  return {
    key: column.index,
    step: column.step,
    label: positionNumber(column),
    title: positionLabel(column),
    x,
    width,
    cells,
    crowd: crowded
      ? { hidden: all.length - tokens.length, share: shareOf(all) - shareOf(tokens), x, y: round(y) }
      : null,
    ghosts: [],
    more: 0,
    threshold,
  };
}

function shareOf(tokens: Token[]): number {
  return tokens.reduce((sum, { probability }) => sum + (probability ?? 0), 0);
}

function tagOf(trace: Trace, token: Token): string {
  if (token.removal) return goneAt(placeOf(trace, token.removal.step));
  const latest = token.verdict;
  if (!latest || latest.verdict.keep) return '';
  if (latest.verdict.effect === 'report') return weakAt(placeOf(trace, latest.step));
  const left = fadeOf(trace, latest.verdict);
  return left === null ? '' : `fade ${percent(left)}`;
}

/** The place of what a step appended, as its column is numbered. */
function placeOf(trace: Trace, step: number): number {
  return trace.steps[step]?.set[0]?.position ?? step;
}

/** What the step of a column left out, most probable first. */
function ghostsOf(trace: Trace, column: Column, most: number, room: number): { ghosts: Ghost[]; more: number } {
  const step = trace.steps[column.step ?? -1];
  if (!step) return { ghosts: [], more: 0 };
  const inside = new Set(step.set.map((member) => member.id));
  const ended = new Set(step.ended.map((candidate) => candidate.id));
  const out = step.candidates.filter((candidate) => !inside.has(candidate.id));
  const ghosts = out.slice(0, Math.max(1, Math.min(GHOSTS, room))).map((candidate): Ghost => ({
    ...candidate,
    shown: shown(candidate.text, most).text,
    why: ended.has(candidate.id) ? 'ended' : candidate.probability >= step.threshold ? 'cut' : 'below',
  }));
  return { ghosts, more: out.length - ghosts.length };
}

/** What a stretch of the lattice takes: whole columns, and the gaps at both ends. */
export function partOf({ columns, hubs }: LatticeLayout, stretch: Stretch): Pick<LatticeLayout, 'columns' | 'hubs'> {
  const [first, last] = within(columns, stretch);
  const before = Math.max(0, first - 1);
  return { columns: columns.slice(before, last), hubs: hubs.slice(before, last) };
}

/** The new layout with everything that did not change taken from the one before. */
export function shareLattice(before: LatticeLayout | null, now: LatticeLayout): LatticeLayout {
  if (!before) return now;
  const old = new Map(before.columns.map((column) => [column.key, column]));
  const oldHubs = new Map(before.hubs.map((hub) => [hub.key, hub]));
  const columns = now.columns.map((column) => {
    const same = old.get(column.key) ?? column;
    if (same === column) return column;
    const [shared] = share([same], [column], (was, is) => ({
      ...is,
      cells: share(was.cells, is.cells),
      ghosts: share(was.ghosts, is.ghosts),
    }));
    return shared ?? column;
  });
  const hubs = now.hubs.map((hub) => {
    const same = oldHubs.get(hub.key) ?? hub;
    if (same === hub) return hub;
    const [shared] = share([same], [hub], (was, is) => ({
      ...is,
      links: share(was.links, is.links),
    }));
    return shared ?? hub;
  });
  return { ...now, columns, hubs, marks: share(before.marks, now.marks) };
}
