// Widths of token text without a DOM: the token face is monospaced, so a text is so many characters wide.

import { visibleText } from '../text';

/** East Asian wide forms and pictographs take two places in a monospaced face. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const NARROW = /\p{Mark}/u;

/** How many places a text takes. */
export function places(text: string): number {
  let n = 0;
  for (const sign of text) n += sign.codePointAt(0)! < 0x300 ? 1 : NARROW.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return n;
}

const PLAIN = /^[ -~␣⏎∅…]*$/;

/** Of these the token face has every sign, so that the text is as wide as was reckoned; others may have to be clipped. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

export interface Shown {
  text: string;
  places: number;
}

/** A run has few different texts and every scrub asks for all of them again. */
const known = new Map<string, Shown>();

/** A token's text as a box of so many places shows it: nothing at all has a sign too. */
export function shown(text: string, most: number): Shown {
  const key = `${most} ${text}`;
  let found = known.get(key);
  if (!found) {
    const fitting = fit(visibleText(text) || '∅', most);
    found = { text: fitting, places: places(fitting) };
    if (known.size > 20_000) known.clear();
    known.set(key, found);
  }
  return found;
}

/** The text cut to so many places, with an ellipsis where something is left off. */
export function fit(text: string, most: number): string {
  if (places(text) <= most) return text;
  let n = 1;
  let cut = '';
  for (const sign of text) {
    n += places(sign);
    if (n > most) break;
    cut += sign;
  }
  return `${cut}…`;
}

/** Two digits after the point are finer than any screen, and keep pictures small. */
export function round(x: number): number {
  return Math.round(x * 100) / 100;
}
