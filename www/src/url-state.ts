// What a link says, key by key. Reading keeps what can be used and names the rest; writing leaves out what is usual.

import { Refusal, fields, list, oneOf, own, text, whole, type Fields } from './checked';
import { CHOICES, DEFAULTS, type GenerationOptions } from './contract';
import type { DevicePreference, Kernels, WeightFormat } from './engine';
import { OPTION_KEYS, optionValue, readSomeOptions, type OptionKey } from './option-rules';
import { presetNamed } from './presets';
import { MAX_STEPS, MAX_TOKENS } from './trace';

/** What a link holds. Every part may be missing. */
export interface SharedState {
  prompt?: string;
  /** Only what differs from DEFAULTS. A link may also name a preset, which the options beside it change. */
  options?: Partial<GenerationOptions>;
  /** A repository or an address. A wish of whoever made the link: never fetched without the visitor's consent. */
  model?: string;
  /** The first digits of the sha-256 of its weights, where they are one file. */
  hash?: string;
  /** What the weights were kept as. */
  weights?: WeightFormat;
  /** Name of a recorded run: a plain file name, no path. */
  trace?: string;
  time?: number;
  selected?: number;
  /** Its text: whoever opens the link sees whether it is the same token. */
  word?: string;
  /** The reading that was chosen: the slots that it is made to go through, `probable`, `scored`, or `drawn-` and which. */
  path?: string;
  look?: string;
  /** The part of the tour that is shown. */
  tour?: number;
  /** Where to compute: `auto`, `gpu` (also one played by a program) or `cpu`. */
  device?: DevicePreference;
  /** What computes: `fused`, or `tensor`, the slow reference. */
  kernels?: Kernels;
  /** The panel shown where there is room for one: for links written by hand, the page's own do not say it. */
  panels?: string[];
  hide?: string[];
  /** The run itself, where it is short: see link-run.ts. */
  run?: string;
  /** Options that change from a step on, in the order of the steps; values that are the defaults count too. */
  branch?: { step: number; options: Partial<GenerationOptions> }[];
}

/** Longest prompt of a link. */
export const LONGEST_PROMPT = 10_000;
const LONGEST_MODEL = 500;
const LONGEST_RUN = 19_000;
export const LONGEST_WORD = 200;
const LONGEST_LIST = 40;
const LONGEST_BRANCH = 50;
const LOOKS = ['light', 'dark', 'projector'] as const;
const DEVICES = ['auto', 'gpu', 'cpu'] as const satisfies readonly DevicePreference[];
const KERNELS = ['fused', 'tensor'] as const satisfies readonly Kernels[];

const WEIGHTS = ['f32', 'f16', 'q8', 'q4'] as const satisfies readonly WeightFormat[];

/** A link must not ask for more work than a visitor would: counts from a link have ceilings. */
const CEILINGS: Partial<Record<OptionKey, number>> = {
  max_steps: MAX_STEPS,
  min_steps: MAX_STEPS,
  max_set: 1000,
  candidates: 1000,
  position_gap: 1_000_000,
  capacity: 1_000_000,
};

function matching(value: unknown, where: string, pattern: RegExp, longest: number): string {
  const found = text(value, where, longest);
  if (!pattern.test(found)) throw new Refusal(`${where} is not a name that can be used`);
  return found;
}

const NAME = /^[a-z][a-z0-9-]*$/;
const FILE_NAME = /^\w[\w.-]*$/;
const CODE = /^[\w-]+$/;
const PATH = /^(probable|scored|drawn-\d{1,4}|\d{1,6}(,\d{1,6}){0,39})$/;
const HASH = /^[0-9a-f]{8,64}$/;
/** Printable ASCII without spaces, quotes and angle brackets. */
const ADDRESS = /^[!#-;=?-~]+$/;

function names(value: unknown, where: string): string[] {
  return list(value, where, LONGEST_LIST).map((entry) => matching(entry, where, NAME, 40));
}

type Readers = { [K in Exclude<keyof SharedState, 'options' | 'branch'>]-?: (value: unknown) => SharedState[K] };

const READERS: Readers = {
  prompt: (value) => text(value, 'prompt', LONGEST_PROMPT),
  model: (value) => matching(value, 'model', ADDRESS, LONGEST_MODEL),
  hash: (value) => matching(value, 'hash', HASH, 64),
  weights: (value) => oneOf(value, 'weights', WEIGHTS),
  trace: (value) => matching(value, 'trace', FILE_NAME, 80),
  time: (value) => whole(value, 'time', -1, MAX_STEPS),
  selected: (value) => whole(value, 'selected', 0, MAX_TOKENS),
  word: (value) => text(value, 'word', LONGEST_WORD),
  path: (value) => matching(value, 'path', PATH, 300),
  look: (value) => oneOf(value, 'look', LOOKS),
  tour: (value) => whole(value, 'tour', 1, 6),
  device: (value) => oneOf(value, 'device', DEVICES),
  kernels: (value) => oneOf(value, 'kernels', KERNELS),
  panels: (value) => names(value, 'panels'),
  hide: (value) => names(value, 'hide'),
  run: (value) => matching(value, 'run', CODE, LONGEST_RUN),
};

/** What a link may say beside the options, a preset and branches. */
export const LINK_KEYS = Object.keys(READERS) as readonly (keyof Readers)[];

/** Collects what can be read. */
class Reading {
  readonly state: SharedState = {};
  readonly problems: string[] = [];

  attempt(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refused(error.message);
    }
  }

  refused(message: string): void {
    this.problems.push(`The link asks for something that cannot be: ${message}.`);
  }

  key(key: keyof Readers, value: unknown): void {
    this.attempt(() => {
      (this.state as Record<string, unknown>)[key] = READERS[key](value);
    });
  }

  /** What a preset changes, by its name of today or of before. Links written by hand have one. */
  preset(value: unknown): Partial<GenerationOptions> {
    let patch: Partial<GenerationOptions> = {};
    this.attempt(() => {
      const preset = value === undefined || value === null ? null : presetNamed(text(value, 'preset', 40));
      if (preset) patch = preset.patch;
      else if (value !== undefined && value !== null) throw new Refusal('preset is none of this page');
    });
    return patch;
  }

  options(entries: Fields): Partial<GenerationOptions> {
    const { options, problems } = readSomeOptions(entries, CEILINGS);
    for (const problem of problems) this.refused(problem);
    return options;
  }
}

