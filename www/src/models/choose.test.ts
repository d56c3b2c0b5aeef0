import { describe, expect, it } from 'vitest';
import { chooseGguf } from './choose';
import { WEIGHTS } from './names';
import spellings from '../../../crates/tempo-hub/tests/spellings.json';

describe('the file of a repository', () => {
  it.each(spellings.choices as { files: string[]; kind?: string; chosen: string | null }[])(
    'is the one that the program chooses: $files $kind',
    ({ files, kind, chosen }) => expect(chooseGguf(files, kind)).toBe(chosen === WEIGHTS ? null : chosen),
  );

  it('is never the later part of another', () => {
    expect(chooseGguf(['m-Q8_0-00002-of-00002.gguf', 'm-Q8_0-00001-of-00002.gguf'])).toBe('m-Q8_0-00001-of-00002.gguf');
    expect(chooseGguf(['m-Q8_0-00002-of-00002.gguf'])).toBeNull();
  });
});
