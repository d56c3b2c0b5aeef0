// Five ways to run, each one press. Pure.

import { DEFAULTS, type GenerationOptions } from './contract';

export type PresetId = 'greedy' | 'classic' | 'explorer' | 'precise' | 'pruning';

export interface Preset {
  id: PresetId;
  label: string;
  what: string;
  patch: Readonly<Partial<GenerationOptions>>;
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'greedy',
    label: 'Greedy',
    what: 'Only the most probable token at every step: ordinary decoding, for comparison.',
    patch: { max_set: 1 },
  },
  {
    id: 'classic',
    label: 'Classic TEMPO',
    what: 'Everything above 10 percent at one position; members with less than half of the mean attention are masked.',
    patch: { removal: 'mask' },
  },
  {
    id: 'explorer',
    label: 'Explorer',
    what: 'A low threshold that rises: many alternatives at first. Verdicts are shown and change nothing.',
    patch: { selection_threshold: 0.04, schedule: 'linear', final_threshold: 0.2, max_set: 12, removal: 'report' },
  },
  {
    id: 'precise',
    label: 'Precise',
    what: 'A high threshold, small sets, and removed members computed away as if never chosen.',
    patch: { selection_threshold: 0.25, max_set: 3, removal: 'rebuild', relative: 0.8 },
  },
  {
    id: 'pruning',
    label: 'Pruning',
    what: 'Wide sets that later attention thins out; removed members give their cache row back.',
    patch: { selection_threshold: 0.05, removal: 'evict', relative: 0.9 },
  },
];

/** A preset decides how tokens are chosen, not how long the run is or how much of it is reported. */
const KEPT = ['max_steps', 'min_steps', 'candidates', 'capacity'] as const satisfies (keyof GenerationOptions)[];

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
