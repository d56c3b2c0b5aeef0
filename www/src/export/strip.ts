// The strip as a picture: slots above, positions below, ribbons between; a long one in rows.

import type { StripLayout, StripSizes, StripSlot } from '../layout/strip';
import type { Trace, ViewState } from '../view-state';
import { isChosen, rowsOf, type PictureChoice } from './choice';
import { FONT_TOKEN, about, el, inkOf, label, momentOf, picture, rangeWords, type Ink } from './svg';
import { words } from '../words/en/pictures';

const RULER = 18;
/** Below the axis: its numbers. */
const NUMBERS = 24;
const ROW_GAP = 18;

export function stripSvg(
  trace: Trace,
  view: ViewState,
  layout: StripLayout,
  sizes: StripSizes,
  choice: PictureChoice,
  own: boolean,
): string {
  const ink = inkOf(choice.look);
  const groups = groupsOf(view, layout, choice);
  const rows = rowsOf(groups, 0, groups.length, choice.wrap);
  const height = RULER + sizes.slot + sizes.ribbon + NUMBERS + (own ? sizes.own : 0);
  let width = 0;
  const body = rows
    .map(([from, to], index) => {
      const shown = groups.slice(from, to);
      const [first, last] = [shown[0]!, shown.at(-1)!];
      const long = last.x + last.width - first.x;
      width = Math.max(width, long);
      const y = index * (height + ROW_GAP);
      const drawn = rowSvg(layout, sizes, new Set(shown.map(({ position }) => position)), first.x, long, ink, own);
      return first.x === 0 && y === 0 ? drawn : el('g', { transform: `translate(${-first.x} ${y})` }, drawn);
    })
    .join('');
  return picture(
    {
      width,
      height: rows.length * (height + ROW_GAP) - ROW_GAP,
      title: words.slots(momentOf(trace, view) + rangeWords(choice, view)),
      desc: words.slotFacts(view.tokens.length, layout.positions.length, view.rows, view.live),
      look: choice.look,
      metadata: about(trace, view),
    },
    body,
  );
}

/** The slots of one position, which stay together. */
interface Group {
  position: number;
  x: number;
  width: number;
}

function groupsOf(view: ViewState, layout: StripLayout, choice: PictureChoice): Group[] {
  const groups: Group[] = [];
  for (const { slot, position, x, width } of layout.slots) {
    const step = view.columns[view.tokens[slot]?.column ?? -1]?.step ?? null;
    if (!isChosen(choice, step)) continue;
    const group = groups.at(-1);
    if (group?.position === position) group.width = x + width - group.x;
    else groups.push({ position, x, width });
  }
  return groups;
}

function rowSvg(
  layout: StripLayout,
  sizes: StripSizes,
  positions: ReadonlySet<number>,
  left: number,
  width: number,
  ink: Ink,
  own: boolean,
): string {
  const top = RULER + sizes.slot;
  const bottom = top + sizes.ribbon;
  const slots = layout.slots.filter((slot) => positions.has(slot.position));
  const ribbons = slots
    .filter((slot) => slot.ribbon !== '')
    .map((slot) =>
      el('path', {
        d: slot.ribbon,
        fill: slot.row === 'masked' ? 'url(#hatch)' : roleOf(slot, ink),
        'fill-opacity': slot.row === 'masked' ? 1 : 0.28,
      }),
    )
    .join('');
  const ruler =
    el('path', { d: `M${left} ${bottom}h${width}`, stroke: ink.edge, 'stroke-width': 1 }) +
    layout.positions
      .filter((place) => positions.has(place.position))
      .map((place) =>
        label(place.x, bottom + 16, String(place.position), {
          'text-anchor': 'middle',
          'font-size': 12,
          fill: ink.ink,
        }),
      )
      .join('');
  const shown = new Set(slots.map(({ slot }) => slot));
  const dashed = layout.own
    .filter((place) => own && shown.has(place.slot))
    .map(
      (place) =>
        el('path', {
          // Not through the numbers of the axis.
          d: `M${place.x} ${top}V${bottom}M${place.x} ${bottom + 20}V${bottom + sizes.own - 10}`,
          stroke: ink.attention,
          'stroke-dasharray': '3 3',
        }) +
        label(place.x, bottom + sizes.own + 4, String(place.position), {
          'text-anchor': 'middle',
          'font-size': 11,
          fill: ink.attention,
        }),
    )
    .join('');
  return (
    el('g', { transform: `translate(0 ${top})` }, ribbons) +
    slots.map((slot) => slotSvg(slot, sizes, ink)).join('') +
    ruler +
    dashed
  );
}

function roleOf(slot: StripSlot, ink: Ink): string {
  return slot.row === 'held' ? ink[slot.kind] : ink.removed;
}

function slotSvg(slot: StripSlot, sizes: StripSizes, ink: Ink): string {
  const rect = { x: slot.x, y: RULER, width: slot.width, height: sizes.slot };
  const number = label(slot.x + slot.width / 2, RULER - 6, String(slot.slot), {
    fill: ink.soft,
    'font-size': 10,
    'text-anchor': 'middle',
  });
  if (slot.row === 'freed') {
    return number + el('rect', { ...rect, fill: 'none', stroke: ink.edge, 'stroke-dasharray': '2 3' });
  }
  return (
    number +
    el('rect', { ...rect, fill: slot.row === 'masked' ? 'url(#hatch)' : ink.ground, stroke: roleOf(slot, ink) }) +
    label(slot.x + sizes.padding / 2, RULER + sizes.slot / 2 + 4, slot.text, {
      'font-family': FONT_TOKEN,
      'font-size': sizes.ch / 0.6,
      fill: slot.row === 'masked' ? ink.removed : ink.ink,
      'text-decoration': slot.row === 'masked' ? 'line-through' : null,
    })
  );
}
