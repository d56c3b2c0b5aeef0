// The lattice as a picture, from the same boxes as the screen: the steps that are asked for, in rows of the width that is
// asked for. A row is a window on the one long drawing, cut through the hubs at its ends.

import type { Kin } from '../chain';
import { bracketText } from '../describe/brackets';
import { named } from '../describe/named';
import { readingName, readingText, type ShownReading } from '../describe/reading';
import { endWords } from '../describe/step';
import { readable } from '../describe/words';
import { kinLines, readingLine } from '../layout/chain-lines';
import type { LatticeLayout } from '../layout/lattice';
import { FOLD, type LatticeSizes } from '../layout/lattice-parts';
import type { Trace, ViewState } from '../view-state';
import { isChosen, rowsOf, type PictureChoice } from './choice';
import { cellSvg, crowdSvg, hubSvg, type ChainMarks } from './lattice-cells';
import { about, el, inkOf, label, momentOf, picture, rangeWords, type Ink } from './svg';
import { words as pictureWords } from '../words/en/pictures';

export function latticeSvg(
  trace: Trace,
  view: ViewState,
  layout: LatticeLayout,
  sizes: LatticeSizes,
  choice: PictureChoice,
  marks: ChainMarks,
): string {
  const { kin, reading } = marks;
  const ink = inkOf(choice.look);
  const { columns } = layout;
  const from = Math.max(
    0,
    columns.findIndex(({ step }) => isChosen(choice, step)),
  );
  const to = columns.findLastIndex(({ step }) => isChosen(choice, step)) + 1;

  const rows = rowsOf(columns, from, to, choice.wrap - 2 * sizes.gap).map((row) => rowOf(layout, sizes, row));
  const width = Math.max(LEAST_WIDTH, ...rows.map((row) => row.width));
  let bottom = 0;
  const body = rows
    .map((row, index) => {
      const y = bottom;
      bottom += row.height + (index + 1 < rows.length ? ROW_GAP : 0);
      const drawn = rowSvg(layout, sizes, row, index, marks, ink);
      return row.x === 0 && y === 0 ? drawn : el('g', { transform: `translate(${-row.x} ${y})` }, drawn);
    })
    .join('');

  const words = legend(trace, view, kin, reading, isChosen(choice, trace.steps.length - 1));
  const notes = words.flatMap((note) => wrapped(note, width));
  return picture(
    {
      width,
      height: bottom + 22 + LINE * notes.length,
      title: pictureWords.lattice(momentOf(trace, view) + rangeWords(choice, view)),
      desc: [bracketText(trace, view), ...words].join(' '),
      look: choice.look,
      metadata: about(trace, view),
      defs: rows.map((row, index) => (row.isCut ? clip(row, index) : '')).join(''),
    },
    body +
      el('path', { d: `M0 ${bottom + 26}h22`, stroke: ink.ink, 'stroke-width': READING, 'stroke-linecap': 'round' }) +
      notes.map((line, i) => label(i === 0 ? 30 : 0, bottom + 30 + LINE * i, line, { fill: ink.soft })).join(''),
  );
}

const LEAST_WIDTH = 420;
/** Between rows. */
const ROW_GAP = 26;

/** A window on the drawing. */
interface Row {
  /** Columns, from index to index. */
  from: number;
  to: number;
  x: number;
  width: number;
  height: number;
  /** Lines go on beyond an end of it. */
  isCut: boolean;
}

function rowOf(layout: LatticeLayout, sizes: LatticeSizes, [from, to]: [number, number]): Row {
  const shown = layout.columns.slice(from, to);
  const last = shown.at(-1)!;
  const half = sizes.gap / 2;
  const x = from === 0 ? 0 : shown[0]!.x - half;
  return {
    from,
    to,
    x,
    width: last.x + last.width + half + (to < layout.columns.length ? HUB : OPEN_HUB) - x,
    height: Math.max(
      sizes.head,
      ...shown.flatMap(({ cells, crowd }) => [
        ...cells.map((cell) => cell.y + cell.height),
        ...(crowd ? [crowd.y + sizes.cellHeight] : []),
      ]),
    ),
    isCut: from > 0 || to < layout.columns.length,
  };
}

/** Room for the circle of a hub beyond its middle: of one with lines on both sides, and of the newest one. */
const HUB = 3;
const OPEN_HUB = 6;

