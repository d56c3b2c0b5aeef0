// Slots against positions: two rulers and the ribbons between them. Members of one set stand side by side in the
// cache and fan in to one position.

import type { Slot } from '../contract';
import type { Column, Trace, ViewState } from '../view-state';
import { isFreed } from './facts';
import { round, shown } from './measure';

export interface StripSizes {
  ch: number;
  padding: number;
  /** Between slots. */
  gap: number;
  least: number;
  most: number;
  /** Heights: slot boxes, ribbons, and the dashed lines of the one-to-one comparison. */
  slot: number;
  ribbon: number;
  own: number;
}

/** Only what is to be seen, so that a slot that looks the same has nothing to draw. */
export interface StripSlot {
  slot: Slot;
  kind: 'prompt' | 'single' | 'sibling';
  text: string;
  x: number;
  width: number;
  /** `masked`: its row is there and nobody sees it; `freed`: the row was given back. */
  row: 'held' | 'masked' | 'freed';
  position: number;
  /** Outline of the ribbon to the position; empty when the row is freed. */
  ribbon: string;
}

export interface StripPosition {
  position: number;
  x: number;
  slots: Slot[];
  /** Every slot at this position is out of sight. */
  empty: boolean;
}

export interface OwnPlace {
  slot: Slot;
  position: number;
  x: number;
}

export interface StripLayout {
  slots: StripSlot[];
  positions: StripPosition[];
  /** Where each token would sit if none shared its position. */
  own: OwnPlace[];
  /** The last position of this run, and the last one without sharing. */
  last: number;
  lastOwn: number;
  width: number;
}

/** Half the width of a ribbon where it meets its position. */
const TIP = 3;

/** A column's part of the strip, and what it followed from: scrubbing asks for the same again. */
interface Part {
  by: readonly unknown[];
  slots: StripSlot[];
  positions: StripPosition[];
  own: OwnPlace[];
  /** Where the next part begins. */
  end: number;
}
const parts = new WeakMap<Column, Part>();

export function layoutStrip(trace: Trace, view: ViewState, sizes: StripSizes): StripLayout {
  const slots: StripSlot[] = [];
  const positions: StripPosition[] = [];
  const own: OwnPlace[] = [];
  let x = 0;
  for (const column of view.columns) {
    const part = partOf(trace, column, x, sizes);
    slots.push(...part.slots);
    positions.push(...part.positions);
    own.push(...part.own);
    x = part.end;
  }
  return {
    slots,
    positions,
    own,
    last: positions.at(-1)?.position ?? -1,
    lastOwn: own.at(-1)?.position ?? -1,
    width: round(Math.max(0, x - sizes.gap)),
  };
}

function partOf(trace: Trace, column: Column, x: number, sizes: StripSizes): Part {
  const by = [trace.run, x, sizes];
  const found = parts.get(column);
  if (found?.by.every((each, i) => each === by[i])) return found;
  const part = layoutPart(trace, column, x, sizes);
  parts.set(column, { by, ...part });
  return { by, ...part };
}

function layoutPart(trace: Trace, column: Column, start: number, sizes: StripSizes): Omit<Part, 'by'> {
  let x = start;
  const boxes = column.tokens.map((token) => {
    const { text, places } = shown(token.text, sizes.most);
    const width = round(Math.max(sizes.least, places) * sizes.ch + sizes.padding);
    const box = { token, text, x: round(x), width };
    x += width + sizes.gap;
    return box;
  });

  // All members share a position, or each has its own.
  const byPosition = new Map<number, typeof boxes>();
  for (const box of boxes) byPosition.set(box.token.position, [...(byPosition.get(box.token.position) ?? []), box]);
  const positions = [...byPosition].map(([position, there]): StripPosition => {
    const first = there[0]!;
    const last = there[there.length - 1]!;
    return {
      position,
      x: round((first.x + last.x + last.width) / 2),
      slots: there.map((box) => box.token.slot),
      empty: there.every((box) => box.token.state === 'removed'),
    };
  });

  const slots = boxes.map(({ token, text, x: left, width }): StripSlot => {
    const removal = token.removal;
    const row = !removal ? 'held' : isFreed(removal) ? 'freed' : 'masked';
    const tip = positions.find(({ position }) => position === token.position)?.x ?? left;
    const ribbon = row === 'freed' ? '' : ribbonPath(left, left + width, tip, sizes.ribbon);
    const kind = token.state === 'prompt' ? 'prompt' : token.size > 1 ? 'sibling' : 'single';
    return { slot: token.slot, kind, text, x: left, width, row, position: token.position, ribbon };
  });

  const prompt = trace.run.prompt.tokens.length;
  const first = prompt + trace.run.options.position_gap;
  const own = boxes.map(({ token, x: left, width }): OwnPlace => {
    const position = token.state === 'prompt' ? token.position : first + token.slot - prompt;
    return { slot: token.slot, position, x: round(left + width / 2) };
  });
  return { slots, positions, own, end: x };
}

/** From the whole width of a slot to the tip at its position, both ends upright. */
function ribbonPath(left: number, right: number, tip: number, height: number): string {
  const half = round(height / 2);
  const [from, to] = [round(tip - TIP), round(tip + TIP)];
  return (
    `M${left} 0C${left} ${half} ${from} ${half} ${from} ${height}` +
    `H${to}C${to} ${half} ${round(right)} ${half} ${round(right)} 0Z`
  );
}
