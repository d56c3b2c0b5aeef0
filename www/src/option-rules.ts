// Which values an option takes, by the tables of the contract. For options from outside (a trace, a link); the page's own
// controls are in settings.ts.

import { Refusal, fields, oneOf, own, real, whole, type Fields } from './checked';
import { CHOICES, COUNTS, DEFAULTS, NUMBERS, type GenerationOptions } from './contract';

export type OptionKey = keyof GenerationOptions;
type OptionValue = GenerationOptions[OptionKey];

export const OPTION_KEYS = Object.keys(DEFAULTS) as readonly OptionKey[];

/** The value of this option, or a Refusal. `most` bounds counts from above. */
export function optionValue(key: OptionKey, value: unknown, most = Infinity): OptionValue {
  if (Object.hasOwn(CHOICES, key))
    return oneOf(value, key, CHOICES[key as keyof typeof CHOICES] as readonly string[]) as OptionValue;
  if (Object.hasOwn(NUMBERS, key)) return real(value, key, ...NUMBERS[key as keyof typeof NUMBERS]);
  if (value === null && DEFAULTS[key] === null) return null;
  const [least, largest] = COUNTS[key as keyof typeof COUNTS];
  return whole(value, key, least, Math.min(largest, most));
}

/** What an option that is missing means in a trace of version 1: the defaults of that time. */
export const FIRST_DEFAULTS: Readonly<GenerationOptions> = {
  ...DEFAULTS,
  weighting: 'none',
  removal_score: 'share',
  reading: 'probable',
};

/** All options; those that are missing have the value that they have in `missing`. */
export function readOptions(value: unknown, missing: Readonly<GenerationOptions> = DEFAULTS): GenerationOptions {
  const entries: Fields = fields(value, 'options');
  const options: Record<string, OptionValue> = { ...missing };
  for (const key of OPTION_KEYS) {
    const found = own(entries, key);
    if (found !== undefined) options[key] = optionValue(key, found);
  }
  return options as unknown as GenerationOptions;
}

/** Decoders whose steps are sets. */
export const DRAWN: readonly string[] = ['tempo', 'greedy'];

/** The options that can be used, and why the others cannot. Names that are no option are passed over. */
export function readSomeOptions(
  entries: Fields,
  most: Partial<Record<OptionKey, number>> = {},
): { options: Partial<GenerationOptions>; problems: string[] } {
  const options: Record<string, OptionValue> = {};
  const problems: string[] = [];
  for (const key of OPTION_KEYS) {
    const found = own(entries, key);
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
