// Six ways to run, each one press (ALGORITHM.md §12). Pure.

import { DEFAULTS, PRESET_OPTIONS, type GenerationOptions } from './contract';

export type PresetId = keyof typeof PRESET_OPTIONS;

export interface Preset {
  id: PresetId;
  label: string;
  patch: Readonly<Partial<GenerationOptions>>;
}

/** What one gets of each stands in words/en/presets.ts. */
const LABELS: Readonly<Record<PresetId, string>> = {
  coherent: 'Coherent',
  'as-described': 'As described',
  pruned: 'Pruned',
  greedy: 'Greedy',
  precise: 'Precise',
  explorer: 'Explorer',
};

/** In the order of the contract: the default first. */
export const PRESETS: readonly Preset[] = (Object.keys(PRESET_OPTIONS) as PresetId[]).map((id) => ({
  id,
  label: LABELS[id],
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
  'reading_beams',
  'exact_limit',
  'meter_samples',
  'meter_proposal',
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
