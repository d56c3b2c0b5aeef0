// A search tree as an icicle: a box as wide as its share of the visits, under its parent; its tint is Q, its outline the
// prior. The way of a simulation has a frame, and its roll-out stands below as dashed boxes.

import { valueOf, type Numbers, type Search, type Tried } from '../beside/search';
import { cividis, inkOn } from '../palette';
import type { Drawing, DrawingSizes } from './drawing';
import { round, shown } from './measure';

/** Boxes that are narrower are left out: nobody sees them. */
const LEAST = 2;
const MOST_OUTLINE = 5;

/** The highest Q of a tree at its end: where the scale of the tint ends. */
export function highest({ event }: Search): number {
  return event.tree.reduce((most, { value }) => Math.max(most, value), 1e-9);
}

/** Rows that the tree and the roll-outs of a step come to, so that nothing jumps while they are replayed. */
function rowsOf({ event, paths }: Search): number {
  return event.simulations.reduce((most, { rollout }, at) => Math.max(most, paths[at]!.length + rollout.length), 1);
}

export function layoutIcicle(
  search: Search,
  numbers: Numbers,
  tried: Tried | null,
  { ch, em }: DrawingSizes,
  width: number,
): Drawing {
  const { children, depths, event } = search;
  const row = Math.round(3.6 * em);
  const most = highest(search);
  const drawing: Drawing = { width, height: rowsOf(search) * row, lines: [], boxes: [], letters: [] };
  const places = new Map<number, { x: number; width: number }>([[0, { x: 0, width }]]);
  // Parents stand before their children.
  for (const { node, text, prior } of event.tree) {
    const place = places.get(node);
    if (!place || place.width < LEAST) continue;
    const visits = numbers.visits[node]!;
    let { x } = place;
    for (const child of children[node]!) {
      const wide = visits > 0 ? (place.width * numbers.visits[child]!) / visits : 0;
      places.set(child, { x, width: wide });
      x += wide;
    }
    if (node !== 0 && visits === 0) continue;
    const value = valueOf(numbers, node);
    const fill = cividis(value / most) as `#${string}`;
    const on = inkOn(fill);
    const outline = Math.min(round(1 + (MOST_OUTLINE - 1) * prior), place.width / 3);
    const y = depths[node]! * row;
    const box = { x: round(place.x + 2), y: y + 3, width: round(Math.max(1, place.width - 4)), height: row - 6 };
    drawing.boxes.push({ ...box, role: 'edge', fill, stroke: 0 });
    if (box.width > 3 * outline)
      drawing.boxes.push({ ...inset(box, outline / 2), role: 'edge', fill: 'none', stroke: outline });
    if (tried?.path.includes(node)) drawing.boxes.push({ ...inset(box, -1), role: 'ink', fill: 'none', stroke: 3 });
    const room = Math.floor((box.width - 2 * outline - 4) / ch);
    if (room < 2) continue;
    const left = round(box.x + outline + 4);
    drawing.letters.push({ x: left, y: round(y + 1.5 * em), text: shown(text, room).text, role: on, token: true });
    const below = room > 9 ? `${visits} · Q\u00a0${value.toFixed(3)}` : String(visits);
    if (below.length <= room) drawing.letters.push({ x: left, y: round(y + 2.65 * em), text: below, role: on });
  }
  if (tried) ghosts(drawing, places.get(tried.path.at(-1)!)?.x ?? 0, depths[tried.path.at(-1)!]! + 1, tried);
  return drawing;

  /** The roll-out, from the row under the node that was reached. */
  function ghosts(into: Drawing, at: number, from: number, { rollout }: Tried): void {
    for (const [i, { id, text }] of rollout.entries()) {
      const told = text === null ? { text: `#${id}`, places: `#${id}`.length } : shown(text, 16);
      const wide = round((told.places + 2) * ch);
      const x = round(Math.max(2, Math.min(at + 2, width - wide - 2)));
      const y = (from + i) * row;
      into.boxes.push({
        x,
        y: y + 3,
        width: wide,
        height: row - 6,
        role: 'removed',
        fill: 'ground',
        stroke: 1.5,
        dashed: true,
      });
      into.letters.push({ x: round(x + ch), y: round(y + 2 * em), text: told.text, role: 'soft', token: true });
    }
  }
}

function inset<T extends { x: number; y: number; width: number; height: number }>(box: T, by: number): T {
  return {
    ...box,
    x: round(box.x + by),
    y: round(box.y + by),
    width: round(box.width - 2 * by),
    height: round(box.height - 2 * by),
  };
}
