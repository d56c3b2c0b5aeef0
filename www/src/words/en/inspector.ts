// The words of the inspector: why a token is here, what became of it, its numbers.

import { plural } from '../../format';

/** A threshold that nothing can reach. */
export function aboveEverything(threshold: string): string {
  return `${threshold} (above everything)`;
}
export function fallback(name: string, probability: string, threshold: string): string {
  return `No token reached ${threshold}, so the most probable one was kept: ${name} with ${probability}.`;
}
/** Number `rank` of the `size` that were taken; `cut` more were above the threshold too. */
export function chosen(
  name: string,
  probability: string,
  threshold: string,
  rank: number,
  size: number,
  cut: number,
): string {
  const place = size === 1 ? 'it is the only one above' : `it is number ${rank} of ${size} above`;
  const more = cut > 0 ? `, ${cut} more were cut by a limit` : '';
  return `${name} has ${probability}, the threshold is ${threshold}: ${place}${more}.`;
}

export const TITLE = 'Inspector';
export const HELP =
  'Everything about the selected token: why it was chosen and what followed makes of it, who goes with it, who looked ' +
  'at it later, and its exact numbers. Select a second token with Shift to see both side by side.';
export const TABS = { why: 'Why here', kin: 'Kin', looks: 'Who looks at it', numbers: 'Numbers' } as const;
export const IGNORE_FIRST = 'Ignore first token';

/** Nothing is selected, or what is selected is not there yet. */
export const NOTHING = {
  notYet: 'The selected token is not made yet at this step.',
  stepOn: 'One step on',
  how: 'Select a token in the lattice, and this is where it is explained.',
  newest: (name: string): string => `Select the newest: ${name}`,
} as const;

/** The name plate: "position 7 in the text, member 2 of 3, on trial". Its slot is among the numbers. */
export const HEAD = {
  unpin: 'Unpin',
  unpinName: (name: string): string => `Unpin ${name}`,
  place: (position: number, rank: number, size: number, state: string): string => {
    const member = size > 1 ? `, member ${rank} of ${size}` : '';
    return `position ${position} in the text${member}, ${state}`;
  },
  dropped: (step: number, isForRoom: boolean): string => `dropped at step ${step}${isForRoom ? ' to make room' : ''}`,
} as const;

/** The tab "Why here". */
export const WHY = {
  candidates: 'Candidates around it',
  threshold: (share: string): string => `threshold ${share}`,
  weighs: 'What it weighs in its set',
  chosen: 'When it was chosen',
  newest: 'With all before it',
  followed: 'After what followed',
  /** Its posterior when every path is read alone. */
  exact: 'Exactly, by all paths',
  estimated: 'Exactly, by an estimate',
  attention: 'Of its set’s attention',
  became: 'What became of it',
} as const;

/** Where the next token was read from. */
export const READ = {
  prompt: 'It belongs to the prompt: nothing was chosen here.',
  before: (step: number): string => `Step ${step} was read from the set before it.`,
  lastOfPrompt: 'the last prompt token',
  only: (position: number): string => `the only member at position ${position}`,
  one: (name: string, which: string): string => `Read from ${name}, ${which}.`,
  first: 'the most probable',
  last: 'the last',
  alone: (name: string, which: string, members: number, position: number): string =>
    `Read from ${name} alone, ${which} of ${plural(members, 'member')} at position ${position}.`,
  all: (members: number, position: number, how: string, names: string): string =>
    `Read from ${plural(members, 'member')} at position ${position}, ${how}: ${names}.`,
  mixture: 'their predictions mixed, each by its share',
  'logit-mean': 'their scores (logits, from which probabilities are made) averaged, each by its share',
  max: 'the largest probability of every token, renormalised',
} as const;

/** What became of a token. */
export const FATE = {
  budget: (step: number): string => `Its place in the model’s memory was freed at step ${step} to keep the budget.`,
  prompt: 'Prompt tokens are never judged.',
  alone: 'It is alone at its position: nothing to judge.',
  off: 'Removal is off in this run.',
  notYet: 'It was not judged yet.',
} as const;

/** The exact numbers. */
export const NUMBERS = {
  text: 'Text',
  id: 'Token id',
  slot: 'Slot',
  position: 'Position',
  step: 'Made in step',
  state: 'State',
  probability: 'Probability',
  place: 'Place in its set',
  placeOf: (rank: number, size: number): string => `${rank} of ${size}`,
  threshold: 'Threshold',
  prior: 'Weight in its set when chosen (prior)',
  gamma: 'Weight after what followed (gamma)',
  received: (step: number): string => `Received, step ${step}`,
  mean: 'Received, mean',
  score: (step: number): string => `Score, step ${step}`,
  limit: (step: number): string => `Limit, step ${step}`,
  verdict: 'Verdict',
  kept: 'kept',
  unattended: 'kept, unattended',
  weak: 'too weak',
  what: 'what',
  caption: (names: string): string => `Numbers of ${names}`,
  token: (name: string, slot: number): string => `${name} (slot ${slot})`,
  column: (n: number, slot: number): string => `${n}: slot ${slot}`,
} as const;

/** Two tokens beside each other. */
export const COMPARE = {
  samePlace: (names: string, position: number): string =>
    `${names} are members of one set at position ${position}: for the model they stand at the same place, only their content differs.`,
  sameSet: (names: string, a: number, b: number): string =>
    `${names} are members of one set, at positions ${a} and ${b}.`,
  apart: (names: string, positions: number): string => `${names} are ${plural(positions, 'position')} apart.`,
} as const;

/** The tab "Who looks at it". */
export const LOOKS = {
  none: (name: string): string => `No later token has looked at ${name} yet.`,
  mean: (
    name: string,
    share: string,
    tokens: number,
    steps: number,
    until: number | null,
    firstOut: boolean,
  ): string => {
    const end = until === null ? '' : ` until its removal at step ${until}`;
    const without = firstOut ? ', the first token left out' : '';
    return `${name} received ${share} of the attention on average from ${plural(tokens, 'later token')} (${plural(steps, 'step')})${end}${without}.`;
  },
  axis: (from: number, to: number): string =>
    `step ${from}${to > from ? `\u00a0to ${to}` : ''}; the line is the running mean`,
  region: (slot: number): string => `Attention received by slot ${slot}, step by step`,
  step: 'step',
  from: 'from',
  received: 'received',
  average: 'mean',
  go: (step: number): string => `Go to step ${step}`,
} as const;

/** The tab "Kin". */
export const KIN = {
  earlier: 'What it came through',
  later: 'How much of what follows came through it',
  more: (sets: number): string => `${plural(sets, 'further set')} in the table view.`,
  from:
    'Each member also says how probable it finds the members of the next set (the chain). From these numbers follows who ' +
    'goes with whom, without asking the model again, and truer than any arc of attention.',
} as const;
