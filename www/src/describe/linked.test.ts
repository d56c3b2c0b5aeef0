import { expect, test } from 'vitest';
import { LinkedRun } from '../app/linked';
import { DEFAULTS } from '../contract';
import { LINK_KEYS, readFlat } from '../url-state';
import { LINK_WORDS } from './link-keys';
import { differenceWords, linkFacts, settingsWords } from './linked';

test('settings in words are a preset, or what is not the default', () => {
  expect(settingsWords(DEFAULTS)).toBe('Coherent, 40 steps at most');
  expect(settingsWords({ ...DEFAULTS, max_set: 1, max_steps: 1 })).toBe('Greedy, 1 step at most');
  expect(settingsWords({ ...DEFAULTS, max_set: 3, seed: 5 })).toMatch(/^.+ 3 and .+ 5, 40 steps at most$/);
});

test('what differs of a run is told, its length is not', () => {
  const run = { ...DEFAULTS, max_steps: 24, candidates: 16, capacity: 512, selection_threshold: 0.05 };
  expect(differenceWords(run, DEFAULTS)).toEqual(['selection threshold 0.05']);
});

test('a link says in words what it is of', () => {
  const options = { ...DEFAULTS, max_steps: 20 };
  const state = { model: 'owner/name', weights: 'q8', hash: '0123456789abcdef', time: 4, selected: 9 } as const;
  const phases = [
    { from: 0, options },
    { from: 5, options: { ...options, max_set: 1 } },
  ];
  expect(linkFacts(new LinkedRun('The king', phases, state)).map(({ words }) => words)).toEqual([
    'The king',
    'owner/name, weights kept as q8, file 01234567…',
    'Coherent, 20 steps at most; from step 5: Greedy, 20 steps at most',
    'step 4 and a pinned token',
  ]);
  expect(linkFacts(new LinkedRun('x', phases.slice(0, 1), {}))[1]!.words).toBe('the story model of this page');
});

test('for teachers, every key of a link has its words, and the examples are links', () => {
  const explained = LINK_WORDS.map(({ key }) => key);
  for (const key of LINK_KEYS) expect(explained).toContain(key);
  for (const { key, example } of LINK_WORDS) {
    expect(example.startsWith(`${key}=`)).toBe(true);
    const { state, problems } = readFlat(example);
    expect(problems, example).toEqual([]);
    expect(Object.keys(state), example).toHaveLength(1);
  }
});
