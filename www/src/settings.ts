// Every option of a run as a visitor meets it: words, range, group. Pure; the contract says which options there are.

import { BESIDE } from './settings/beside';
import { CHOOSING } from './settings/choosing';
import { FRONT } from './settings/front';
import type { GroupId, OptionKey, Setting, SettingTexts } from './settings/kinds';
import { REMOVAL } from './settings/removal';
import { SET } from './settings/set';

export type { Choice, Control, GroupId, OptionKey, Setting } from './settings/kinds';

/** The type makes the compiler miss an option that the contract gains. */
const TEXTS: Record<OptionKey, SettingTexts> = { ...FRONT, ...CHOOSING, ...SET, ...REMOVAL, ...BESIDE };

export const SETTINGS: readonly Setting[] = (Object.keys(TEXTS) as OptionKey[]).map((key) => ({ key, ...TEXTS[key] }));

export const GROUPS: readonly { id: GroupId; label: string }[] = [
  { id: 'choosing', label: 'Choosing tokens' },
  { id: 'schedule', label: 'The threshold over time' },
  { id: 'set', label: 'Inside a set' },
  { id: 'removal', label: 'Judging and removing' },
  { id: 'limit', label: 'The removal limit over time' },
  { id: 'length', label: 'Length and end' },
  { id: 'measure', label: 'Scoring and measuring' },
  { id: 'memory', label: 'Memory' },
];

export function inFront(key: OptionKey): boolean {
  return Object.hasOwn(FRONT, key);
}

export function settingOf(key: OptionKey): Setting {
  return { key, ...TEXTS[key] };
}

/** A value of an option as the page writes it: a choice by its label. */
export function valueLabel(key: OptionKey, value: unknown): string {
  const { control } = TEXTS[key];
  const choice = control.kind === 'choice' && control.choices.find((each) => each.value === value);
  return choice ? choice.label : String(value);
}

/** Those of a group that are behind "More". */
export function settingsOf(group: GroupId): Setting[] {
  return SETTINGS.filter((setting) => setting.group === group && !inFront(setting.key));
}
