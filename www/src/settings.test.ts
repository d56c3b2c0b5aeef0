import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHOICES, DEFAULTS } from './contract';
import { GROUPS, SETTINGS, inFront, settingOf, settingsOf } from './settings';
import { changedKeys, parseValue, placeOf, valueAt, withOption } from './settings/values';

describe('settings', () => {
  it('has words for every option of the contract, once', () => {
    expect(SETTINGS.map((setting) => setting.key).sort()).toEqual(Object.keys(DEFAULTS).sort());
    for (const { what, example, warning, label } of SETTINGS) {
      for (const text of [what, example, warning]) expect(text).toMatch(/^.{10,}\.$/s);
      expect(label).not.toMatch(/_/);
      expect(what + example + warning).not.toMatch(/!/);
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
    for (const { key, control } of SETTINGS) {
      const value = DEFAULTS[key];
      expect(parseValue(control, value === null ? '' : String(value)), key).toBe(value);
    }
  });

  it('puts everything but three behind More', () => {
    const behind = GROUPS.flatMap(({ id }) => settingsOf(id).map((setting) => setting.key));
    expect(behind.length + SETTINGS.filter(({ key }) => inFront(key)).length).toBe(SETTINGS.length);
  });

  it('says what does nothing at present', () => {
    expect(settingOf('relu_at').idle?.(DEFAULTS)).toMatch(/knee/);
    expect(settingOf('min_evidence').idle?.({ ...DEFAULTS, removal: 'mask' })).toBeNull();
    expect(settingOf('relative').idle?.({ ...DEFAULTS, removal: 'mask' })).toBeNull();
    expect(settingOf('removal_at').idle?.({ ...DEFAULTS, removal: 'mask' })).toMatch(/absolute/);
  });

  it('refuses numbers that the algorithm refuses', () => {
    const number = (key: keyof typeof DEFAULTS, text: string) => parseValue(settingOf(key).control, text);
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
