// One step's distribution and its line as a picture.

import { barWord, countsSentence, tickText } from '../describe/threshold';
import { percent } from '../format';
import { fit } from '../layout/measure';
import { axisTicks, toAxis, type ScaleKind } from '../layout/scale';
import type { Bar, ThresholdLayout } from '../layout/threshold';
import type { Look } from '../palette';
import { shownText } from '../describe/named';
import type { StepEvent } from '../contract';
import type { Trace, ViewState } from '../view-state';
import { about, el, FONT_TOKEN, inkOf, label, picture, type Ink } from './svg';
import { words } from '../words/en/pictures';

const ROW = 24;
const NAME = 130;
const PLOT = 420;
const RIGHT = 200;

export function thresholdSvg(
  trace: Trace,
  view: ViewState,
  step: StepEvent,
  layout: ThresholdLayout,
  scale: ScaleKind,
  look: Look,
): string {
  const ink = inkOf(look);
  const height = layout.bars.length * ROW;
  const line = (value: number, dash: string, colour: string): string =>
    el('path', {
      d: `M${NAME + toAxis(scale, value) * PLOT} 0v${height + 6}`,
      stroke: colour,
      'stroke-width': 1.5,
      'stroke-dasharray': dash,
    });
  const ticks = axisTicks(scale)
    .map(({ at, value }) =>
      label(NAME + at * PLOT, height + 22, tickText(value), {
        'text-anchor': 'middle',
        'font-size': 11,
        fill: ink.soft,
      }),
    )
    .join('');
  const isWhatIf = layout.threshold !== layout.recorded;
  return picture(
    {
      width: NAME + PLOT + RIGHT,
      height: height + 52,
      title: words.choice(step.step, trace.run.model.id),
      desc: countsSentence(layout),
      look,
      metadata: about(trace, view),
    },
    layout.bars.map((bar, index) => rowSvg(bar, index * ROW, layout.members > 1, ink)).join('') +
      el('path', { d: `M${NAME} ${height}h${PLOT}`, stroke: ink.line }) +
      ticks +
      (isWhatIf ? line(layout.recorded, '1 3', ink.soft) : '') +
      line(layout.threshold, '5 4', ink.ink) +
      label(0, height + 46, `${percent(layout.threshold)}: ${countsSentence(layout)}`, { 'font-weight': 600 }),
  );
}

function rowSvg(bar: Bar, y: number, several: boolean, ink: Ink): string {
  const isKept = bar.newState === 'kept';
  const role = isKept ? (several ? ink.sibling : ink.single) : ink.edge;
  const box = { x: NAME, y: y + 5, width: Math.max(1.5, bar.place * PLOT), height: 14, rx: 1 };
  const middle = y + 16;
  return (
    label(NAME - 10, middle, fit(shownText(bar.text), 15), {
      'text-anchor': 'end',
      'font-family': FONT_TOKEN,
      'font-weight': isKept ? 700 : null,
    }) +
    el('rect', { ...box, fill: isKept ? role : ink.ground, stroke: role }) +
    (bar.newState === 'cut' || bar.newState === 'ended' ? el('rect', { ...box, fill: 'url(#hatch)' }) : '') +
    label(NAME + PLOT + 56, middle, percent(bar.probability), { 'text-anchor': 'end' }) +
    label(NAME + PLOT + 68, middle, barWord(bar), { fill: ink.soft, 'font-weight': bar.changed ? 700 : null })
  );
}
