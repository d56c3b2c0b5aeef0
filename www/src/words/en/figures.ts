// How fast it is, in words.

import { duration, number } from '../../format';

const NONE = '–';
const time = (ms: number | null): string => (ms === null ? NONE : duration(ms / 1000));

export const words = {
  step: 'A step',
  stepTime: time,
  tokens: 'Tokens a second',
  /** A reading takes one token of every step; the others are computed with it. */
  rates: (ofText: number | null, ofAll: number | null) =>
    ofText === null || ofAll === null ? NONE : `${number(ofText)} of text, ${number(ofAll)} with alternatives`,
  developers: 'Figures for developers',
  sinceOpening: 'First live step after the page was opened',
  sincePress: 'First live step after the press',
};
