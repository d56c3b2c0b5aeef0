// Which options a decoder has.

import { DEFAULTS, type DecoderKind, type GenerationOptions } from '../contract';
import { IDLE } from '../idle-rules';
import { SETTINGS } from '../settings';
import type { OptionKey, Setting } from './kinds';

/** Beam search knows one distribution, the model's own: these have to be off (LAB.md L2). */
const REFUSED: readonly OptionKey[] = ['temperature', 'top_k', 'top_p', 'repetition_penalty', 'min_steps'];

interface Rule {
  option: OptionKey;
  values: readonly unknown[];
}

/** Whether a decoder uses an option. */
export function isUsed(key: OptionKey, decoder: DecoderKind): boolean {
  if (decoder === 'beam' && REFUSED.includes(key)) return false;
  const rules: readonly Rule[] = Object.hasOwn(IDLE, key) ? IDLE[key as keyof typeof IDLE] : [];
  return !rules.some(({ option, values }) => option === 'decoder' && values.includes(decoder));
}

/** The options that a decoder beside TEMPO is about: its own, and those that shape what is drawn. */
export function ownSettings(decoder: DecoderKind): Setting[] {
  const shared: readonly OptionKey[] = ['temperature', 'top_k', 'top_p', 'seed'];
  return SETTINGS.filter(
    ({ key, group }) => key !== 'decoder' && (group === 'beside' || shared.includes(key)) && isUsed(key, decoder),
  );
}

/** The options with another decoder; what it refuses is off. */
export function withDecoder(options: GenerationOptions, decoder: DecoderKind): GenerationOptions {
  const changed = { ...options, decoder };
  if (decoder !== 'beam') return changed;
  return { ...changed, ...Object.fromEntries(REFUSED.map((key) => [key, DEFAULTS[key]])) };
}
