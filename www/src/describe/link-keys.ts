// What a link may say, for teachers and others who write links by hand. A test holds it against what links are read by.

import { PANELS } from '../app/panels';
import { LINK_TEXTS, hides } from '../words/en/teachers';

export interface LinkKeyWords {
  /** The name before the "=". */
  key: string;
  example: string;
  what: string;
}

/** Parts of the page that `hide=` takes away. */
export const HIDEABLE: readonly string[] = ['presets', 'more', ...PANELS.map(({ id }) => id)];

const EXAMPLES: readonly (readonly [key: keyof typeof LINK_TEXTS | 'hide', example: string])[] = [
  ['trace', 'wide.jsonl'],
  ['run', 'XZJdb9s'],
  ['time', '4'],
  ['selected', '9'],
  ['word', '+dog'],
  ['path', '9,14'],
  ['tour', '2'],
  ['hide', 'presets,more'],
  ['look', 'projector'],
  ['panels', 'matrix'],
  ['prompt', 'The+king'],
  ['preset', 'greedy'],
  ['max_steps', '12'],
  ['model', 'owner/name'],
  ['weights', 'q8'],
  ['hash', '0123456789abcdef'],
  ['device', 'cpu'],
  ['kernels', 'tensor'],
];

export const LINK_WORDS: readonly LinkKeyWords[] = EXAMPLES.map(([key, example]) => ({
  key,
  example: `${key}=${example}`,
  what: key === 'hide' ? hides(HIDEABLE) : LINK_TEXTS[key],
}));
