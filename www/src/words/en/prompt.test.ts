import { expect, test } from 'vitest';
import { estimated, fits, lengthWords, PROMPT_NOTE } from './prompt';

test('without a model a length is an estimate, and says so', () => {
  expect(estimated('Once upon a time')).toBe('About 4 tokens (words or parts of words).');
  expect(estimated('A')).toMatch(/^About 1 token /);
});

test('with a model it is a number beside the most there can be', () => {
  expect(lengthWords(5, 512)).toBe('5 tokens; prompt and continuation together may have 512.');
  expect(lengthWords(511, 512)).toContain('together may have');
});

test('a prompt that leaves no room for a step is too long', () => {
  expect([fits(511, 512), fits(512, 512)]).toEqual([true, false]);
  expect(lengthWords(700, 512)).toMatch(/^Too long: 700 tokens, and the model takes 512 .* Shorten the prompt/);
});

test('the key is the one of the keyboard', () => {
  expect([PROMPT_NOTE.keys(true)[0], PROMPT_NOTE.keys(false).slice(0, 5)]).toEqual(['⌘', 'Ctrl+']);
});
