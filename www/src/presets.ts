// Six ways to run, each one press (ALGORITHM.md §12). Pure.

import { DEFAULTS, PRESET_OPTIONS, type GenerationOptions } from './contract';

export type PresetId = keyof typeof PRESET_OPTIONS;

export interface Preset {
  id: PresetId;
  label: string;
  what: string;
  patch: Readonly<Partial<GenerationOptions>>;
}

const TEXTS: Readonly<Record<PresetId, { label: string; what: string }>> = {
  coherent: {
    label: 'Coherent',
    what:
      'The default: every token hears the alternatives that it came through. Distance from the exact average over all ' +
      'readings: KL 0.05 instead of 0.24; the best-fitting reading has −1.11 nats a token, greedy −1.15.',
  },
  'as-described': {
    label: 'As described',
    what:
      'TEMPO exactly as its author describes it: every alternative counts fully for all that follows, so stories mix. ' +
      'KL 0.24 from the exact average; the top of each set reads at −2.75 nats a token.',
  },
  pruned: {
    label: 'Pruned',
    what:
      'For clear pictures: an alternative that the next words do not fit is masked, judged by its posterior, not by ' +
      'attention. KL 0.10 from the exact average even without kin weighting.',
  },
  greedy: {
    label: 'Greedy',
    what: 'For comparison: the most probable token at every step and nothing beside it, which is ordinary decoding.',
  },
  precise: {
    label: 'Precise',
    what: 'For reading: everything above 20 percent. Few alternatives, 1.1 words at a position on average.',
  },
  explorer: {
    label: 'Explorer',
    what: 'For looking around: everything above 5 percent. Many alternatives, three words at a position on average.',
  },
};

/** In the order of the contract: the default first. */
export const PRESETS: readonly Preset[] = (Object.keys(PRESET_OPTIONS) as PresetId[]).map((id) => ({
  id,
  ...TEXTS[id],
  patch: PRESET_OPTIONS[id],
}));

/** Names that presets had before, for links and keys: what each is called today. */
const FORMER: Readonly<Record<string, PresetId>> = { classic: 'as-described', pruning: 'pruned' };

/** The preset of this name, of today or of before. */
export function presetNamed(name: string): Preset | null {
  const id = Object.hasOwn(FORMER, name) ? FORMER[name] : name;
  return PRESETS.find((preset) => preset.id === id) ?? null;
}

/** A preset decides how tokens are chosen, not how long the run is or how much of it is reported. */
const KEPT = [
  'max_steps',
  'min_steps',
  'candidates',
  'capacity',
  'reading',
  'readings',
  'seed',
] as const satisfies (keyof GenerationOptions)[];

export function applyPreset(preset: Preset, options: GenerationOptions): GenerationOptions {
  const fixed = Object.fromEntries(KEPT.map((key) => [key, options[key]])) as Pick<
    GenerationOptions,
    (typeof KEPT)[number]
  >;
  return { ...DEFAULTS, ...preset.patch, ...fixed };
}

/** The preset that these options are; null when they are the visitor's own. */
export function presetOf(options: GenerationOptions): PresetId | null {
  const keys = Object.keys(DEFAULTS) as (keyof GenerationOptions)[];
  const found = PRESETS.find((preset) => {
    const result = applyPreset(preset, options);
    return keys.every((key) => result[key] === options[key]);
  });
  return found?.id ?? null;
}
