// Small words that every description shares.

import { visibleText } from '../text';
import { NOTHING, SIGNS } from '../words/en/speech';

/** "a, b and c" */
export function list(parts: readonly string[], last = 'and'): string {
  if (parts.length < 2) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} ${last} ${parts[parts.length - 1]}`;
}

/** A token's text in quotes: a space is a space there, only controls get signs. */
export function quoted(text: string): string {
  if (text === '') return `"" (${NOTHING})`;
  if (text.length === 1 && text.trim() === '' && SIGNS[text]) return `"${SIGNS[text]}"`;
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

/** A token of signs alone by their names: a voice passes over the signs themselves. */
function signs(text: string): string | null {
  if (/^ +$/.test(text)) return SIGNS[' '] ?? null;
  const names = [...text.replace(/^ +| +$/g, '')].map((sign) => SIGNS[sign]);
  return names.length > 0 && names.every((name) => name !== undefined) ? names.join(' ') : null;
}

/** A token's text for the ear, in quotes, so that a list of words does not run together. */
export function spoken(text: string): string {
  const names = signs(text);
  return names === null ? quoted(text) : `"${names}"`;
}

/** A word for the ear, without quotes and without the space in front. */
export function bare(text: string): string {
  return signs(text) ?? (quoted(text).slice(1, -1).trim() || NOTHING);
}
