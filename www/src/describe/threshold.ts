// The line through a distribution, and the curve it follows, in words.

import type { GenerationOptions, StepEvent } from '../contract';
import { NBSP, number, percent, percentWords } from '../format';
import { CURVE_KEYS, isKnownAhead, type Handle, type Which } from '../layout/curve';
import type { Bar, ThresholdLayout } from '../layout/threshold';
import type { Table, Cell } from './table';
import { named } from './named';
import { words } from '../words/en/threshold';

/** "3 kept, with 61 % of the probability; 4 093 left out" */
export function countsSentence(layout: ThresholdLayout): string {
  return words.counts(layout);
}

/** "kept", "left out"; with a threshold that is tried out, what would change. */
export function barWord(bar: Bar): string {
  return bar.changed ? words.would[bar.newState] : words.states[bar.state];
}

/** What a dragged threshold would have changed. */
export function whatIfSentence(layout: ThresholdLayout): string {
  const joined = layout.bars.filter((bar) => bar.changed && bar.newState === 'kept');
  const gone = layout.bars.filter((bar) => bar.changed && bar.state === 'kept');
  const names = (bars: Bar[]): string => {
    const shown = bars.slice(0, 4).map((bar) => named(bar.text));
    const more = bars.length - shown.length;
    return more > 0 ? words.andMore(shown.join(', '), more) : shown.join(', ');
  };
  return joined.length + gone.length === 0 ? words.same : words.changed(names(joined), names(gone));
}

/** A tick of the axis: smaller shares than percent() tells apart. */
export function tickText(value: number): string {
  return value === 0 ? '0' : `${number(100 * value)}${NBSP}%`;
}

/** The threshold, for a slider: "10 percent", or what is above everything. */
export function thresholdWords(value: number): string {
  return value > 1 ? words.aboveEverything : percentWords(value);
}

/** The same with what it keeps: a dragged slider says it all, so that nothing else has to speak. */
export function lineWords(layout: ThresholdLayout): string {
  return words.line(thresholdWords(layout.threshold), layout);
}

export const HANDLE_WORDS = words.handles;

/** A handle's own number: thresholds in percent, shapes and progress too. */
export function handleText(handle: Handle): string {
  if (handle.role === 'knee') return words.partOfRun(percent(handle.value));
  return handle.value > 1 ? number(handle.value) : percent(handle.value);
}

/** What the editor edits, and what the curve does. */
export function curveSentence(options: GenerationOptions, which: Which): string {
  const isIdle = which === 'removal' && options.removal_rule !== 'absolute';
  return words.curve(which, options[CURVE_KEYS[which].kind], isIdle);
}

/** The curve for those who do not see it. */
export function curveSummary(options: GenerationOptions, which: Which, handles: readonly Handle[]): string {
  const texts = handles.map((handle) => `${HANDLE_WORDS[handle.role].toLowerCase()} ${handleText(handle)}`);
  return words.curveSpoken(curveSentence(options, which), texts.join(', '), isKnownAhead(options, which));
}

export function thresholdTable(step: StepEvent, layout: ThresholdLayout): Table {
  return {
    caption: words.tableTitle(step.step, layout.threshold, countsSentence(layout)),
    columns: [
      { name: words.columns.rank, kind: 'number' },
      { name: words.columns.token, kind: 'token' },
      { name: words.columns.id, kind: 'number' },
      { name: words.columns.probability, kind: 'number', digits: 5 },
      { name: words.columns.recorded },
      { name: words.columns.tried },
    ],
    rows: layout.bars.map((bar): Cell[] => [
      bar.rank,
      bar.text,
      bar.id,
      bar.probability,
      words.states[bar.state],
      words.states[bar.newState],
    ]),
  };
}
