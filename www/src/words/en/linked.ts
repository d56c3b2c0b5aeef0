// The run that a link is of, in words; describe/linked.ts decides what is said.

import { plural } from '../../format';

export const words = {
  /** "Greedy, 24 steps at most" */
  settings: (what: string, steps: number) => `${what}, ${plural(steps, 'step')} at most`,
  option: (label: string, value: string) => `${label} ${value}`.toLowerCase(),
  from: (step: number, settings: string) => `from step ${step}: ${settings}`,
  prompt: 'Prompt',
  model: 'Model',
  modelOf: (model: string | null, weights: string | null, hash: string | null) =>
    (model ?? 'the story model of this page') +
    (weights === null ? '' : `, weights kept as ${weights}`) +
    (hash === null ? '' : `, file ${hash.slice(0, 8)}…`),
  settingsTitle: 'Settings',
  opensAt: 'Opens at',
  promptAlone: 'the prompt alone',
  step: (step: number) => `step ${step}`,
  pin: 'a pinned token',

  endedBefore: (step: number | null) =>
    `The run on the screen ended before step ${step}, so nothing is sought or pinned.`,
  otherwise: {
    model: 'The run on the screen has another model. So nothing is sought or pinned.',
    file: 'The run on the screen has another file of the model: it has changed since the link was made. So nothing is sought or pinned.',
    weights: 'The run on the screen has weights that are kept in another format. So nothing is sought or pinned.',
  },
};
