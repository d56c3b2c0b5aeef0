// Prompt, options and what was on the screen, over a reload and over visits. A text in the browser's small storage: it is
// there at once, and it can still be written while the page is left.

import { fields, own, text, whole } from '../checked';
import { DEFAULTS, type GenerationOptions } from '../contract';
import { OPTION_KEYS, readSomeOptions } from '../option-rules';
import { MAX_STEPS } from '../trace';
import { LONGEST_PROMPT } from '../url-state';

/** What was on the screen: a run that is kept, or a recorded one, at a step; null for its last one. */
export interface Opened {
  key?: string;
  file?: string;
  step: number | null;
}

export interface Draft {
  /** Null where nobody has touched it. */
  prompt: string | null;
  options: GenerationOptions | null;
  opened: Opened | null;
}

const VERSION = 1;

export function writeDraft({ prompt, options, opened }: Draft): string {
  const changed = options && OPTION_KEYS.filter((key) => options[key] !== DEFAULTS[key]);
  return JSON.stringify({
    version: VERSION,
    ...(prompt === null ? {} : { prompt }),
    ...(options && changed ? { options: Object.fromEntries(changed.map((key) => [key, options[key]])) } : {}),
    ...(opened === null ? {} : { opened }),
  });
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Whatever of it can be used. It may be of another version of the page, or have been changed by hand. */
export function readDraft(stored: string | null): Draft {
  const entries = attempt(() => fields(JSON.parse(stored ?? ''), 'the draft'));
  const known = entries !== null && own(entries, 'version') === VERSION ? entries : {};
  return {
    prompt: attempt(() => text(own(known, 'prompt'), 'prompt', LONGEST_PROMPT)),
    options: attempt(() => ({ ...DEFAULTS, ...readSomeOptions(fields(own(known, 'options'), 'options')).options })),
    opened: attempt(() => readOpened(own(known, 'opened'))),
  };
}

function readOpened(value: unknown): Opened {
  const opened = fields(value, 'opened');
  const step = own(opened, 'step');
  const name = (key: 'key' | 'file'): Partial<Opened> =>
    own(opened, key) === undefined ? {} : { [key]: text(own(opened, key), key, 100) };
  return {
    ...name('key'),
    ...name('file'),
    step: step === null ? null : whole(step, 'step', -1, MAX_STEPS),
  };
}
