// The words of the meter: how far TEMPO's distribution is from the exact one.

import { NBSP, number } from '../../format';

/** What is less than rounding makes is nothing. */
const figure = (x: number): string => (x < 1e-6 ? '0' : number(x, 2));

export const words = {
  title: 'Distance from exact',
  term: 'KL, nats',
  help:
    'Every way through the sets is read alone, as ordinary text, and the probabilities of the next token are averaged over ' +
    'all of them by how probable each is: that is exact. A bar says how far TEMPO is from it after a step, as the KL ' +
    'divergence in nats. A dashed bar is an estimate from paths that were drawn; a cross says that the most probable token ' +
    'is another one. A step without a bar had more paths than the run was to measure.',
  /** What the number is worth, by the study. */
  meaning:
    '0 is exact: as if the model had read every path by itself. By our study KL is 0.03 on average with two or more open ' +
    'sets when members weigh by kin, and 0.31 when each counts fully; with five open sets it is 0.10.',
  atPrompt: 'Before the first step there is nothing to measure.',
  unmeasured: (step: number): string => `Step ${step} was not measured.`,
  distance: (step: number, kl: number, variation: number, top1: boolean): string =>
    `Step ${step}: KL ${figure(kl)}${NBSP}nats, total variation ${figure(variation)}, ` +
    `${top1 ? 'the same' : 'another'} most probable token.`,
  exact: (paths: string): string => (paths === '1' ? 'There is one path.' : `All ${paths} paths were read.`),
  estimated: (sampled: number, paths: string, ess: string): string =>
    `An estimate from ${sampled} of ${paths} paths, worth as much as ${ess} that are drawn from the exact ones (ess). ` +
    'The fewer these are, the more it is too large.',
  caption: 'Distance from the exact distribution after every step',
  columns: {
    step: 'step',
    paths: 'paths',
    kl: 'KL, nats',
    variation: 'total variation',
    top1: 'same best token',
    sampled: 'paths drawn',
    ess: 'ess',
  },
  yes: 'yes',
  no: 'no',
  picture: (moment: string): string => `Distance from the exact distribution (KL, nats) of ${moment}`,
} as const;
