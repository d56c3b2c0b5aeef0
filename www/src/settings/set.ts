// Options about the inside of a set, the length of a run, and memory.

import type { SettingTexts } from './kinds';

export const SET = {
  positions: {
    group: 'set',
    label: 'Positions',
    control: {
      kind: 'choice',
      choices: [
        { value: 'shared', label: 'Shared', what: 'one position for the whole set' },
        { value: 'consecutive', label: 'Consecutive', what: 'a position for each member; a control' },
      ],
    },
  },
  position_gap: {
    group: 'set',
    label: 'Position gap',
    control: { kind: 'count' },
  },
  weighting: {
    group: 'set',
    label: 'Weight in later attention',
    control: {
      kind: 'choice',
      choices: [
        { value: 'kin', label: 'By kin', what: 'each counts by how much of the token’s own past goes through it' },
        { value: 'gamma', label: 'By gamma', what: 'each counts by what all that followed says of it' },
        { value: 'probability', label: 'By probability', what: 'each counts by its share of the set' },
        { value: 'none', label: 'Full', what: 'each member counts fully' },
      ],
    },
  },
  reading: {
    group: 'length',
    label: 'Text of the run',
    control: {
      kind: 'choice',
      choices: [
        { value: 'viterbi', label: 'Best fit (Viterbi)', what: 'the path whose words fit together best' },
        {
          value: 'probable',
          label: 'Likeliest at each place',
          what: 'the most probable member of every set, each on its own',
        },
        { value: 'scored', label: 'Best as text', what: 'the path that is most probable as ordinary text' },
      ],
    },
  },
  readings: {
    group: 'length',
    label: 'Drawn readings',
    control: { kind: 'count', zero: 'none' },
  },
  seed: {
    group: 'length',
    label: 'Seed',
    control: { kind: 'count' },
    idle: { readings: 'The run draws no readings at its end; “Another reading” begins with it.' },
  },
  reading_beams: {
    group: 'measure',
    label: 'Paths of the scored reading',
    control: { kind: 'count', zero: 'none' },
  },
  exact_limit: {
    group: 'measure',
    label: 'Measure up to',
    control: { kind: 'count', zero: 'off' },
  },
  meter_samples: {
    group: 'measure',
    label: 'Estimate with',
    control: { kind: 'count', zero: 'off' },
  },
  meter_proposal: {
    group: 'measure',
    label: 'Drawn',
    control: {
      kind: 'choice',
      choices: [
        { value: 'weights', label: 'One by one', what: 'far off beyond two open sets' },
        { value: 'chain', label: 'By the chain', what: 'words that go together' },
      ],
    },
    idle: { meter_samples: 'No paths are drawn.' },
  },
  max_steps: {
    group: 'length',
    label: 'Most steps',
    control: { kind: 'count' },
  },
  min_steps: {
    group: 'length',
    label: 'Least steps',
    control: { kind: 'count' },
  },
  eos: {
    group: 'length',
    label: 'When the text ends',
    control: {
      kind: 'choice',
      choices: [
        { value: 'top', label: 'Top', what: 'stops when the end is the most probable member' },
        { value: 'any', label: 'Any', what: 'stops when any member is the end' },
        { value: 'all', label: 'All', what: 'stops when every member is the end' },
        { value: 'mass', label: 'Majority', what: 'stops when the end holds more than half of the set’s probability' },
      ],
    },
  },
  capacity: {
    group: 'memory',
    label: 'Cache rows',
    control: { kind: 'count', empty: 'what the model allows' },
  },
  budget: {
    group: 'memory',
    label: 'Row budget',
    control: { kind: 'count', zero: 'off' },
  },
  budget_recent: {
    group: 'memory',
    label: 'Protected recent rows',
    control: { kind: 'count' },
    idle: { budget: 'There is no row budget.' },
  },
} as const satisfies Record<string, SettingTexts>;