/** Reads the JSON form. Unknown keys are passed over: a later page may have written them. */
export function readState(entries: Fields): { state: SharedState; problems: string[] } {
  const reading = new Reading();
  for (const key of LINK_KEYS) {
    const value = own(entries, key);
    if (value !== undefined) reading.key(key, value);
  }
  reading.attempt(() => {
    const patch = reading.preset(own(entries, 'preset'));
    const value = own(entries, 'options');
    setOptions(reading, { ...patch, ...(value === undefined ? {} : reading.options(fields(value, 'options'))) });
  });
  reading.attempt(() => {
    const value = own(entries, 'branch');
    if (value !== undefined) reading.state.branch = readBranch(reading, value);
  });
  return { state: reading.state, problems: reading.problems };
}

function readBranch(reading: Reading, value: unknown): NonNullable<SharedState['branch']> {
  let previous = -1;
  return list(value, 'branch', LONGEST_BRANCH).map((entry) => {
    const change = fields(entry, 'branch');
    const step = whole(own(change, 'step'), 'branch.step', 0, MAX_STEPS);
    if (step < previous) throw new Refusal('branch.step goes back');
    previous = step;
    return { step, options: reading.options(fields(own(change, 'options'), 'branch.options')) };
  });
}

function setOptions(reading: Reading, options: Partial<GenerationOptions>): void {
  const changed = differing(options);
  if (Object.keys(changed).length > 0) reading.state.options = changed;
}

/** The options that are not the defaults. */
function differing(options: Partial<GenerationOptions>): Partial<GenerationOptions> {
  return Object.fromEntries(
    OPTION_KEYS.filter((key) => options[key] !== undefined && options[key] !== DEFAULTS[key]).map((key) => [
      key,
      options[key],
    ]),
  );
}

/** The state as it is written: known keys in a fixed order, nothing that is the default. */
export function written(state: SharedState): SharedState {
  const tidy: Record<string, unknown> = {};
  for (const key of LINK_KEYS) if (state[key] !== undefined) tidy[key] = state[key];
  const options = differing(state.options ?? {});
  if (Object.keys(options).length > 0) tidy['options'] = options;
  if (state.branch && state.branch.length > 0) tidy['branch'] = state.branch;
  return tidy;
}

/** `key=value&key=value`; null when the state has branches, or half a character that an address cannot carry. */
export function writeFlat(state: SharedState): string | null {
  if (state.branch || /\p{Cs}/u.test((state.prompt ?? '') + (state.word ?? ''))) return null;
  const pairs = new URLSearchParams();
  for (const key of LINK_KEYS) {
    const value = state[key];
    if (value !== undefined) pairs.set(key, Array.isArray(value) ? value.join(',') : String(value));
  }
  for (const [key, value] of Object.entries(state.options ?? {})) pairs.set(key, String(value));
  // These stand in addresses often and need no escape in a fragment.
  return pairs.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',');
}

/** Reads `key=value&key=value`. An anchor of the page (`#lattice`) holds no known key: an empty state. */
export function readFlat(hash: string): { state: SharedState; problems: string[] } {
  const reading = new Reading();
  const pairs = new URLSearchParams(hash);
  for (const key of LINK_KEYS) {
    const value = pairs.get(key);
    if (value === null) continue;
    reading.key(key, typed(key, value));
  }
  const options: Record<string, unknown> = { ...reading.preset(pairs.get('preset')) };
  for (const key of OPTION_KEYS) {
    const value = pairs.get(key);
    if (value === null) continue;
    reading.attempt(() => {
      options[key] = optionValue(key, Object.hasOwn(CHOICES, key) ? value : numeral(value), CEILINGS[key]);
    });
  }
  setOptions(reading, options as Partial<GenerationOptions>);
  return { state: reading.state, problems: reading.problems };
}

function typed(key: keyof Readers, value: string): unknown {
  if (key === 'panels' || key === 'hide') return value === '' ? [] : value.split(',');
  return key === 'time' || key === 'selected' || key === 'tour' ? numeral(value) : value;
}

/** A decimal number as people and programs write it; anything else stays a text and is refused as such. */
function numeral(value: string): number | string {
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
}
