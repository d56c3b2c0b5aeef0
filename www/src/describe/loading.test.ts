import { describe, expect, test } from 'vitest';
import type { Progress } from '../models/source';
import { NBSP } from '../format';
import { loadingWords, preparing } from './loading';

const AT: Progress = {
  phase: 'download',
  done_bytes: 3e6,
  total_bytes: 6e6,
  rate: 1.5e6,
  seconds_left: 2,
  file: 'model.safetensors',
  file_index: 3,
  file_count: 4,
  resumed_bytes: 0,
  programs: null,
};
const PROGRAMS = { done: 12, total: 30 };
const words = (change: Partial<Progress>) => {
  const { title, share, lines } = loadingWords({ ...AT, ...change }, false);
  return [title, share, ...lines.map((line) => line.replaceAll(NBSP, ' '))];
};

describe('a load in words', () => {
  test('before there are bytes', () => {
    expect(loadingWords(null, true)).toEqual({ title: 'Starting the engine', share: null, lines: [] });
    expect(loadingWords(null, false)).toEqual({ title: 'Preparing', share: null, lines: [] });
    const listing = { phase: 'list', done_bytes: 0, total_bytes: null, file: null } as const;
    expect(words(listing)).toEqual(['Asking for the list of files', null]);
  });
  test('bytes arrive, whatever is compiled beside them', () => {
    const expected = ['Fetching', 0.5, '3 MB of 6 MB', '1.5 MB/s · 2 s left', 'model.safetensors, file 4 of 4'];
    expect(words({})).toEqual(expected);
    expect(words({ programs: PROGRAMS })).toEqual(expected);
    expect(preparing({ ...AT, programs: PROGRAMS })).toBe(false);
  });
  test('a moment before the end, after a break, and without a total', () => {
    expect(words({ seconds_left: 0.4 })[3]).toBe('1.5 MB/s');
    expect(words({ rate: null, seconds_left: null })).toHaveLength(4);
    expect(words({ file_count: 1, resumed_bytes: 1e6 })[4]).toBe('model.safetensors · goes on after 1 MB');
    expect(words({ total_bytes: null, seconds_left: null }).slice(1, 3)).toEqual([null, '3 MB']);
  });
  test('all is here and the device still compiles: the bar is that of the programs', () => {
    const expected = ['Preparing the device', 0.4, '12 of 30 programs compiled'];
    for (const phase of ['download', 'verify', 'device', 'list'] as const) {
      expect(words({ phase, done_bytes: 6e6, programs: PROGRAMS })).toEqual(expected);
    }
    // Files of this computer are read where they are: nothing was ever counted.
    expect(words({ phase: 'list', done_bytes: 0, total_bytes: null, programs: PROGRAMS })).toEqual(expected);
  });
  test('all is here and nothing is compiled: no rate of what does not arrive any more', () => {
    expect(words({ done_bytes: 6e6, seconds_left: 0 })).toEqual([
      'Fetching',
      1,
      '6 MB of 6 MB',
      'model.safetensors, file 4 of 4',
    ]);
    expect(words({ phase: 'device' })).toEqual(['The model is put on the device', 0.5, '3 MB of 6 MB']);
  });
});
