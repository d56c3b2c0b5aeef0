// Small words that every description shares.

import type { RemovalMode } from '../contract';
import { visibleText } from '../text';

const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** "three"; digits above twelve. */
export function numberWord(n: number): string {
  return NUMBERS[n] ?? String(n);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "a, b and c" */
export function list(parts: readonly string[], last = 'and'): string {
  if (parts.length < 2) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} ${last} ${parts[parts.length - 1]}`;
}

const SPOKEN: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\n': 'newline',
  '\t': 'tab',
  '\r': 'carriage return',
};

/** A token's text for the ear, in quotes: a space is a space there, only controls get signs. */
export function quoted(text: string): string {
  if (text === '') return '"" (nothing)';
  const alone = SPOKEN[text];
  if (alone) return `"${alone}"`;
  const shown = text
    .split(' ')
    .map((part) => visibleText(part))
    .join(' ');
  return `"${shown}"`;
}

/**
 * Text that runs on, as it is, except for characters that do not show or that would turn the rest around: those become
 * signs. Line ends, tabs and joiners stay.
 */
export function readable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (sign) => (/[\n\t\u200c\u200d]/.test(sign) ? sign : visibleText(sign)));
}

/** The text without the space in front, for sentences that run through several tokens. */
export function bare(text: string): string {
  const shown = quoted(text).slice(1, -1).trim();
  return shown === '' ? 'space' : shown;
}

/** What a removal did, as a past participle. */
export const EFFECT_WORDS: Readonly<Record<RemovalMode, string>> = {
  off: 'kept',
  report: 'reported only',
  mask: 'masked',
  evict: 'evicted',
  rebuild: 'rebuilt without it',
  fade: 'faded',
};
