// Under the prompt: the key that runs it, and its length in tokens.

import { count, plural } from '../../format';

export const PROMPT_NOTE = {
  keys: (apple: boolean): string => `${apple ? '⌘' : 'Ctrl'}+Enter generates.`,
  chat: 'Enter sends, Shift+Enter begins a new line.',
} as const;

/** Characters that a token of English prose has on average. */
const CHARACTERS_A_TOKEN = 4;

/** Without a model nobody knows how it would cut the text. */
export function estimated(prompt: string): string {
  const tokens = Math.ceil([...prompt].length / CHARACTERS_A_TOKEN);
  return `About ${plural(tokens, 'token')} (words or parts of words).`;
}

/** Whether at least one token can follow. */
export function fits(tokens: number, most: number): boolean {
  return tokens < most;
}

export function lengthWords(tokens: number, most: number): string {
  if (fits(tokens, most))
    return `${plural(tokens, 'token')}; prompt and continuation together may have ${count(most)}.`;
  return `Too long: ${plural(tokens, 'token')}, and the model takes ${count(most)} with the continuation. Shorten the prompt.`;
}
