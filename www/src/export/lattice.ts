// The lattice as a picture, from the same boxes as the screen.

import { bracketText } from '../describe/brackets';
import { percent } from '../format';
import type { LatticeLayout } from '../layout/lattice';
import { FOLD, type LatticeCell, type LatticeSizes } from '../layout/lattice-parts';
import type { Hub } from '../layout/links';
import type { Look } from '../palette';
import type { Trace, ViewState } from '../view-state';
import { FONT_TOKEN, about, el, inkOf, label, momentOf, picture, type Ink } from './svg';

export function latticeSvg(
  trace: Trace,
  view: ViewState,
  layout: LatticeLayout,
  sizes: LatticeSizes,
  look: Look,
): string {
  const ink = inkOf(look);
  const ends = layout.columns.filter((column) => column.key === FOLD);
  const body =
    el('g', { fill: 'none', 'stroke-linecap': 'round' }, layout.hubs.map((hub) => hubSvg(hub, ink)).join('')) +
    ends
      .map((column) =>
        label(column.x, sizes.head + sizes.cellHeight / 2 + 4, layout.folded > 0 ? `… ${layout.folded} tokens` : '', {
          fill: ink.soft,
          'font-size': 11,
        }),
      )
      .join('') +
    layout.columns
      .map((column) =>
        el(
          'g',
          {},
          label(column.x, sizes.head * 0.55, column.label, { fill: ink.soft, 'font-size': 11 }) +
            column.cells.map((cell) => cellSvg(cell, sizes, ink)).join(''),
        ),
      )
      .join('') +
    layout.marks
      .map((mark) => el('path', { d: `M${mark.x + 1} ${mark.y - 5.5}l9 5.5l-9 5.5z`, fill: ink.ink }))
      .join('');
  return picture(
    {
      width: layout.width,
      height: Math.max(
        ...layout.columns.flatMap((column) => column.cells.map((cell) => cell.y + cell.height)),
        sizes.head,
      ),
      title: `Lattice: ${momentOf(trace, view)}`,
      desc: bracketText(trace, view),
      look,
      metadata: about(trace, view),
    },
    body,
  );
}

function hubSvg(hub: Hub, ink: Ink): string {
  const strokes = { prompt: ink.line, single: ink.single, sibling: ink.sibling, gone: ink.removed, trace: ink.removed };
  const lines = hub.links
    .filter((link) => link.kind !== 'gone')
    .map((link) =>
      el('path', {
        d: link.path,
        stroke: strokes[link.kind],
        'stroke-opacity': 0.65,
        'stroke-width': link.width,
        'stroke-dasharray': link.kind === 'trace' ? '1 3' : null,
      }),
    )
    .join('');
  if (hub.open) return lines + el('circle', { cx: hub.x, cy: hub.y, r: 4.5, fill: ink.ground, stroke: ink.ink });
  return hub.links.length > 2 ? lines + el('circle', { cx: hub.x, cy: hub.y, r: 3, fill: ink.edge }) : lines;
}

function cellSvg(cell: LatticeCell, sizes: LatticeSizes, ink: Ink): string {
  const { x, y, width, height, probability } = cell;
  const removed = cell.state === 'removed';
  const prompt = cell.kind === 'prompt';
  const sibling = cell.kind === 'sibling';
  const role = removed ? ink.removed : ink[cell.kind];
  const box = { x, y, width, height, rx: prompt ? 0 : 6 };
  const size = Math.min(sizes.ch / 0.6, height - 6);
  const left = x + (sibling ? 14 : 10);
  const line = y + 4 + 0.98 * size;
  let out = el('rect', { ...box, fill: ink.ground, stroke: role, 'stroke-dasharray': removed ? '4 3' : null });
  if (removed) out += el('rect', { ...box, fill: 'url(#hatch)' });
  else if (sibling) out += el('path', { d: `M${x + 4.5} ${y}v${height}`, stroke: role, 'stroke-width': 1.5 });
  out += label(left, line, cell.text, {
    'font-family': FONT_TOKEN,
    'font-size': size,
    fill: removed ? ink.removed : prompt ? ink.prompt : ink.ink,
    'text-decoration': removed ? 'line-through' : null,
  });
  if (probability !== null && height >= 40) {
    const rank = sibling ? `${cell.rank + 1}  ` : '';
    out += label(left, line + 1.1 * size, rank + percent(probability), {
      fill: ink.soft,
      'font-size': 0.78 * size,
    });
  }
  if (cell.tag) {
    const wide = 7 * cell.tag.length + 6;
    out += el('rect', { x: x + width - 4 - wide, y: y - 5, width: wide, height: 10, fill: ink.ground });
    out += label(x + width - 7, y + 4, cell.tag, { fill: ink.removed, 'font-size': 11, 'text-anchor': 'end' });
  }
  if (probability !== null && !removed) {
    out += el('rect', { x, y: y + height - 3, width: width * probability, height: 3, fill: role });
  }
  return el('g', {}, out);
}
