// Options in what the engine says. It names them by their keys; whoever shows the sentence spells them as they stand there.

import { SETTINGS, settingOf, valueLabel } from '../settings';
import type { OptionKey } from './kinds';

/** A key with the word before and after it. */
const NAMED = new RegExp(
  `(: |raise |lower |set )?\\b(${SETTINGS.map(({ key }) => key).join('|')})\\b(?: ([\\w.-]+))?`,
  'g',
);

/** How the page names an option, and the value that it is given. */
export function asLabel(key: OptionKey, value: string): string {
  const { label } = settingOf(key);
  return value === '' ? `“${label}”` : `“${label}: ${valueLabel(key, value)}”`;
}

/** As the lanes of a comparison name one. */
export function asFlag(key: OptionKey, value: string): string {
  return `${key.replaceAll('_', '-')} ${value}`.trim();
}

/**
 * The sentence with each option spelled anew. Some keys are ordinary words, too (reading, samples, depth): these are
 * options with a value, at the beginning, or where the sentence tells what to raise, lower or set.
 */
export function spelled(message: string, spell: (key: OptionKey, value: string) => string): string {
  return message.replace(NAMED, (all, before = '', key: OptionKey, next = '', at: number) => {
    // What somebody wrote wrongly is quoted as it was written.
    if (next === 'is') return all;
    const { control } = settingOf(key);
    const isValue =
      control.kind === 'choice' ? control.choices.some(({ value }) => value === next) : /^[\d.-]+$/.test(next);
    if (!isValue && before === '' && at > 0 && !key.includes('_')) return all;
    return before + (isValue ? spell(key, next) : `${spell(key, '')} ${next}`.trimEnd());
  });
}
