// Attention received by one token as a picture: arcs over the line of tokens, and the trial of its set.

import { arcsSentence, scorePair, verdictSentence, verdictWord } from '../describe/received';
import { percent } from '../format';
import { headPath, type ArcsLayout } from '../layout/arcs';
import { fit } from '../layout/measure';
import type { Trial } from '../layout/received';
import type { Look } from '../palette';
import { shownText } from '../describe/named';
import type { Token, Trace, ViewState } from '../view-state';
import { about, el, FONT_TOKEN, inkOf, label, picture, type Ink } from './svg';
import { words } from '../words/en/pictures';

const LINE = 46;
const ROW = 26;
const NAME = 120;
const PLOT = 320;

export function receivedSvg(
  trace: Trace,
  view: ViewState,
  token: Token,
  arcs: ArcsLayout,
  trial: Trial | null,
  cut: number,
  look: Look,
): string {
  const ink = inkOf(look);
  const line = arcs.height + LINE;
  const judged = trial && trial.rows.length > 1 ? trial : null;
  const sentences = (judged?.rows ?? [])
    .filter((row) => row.slot === token.slot && row.step !== null)
    .map((row) => verdictSentence(trace, row));
  const caption = arcsSentence(token, arcs, cut);
  return picture(
    {
      width: Math.max(
        arcs.width,
        NAME + PLOT + 210,
        caption.length * 6.6,
        ...sentences.map((text) => text.length * 6.6),
      ),
      height: line + 34 + (judged ? judged.rows.length * ROW + 34 : 0) + sentences.length * 22,
      title: words.received(shownText(token.text), token.slot, view.step),
      desc: [caption, ...sentences].join(' '),
      look,
      metadata: about(trace, view),
    },
    arcsSvg(arcs, token, ink) +
      label(0, line + 20, caption, { fill: ink.soft, 'font-size': 12 }) +
      (judged ? el('g', { transform: `translate(0 ${line + 44})` }, trialSvg(trace, judged, ink)) : '') +
      sentences
        .map((text, index) =>
          label(0, line + 62 + (judged?.rows.length ?? 0) * ROW + index * 22, text, { 'font-size': 12 }),
        )
        .join(''),
  );
}

function arcsSvg(arcs: ArcsLayout, token: Token, ink: Ink): string {
  const lines = arcs.arcs
    .map((arc) => el('path', { d: arc.path, 'stroke-width': arc.stroke, 'stroke-opacity': 0.7 }))
    .join('');
  const texts = arcs.items
    .map((place) => {
      const middle = place.x + place.width / 2;
      const weight = arcs.weights.get(place.column);
      const here = place.column === token.column;
      return (
        label(middle, arcs.height + 20, place.text, {
          'text-anchor': 'middle',
          'font-family': FONT_TOKEN,
          'font-weight': here ? 700 : null,
          fill: here ? ink.attention : ink.ink,
        }) +
        (weight
          ? label(middle, arcs.height + 37, percent(weight.weight), {
              'text-anchor': 'middle',
              'font-size': 10,
              fill: ink.soft,
            })
          : '')
      );
    })
    .join('');
  const head = arcs.arcs.map((arc) => el('path', { d: headPath(arc, arcs.height), fill: ink.attention })).join('');
  return el('g', { fill: 'none', stroke: ink.attention, 'stroke-linecap': 'round' }, lines) + head + texts;
}

function trialSvg(trace: Trace, trial: Trial, ink: Ink): string {
  return trial.rows
    .map((row, index) => {
      const y = index * ROW;
      const fails = row.step !== null && !row.keep;
      const box = { x: NAME, y: y + 4, width: Math.max(1, ((row.score ?? 0) / trial.most) * PLOT), height: 14 };
      const limit = row.limit === null ? null : NAME + (row.limit / trial.most) * PLOT;
      return (
        label(NAME - 10, y + 16, fit(shownText(row.text), 13), {
          'text-anchor': 'end',
          'font-family': FONT_TOKEN,
          'text-decoration': row.removed ? 'line-through' : null,
        }) +
        el('rect', { ...box, fill: fails ? ink.ground : ink.sibling, stroke: fails ? ink.removed : ink.sibling }) +
        (fails ? el('rect', { ...box, fill: 'url(#hatch)' }) : '') +
        (limit === null
          ? ''
          : el('path', {
              d: `M${limit} ${y}v${ROW - 4}`,
              stroke: ink.ink,
              'stroke-width': 1.5,
              'stroke-dasharray': '4 3',
            })) +
        label(
          NAME + PLOT + 12,
          y + 16,
          row.score === null || row.limit === null
            ? verdictWord(trace, row)
            : words.verdict(...scorePair(trace, row.score, row.limit), verdictWord(trace, row)),
        )
      );
    })
    .join('');
}
