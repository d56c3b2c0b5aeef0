// Which values an option takes: the ranges of crates/tempo-core/src/config.rs over the names of the contract. For
// options from outside (a trace, a link); the page's own controls have their ranges in settings.ts.

import { Refusal, fields, oneOf, own, real, whole, type Fields } from './checked';
import { CHOICES, DEFAULTS, type GenerationOptions } from './contract';

export type OptionKey = keyof GenerationOptions;
type OptionValue = GenerationOptions[OptionKey];
type NumberKey = { [K in OptionKey]: GenerationOptions[K] extends number ? K : never }[OptionKey];
type CountKey =
  | 'max_steps'
  | 'max_set'
  | 'min_steps'
  | 'top_k'
  | 'position_gap'
  | 'removal_layers'
  | 'min_evidence'
  | 'window'
  | 'budget'
  | 'budget_recent'
  | 'candidates';

const LARGEST = Number.MAX_VALUE;
/** Least value that is larger than 0. */
const POSITIVE = Number.MIN_VALUE;
const MOST_POSITIONS = 2 ** 32 - 1;

/** The others are counts. A number option that the contract gains has to be named here or there. */
const REALS: Record<Exclude<NumberKey, CountKey>, readonly [least: number, most: number]> = {
  selection_threshold: [0, LARGEST],
  temperature: [POSITIVE, LARGEST],
  repetition_penalty: [POSITIVE, LARGEST],
  top_p: [0, 1],
  final_threshold: [0, LARGEST],
  bezier_p1: [-LARGEST, LARGEST],
  bezier_p2: [-LARGEST, LARGEST],
  relu_at: [0, 1],
  removal_limit: [0, LARGEST],
  relative: [0, LARGEST],
  fade_steepness: [0, LARGEST],
  removal_final: [0, LARGEST],
  removal_p1: [-LARGEST, LARGEST],
  removal_p2: [-LARGEST, LARGEST],
  removal_at: [0, 1],
};

export const OPTION_KEYS = Object.keys(DEFAULTS) as readonly OptionKey[];

export function isOptionKey(name: string): name is OptionKey {
  return Object.hasOwn(DEFAULTS, name);
}

/** The value of this option, or a Refusal. `most` bounds counts from above. */
export function optionValue(key: OptionKey, value: unknown, most = MOST_POSITIONS): OptionValue {
  if (key === 'capacity') return value === null ? null : whole(value, key, 1, most);
  if (Object.hasOwn(CHOICES, key))
    return oneOf(value, key, CHOICES[key as keyof typeof CHOICES] as readonly string[]) as OptionValue;
  if (Object.hasOwn(REALS, key)) return real(value, key, ...REALS[key as keyof typeof REALS]);
  return whole(value, key, 0, most);
}

/** All options; those that are missing have their default. */
export function readOptions(value: unknown): GenerationOptions {
  const given: Fields = fields(value, 'options');
  const options: Record<string, OptionValue> = { ...DEFAULTS };
  for (const key of OPTION_KEYS) {
    const found = own(given, key);
    if (found !== undefined) options[key] = optionValue(key, found);
  }
  return options as unknown as GenerationOptions;
}

/** The options that can be used, and why the others cannot. Names that are no option are passed over. */
export function readSomeOptions(
  given: Fields,
  most: Partial<Record<OptionKey, number>> = {},
): { options: Partial<GenerationOptions>; problems: string[] } {
  const options: Record<string, OptionValue> = {};
  const problems: string[] = [];
  for (const key of OPTION_KEYS) {
    const found = own(given, key);
    if (found === undefined) continue;
    try {
      options[key] = optionValue(key, found, most[key]);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problems.push(refusal.message);
    }
  }
  return { options: options as Partial<GenerationOptions>, problems };
}
