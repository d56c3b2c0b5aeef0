// The decoder, and the options of those beside TEMPO.

import type { SettingTexts } from './kinds';

export const BESIDE = {
  decoder: {
    group: 'beside',
    label: 'Decoder',
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
    control: { kind: 'count' },
  },
  min_p: {
    group: 'beside',
    label: 'Min p',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
  },
  beams: {
    group: 'beside',
    label: 'Beams',
    control: { kind: 'count' },
  },
  length_penalty: {
    group: 'beside',
    label: 'Length penalty',
    control: { kind: 'number', min: -2, max: 2, step: 0.1, scale: 'linear' },
  },
  simulations: {
    group: 'beside',
    label: 'Simulations',
    control: { kind: 'count' },
  },
  exploration: {
    group: 'beside',
    label: 'Exploration',
    control: { kind: 'number', min: 0, max: 10, step: 0.1, scale: 'linear' },
  },
  branching: {
    group: 'beside',
    label: 'Branching',
    control: { kind: 'count' },
  },
  depth: {
    group: 'beside',
    label: 'Depth',
    control: { kind: 'count', zero: 'not at all' },
  },
} satisfies Partial<Record<string, SettingTexts>>;
