// What the view of the threshold says; describe/threshold.ts decides what is said of a step and of a curve.

import type { GenerationOptions } from '../../contract';
import { count, percent, percentWords } from '../../format';
import type { Handle, Which } from '../../layout/curve';
import type { BarState } from '../../layout/threshold';

/** How many a threshold keeps, with how much of the probability; with `atLeast`, of those that are known. */
export interface Counted {
  members: number;
  mass: number;
  leftOut: number;
  atLeast: boolean;
  fallback: boolean;
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

const HANDLES: Readonly<Record<Handle['role'], string>> = {
  value: 'Value',
  start: 'Start',
  end: 'End',
  first: 'First handle, at one third',
  second: 'Second handle, at two thirds',
  knee: 'Knee',
};

const SHAPES: Readonly<Record<GenerationOptions['schedule'], string>> = {
  constant: 'constant',
  linear: 'straight line',
  relu: 'knee',
  'bezier-values': 'Bezier, handles are values',
  'bezier-shape': 'Bezier, handles are shape',
  entropy: 'by how sure the model is',
  'min-p': 'share of the best',
};

const KINDS: Readonly<Record<GenerationOptions['schedule'], string>> = {
  constant: 'the same value in every step',
  linear: 'a straight line from start to end',
  relu: 'the start value up to the knee, then a straight line to the end',
  'bezier-values': 'a Bezier curve; its handles are values',
  'bezier-shape': 'a Bezier curve; its handles shape the way from start to end',
  entropy: 'higher the less sure the model is (its entropy), so it is known only when a step runs',
  'min-p': 'a share of the most probable token, so it is known only when a step runs',
};

export const words = {
  title: 'Which words were likely enough?',
  /** The name that the field has for it. */
  term: 'Threshold',
  help:
    'How probable each next token was in this step, the most probable first. (A token is a word or a piece of one.) ' +
    'Every token whose bar reaches the dashed line, the threshold, is kept, all at one place of the text. Drag the ' +
    'handle under the line to see which ones another threshold would have kept in this step; later steps are not run ' +
    'again. “Over the run” shows how the threshold moves from step to step: its handles change the options of the next ' +
    'run, the dots are the steps of this one.',

  scale: 'Scale',
  linear: 'linear',
  logarithmic: 'logarithmic',

  stepTitle: (step: number) => `Step ${step}: what it chose from`,
  select: (name: string) => `Select ${name}`,
  tried: (step: number) => `Threshold tried on step ${step}`,
  showAll: (count: number) => `Show all ${count}`,
  showFewer: 'Show fewer',

  aboveEverything: 'above everything',
  recorded: (threshold: number) => `The run had ${percent(threshold)}.`,
  untouched: 'This is the threshold of the run in this step. Drag the handle to try another.',
  use: (threshold: number) => `Use ${percent(threshold)} for the next run`,
  startAt: (threshold: number) => `Start the next schedule at ${percent(threshold)}`,
  back: 'Back to the run',

  noStep: 'Only the prompt is here: nothing has been chosen yet.',
  firstStep: 'Go to step 0',

  overRun: 'Over the run: the schedule',
  edits: 'Edits',
  selection: 'selection',
  removal: 'removal',
  shape: 'Shape',
  shapes: SHAPES,
  selectionHandle: (handle: string) => `Selection schedule: ${handle.toLowerCase()}`,
  removalHandle: (handle: string) => `Removal schedule: ${handle.toLowerCase()}`,
  partOfRun: (share: string) => `${share} of the run`,
  step: (step: number) => `step ${step}`,
  twoLines: 'The thick line is the next run, the thin one this run.',
  marks: 'Short bars: the steps of this run at their thresholds. Full dots: kept. Hollow dots: left out.',

  states: STATES,
  would: WOULD,
  handles: HANDLES,
  /** "3 kept, with 61 % of the probability; 4 093 left out" */
  counts: ({ members, mass, leftOut, atLeast, fallback }: Counted) => {
    const least = atLeast ? 'at least ' : '';
    const most = atLeast ? 'at most ' : '';
    const counts = `${least}${count(members)} kept, with ${least}${percent(mass)} of the probability; ${most}${count(leftOut)} left out`;
    return fallback ? `${counts}; no token reaches the line, so the most probable one is kept` : counts;
  },
  /** The same for the ear, of a line that is dragged. */
  line: (threshold: string, { members, mass, atLeast }: Counted) =>
    `${threshold}, ${atLeast ? 'at least ' : ''}${count(members)} kept, with ${percentWords(mass)} of the probability`,
  andMore: (names: string, more: number) => `${names} and ${more} more`,
  same: 'The same set. What-if: later steps not re-run.',
  changed: (more: string, less: string) =>
    [more === '' ? '' : `In too: ${more}.`, less === '' ? '' : `Out: ${less}.`, 'What-if: later steps not re-run.']
      .filter(Boolean)
      .join(' '),
  curve: (which: Which, schedule: GenerationOptions['schedule'], isIdle: boolean) =>
    `${which === 'selection' ? 'Edits the selection threshold' : 'Edits the removal limit'}: ${KINDS[schedule]}.` +
    (isIdle ? ' It acts on the absolute rule only; the options ask for the relative one.' : ''),
  curveSpoken: (curve: string, handles: string, isAhead: boolean) =>
    `${curve} ${handles}.${isAhead ? '' : ' Dots show the thresholds of the steps that were run.'}`,
  tableTitle: (step: number, threshold: number, counts: string) =>
    `Candidates of step ${step}, threshold ${percent(threshold)}: ${counts}`,
  columns: {
    rank: 'rank',
    token: 'token',
    id: 'id',
    probability: 'probability',
    recorded: 'recorded',
    tried: 'at this threshold',
  },
};
