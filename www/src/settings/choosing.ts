// Options that decide which tokens join a set, and how the threshold moves.

import type { SettingTexts } from './kinds';

export const CHOOSING = {
  max_set: {
    group: 'choosing',
    label: 'Most members of a set',
    control: { kind: 'count', zero: 'no limit' },
  },
  temperature: {
    group: 'choosing',
    label: 'Temperature',
    control: { kind: 'number', min: 0.1, max: 3, step: 0.05, scale: 'linear' },
  },
  top_k: {
    group: 'choosing',
    label: 'Top k',
    control: { kind: 'count', zero: 'off' },
  },
  top_p: {
    group: 'choosing',
    label: 'Top p',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
  },
  repetition_penalty: {
    group: 'choosing',
    label: 'Repetition penalty',
    control: { kind: 'number', min: 0.5, max: 2, step: 0.01, scale: 'linear' },
  },
  combine: {
    group: 'choosing',
    label: 'How members speak together',
    control: {
      kind: 'choice',
      choices: [
        { value: 'mixture', label: 'Mixture', what: 'weighted mean of the members’ probabilities' },
        { value: 'logit-mean', label: 'Logit mean', what: 'weighted mean of the model’s raw scores (logits)' },
        { value: 'first', label: 'First', what: 'the most probable member speaks alone' },
        { value: 'last', label: 'Last', what: 'the last member speaks alone' },
        {
          value: 'max',
          label: 'Maximum',
          what: 'the largest probability any member gives, scaled so that all add up to 1',
        },
      ],
    },
  },
  candidates: {
    group: 'choosing',
    label: 'Candidates reported',
    control: { kind: 'count' },
  },
  schedule: {
    group: 'schedule',
    label: 'Schedule',
    control: {
      kind: 'choice',
      choices: [
        { value: 'constant', label: 'Constant', what: 'stays where it is' },
        { value: 'linear', label: 'Linear', what: 'a straight line to the final threshold' },
        { value: 'relu', label: 'Knee', what: 'flat until the knee, then a straight line' },
        { value: 'bezier-values', label: 'Bezier, values', what: 'a curve whose two handles are thresholds' },
        { value: 'bezier-shape', label: 'Bezier, shape', what: 'a curve whose two handles shape the way' },
        { value: 'entropy', label: 'Entropy', what: 'higher when the model is unsure' },
        { value: 'min-p', label: 'Share of the best', what: 'relative to the most probable token (min-p)' },
      ],
    },
  },
  final_threshold: {
    group: 'schedule',
    label: 'Final threshold',
    control: { kind: 'number', min: 0.001, max: 1, step: 0.001, scale: 'log' },
    idle: { schedule: 'The schedule {value} does not use it.' },
  },
  bezier_p1: {
    group: 'schedule',
    label: 'First handle',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { schedule: 'Only the two Bezier schedules use it.' },
  },
  bezier_p2: {
    group: 'schedule',
    label: 'Second handle',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { schedule: 'Only the two Bezier schedules use it.' },
  },
  relu_at: {
    group: 'schedule',
    label: 'Knee',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { schedule: 'Only the knee schedule uses it.' },
  },
} as const satisfies Record<string, SettingTexts>;
