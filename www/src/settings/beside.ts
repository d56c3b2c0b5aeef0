// The decoder, and the options of those beside TEMPO.

import type { SettingTexts } from './kinds';

export const BESIDE = {
  decoder: {
    group: 'beside',
    label: 'Decoder',
    what: 'How tokens are chosen: by TEMPO, or in one of the usual ways, with the same model.',
    example: 'Beam shows what a search of as much work finds.',
    warning: 'Sets, kin, attention and removal are TEMPO’s own; the others have texts side by side, or a tree.',
    control: {
      kind: 'choice',
      choices: [
        { value: 'tempo', label: 'Tempo', what: 'every token above a threshold' },
        { value: 'greedy', label: 'Greedy', what: 'the most probable token' },
        { value: 'sample', label: 'Sample', what: 'texts drawn at random' },
        { value: 'beam', label: 'Beam', what: 'the most probable texts' },
        { value: 'mcts', label: 'Tree search', what: 'tries what may follow before each token' },
      ],
    },
  },
  samples: {
    group: 'beside',
    label: 'Samples',
    what: 'How many texts are drawn.',
    example: '4 draws four texts.',
    warning: 'Each computes a row of its own in every step.',
    control: { kind: 'count' },
  },
  min_p: {
    group: 'beside',
    label: 'Min p',
    what: 'Tokens below this share of the best one are never drawn.',
    example: 'At 0.1 a token needs a tenth of the best one’s probability.',
    warning: '0 means off.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
  },
  beams: {
    group: 'beside',
    label: 'Beams',
    what: 'How many texts are followed at once.',
    example: '1 is greedy decoding.',
    warning: 'Each computes a row of its own in every step. They are often the same text but for its end.',
    control: { kind: 'count' },
  },
  length_penalty: {
    group: 'beside',
    label: 'Length penalty',
    what: 'How much longer texts gain when beams are compared.',
    example: '1 compares the mean of a token.',
    warning: 'At 0 short texts win.',
    control: { kind: 'number', min: -2, max: 2, step: 0.1, scale: 'linear' },
  },
  simulations: {
    group: 'beside',
    label: 'Simulations',
    what: 'How many continuations are tried before each token.',
    example: '64 takes the story model a few seconds a token in a tab.',
    warning: 'Each takes a pass for every token that it tries.',
    control: { kind: 'count' },
  },
  exploration: {
    group: 'beside',
    label: 'Exploration',
    what: 'How much tokens that were tried less are preferred.',
    example: 'At 0 only values count.',
    warning: 'Large values try all alike, whatever they are worth.',
    control: { kind: 'number', min: 0, max: 10, step: 0.1, scale: 'linear' },
  },
  branching: {
    group: 'beside',
    label: 'Branching',
    what: 'How many tokens may follow a node of the tree.',
    example: 'With 5 the five most probable tokens are tried.',
    warning: '1 leaves no choice.',
    control: { kind: 'count' },
  },
  depth: {
    group: 'beside',
    label: 'Depth',
    what: 'How far a simulation goes on beyond the tree.',
    example: '8 looks eight tokens ahead.',
    warning: 'Each token takes a pass.',
    control: { kind: 'count', zero: 'not at all' },
  },
} satisfies Partial<Record<string, SettingTexts>>;
