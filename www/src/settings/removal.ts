// Options of removal: who is judged, by what, and what a verdict does.

import type { SettingTexts } from './kinds';

const OFF = 'Removal is off.';
const RELATIVE = 'Only the absolute rule uses it.';

export const REMOVAL = {
  removal_score: {
    group: 'removal',
    label: 'Judged by',
    control: {
      kind: 'choice',
      choices: [
        { value: 'posterior', label: 'Posterior', what: 'its probability, knowing the set chosen after it' },
        {
          value: 'gamma',
          label: 'Gamma',
          what: 'its probability, knowing all sets chosen after it; judged again each step',
        },
        { value: 'share', label: 'Share of attention', what: 'its share of the attention that its set received' },
        { value: 'attention', label: 'Attention', what: 'the mean attention itself' },
        { value: 'share-ratio', label: 'Share over probability', what: 'that share over its share of probability' },
      ],
    },
    idle: { removal: OFF },
  },
  removal_rule: {
    group: 'removal',
    label: 'Compared with',
    control: {
      kind: 'choice',
      choices: [
        { value: 'relative', label: 'The set’s mean', what: 'a share of the mean score of its set' },
        { value: 'absolute', label: 'A fixed limit', what: 'the limit below, which may follow a schedule' },
      ],
    },
    idle: { removal: OFF },
  },
  relative: {
    group: 'removal',
    label: 'Share of the mean',
    control: { kind: 'number', min: 0, max: 2, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: 'Only the relative rule uses it.' },
  },
  removal_limit: {
    group: 'removal',
    label: 'Limit',
    control: { kind: 'number', min: 0.0001, max: 1, step: 0.0001, scale: 'log' },
    idle: { removal: OFF, removal_rule: RELATIVE },
  },
  removal_keep: {
    group: 'removal',
    label: 'If nobody passes',
    control: {
      kind: 'choice',
      choices: [
        { value: 'keep-token', label: 'Keep the best', what: 'the best one stays' },
        { value: 'keep-unattended', label: 'Keep and mark', what: 'the best one stays and is marked' },
        { value: 'remove-position', label: 'Remove all', what: 'the whole set goes, its position stays empty' },
      ],
    },
    idle: { removal: OFF },
  },
  min_evidence: {
    group: 'removal',
    label: 'Steps before judging',
    control: { kind: 'count' },
    idle: { removal: OFF, removal_score: 'The posterior is judged once and does not use it.' },
  },
  window: {
    group: 'removal',
    label: 'Steps that count',
    control: { kind: 'count', zero: 'all' },
    idle: { removal: OFF, removal_score: 'Only the scores by attention use it.' },
  },
  removal_layers: {
    group: 'removal',
    label: 'Layers measured',
    control: { kind: 'count', zero: 'all' },
  },
  layer_weights: {
    group: 'removal',
    label: 'Weight of the layers',
    control: {
      kind: 'choice',
      choices: [
        { value: 'uniform', label: 'Even', what: 'all the same' },
        { value: 'linear', label: 'Rising', what: 'from 0.5 at the first to 1 at the last' },
      ],
    },
  },
  fade_steepness: {
    group: 'removal',
    label: 'Steepness of fading',
    control: { kind: 'number', min: 0, max: 60, step: 0.5, scale: 'linear' },
    idle: { removal: 'Only fading uses it.' },
  },
  removal_schedule: {
    group: 'limit',
    label: 'Schedule of the limit',
    control: {
      kind: 'choice',
      choices: [
        { value: 'constant', label: 'Constant', what: 'stays where it is' },
        { value: 'linear', label: 'Linear', what: 'a straight line to the final limit' },
        { value: 'relu', label: 'Knee', what: 'flat until the knee, then a straight line' },
        { value: 'bezier-values', label: 'Bezier, values', what: 'a curve whose two handles are limits' },
        { value: 'bezier-shape', label: 'Bezier, shape', what: 'a curve whose two handles shape the way' },
      ],
    },
    idle: { removal: OFF, removal_rule: RELATIVE },
  },
  removal_final: {
    group: 'limit',
    label: 'Final limit',
    control: { kind: 'number', min: 0.0001, max: 1, step: 0.0001, scale: 'log' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'The limit stays constant.' },
  },
  removal_p1: {
    group: 'limit',
    label: 'First handle',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the two Bezier schedules use it.' },
  },
  removal_p2: {
    group: 'limit',
    label: 'Second handle',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the two Bezier schedules use it.' },
  },
  removal_at: {
    group: 'limit',
    label: 'Knee',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the knee schedule uses it.' },
  },
} as const satisfies Record<string, SettingTexts>;
