// The three options in front. They stand apart from the others so that the first picture need not wait for all words.

import type { Setting, SettingTexts } from './kinds';

export const FRONT = {
  selection_threshold: {
    group: 'choosing',
    label: 'Selection threshold',
    control: { kind: 'number', min: 0.001, max: 1, step: 0.001, scale: 'log' },
  },
  visibility: {
    group: 'set',
    label: 'Visibility',
    control: {
      kind: 'choice',
      choices: [
        { value: 'isolated', label: 'Isolated', what: 'nobody sees a sibling' },
        { value: 'visible', label: 'Visible', what: 'siblings see each other, both ways' },
        { value: 'ordered', label: 'Ordered', what: 'each sees those before it; a control, the order now matters' },
      ],
    },
  },
  removal: {
    group: 'removal',
    label: 'Removal',
    control: {
      kind: 'choice',
      choices: [
        { value: 'off', label: 'Off', what: 'nobody is judged' },
        { value: 'report', label: 'Report', what: 'verdicts are shown, nothing changes' },
        { value: 'mask', label: 'Mask', what: 'later tokens cannot see it' },
        { value: 'evict', label: 'Evict', what: 'masked, and its memory is freed' },
        { value: 'rebuild', label: 'Rebuild', what: 'masked, and every token that saw it is computed anew' },
        { value: 'fade', label: 'Fade', what: 'stays, but is looked at less as its score falls' },
      ],
    },
  },
} as const satisfies Record<string, SettingTexts>;

export type FrontKey = keyof typeof FRONT;

/** In the order in which they are read: which tokens, who sees whom, who goes. */
export const IN_FRONT: readonly Setting[] = (Object.keys(FRONT) as FrontKey[]).map((key) => ({ key, ...FRONT[key] }));
