// Options of removal: who is judged, by what, and what a verdict does.

import type { SettingTexts } from './kinds';

const OFF = 'Removal is off.';
const RELATIVE = 'Only the absolute rule uses it.';

export const REMOVAL = {
  removal_score: {
    group: 'removal',
    label: 'Judged by',
    what: 'The number that a member on trial is judged by. Posterior and gamma ask what the words after it say of it.',
    example: 'Posterior: given that " barked" came next, " dog" has 98 percent and " cat" 2.',
    warning:
      'Attention is no evidence: within a set it finds the right member hardly better than a coin. Where 0.5 is chance ' +
      'and 1 is always right (AUC) it has 0.50 to 0.57, the posterior 0.94 (SmolLM2-135M and Gemma 3 270M).',
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
    what: 'Where the line is drawn.',
    example: 'Relative 0.5: half of the mean score of the set.',
    warning: 'An absolute limit that suits sets of two removes everything in sets of eight.',
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
    what: 'A member stays if its score is at least this share of the mean score of its set.',
    example: '0.5 removes those with less than half of the mean.',
    warning: 'Above 1 at least one member of nearly every set goes.',
    control: { kind: 'number', min: 0, max: 2, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: 'Only the relative rule uses it.' },
  },
  removal_limit: {
    group: 'removal',
    label: 'Limit',
    what: 'A member stays if its score is at least this.',
    example: '0.01 with plain attention: one percent of what all tokens received.',
    warning: 'Its sense depends on the score: 0.01 is much for plain attention and nothing for a share.',
    control: { kind: 'number', min: 0.0001, max: 1, step: 0.0001, scale: 'log' },
    idle: { removal: OFF, removal_rule: RELATIVE },
  },
  removal_keep: {
    group: 'removal',
    label: 'If nobody passes',
    what: 'What happens when every member of a set falls below the line.',
    example: 'Keep the best: the member with the highest score stays.',
    warning: 'Removing the position leaves a hole in the text.',
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
    what: 'How many later steps a set gets before it is judged.',
    example: '1 judges at the very next step; 3 waits.',
    warning: 'The longer you wait, the more tokens have already been computed under its influence.',
    control: { kind: 'count' },
    idle: { removal: OFF, removal_score: 'The posterior is judged once and does not use it.' },
  },
  window: {
    group: 'removal',
    label: 'Steps that count',
    what: 'Only this many of the latest steps count as evidence.',
    example: '4 judges by recent attention alone.',
    warning: 'A short window removes members that were needed only early on.',
    control: { kind: 'count', zero: 'all' },
    idle: { removal: OFF, removal_score: 'Only the scores by attention use it.' },
  },
  removal_layers: {
    group: 'removal',
    label: 'Layers measured',
    what: 'A model is a stack of layers, and all of them look back. Attention is measured in this many of the last ones.',
    example: '2 listens to the last two layers only.',
    warning: 'Early layers look mostly at neighbours; late ones are sparse. The choice changes verdicts.',
    control: { kind: 'count', zero: 'all' },
  },
  layer_weights: {
    group: 'removal',
    label: 'Weight of the layers',
    what: 'How the measured layers count in the mean.',
    example: 'Rising: the last layer counts twice as much as the first.',
    warning: 'The difference is small unless the layers disagree.',
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
    what: 'How sharply a member fades as its score falls below the line.',
    example: '10 is gentle; 50 is nearly a switch.',
    warning: '0 weakens every member on trial by the same amount.',
    control: { kind: 'number', min: 0, max: 60, step: 0.5, scale: 'linear' },
    idle: { removal: 'Only fading uses it.' },
  },
  removal_schedule: {
    group: 'limit',
    label: 'Schedule of the limit',
    what: 'How the limit of the absolute rule moves from the first step to the last.',
    example: 'Linear from 0 to 0.02: mercy at first, strict at the end.',
    warning: 'It moves the absolute limit only, never the relative one.',
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
    what: 'Where a moving limit ends.',
    example: '0.05 with the share score.',
    warning: 'The default of 1 removes nearly everything at the end; set it when you use a schedule.',
    control: { kind: 'number', min: 0.0001, max: 1, step: 0.0001, scale: 'log' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'The limit stays constant.' },
  },
  removal_p1: {
    group: 'limit',
    label: 'First handle',
    what: 'Height of the limit’s first handle, at one third of the run.',
    example: 'A low one is lenient at first.',
    warning: 'Its unit depends on the schedule: a limit, or a share of the way.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the two Bezier schedules use it.' },
  },
  removal_p2: {
    group: 'limit',
    label: 'Second handle',
    what: 'Height of the limit’s second handle, at two thirds of the run.',
    example: 'A high one is strict early.',
    warning: 'Its unit depends on the schedule: a limit, or a share of the way.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the two Bezier schedules use it.' },
  },
  removal_at: {
    group: 'limit',
    label: 'Knee',
    what: 'The share of the run after which the limit begins to move.',
    example: '0.5 leaves the first half alone.',
    warning: 'At 1 it never moves.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: { removal: OFF, removal_rule: RELATIVE, removal_schedule: 'Only the knee schedule uses it.' },
  },
} as const satisfies Record<string, SettingTexts>;
