// The line through a distribution, and the curve it follows, in words.

import type { GenerationOptions, StepEvent } from '../contract';
import { count, NBSP, number, percent, percentWords } from '../format';
import { CURVE_KEYS, isKnownAhead, type Handle, type Which } from '../layout/curve';
import type { Bar, BarState, ThresholdLayout } from '../layout/threshold';
import type { Table, Cell } from './table';
import { named } from './named';

/** "3 kept, with 61 % of the probability; 4 093 left out" */
export function countsSentence(layout: ThresholdLayout): string {
  const least = layout.atLeast ? 'at least ' : '';
  const most = layout.atLeast ? 'at most ' : '';
  const parts = [
    `${least}${count(layout.members)} kept, with ${least}${percent(layout.mass)} of the probability; ${most}${count(layout.leftOut)} left out`,
  ];
  if (layout.fallback) parts.push('no token reaches the line, so the most probable one is kept');
  return parts.join('; ');
}

const STATES: Readonly<Record<BarState, string>> = {
  kept: 'kept',
  left: 'left out',
  cut: 'above, cut by a limit',
  ended: 'end of text',
};

const WOULD: Readonly<Record<BarState, string>> = {
  kept: 'would be in',
  left: 'would be out',
  cut: 'would be cut by a limit',
  ended: 'would end',
};

/** "kept", "left out"; with a threshold that is tried out, what would change. */
export function barWord(bar: Bar): string {
  return bar.changed ? WOULD[bar.newState] : STATES[bar.state];
}

/** What a dragged threshold would have changed. */
export function whatIfSentence(layout: ThresholdLayout): string {
  const joined = layout.bars.filter((bar) => bar.changed && bar.newState === 'kept');
  const gone = layout.bars.filter((bar) => bar.changed && bar.state === 'kept');
  const names = (bars: Bar[]): string => {
    const shown = bars.slice(0, 4).map((bar) => named(bar.text));
    const more = bars.length - shown.length;
    return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
  };
  if (joined.length + gone.length === 0) return 'The same set. What-if: later steps not re-run.';
  const parts = [joined.length > 0 ? `In too: ${names(joined)}.` : '', gone.length > 0 ? `Out: ${names(gone)}.` : ''];
  return `${parts.filter(Boolean).join(' ')} What-if: later steps not re-run.`;
}

/** A tick of the axis: smaller shares than percent() tells apart. */
export function tickText(value: number): string {
  return value === 0 ? '0' : `${number(100 * value)}${NBSP}%`;
}

/** The threshold, for a slider: "10 percent", or what is above everything. */
export function thresholdWords(value: number): string {
  return value > 1 ? 'above everything' : percentWords(value);
}

/** The same with what it keeps: a dragged slider says it all, so that nothing else has to speak. */
export function lineWords(layout: ThresholdLayout): string {
  const members = `${layout.atLeast ? 'at least ' : ''}${count(layout.members)} kept`;
  return `${thresholdWords(layout.threshold)}, ${members}, with ${percentWords(layout.mass)} of the probability`;
}

export const HANDLE_WORDS: Readonly<Record<Handle['role'], string>> = {
  value: 'Value',
  start: 'Start',
  end: 'End',
  first: 'First handle, at one third',
  second: 'Second handle, at two thirds',
  knee: 'Knee',
};

/** A handle's own number: thresholds in percent, shapes and progress too. */
export function handleText(handle: Handle): string {
  if (handle.role === 'knee') return `${percent(handle.value)} of the run`;
  return handle.value > 1 ? number(handle.value) : percent(handle.value);
}

const KIND_WORDS: Readonly<Record<GenerationOptions['schedule'], string>> = {
  constant: 'the same value in every step',
  linear: 'a straight line from start to end',
  relu: 'the start value up to the knee, then a straight line to the end',
  'bezier-values': 'a Bezier curve; its handles are values',
  'bezier-shape': 'a Bezier curve; its handles shape the way from start to end',
  entropy: 'rises with the entropy of each distribution, so it is known only when a step runs',
  'min-p': 'a share of the most probable token, so it is known only when a step runs',
};

/** What the editor edits, and what the curve does. */
export function curveSentence(options: GenerationOptions, which: Which): string {
  const kind = options[CURVE_KEYS[which].kind];
  const edits = which === 'selection' ? 'Edits the selection threshold' : 'Edits the removal limit';
  const acts =
    which === 'removal' && options.removal_rule !== 'absolute'
      ? ' It acts on the absolute rule only; the options ask for the relative one.'
      : '';
  return `${edits}: ${KIND_WORDS[kind]}.${acts}`;
}

/** The curve for those who do not see it. */
export function curveSummary(options: GenerationOptions, which: Which, handles: readonly Handle[]): string {
  const named = handles.map((handle) => `${HANDLE_WORDS[handle.role].toLowerCase()} ${handleText(handle)}`).join(', ');
  const ahead = isKnownAhead(options, which) ? '' : ' Dots show the thresholds of the steps that were run.';
  return `${curveSentence(options, which)} ${named}.${ahead}`;
}

export function thresholdTable(step: StepEvent, layout: ThresholdLayout): Table {
  return {
    caption: `Candidates of step ${step.step}, threshold ${percent(layout.threshold)}: ${countsSentence(layout)}`,
    columns: [
      { name: 'rank', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'id', kind: 'number' },
      { name: 'probability', kind: 'number', digits: 5 },
      { name: 'recorded' },
      { name: 'at this threshold' },
    ],
    rows: layout.bars.map((bar): Cell[] => [
      bar.rank,
      bar.text,
      bar.id,
      bar.probability,
      STATES[bar.state],
      STATES[bar.newState],
    ]),
  };
}
