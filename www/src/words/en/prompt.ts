// Under the prompt: the key that runs it, and its length in tokens.

import { plural } from '../../format';

export const PROMPT_NOTE = {
  keys: (apple: boolean): string => `${apple ? '⌘' : 'Ctrl'}+Enter generates.`,
} as const;

/** Characters that a token of English prose has on average. */
const CHARACTERS_A_TOKEN = 4;

/** Without a model nobody knows how it would cut the text. */
export function estimated(prompt: string): string {
  const tokens = Math.ceil([...prompt].length / CHARACTERS_A_TOKEN);
  return `About ${plural(tokens, 'token')} (words or pieces of words), exact once a model is loaded.`;
}
