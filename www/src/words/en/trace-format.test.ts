import { expect, test } from 'vitest';
import { words } from './trace-format';

test('a key says since when it is there, and whether it may be missing', () => {
  expect(words.about(2, true)).toBe('(from version 2 on, may be missing)');
  expect(words.about(undefined, true)).toBe('(may be missing)');
  expect(words.about(undefined, false)).toBe('');
});
