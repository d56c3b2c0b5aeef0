// The lattice as a picture, from the same boxes as the screen.

import { LEAST_FLOW, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { bracketText } from '../describe/brackets';
import { tells } from '../describe/kin';
import { named } from '../describe/named';
import { readingName, readingText, type ShownReading } from '../describe/reading';
import { readable } from '../describe/words';
import { percent } from '../format';
import { kinLines, readingLine } from '../layout/chain-lines';
import type { LatticeLayout } from '../layout/lattice';
import { FOLD, type LatticeCell, type LatticeSizes } from '../layout/lattice-parts';
import type { Hub } from '../layout/links';
import type { Look } from '../palette';
import type { Trace, ViewState } from '../view-state';
import { FONT_TOKEN, about, el, inkOf, label, momentOf, picture, type Ink } from './svg';

/** What the chain puts into the picture. */
export interface ChainMarks {
  chain: Chain | null;
  kin: Kin | null;
  reading: ShownReading;
  path: ReadonlySet<Slot>;
}

export function latticeSvg(
  trace: Trace,
  view: ViewState,
  layout: LatticeLayout,
  sizes: LatticeSizes,
  look: Look,
  marks: ChainMarks,
): string {
  const { kin, reading, path } = marks;
  const ink = inkOf(look);
  const bottom = Math.max(
    ...layout.columns.flatMap((column) => column.cells.map((cell) => cell.y + cell.height)),
    sizes.head,
  );
  const notes = legend(trace, view, kin, reading).flatMap((note) => wrapped(note, Math.max(420, layout.width)));
  const flows = kin ? kinLines(layout, sizes, kin) : [];
  const through = readingLine(layout, sizes, path);
  const ends = layout.columns.filter((column) => column.key === FOLD);
  const body =
    el(
      'g',
      { fill: 'none', 'stroke-linecap': 'round', opacity: kin ? 0.25 : null },
      layout.hubs.map((hub) => hubSvg(hub, ink)).join('') +
        (through === '' ? '' : el('path', { d: through, stroke: ink.ink, 'stroke-width': READING })),
    ) +
    el(
      'g',
      { fill: 'none', stroke: ink.sibling },
      flows.map((line) => el('path', { d: line.path, 'stroke-width': line.width })).join(''),
    ) +
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
            column.cells.map((cell) => cellSvg(cell, sizes, ink, marks)).join(''),
        ),
      )
      .join('') +
    layout.marks
      .map((mark) => el('path', { d: `M${mark.x + 1} ${mark.y - 5.5}l9 5.5l-9 5.5z`, fill: ink.ink }))
      .join('') +
    el('path', { d: `M0 ${bottom + 26}h22`, stroke: ink.ink, 'stroke-width': READING, 'stroke-linecap': 'round' }) +
    notes.map((line, i) => label(i === 0 ? 30 : 0, bottom + 30 + LINE * i, line, { fill: ink.soft })).join('');
  return picture(
    {
      width: Math.max(420, layout.width),
      height: bottom + 22 + LINE * notes.length,
      title: `Lattice: ${momentOf(trace, view)}`,
      desc: [bracketText(trace, view), ...legend(trace, view, kin, reading)].join(' '),
      look,
      metadata: about(trace, view),
    },
    body,
  );
}

/** Width of the line of the reading. */
const READING = 4;
/** Height of a line of the legend. */
const LINE = 18;
/** Width of a letter of it, on average. */
const LETTER = 6.8;

/** What the thick line and the numbers are. */
function legend(trace: Trace, view: ViewState, kin: Kin | null, reading: ShownReading): string[] {
  const subject = kin ? view.tokens[kin.slot] : undefined;
  const text = readable(trace.run.prompt.text + readingText(reading)).replace(/\s+/g, ' ');
  return [
    `Thick line: the ${readingName(reading)}. ${text}`,
    ...(subject
      ? [
          `Kin of ${named(subject.text)}: before it, how much of it came through each; after it, how much of each came through it.`,
        ]
      : []),
  ];
}

/** Lines of words that fit into a width. */
function wrapped(text: string, width: number): string[] {
  const most = Math.floor((width - 30) / LETTER);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
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

function cellSvg(cell: LatticeCell, sizes: LatticeSizes, ink: Ink, marks: ChainMarks): string {
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
  const edge = kin?.slot === cell.slot ? { stroke: ink.sibling, 'stroke-width': 3 } : { stroke: read ? ink.ink : role };
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
    const rank = sibling ? `${cell.rank + 1}  ` : '';
    out += label(left, line + 1.1 * size, rank + percent(probability), {
      fill: kin ? ink.ink : ink.soft,
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
  if (chain && kin && share !== undefined && tells(chain, kin, cell.slot)) {
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