/** What of the lines is to be seen in a row: up to the middle of the hubs at its ends, with their circles. */
function clip(row: Row, index: number): string {
  const left = row.from === 0 ? row.x : row.x - HUB;
  const box = { x: left, y: 0, width: row.x + row.width - left, height: row.height + READING };
  return el('clipPath', { id: `row-${index}` }, el('rect', box));
}

function rowSvg(
  layout: LatticeLayout,
  sizes: LatticeSizes,
  row: Row,
  index: number,
  marks: ChainMarks,
  ink: Ink,
): string {
  const { kin, path } = marks;
  const shown = layout.columns.slice(row.from, row.to);
  const clipped = row.isCut ? `url(#row-${index})` : null;
  const hubs = layout.hubs.slice(Math.max(0, row.from - 1), row.to);
  const through = readingLine(around(layout, row, path), sizes, path);
  const slots = new Set(shown.flatMap(({ cells }) => cells.map(({ slot }) => slot)));
  const flows = kin ? { ...kin, flows: kin.flows.filter(({ from, to }) => slots.has(from) || slots.has(to)) } : null;
  // Numbers of positions make room for the shares on the edges of the cells.
  const head = sizes.head * (kin ? 0.4 : 0.55);
  return (
    el(
      'g',
      { fill: 'none', 'stroke-linecap': 'round', opacity: kin ? 0.25 : null, 'clip-path': clipped },
      hubs.map((hub) => hubSvg(hub, ink)).join('') +
        (through === '' ? '' : el('path', { d: through, stroke: ink.ink, 'stroke-width': READING })),
    ) +
    el(
      'g',
      { fill: 'none', stroke: ink.sibling, 'clip-path': clipped },
      (flows ? kinLines(layout, sizes, flows) : [])
        .map((line) => el('path', { d: line.path, 'stroke-width': line.width }))
        .join(''),
    ) +
    shown
      .filter((column) => column.key === FOLD)
      .map((column) =>
        label(
          column.x,
          sizes.head + sizes.cellHeight / 2 + 4,
          layout.folded > 0 ? pictureWords.folded(layout.folded) : '',
          {
            fill: ink.soft,
            'font-size': 11,
          },
        ),
      )
      .join('') +
    shown
      .map((column) =>
        el(
          'g',
          {},
          label(column.x, head, column.label, { fill: ink.soft, 'font-size': 11 }) +
            column.cells.map((cell) => cellSvg(cell, sizes, ink, marks)).join('') +
            crowdSvg(column, sizes, ink),
        ),
      )
      .join('') +
    layout.marks
      .filter((mark) => slots.has(mark.slot))
      .map((mark) => el('path', { d: `M${mark.x + 1} ${mark.y - 5.5}l9 5.5l-9 5.5z`, fill: ink.ink }))
      .join('')
  );
}

/** A row and the nearest members of the path before and behind it, so that the line of the reading leads in and out. */
function around(layout: LatticeLayout, row: Row, path: ChainMarks['path']): LatticeLayout {
  const { columns, hubs } = layout;
  const isOn = (index: number): boolean =>
    columns[index]?.step === null || (columns[index]?.cells.some(({ slot }) => path.has(slot)) ?? false);
  let { from, to } = row;
  while (from > 0 && !isOn(from - 1)) from -= 1;
  while (to < columns.length && !isOn(to)) to += 1;
  const [first, last] = [Math.max(0, from - 1), to + 1];
  return { ...layout, columns: columns.slice(first, last), hubs: hubs.slice(first, last) };
}

/** Width of the line of the reading. */
const READING = 4;
/** Height of a line of the legend. */
const LINE = 18;
/** Width of a letter of it, on average. */
const LETTER = 6.8;

/** What the thick line and the numbers are, and why the run ended where its last step is in the picture. */
function legend(trace: Trace, view: ViewState, kin: Kin | null, reading: ShownReading, hasLast: boolean): string[] {
  const end = hasLast && view.step === trace.steps.length - 1 ? endWords(trace) : null;
  const subject = kin ? view.tokens[kin.slot] : undefined;
  const text = readable(trace.run.prompt.text + readingText(reading)).replace(/\s+/g, ' ');
  return [
    pictureWords.reading(readingName(reading), text),
    ...(subject ? [pictureWords.kin(named(subject.text))] : []),
    ...(end === null ? [] : [pictureWords.end(end)]),
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
