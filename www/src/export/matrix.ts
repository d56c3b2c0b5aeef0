// The visibility matrix as a picture.

import { KIND_WORDS, MODE_WORDS, matrixSummary } from '../describe/matrix';
import { boundaryPath, cellsPath, setCells, signsPath, type MatrixLayout } from '../layout/matrix';
import { fit } from '../layout/measure';
import type { Look } from '../palette';
import type { SightMatrix } from '../sight';
import { shownText } from '../describe/named';
import type { Trace, ViewState } from '../view-state';
import { about, el, FONT_TOKEN, inkOf, label, picture, type Ink } from './svg';
import { words as pictureWords } from '../words/en/pictures';

/** Cells of a picture: large enough for names while they are few. */
const cellSize = (size: number): number => (size <= 64 ? 14 : Math.max(2, Math.floor(900 / size)));
const NAME = 92;
const LEGEND = 96;

export function matrixSvg(
  trace: Trace,
  view: ViewState,
  matrix: SightMatrix,
  layout: MatrixLayout,
  look: Look,
): string {
  const ink = inkOf(look);
  const cell = cellSize(layout.size);
  const side = layout.size * cell;
  const named = cell >= 12;
  const left = named ? NAME : 0;
  return picture(
    {
      // The legend is wider than a small matrix.
      width: left + Math.max(side, 420),
      height: left + side + LEGEND,
      title: pictureWords.sight(trace.run.model.id, matrix.visibility),
      desc: matrixSummary(view, matrix),
      look,
      metadata: about(trace, view),
      defs: patterns(cell, ink),
    },
    (named ? namesSvg(view, layout, cell, ink) : '') +
      el('g', { transform: `translate(${left} ${left})` }, boardSvg(layout, cell, ink)) +
      legendSvg(matrix, left, left + side + 24, ink),
  );
}

/** The same signs as on the screen: a dot is seen, a square is itself or a seen member of the set, a hatch is gone. */
function patterns(cell: number, ink: Ink): string {
  const pattern = (id: string, inner: string): string =>
    el('pattern', { id, width: cell, height: cell, patternUnits: 'userSpaceOnUse' }, inner);
  const square = (fill: string): string =>
    el('rect', { x: cell * 0.14, y: cell * 0.14, width: cell * 0.72, height: cell * 0.72, rx: cell * 0.1, fill });
  if (cell < 6) {
    const full = (fill: string): string => el('rect', { width: cell, height: cell, fill });
    return pattern('seen', full(ink.single)) + pattern('sibling', full(ink.sibling)) + pattern('itself', full(ink.ink));
  }
  return (
    pattern('seen', el('circle', { cx: cell / 2, cy: cell / 2, r: cell * 0.2, fill: ink.single })) +
    pattern('sibling', square(ink.sibling)) +
    pattern('itself', square(ink.ink))
  );
}

function boardSvg(layout: MatrixLayout, cell: number, ink: Ink): string {
  const side = layout.size * cell;
  const path = (d: string, attributes: Record<string, string | number>): string =>
    d === '' ? '' : el('path', { d, ...attributes });
  return (
    path(cellsPath(layout.earlier, cell), { fill: 'url(#seen)' }) +
    path(cellsPath(layout.removed, cell), { fill: ink.ground }) +
    path(cellsPath(layout.removed, cell), { fill: 'url(#hatch)' }) +
    path(cellsPath(layout.siblings, cell), { fill: 'url(#sibling)' }) +
    path(cellsPath(layout.itself, cell), { fill: 'url(#itself)' }) +
    (cell >= 6 ? path(boundaryPath(layout, cell), { stroke: ink.line, fill: 'none' }) : '') +
    path(cellsPath(setCells(layout), cell), { fill: 'none', stroke: ink.sibling, 'stroke-width': 1.5 }) +
    path(signsPath(layout.gained, cell, 'plus'), { stroke: ink.onFill, 'stroke-width': 2, fill: 'none' }) +
    path(signsPath(layout.lost, cell, 'minus'), { stroke: ink.ink, 'stroke-width': 2, fill: 'none' }) +
    el('rect', { width: side, height: side, fill: 'none', stroke: ink.edge })
  );
}

function namesSvg(view: ViewState, layout: MatrixLayout, cell: number, ink: Ink): string {
  return view.tokens
    .slice(layout.from, layout.from + layout.size)
    .map((token, index) => {
      const text = fit(shownText(token.text), 12);
      const at = NAME + (index + 0.5) * cell;
      const face = {
        'font-family': FONT_TOKEN,
        'font-size': 10.5,
        fill: token.state === 'removed' ? ink.removed : ink.ink,
        'text-decoration': token.state === 'removed' ? 'line-through' : null,
      };
      return (
        label(NAME - 6, at + 3.5, text, { ...face, 'text-anchor': 'end' }) +
        label(0, 0, text, { ...face, transform: `translate(${at + 3.5} ${NAME - 6}) rotate(-90)` })
      );
    })
    .join('');
}

function legendSvg(matrix: SightMatrix, x: number, y: number, ink: Ink): string {
  const swatches: [string, Record<string, string | number>][] = [
    [KIND_WORDS.itself, { fill: ink.ink }],
    [KIND_WORDS.earlier, { fill: ink.single, rx: 6 }],
    [KIND_WORDS.sibling, { fill: ink.sibling }],
    [KIND_WORDS.hidden, { fill: ink.ground, stroke: ink.sibling }],
    [KIND_WORDS.removed, { fill: 'url(#hatch)', stroke: ink.line }],
  ];
  const items = swatches
    .map(([words, fill], index) => {
      const left = x + (index % 2) * 220;
      const top = y + Math.floor(index / 2) * 20;
      return (
        el('rect', { x: left, y: top, width: 12, height: 12, ...fill }) +
        label(left + 18, top + 10, words, { 'font-size': 11 })
      );
    })
    .join('');
  return items + label(x, y + 72, MODE_WORDS[matrix.visibility], { 'font-size': 11, fill: ink.soft });
}
