// When an option has no effect, and why.

import type { GenerationOptions } from '../contract';
import { IDLE } from '../idle-rules';
import { valueLabel } from '../settings';
import type { OptionKey, Setting } from './kinds';

interface Rule {
  option: OptionKey;
  values: readonly unknown[];
  /** The decoders that it is a reason for; missing: all. */
  decoders?: readonly string[];
  /** A count that has to be 0 as well. */
  besides?: OptionKey;
}

/** Why an option has no effect at present, in words; null when it counts. */
export function idleReason({ key, idle }: Setting, options: GenerationOptions): string | null {
  const rules: readonly Rule[] = Object.hasOwn(IDLE, key) ? IDLE[key as keyof typeof IDLE] : [];
  const rule = rules.find(
    ({ option, values, decoders, besides }) =>
      values.includes(options[option]) &&
      (decoders?.includes(options.decoder) ?? true) &&
      (besides === undefined || options[besides] === 0),
  );
  if (rule === undefined) return null;
  const value = `“${valueLabel(rule.option, options[rule.option])}”`;
  if (rule.option === 'decoder') return `The decoder ${value} does not use it.`;
  return idle?.[rule.option]?.replace('{value}', value) ?? null;
}
