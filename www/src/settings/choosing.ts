// Options that decide which tokens join a set, and how the threshold moves.

import type { GenerationOptions, ScheduleKind } from '../contract';
import type { SettingTexts } from './kinds';

const MOVING: readonly ScheduleKind[] = ['linear', 'relu', 'bezier-values', 'bezier-shape'];

function unlessMoving(options: GenerationOptions): string | null {
  return MOVING.includes(options.schedule) ? null : `The ${options.schedule} schedule does not use it.`;
}

function unlessBezier(options: GenerationOptions): string | null {
  return options.schedule.startsWith('bezier') ? null : 'Only the two Bezier schedules use it.';
}

export const CHOOSING = {
  max_set: {
    group: 'choosing',
    label: 'Most members of a set',
    what: 'Keeps only the most probable ones when more tokens reach the threshold.',
    example: '1 gives plain greedy decoding; 8 is plenty for a story.',
    warning: 'Without a limit a flat distribution can put hundreds of tokens at one position and fill the cache.',
    control: { kind: 'count', min: 0, max: 64, zero: 'no limit' },
  },
  temperature: {
    group: 'choosing',
    label: 'Temperature',
    what: 'Divides the logits before the softmax: below 1 sharpens the distribution, above 1 flattens it.',
    example: 'At 0.7 most sets shrink to one token; at 1.5 they grow.',
    warning: 'It changes what the threshold means: the same 10 percent keeps more tokens at a higher temperature.',
    control: { kind: 'number', min: 0.1, max: 3, step: 0.05, scale: 'linear', below: 0.001, above: Infinity },
  },
  top_k: {
    group: 'choosing',
    label: 'Top k',
    what: 'Only the k most probable tokens may join, whatever the threshold says.',
    example: '3 never lets a fourth token in.',
    warning: 'It hides what the threshold would have done. The list of candidates still shows all of them.',
    control: { kind: 'count', min: 0, max: 100, zero: 'off' },
  },
  top_p: {
    group: 'choosing',
    label: 'Top p',
    what: 'Only the most probable tokens up to this share of the probability may join.',
    example: 'At 0.9 the tail that holds the last tenth stays out.',
    warning: 'With a threshold of several percent it rarely changes anything. 0 and 1 mean off.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
  },
  repetition_penalty: {
    group: 'choosing',
    label: 'Repetition penalty',
    what: 'Makes every token that the sequence holds less likely to be chosen again. 1 means off.',
    example: '1.1 breaks loops such as "and then and then".',
    warning: 'Above 1.3 even "the" and the full stop are pushed away, and grammar suffers.',
    control: { kind: 'number', min: 0.5, max: 2, step: 0.01, scale: 'linear', below: 0.001, above: Infinity },
  },
  combine: {
    group: 'choosing',
    label: 'How members speak together',
    what: 'Every member of the newest set has its own idea of what follows. This makes one distribution of them.',
    example: 'Mixture lets " cat" at 41 and " dog" at 31 percent vote with these weights.',
    warning: 'Only the mixture has a meaning in probability: for one isolated set it is the exact marginal.',
    control: {
      kind: 'choice',
      choices: [
        { value: 'mixture', label: 'Mixture', what: 'weighted mean of the members’ distributions' },
        { value: 'logit-mean', label: 'Logit mean', what: 'weighted mean of the logits, then softmax' },
        { value: 'first', label: 'First', what: 'the most probable member speaks alone' },
        { value: 'last', label: 'Last', what: 'the last member speaks alone' },
        { value: 'max', label: 'Maximum', what: 'the largest probability any member gives, renormalised' },
      ],
    },
  },
  candidates: {
    group: 'choosing',
    label: 'Candidates reported',
    what: 'How many of the most probable tokens each step shows, those below the threshold too.',
    example: '32 is enough to see the shape of the tail.',
    warning: 'More make traces larger. It changes nothing that is generated.',
    control: { kind: 'count', min: 0, max: 256 },
  },
  schedule: {
    group: 'schedule',
    label: 'Schedule',
    what: 'How the selection threshold moves from the first step to the last.',
    example: 'Linear from 5 to 50 percent: many alternatives at the start, one clear line at the end.',
    warning: 'Progress counts against the most steps, so changing those moves the whole curve.',
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
    what: 'Where a moving threshold ends.',
    example: '1 ends in greedy decoding.',
    warning: 'A final value below the first one makes sets grow towards the end.',
    control: { kind: 'number', min: 0.001, max: 1, step: 0.001, scale: 'log', above: Infinity },
    idle: unlessMoving,
  },
  bezier_p1: {
    group: 'schedule',
    label: 'First handle',
    what: 'Height of the curve’s first handle, at one third of the run.',
    example: 'A low first handle keeps the beginning open for longer.',
    warning: 'Its unit depends on the schedule: a threshold, or a share of the way.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear', below: -Infinity, above: Infinity },
    idle: unlessBezier,
  },
  bezier_p2: {
    group: 'schedule',
    label: 'Second handle',
    what: 'Height of the curve’s second handle, at two thirds of the run.',
    example: 'A high second handle closes the run early.',
    warning: 'Its unit depends on the schedule: a threshold, or a share of the way.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear', below: -Infinity, above: Infinity },
    idle: unlessBezier,
  },
  relu_at: {
    group: 'schedule',
    label: 'Knee',
    what: 'The share of the run after which the threshold begins to move.',
    example: '0.5 keeps the first half open.',
    warning: 'At 1 it never moves.',
    control: { kind: 'number', min: 0, max: 1, step: 0.01, scale: 'linear' },
    idle: (options) => (options.schedule === 'relu' ? null : 'Only the knee schedule uses it.'),
  },
} as const satisfies Record<string, SettingTexts>;
