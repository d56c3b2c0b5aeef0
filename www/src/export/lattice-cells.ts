// Hubs and cells of the lattice as shapes of its picture.

import { LEAST_FLOW, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { tells } from '../describe/kin';
import type { ShownReading } from '../describe/reading';
import { percent } from '../format';
import type { LatticeCell, LatticeColumn, LatticeSizes } from '../layout/lattice-parts';
import type { Hub } from '../layout/links';
import { words as latticeWords } from '../words/en/lattice';
import { FONT_TOKEN, el, label, type Ink } from './svg';

/** What the chain puts into the picture. */
export interface ChainMarks {
  chain: Chain | null;
  kin: Kin | null;
  reading: ShownReading;
  path: ReadonlySet<Slot>;
}

export function hubSvg(hub: Hub, ink: Ink): string {
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

/** What a large set holds beyond what is drawn of it. */
export function crowdSvg({ crowd }: LatticeColumn, sizes: LatticeSizes, ink: Ink): string {
  if (!crowd || crowd.hidden === 0) return '';
  const line = crowd.y + sizes.cellHeight / 2;
  const style = { fill: ink.soft, 'font-size': 11 };
  return (
    label(crowd.x, line, latticeWords.others(crowd.hidden), style) +
    label(crowd.x, line + 14, percent(crowd.share), style)
  );
}

export function cellSvg(cell: LatticeCell, sizes: LatticeSizes, ink: Ink, marks: ChainMarks): string {
  const { x, y, width, height, probability } = cell;
  const removed = cell.state === 'removed';
  const prompt = cell.kind === 'prompt';
  const sibling = cell.kind === 'sibling';
  const role = removed ? ink.removed : ink[cell.kind];
  const box = { x, y, width, height, rx: prompt ? 0 : 6 };
  const size = Math.min(sizes.ch / 0.6, height - 6);
  const left = x + (sibling ? 14 : 10);
  const line = y + 4 + 0.98 * size;
  const share = marks.kin?.shares.get(cell.slot);
  const { chain, kin } = marks;
  const read = marks.path.has(cell.slot);
  const edge =
    kin?.slot === cell.slot
      ? { stroke: ink.sibling, 'stroke-width': 3 }
      : { stroke: read && cell.kind !== 'single' ? ink.ink : role };
  let out = el('rect', {
    ...box,
    fill: ink.ground,
    'stroke-width': read ? 2 : null,
    ...edge,
    'stroke-dasharray': removed ? '4 3' : null,
  });
  if (share !== undefined) out += el('rect', { ...box, fill: ink.sibling, 'fill-opacity': 0.45 * share });
  if (removed) out += el('rect', { ...box, fill: 'url(#hatch)' });
  else if (sibling) out += el('path', { d: `M${x + 4.5} ${y}v${height}`, stroke: role, 'stroke-width': 1.5 });
  out += label(left, line, cell.text, {
    'font-family': FONT_TOKEN,
    'font-size': size,
    fill: removed ? ink.removed : prompt ? ink.prompt : ink.ink,
    'font-weight': read ? 700 : null,
    'text-decoration': removed ? 'line-through' : null,
  });
  if (probability !== null && height >= 40) {
    out += label(left, line + 1.1 * size, percent(probability), {
      fill: kin ? ink.ink : ink.soft,
      'font-size': 0.78 * size,
    });
  }
  const tellsShare = chain && kin && share !== undefined && tells(chain, kin, cell.slot);
  // There is room for one note on the edge.
  if (cell.tag && !tellsShare) {
    const wide = 5.6 * cell.tag.length + 6;
    out += el('rect', { x: x + width - 4 - wide, y: y - 5, width: wide, height: 10, fill: ink.ground });
    out += label(x + width - 7, y + 4, cell.tag, { fill: ink.removed, 'font-size': 11, 'text-anchor': 'end' });
  }
  if (probability !== null && !removed) {
    out += el('rect', { x, y: y + height - 3, width: width * probability, height: 3, fill: role });
  }
  if (tellsShare) {
    const text = percent(share);
    const slight = share < LEAST_FLOW;
    const box = { x: x + 6, y: y - 12, width: 7.6 * text.length + 4, height: 14, rx: 3 };
    out += el('rect', { ...box, fill: slight ? ink.ground : ink.sibling });
    out += label(x + 9, y - 1, text, {
      fill: slight ? ink.sibling : ink.onFill,
      'font-size': 11,
      'font-weight': 700,
    });
  }
  return el('g', {}, out);
}
