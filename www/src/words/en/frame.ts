// The words of the frame: the first screen, the bar with the prompt, the settings of a run, notices.

import type { GenerationOptions } from '../../contract';
import { bytes, percent } from '../../format';

export const DOOR = {
  label: 'What this page is',
  headline: 'What else could it have said?',
  /** Where there is little room; each has its sign from the lattice behind it. */
  short: ['A language model picks one next word', 'TEMPO keeps all that are likely enough, side by side'],
  yours: 'Yours run in this tab; nothing you type leaves your device.',
  play: 'Play it step by step',
  playShort: 'Play it',
  own: 'This is a run of your own. Play goes through it step by step; a click on a word says why it is there.',
  link: 'Somebody sent you this run inside the link. Play goes through it step by step; a click on a word says why it is there.',
  file: 'This is a run from a file. Play goes through it step by step; a click on a word says why it is there.',
  close: 'Close these words',
  open: 'What is this?',
  pause: 'Pause',
  look: 'What to look at',
} as const;

/** `least` is what a word needs in every step of the run; null where that changes. */
export function whatItDoes(least: number | null): string {
  const enough = least === null ? '' : ` (here: ${percent(least)} or more)`;
  return `A language model picks one word after the other. TEMPO keeps every word that is likely enough${enough}, side by side, and goes on from all at once.`;
}

export function recordingOf(model: string): string {
  return `A recording of a real run of ${modelWords(model)}.`;
}

/** A model as a visitor knows it. */
export function modelWords(id: string): string {
  return id === 'storyteller' ? 'the small story model' : id;
}

export const TRY = {
  loaded: 'Try your own sentence',
  short: 'Try your own',
  kept: 'small story model, already here',
  here: 'already here',
} as const;

/** What the press would fetch. */
export function tryNote(size: number | null): string {
  return size === null ? 'small story model' : `small story model, ${bytes(size)}`;
}

export function exampleWords(megabytes: number | null, isShort: boolean): string {
  const what = isShort ? 'Run it' : 'Run this very example';
  return megabytes === null ? what : `${what} · ${Math.round(megabytes)} MB`;
}

export const PROMPT = {
  label: 'Prompt',
  region: 'Prompt and model',
  examples: 'For example',
  generate: 'Generate',
  step: 'Step',
  stop: 'Stop',
  stopping: 'Stopping',
  goOn: 'Continue the paused run',
} as const;

/** What the box is for. */
export const MODES = {
  label: 'What to write',
  text: 'Text',
  chat: 'Chat',
  message: 'Message',
  send: 'Send',
} as const;

/** Beginnings that the story model has a good deal to say to. */
export const EXAMPLES: readonly string[] = [
  'Once upon a time there was a',
  'The dragon was sad because',
  'The king saw a',
  'Lily opened the box and',
];

export const SETTINGS = {
  button: 'Settings of the run',
  region: 'Settings of the run',
  own: 'your own',
  presets: 'Presets',
  model: 'Model',
  options: 'Options',
  everything: 'Show everything',
  everythingWhat: 'settings and explanations stay open, on every visit',
  close: 'Close the settings',
  optionsOf: (whose: string) => `Options of ${whose}.`,
} as const;

/** What becomes of the threshold in front when it is not the same in every step; null where it is. */
export function thresholdChanges(options: GenerationOptions): string | null {
  const { schedule, selection_threshold: first, final_threshold: last } = options;
  if (schedule === 'constant') return null;
  if (schedule === 'entropy') return 'It changes in every step with how sure the model is.';
  if (schedule === 'min-p') return 'It is a share of the likeliest word’s probability in every step.';
  return `It changes over the run: ${percent(first)} → ${percent(last)}.`;
}

/** In the settings, beside the option of that name: the panel “Who sees whom?” has a switch of the same words. */
export const VISIBILITY_NEXT = 'For the next run. The panel “Who sees whom?” only tries it on the run you see.';

export const MORE = { label: 'More', none: 'all at their defaults', reset: 'Reset all options' } as const;

export function changedWords(count: number): string {
  return `${count} changed`;
}

export const WHERE = {
  label: 'Where you are',
  unpin: 'Unpin',
  escape: 'Esc',
  hint: 'Press a word to see why it is there.',
  all: 'All about this token',
} as const;

export const NOTICE = {
  kinds: { info: 'Note', warning: 'Warning', error: 'Problem' },
  detail: 'What the machine said',
  more: 'Details',
  next: (of: number) => `Next of ${of}`,
} as const;

export function dismissWords(title: string): string {
  return `Dismiss: ${title}`;
}

export const HEADER = {
  name: 'TEMPO',
  tagline: 'every next word that is likely enough, side by side',
  runs: 'Runs',
  linked: 'the run of a link, not computed yet',
  fetching: 'fetching the recorded run',
  save: 'Save trace',
  share: 'Copy link',
  commands: 'Commands',
  settings: 'Settings',
  help: 'Help',
} as const;

export const PAGE = {
  skip: 'Skip to the lattice',
  fetching: 'Fetching the recorded run.',
  panels: 'Panels',
  inspector: 'Inspector',
  closeInspector: 'Close the inspector',
  foot: 'TEMPO keeps every next word that is likely enough. Nothing you type leaves this device.',
  check: 'Test this machine',
} as const;
