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
    what: 'Whether members count fully for later tokens or according to their probability.',
    example: 'By probability, a token at 5 percent is heard ten times less than one at 50.',
    warning: '“Full” is TEMPO as it was described: a set of three is heard three times.',
    control: {
      kind: 'choice',
      choices: [
        { value: 'none', label: 'Full', what: 'each member counts fully' },
        { value: 'probability', label: 'By probability', what: 'each counts by its share of the set' },
      ],
    },
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
    what: 'Most rows of the cache in use at once. The run ends when a set does not fit.',
    example: 'Empty takes what the model can: 512 for the story model.',
    warning: 'More rows need more memory on the device before the first step.',
    control: { kind: 'count', empty: 'what the model allows' },
  },
  budget: {
    group: 'memory',
    label: 'Row budget',
    what: 'Holds at most this many rows by evicting those that received least attention so far (H2O).',
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
