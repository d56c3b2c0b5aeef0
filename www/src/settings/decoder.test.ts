import { expect, test } from 'vitest';
import { CHOICES, DEFAULTS, type DecoderKind } from '../contract';
import { SETTINGS } from '../settings';
import { isUsed, ownSettings, withDecoder } from './decoder';

const keys = (decoder: DecoderKind): string[] => ownSettings(decoder).map(({ key }) => key);

test('each decoder offers its own options and no other one’s', () => {
  expect(new Set(keys('sample'))).toEqual(new Set(['temperature', 'top_k', 'top_p', 'seed', 'samples', 'min_p']));
  expect(keys('beam')).toEqual(['beams', 'length_penalty']);
  expect(keys('mcts')).toEqual(['simulations', 'exploration', 'branching', 'depth']);
});

test('what a decoder does not use is not offered, and every option is used by some', () => {
  expect(isUsed('selection_threshold', 'tempo')).toBe(true);
  for (const decoder of ['sample', 'beam', 'mcts'] as const) {
    for (const key of ['selection_threshold', 'removal', 'visibility', 'exact_limit', 'reading_beams'] as const)
      expect(isUsed(key, decoder)).toBe(false);
    for (const key of ['max_steps', 'capacity'] as const) expect(isUsed(key, decoder)).toBe(true);
  }
  for (const { key } of SETTINGS) expect(CHOICES.decoder.some((decoder) => isUsed(key, decoder))).toBe(true);
});

test('beam search begins without what it refuses; the others keep it', () => {
  const mine = { ...DEFAULTS, temperature: 0.7, top_k: 3, min_steps: 2, max_steps: 9 };
  expect(withDecoder(mine, 'beam')).toEqual({ ...DEFAULTS, decoder: 'beam', max_steps: 9 });
  expect(withDecoder(mine, 'sample')).toEqual({ ...mine, decoder: 'sample' });
});
