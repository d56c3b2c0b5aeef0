import { expect, test } from 'vitest';
import { estimated, PROMPT_NOTE } from './prompt';

test('without a model a length is an estimate, and says so', () => {
  expect(estimated('Once upon a time')).toMatch(
    /^About 4 tokens \(words or pieces of words\), exact once a model is loaded\.$/,
  );
  expect(estimated('A')).toMatch(/^About 1 token /);
});

test('the key is the one of the keyboard', () => {
  expect([PROMPT_NOTE.keys(true)[0], PROMPT_NOTE.keys(false).slice(0, 5)]).toEqual(['⌘', 'Ctrl+']);
});
