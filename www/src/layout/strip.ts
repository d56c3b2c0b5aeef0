// Slots against positions: two rulers and the ribbons between them. Members of one set stand side by side in the
// cache and fan in to one position.

import type { Slot } from '../contract';
import type { Trace, ViewState } from '../view-state';
import { isFreed } from './facts';
import { round, shown } from './measure';
import { share } from './share';

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

/** Only what is to be seen, so that a slot that looks the same is the same (share.ts). */
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

export function layoutStrip(trace: Trace, view: ViewState, sizes: StripSizes): StripLayout {
  let x = 0;
  const boxes = view.tokens.map((token) => {
    const { text, places } = shown(token.text, sizes.most);
    const width = round(Math.max(sizes.least, places) * sizes.ch + sizes.padding);
    const box = { token, text, x: round(x), width };
    x += width + sizes.gap;
    return box;
  });

  const byPosition = new Map<number, typeof boxes>();
  for (const box of boxes) {
    const there = byPosition.get(box.token.position);
    if (there) there.push(box);
    else byPosition.set(box.token.position, [box]);
  }
  const positions: StripPosition[] = [...byPosition].map(([position, there]) => {
    const first = there[0]!;
    const last = there[there.length - 1]!;
    return {
      position,
      x: round((first.x + last.x + last.width) / 2),
      slots: there.map((box) => box.token.slot),
      empty: there.every((box) => box.token.state === 'removed'),
    };
  });
  const placeOf = new Map(positions.map((place) => [place.position, place.x]));

  const slots = boxes.map(({ token, text, x: left, width }): StripSlot => {
    const removal = token.removal;
    const row = !removal ? 'held' : isFreed(removal) ? 'freed' : 'masked';
    const tip = placeOf.get(token.position) ?? left;
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
  return {
    slots,
    positions,
    own,
    last: Math.max(-1, ...positions.map((place) => place.position)),
    lastOwn: Math.max(-1, ...own.map((place) => place.position)),
    width: round(Math.max(0, x - sizes.gap)),
  };
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

/** The new layout with everything that did not change taken from the one before. */
export function shareStrip(before: StripLayout | null, now: StripLayout): StripLayout {
  if (!before) return now;
  const positions = share(before.positions, now.positions, (was, is) => ({
    ...is,
    slots: was.slots.join() === is.slots.join() ? was.slots : is.slots,
  }));
  return { ...now, slots: share(before.slots, now.slots), positions, own: share(before.own, now.own) };
}
