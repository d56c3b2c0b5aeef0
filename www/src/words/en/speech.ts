// What is said aloud: of a step, a pin, the beginning and the end of a run.

import { plural } from '../../format';

/** Signs by their names: a voice passes over the signs themselves. */
export const SIGNS: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\n': 'newline',
  '\t': 'tab',
  '\r': 'carriage return',
  '.': 'full stop',
  ',': 'comma',
  ';': 'semicolon',
  ':': 'colon',
  '!': 'exclamation mark',
  '?': 'question mark',
  '"': 'quotation mark',
  '“': 'opening quotation mark',
  '”': 'closing quotation mark',
  "'": 'apostrophe',
  '’': 'apostrophe',
  '(': 'opening bracket',
  ')': 'closing bracket',
  '-': 'hyphen',
  '–': 'dash',
  '—': 'long dash',
  '…': 'ellipsis',
  '/': 'slash',
  '*': 'asterisk',
  '#': 'number sign',
};

export const NOTHING = 'nothing';

const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** "three"; digits above twelve. */
export function numberWord(n: number): string {
  return NUMBERS[n] ?? String(n);
}

/** "Step 7." */
export function step(n: number): string {
  return `Step ${n}.`;
}
export function beforeFirst(tokens: number): string {
  return `Before step 0. The prompt has ${plural(tokens, 'token')}.`;
}
export const FALLBACK = 'No token reached the threshold; the most probable is taken.';

/** `" cat" 41 percent` */
export function member(name: string, probability: string): string {
  return `${name} ${probability}`;
}
export function oneToken(position: number, name: string, probability: string): string {
  return `One token at position ${position}: ${name}, ${probability}.`;
}
export function severalTokens(n: number, from: number, to: number, members: string): string {
  const where = from === to ? `position ${from}` : `positions ${from} to ${to}`;
  return `${numberWord(n).replace(/^./, (first) => first.toUpperCase())} tokens at ${where}: ${members}.`;
}

export function removedOne(name: string, position: number): string {
  return `${name} at position ${position}`;
}
export function removed(names: string): string {
  return `Removed: ${names}.`;
}
export function removedMany(n: number): string {
  return `Removed: ${plural(n, 'member')} of earlier sets.`;
}

export function readFromAll(n: number): string {
  return n === 2 ? 'Next is read from both.' : `Next is read from all ${numberWord(n)}.`;
}
export function readFrom(name: string): string {
  return `Next is read from ${name}.`;
}

export function endsHere(why: string): string {
  return `The run ends here: ${why}.`;
}
/** By which rule the model's end of text ended a run (ALGORITHM.md §5). */
export const END_OF_TEXT = {
  top: 'end of text was the most probable token',
  any: 'end of text was in the set',
  all: 'nothing but end of text was in the set',
  mass: 'end of text had more than half of the set',
} as const;
/** Of another decoder. */
export const END_BESIDE = 'the text has come to its end';
export const END = {
  'max-steps': 'the number of steps is reached',
  'context-full': 'the context is full',
  stopped: 'stopped by hand',
} as const;

/** A live run begins, pauses, and ends. */
export const STARTED = 'A run starts.';
export function paused(at: number): string {
  return `The run pauses at step ${at}.`;
}
export function ended(steps: number, why: string): string {
  return `The run has ended after ${plural(steps, 'step')}: ${why}.`;
}

/** While a model comes. */
export const PREPARING = 'The device is being prepared';
export function fetched(percent: number): string {
  return `${percent} percent fetched`;
}

/** The first words after a token was pinned; why it is there follows. */
export function pinned(name: string, position: number): string {
  return `Pinned ${name} at position ${position}.`;
}
export const FROM_PROMPT = 'It belongs to the prompt.';
export function itIs(state: string): string {
  return `It is ${state}.`;
}

/** The state of a token, as a cell says it. */
export const STATE = {
  prompt: 'prompt token',
  single: 'alone at its position',
  survived: 'survived',
  kept: 'kept',
  trial: 'on trial',
  removed: 'removed',
} as const;
export function removedForBudget(at: number): string {
  return `removed at step ${at} to keep the budget`;
}
export function removedAt(at: number, effect: string): string {
  return `removed at step ${at}, ${effect}`;
}
export const UNATTENDED = 'kept although unattended';
export const REPORTED = 'would be removed, only reported';
export function faded(left: string): string {
  return `faded to ${left}`;
}
export function memberOf(place: number, size: number): string {
  return `member ${place} of ${size}`;
}
export function received(share: string): string {
  return `received ${share}`;
}
/** What a removal did, as a past participle. */
export const EFFECTS = {
  off: 'kept',
  report: 'reported only',
  mask: 'masked',
  evict: 'evicted',
  rebuild: 'rebuilt without it',
  fade: 'faded',
} as const;
