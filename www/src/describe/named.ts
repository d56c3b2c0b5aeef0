// A token's text inside a sentence that may be broken into lines: its own space never is the place of the break.

import { NBSP } from '../format';
import { visibleText } from '../text';
import { quoted } from './words';

/** `" dog"`, in one piece. */
export function named(text: string): string {
  return quoted(text).replaceAll(' ', NBSP);
}

/** A token's text as it is drawn: never an empty place. */
export function shownText(text: string): string {
  return text === '' ? '""' : visibleText(text);
}

/** `“dog”`: a word of a sentence rather than a token, in one piece. */
export function namedWord(text: string): string {
  const word = quoted(text.trim() === '' ? text : text.trim());
  return `“${word.slice(1, -1)}”`.replaceAll(' ', NBSP);
}
