// What the view of the threshold says. What it says of numbers and curves is in describe/threshold.ts.

import { percent } from '../../format';

export const words = {
  title: 'Threshold',
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
  selectionHandle: (handle: string) => `Selection schedule: ${handle.toLowerCase()}`,
  removalHandle: (handle: string) => `Removal schedule: ${handle.toLowerCase()}`,
  partOfRun: (share: string) => `${share} of the run`,
  step: (step: number) => `step ${step}`,
  twoLines: 'The thick line is the next run, the thin one this run.',
  marks: 'Short bars: the steps of this run at their thresholds. Full dots: kept. Hollow dots: left out.',
};
