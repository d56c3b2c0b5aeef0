import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHOICES, DEFAULTS } from './contract';
import { IDLE } from './idle-rules';
import { GROUPS, SETTINGS, inFront, settingOf, settingsOf } from './settings';
import { EXPLAINED } from './settings/explained';
import { idleReason } from './settings/idle';
import { changedKeys, parseValue, placeOf, valueAt, withOption } from './settings/values';

describe('settings', () => {
  it('has words for every option of the contract, once', () => {
    expect(SETTINGS.map((setting) => setting.key).sort()).toEqual(Object.keys(DEFAULTS).sort());
    for (const { key, label } of SETTINGS) {
      const { what, example, warning } = EXPLAINED[key];
      for (const text of [what, example, warning]) expect(text).toMatch(/^.{10,}\.$/s);
      expect(label).not.toMatch(/_/);
      expect(what + example + warning).not.toMatch(/!/);
      // What it does is for everybody; terms that need a course may follow in examples and warnings.
      expect(what).not.toMatch(/logit|softmax|entropy|distribution|marginal|evict|\bquer|\bkeys?\b|\bKL\b|\bnats\b/i);
    }
  });

  it('offers every choice of the contract in the same words', () => {
    for (const [key, names] of Object.entries(CHOICES)) {
      const control = settingOf(key as keyof typeof CHOICES).control;
      expect(control.kind).toBe('choice');
      if (control.kind === 'choice')
        expect(control.choices.map((choice) => choice.value).sort()).toEqual([...names].sort());
    }
  });

  it('accepts every default', () => {
    for (const setting of SETTINGS) {
      const value = DEFAULTS[setting.key];
      expect(parseValue(setting, value === null ? '' : String(value)), setting.key).toBe(value);
    }
  });

  it('puts everything but three behind More', () => {
    const behind = GROUPS.flatMap(({ id }) => settingsOf(id).map((setting) => setting.key));
    const beside = settingsOf('beside').map((setting) => setting.key);
    expect(beside.length).toBe(9);
    expect(behind.length + beside.length + SETTINGS.filter(({ key }) => inFront(key)).length).toBe(SETTINGS.length);
  });

  it('says what does nothing at present', () => {
    const reason = (key: keyof typeof DEFAULTS, change = {}) => idleReason(settingOf(key), { ...DEFAULTS, ...change });
    expect(reason('relu_at')).toMatch(/knee/);
    expect(reason('final_threshold')).toBe('The schedule “Constant” does not use it.');
    expect(reason('min_evidence', { removal: 'mask', removal_score: 'share' })).toBeNull();
    expect(reason('min_evidence', { removal: 'mask', removal_score: 'gamma' })).toBeNull();
    expect(reason('window', { removal: 'mask', removal_score: 'gamma' })).toMatch(/attention/);
    expect(reason('min_evidence', { removal: 'mask', removal_score: 'posterior' })).toMatch(/posterior/);
    expect(reason('relative', { removal: 'mask' })).toBeNull();
    expect(reason('removal_at', { removal: 'mask' })).toMatch(/absolute/);
    expect(reason('budget_recent')).toMatch(/budget/);
    expect(reason('budget_recent', { budget: 9 })).toBeNull();
    expect(reason('max_set', { decoder: 'greedy' })).toBe('The decoder “Greedy” does not use it.');
    expect(reason('seed')).toMatch(/draws/);
    expect(reason('seed', { decoder: 'sample' })).toBeNull();
  });

  it('has words for every reason of the contract, and for no other', () => {
    for (const { key, idle = {} } of SETTINGS) {
      const rules: readonly { option: string }[] = Object.hasOwn(IDLE, key) ? IDLE[key as keyof typeof IDLE] : [];
      // What a decoder does not use is said in one sentence for all.
      const reasons = rules.map(({ option }) => option).filter((option) => option !== 'decoder');
      expect(new Set(Object.keys(idle)), key).toEqual(new Set(reasons));
    }
  });

  it('refuses numbers that the algorithm refuses', () => {
    const number = (key: keyof typeof DEFAULTS, text: string) => parseValue(settingOf(key), text);
    expect(number('selection_threshold', '-0.1')).toBeUndefined();
    expect(number('selection_threshold', '2')).toBe(2);
    expect(number('selection_threshold', '0')).toBe(0);
    expect(number('temperature', '0')).toBeUndefined();
    expect(number('top_p', '1.5')).toBeUndefined();
    expect(number('max_set', '2.5')).toBeUndefined();
    expect(number('capacity', '0')).toBeUndefined();
    expect(number('capacity', '')).toBeNull();
    expect(number('max_set', 'many')).toBeUndefined();
    expect(number('temperature', '1,5')).toBe(1.5);
  });

  it('slides there and back', () => {
    for (const { control } of SETTINGS) {
      if (control.kind !== 'number') continue;
      expect(valueAt(control, 0)).toBeCloseTo(control.min);
      expect(valueAt(control, 1000)).toBeCloseTo(control.max);
      for (const place of [100, 333, 500, 900]) {
        expect(Math.abs(placeOf(control, valueAt(control, place)) - place)).toBeLessThanOrEqual(25);
      }
    }
    const threshold = settingOf('selection_threshold').control;
    if (threshold.kind === 'number') expect(valueAt(threshold, placeOf(threshold, 0.1))).toBe(0.1);
  });

  it('names what differs from the defaults', () => {
    expect(changedKeys(DEFAULTS)).toEqual([]);
    expect(changedKeys(withOption(DEFAULTS, 'eos', 'any'))).toEqual(['eos']);
  });
});

describe('tokens.css', () => {
  it('gives both dark blocks the same values', () => {
    const css = readFileSync(new URL('./styles/tokens.css', import.meta.url), 'utf8');
    const block = (selector: string) => {
      const start = css.indexOf(selector);
      return css.slice(css.indexOf('{', start) + 1, css.indexOf('}', start)).replace(/\s+/g, ' ');
    };
    expect(block(":root:not([data-look='light'], [data-look='projector'])")).toBe(block(":root[data-look='dark']"));
  });
});
