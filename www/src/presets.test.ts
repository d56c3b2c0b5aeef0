import { describe, expect, it } from 'vitest';
import { DEFAULTS } from './contract';
import { PRESETS, applyPreset, presetOf } from './presets';
import { settingOf } from './settings';
import { parseValue } from './settings/values';

describe('presets', () => {
  it('are recognised after they are applied, and differ from each other', () => {
    for (const preset of PRESETS) expect(presetOf(applyPreset(preset, DEFAULTS))).toBe(preset.id);
    expect(presetOf({ ...DEFAULTS, temperature: 0.9 })).toBeNull();
  });

  it('keep the length of the run', () => {
    const options = applyPreset(PRESETS[0]!, { ...DEFAULTS, max_steps: 12, temperature: 2 });
    expect(options.max_steps).toBe(12);
    expect(options.temperature).toBe(1);
  });

  it('hold values that the settings accept', () => {
    for (const preset of PRESETS) {
      const options = applyPreset(preset, DEFAULTS);
      for (const key of Object.keys(preset.patch) as (keyof typeof options)[]) {
        expect(parseValue(settingOf(key), String(options[key])), key).toBe(options[key]);
      }
    }
  });
});
