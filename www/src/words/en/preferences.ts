// The dialog in which a visitor says what is preferred on this device.

import type { Look, Motion, Verbosity } from '../../app/preferences.svelte';

/** A choice, and what it does where the name does not say it. */
type Choice = readonly [name: string, what: string];

const LOOKS: Readonly<Record<Look, Choice>> = {
  auto: ['As the system', 'light or dark, whichever is set there'],
  light: ['Light', ''],
  dark: ['Dark', ''],
  projector: ['Projector', 'white ground, larger text, thick lines, one panel at a time'],
};

const MOTIONS: Readonly<Record<Motion, Choice>> = {
  auto: ['As the system', ''],
  reduced: ['Reduced', 'nothing moves; what changed is outlined for two seconds'],
  full: ['Full', 'sets land, removed members let go of their lines'],
};

const VERBOSITIES: Readonly<Record<Verbosity, Choice>> = {
  all: ['Every step', ''],
  branches: ['Branches and removals', 'steps with several members, and steps that remove one'],
  off: ['Nothing', ''],
};

export const words = {
  title: 'Settings',
  look: 'Look',
  looks: LOOKS,
  lookOnLoan: 'This look came with a link and is not kept. Choose one to keep it.',
  motion: 'Motion',
  motions: MOTIONS,
  aloud: 'Read aloud by a screen reader',
  verbosities: VERBOSITIES,
  keysAndTokens: 'Keys and tokens',
  keys: 'Single-letter keys',
  keysWhat: 'off when they get in the way of speech input; Escape always works',
  showRemoved: 'Show removed members',
};
