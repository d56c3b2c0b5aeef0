// The three options in front. They stand apart from the others so that the first picture need not wait for all words.

import type { Setting, SettingTexts } from './kinds';

export const FRONT = {
  selection_threshold: {
    group: 'choosing',
    label: 'Selection threshold',
    what: 'The least probability with which a token (a word or a piece of one) is kept. All that reach it form a set, at one place of the text.',
    example: 'At 10 percent, " cat" 41, " dog" 31 and " child" 12 stay together; " bird" at 6 is left out.',
    warning: 'Below 2 percent sets fill up with unlikely tokens, and the text soon stops making sense.',
    control: { kind: 'number', min: 0.001, max: 1, step: 0.001, scale: 'log' },
  },
  visibility: {
    group: 'set',
    label: 'Visibility',
    what: 'Whether the members of one set see each other while they are computed. Later tokens see all of them.',
    example: 'Isolated: " dog" is computed as if " cat" had never been there.',
    warning: 'With “visible” the members blend, and no reading is exactly what the model would say alone.',
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
    what: 'What happens to a member of a set that the words after it do not fit. “Judged by”, behind More, says how that is found out.',
    example: 'Mask: now that " barked" follows, " cat" has only 2 percent left; later tokens no longer see it.',
    warning: 'Mask and evict keep the influence that the member already had. Only rebuild computes it away.',
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
