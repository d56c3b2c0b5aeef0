// The strip as a picture: slots above, positions below, ribbons between.

import type { StripLayout, StripSizes } from '../layout/strip';
import type { Look } from '../palette';
import type { Trace, ViewState } from '../view-state';
import { FONT_TOKEN, about, el, inkOf, label, momentOf, picture } from './svg';

const RULER = 18;

export function stripSvg(
  trace: Trace,
  view: ViewState,
  layout: StripLayout,
  sizes: StripSizes,
  look: Look,
  own: boolean,
): string {
  const ink = inkOf(look);
  const roleOf = (slot: StripLayout['slots'][number]): string => (slot.row === 'held' ? ink[slot.kind] : ink.removed);
  const top = RULER + sizes.slot;
  const bottom = top + sizes.ribbon;

  const ribbons = layout.slots
    .filter((slot) => slot.ribbon !== '')
    .map((slot) =>
      el('path', {
        d: slot.ribbon,
        fill: slot.row === 'masked' ? 'url(#hatch)' : roleOf(slot),
        'fill-opacity': slot.row === 'masked' ? 1 : 0.28,
      }),
    )
    .join('');
  const boxes = layout.slots
    .map((slot) => {
      const role = roleOf(slot);
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
        el('rect', { ...rect, fill: slot.row === 'masked' ? 'url(#hatch)' : ink.ground, stroke: role }) +
        label(slot.x + sizes.padding / 2, RULER + sizes.slot / 2 + 4, slot.text, {
          'font-family': FONT_TOKEN,
          'font-size': sizes.ch / 0.6,
          fill: slot.row === 'masked' ? ink.removed : ink.ink,
          'text-decoration': slot.row === 'masked' ? 'line-through' : null,
        })
      );
    })
    .join('');
  const ruler =
    el('path', { d: `M0 ${bottom}H${layout.width}`, stroke: ink.edge, 'stroke-width': 1 }) +
    layout.positions
      .map((place) =>
        label(place.x, bottom + 16, String(place.position), {
          'text-anchor': 'middle',
          'font-size': 12,
          fill: ink.ink,
        }),
      )
      .join('');
  const dashed = own
    ? layout.own
        .map(
          (place) =>
            el('path', {
              d: `M${place.x} ${top}V${bottom + sizes.own - 14}`,
              stroke: ink.attention,
              'stroke-dasharray': '3 3',
            }) +
            label(place.x, bottom + sizes.own, String(place.position), {
              'text-anchor': 'middle',
              'font-size': 11,
              fill: ink.attention,
            }),
        )
        .join('')
    : '';
  return picture(
    {
      width: layout.width,
      height: bottom + 24 + (own ? sizes.own : 0),
      title: `Slots and positions: ${momentOf(trace, view)}`,
      desc: `${view.tokens.length} slots at ${layout.positions.length} positions; ${view.rows} rows held, ${view.live} visible.`,
      look,
      metadata: about(trace, view),
    },
    el('g', { transform: `translate(0 ${top})` }, ribbons) + boxes + ruler + dashed,
  );
}
