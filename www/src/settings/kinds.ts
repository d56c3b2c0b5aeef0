// What a setting is: the words and the control of one option of the contract. Types only.

import type { OptionKey } from '../option-rules';

export type { OptionKey };

export type GroupId =
  'choosing' | 'schedule' | 'set' | 'removal' | 'limit' | 'length' | 'measure' | 'memory' | 'beside';

export interface Choice {
  value: string;
  label: string;
  what: string;
}

/** How an option is set. Ranges are what the slider offers; a number field takes whatever the algorithm allows. */
export type Control =
  | { kind: 'number'; min: number; max: number; step: number; scale: 'linear' | 'log' }
  | { kind: 'count'; zero?: string; empty?: string }
  | { kind: 'choice'; choices: readonly Choice[] };

export interface Setting {
  key: OptionKey;
  group: GroupId;
  label: string;
  control: Control;
  /** Why this option has no effect, by the other option that takes it away; {value} stands for that one's value, in quotes. */
  idle?: Readonly<Partial<Record<OptionKey, string>>>;
}

export type SettingTexts = Omit<Setting, 'key'>;
