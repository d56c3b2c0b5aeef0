// Options about the inside of a set, the length of a run, and memory.

import type { SettingTexts } from './kinds';

export const SET = {
  positions: {
    group: 'set',
    label: 'Positions',
    what: 'Whether a set shares one position or each member takes the next free one.',
    example: 'Shared: three tokens at position 12. Consecutive: 12, 13 and 14.',
    warning: 'Consecutive is the control experiment: the model then reads a list, not alternatives.',
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
    what: 'Shifts all generated positions away from the prompt.',
    example: '5 leaves five empty positions after the prompt.',
    warning: 'Large gaps take the model beyond what it has seen in training.',
    control: { kind: 'count' },
  },
  weighting: {
    group: 'set',
    label: 'Weight in later attention',
    what: 'How much each member of an earlier set counts when a later token looks back.',
    example:
      'By kin, " barked" hears " dog" and hardly " cat": each token hears the members it came through. Its ' +
      'probabilities come near the exact average over all readings: 0.05 away instead of 0.24 (KL, SmolLM2-135M).',
    warning: '“Full” is TEMPO as its author describes it: a set of three is heard about three times.',
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
    what: 'Which path through the lattice the run gives as its text at the end.',
    example: 'Viterbi: the path whose words follow each other best, by what the model computed anyway.',
    warning: 'It changes nothing that is generated. The reading line can show either at any time.',
    control: {
      kind: 'choice',
      choices: [
        { value: 'viterbi', label: 'Best fit (Viterbi)', what: 'the path whose words fit together best' },
        { value: 'probable', label: 'Top of each set', what: 'the most probable member of every set, each on its own' },
        { value: 'scored', label: 'Best as text', what: 'the path that is most probable as ordinary text' },
      ],
    },
  },
  readings: {
    group: 'length',
    label: 'Drawn readings',
    what: 'How many paths are drawn by chance at the end and kept in the trace.',
    example: '8 shows how far readings differ.',
    warning: 'The model computes nothing more for them, and they change nothing that is generated.',
    control: { kind: 'count', zero: 'none' },
  },
  seed: {
    group: 'length',
    label: 'Seed',
    what: 'Where the random numbers of drawn readings start.',
    example: 'The same seed draws the same readings on every device. “Another reading” counts on from it.',
    warning: 'The sets themselves are not drawn: a seed does not change them.',
    control: { kind: 'count' },
    idle: { readings: 'The run draws no readings at its end; “Another reading” begins with it.' },
  },
  reading_beams: {
    group: 'measure',
    label: 'Paths of the scored reading',
    what: 'How many ways through the lattice the model itself reads as text while it runs. The best one is the scored reading.',
    example: '4 finds a better text than “Best fit” most of the time.',
    warning: 'Each of them adds a row to every step. They change nothing that is generated.',
    control: { kind: 'count', zero: 'none' },
  },
  exact_limit: {
    group: 'measure',
    label: 'Measure up to',
    what: 'Where there are at most so many ways through the sets, each step measures how far TEMPO is from reading all of them. A strip under the lattice shows it.',
    example: '128 measures up to about five open sets.',
    warning:
      'Each new path costs the model a row, as much as a token: at 128 a step may take a hundred times as long. It changes nothing that is generated.',
    control: { kind: 'count', zero: 'off' },
  },
  meter_samples: {
    group: 'measure',
    label: 'Estimate with',
    what: 'Where there are more paths, so many are drawn by chance and the distance is estimated from them.',
    example: '32 gives a rough number at every step, and each step costs up to 32 rows more for every set.',
    warning:
      'An estimate from few paths may be far off: the strip says what they are worth (ess). It changes nothing that is generated.',
    control: { kind: 'count', zero: 'off' },
  },
  max_steps: {
    group: 'length',
    label: 'Most steps',
    what: 'The run ends after this many steps. Each step makes one set.',
    example: '40 gives a short paragraph.',
    warning: 'Every step gets slower as the sequence grows; a schedule is stretched over this number.',
    control: { kind: 'count' },
  },
  min_steps: {
    group: 'length',
    label: 'Least steps',
    what: 'The end of the text cannot be chosen before this step.',
    example: '20 keeps a story from ending after one sentence.',
    warning: 'A model that wants to stop and may not starts a new, unrelated text.',
    control: { kind: 'count' },
  },
  eos: {
    group: 'length',
    label: 'When the text ends',
    what: 'What happens when the end of the text is one of several members.',
    example: 'Top: stops when the end is the most probable member.',
    warning: 'With “all”, readings that have ended are dropped while the others go on.',
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
    what: 'Of every token the model keeps a row of numbers to look back at: its cache. The run ends when it has no room for a set.',
    example: 'Empty takes what the model can: 512 for the story model.',
    warning: 'More rows need more memory on the device before the first step.',
    control: { kind: 'count', empty: 'what the model allows' },
  },
  budget: {
    group: 'memory',
    label: 'Row budget',
    what: 'Holds at most this many rows of the cache: those that were looked at least so far go first (H2O).',
    example: '48 keeps the 48 most attended rows, the newest ones always.',
    warning: 'It may take prompt tokens and whole sets, and it is independent of the removal rules.',
    control: { kind: 'count', zero: 'off' },
  },
  budget_recent: {
    group: 'memory',
    label: 'Protected recent rows',
    what: 'The newest rows that the budget never takes.',
    example: '8 keeps the last few words safe.',
    warning: 'As large as the budget, it makes older rows all go.',
    control: { kind: 'count' },
    idle: { budget: 'There is no row budget.' },
  },
} as const satisfies Record<string, SettingTexts>;
