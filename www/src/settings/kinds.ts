// What a setting is: the words and the control of one option of the contract. Types only.

import type { GenerationOptions } from '../contract';

export type OptionKey = keyof GenerationOptions;

export type GroupId = 'choosing' | 'schedule' | 'set' | 'removal' | 'limit' | 'length' | 'memory';

export interface Choice {
  value: string;
  label: string;
  what: string;
}

/** How an option is set. Ranges are what the control offers; a number field takes whatever the algorithm allows. */
export type Control =
  | { kind: 'number'; min: number; max: number; step: number; scale: 'linear' | 'log'; below?: number; above?: number }
  | { kind: 'count'; min: number; max: number; zero?: string; empty?: string }
  | { kind: 'choice'; choices: readonly Choice[] };

export interface Setting {
  key: OptionKey;
  group: GroupId;
  label: string;
  what: string;
  example: string;
  warning: string;
  control: Control;
  /** When another option makes this one do nothing: why, in words; null when it counts. */
  idle?: (options: GenerationOptions) => string | null;
}

export type SettingTexts = Omit<Setting, 'key'>;
