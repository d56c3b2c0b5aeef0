import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from './contract';
import type { OptionKey } from './option-rules';
import { PRESETS, applyPreset, presetNamed, presetOf, type PresetId } from './presets';
import { settingOf } from './settings';
import { parseValue } from './settings/values';

describe('presets', () => {
  it('are recognised after they are applied, and differ from each other', () => {
    for (const preset of PRESETS) expect(presetOf(applyPreset(preset, DEFAULTS))).toBe(preset.id);
    expect(presetOf(DEFAULTS)).toBe('coherent');
    expect(presetOf({ ...DEFAULTS, temperature: 0.9 })).toBeNull();
  });

  it('are those of ALGORITHM.md §12', () => {
    const contract = readFileSync(new URL('../../crates/tempo-core/ALGORITHM.md', import.meta.url), 'utf8');
    const line = contract.split('\n').find((each) => each.includes('`coherent` =')) ?? '';
    expect([...line.matchAll(/`([a-z-]+)` = /g)].map(([, name]) => name)).toEqual(PRESETS.map(({ id }) => id));
    const changed = (id: PresetId) => {
      const options = applyPreset(presetNamed(id)!, DEFAULTS);
      return Object.fromEntries(Object.entries(options).filter(([key, value]) => value !== DEFAULTS[key as OptionKey]));
    };
    expect(changed('coherent')).toEqual({});
    expect(changed('as-described')).toEqual({ weighting: 'none' });
    expect(changed('greedy')).toEqual({ max_set: 1 });
    expect(changed('precise')).toEqual({ selection_threshold: 0.2 });
    expect(changed('explorer')).toEqual({ selection_threshold: 0.05 });
    const pruned = { removal: 'mask', removal_score: 'posterior', relative: 0.5, weighting: 'kin' };
    expect(applyPreset(presetNamed('pruned')!, DEFAULTS)).toMatchObject(pruned);
  });

  it('answer to their names of before', () => {
    expect(presetNamed('classic')?.id).toBe('as-described');
    expect(presetNamed('pruning')?.id).toBe('pruned');
    for (const { id } of PRESETS) expect(presetNamed(id)?.id).toBe(id);
    for (const name of ['', 'toString', 'Coherent']) expect(presetNamed(name)).toBeNull();
  });

  it('keep the length of the run', () => {
    const options = applyPreset(PRESETS[0]!, { ...DEFAULTS, max_steps: 12, temperature: 2, seed: 7 });
    expect(options.max_steps).toBe(12);
    expect(options.temperature).toBe(1);
    expect(options.seed).toBe(7);
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
